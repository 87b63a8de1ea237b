"""What is known of the read-out of a pretrained encoder: nothing, as its vector has taken up all words."""

from spiketext.networks.unknown_readout import evidence as evidence
from spiketext.networks.unknown_readout import most_added as most_added
