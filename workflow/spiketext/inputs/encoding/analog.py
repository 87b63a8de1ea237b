"""Direct coding: no spikes."""

from spiketext.inputs.encoding import base


class Encoder(base.Direct):
    """The value itself as a current at every step; the first layer multiplies."""
