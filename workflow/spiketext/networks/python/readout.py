"""What is known of the read-out of a network of one's own: nothing, as its `forward` is code."""

from spiketext.networks.unknown_readout import evidence as evidence
from spiketext.networks.unknown_readout import most_added as most_added
