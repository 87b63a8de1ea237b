"""What is known of the read-out of a CRNN: nothing, as a state has taken up all elements before it."""

from spiketext.networks.unknown_readout import evidence as evidence
from spiketext.networks.unknown_readout import most_added as most_added
