"""A recurrent spiking classifier of spikingjelly's modules: the words of a text one after another.

At each step the network reads the whole text. Its neurons keep their potentials from word to word and from
step to step, and their spikes come back to them with the next word.
"""

import torch
from spikingjelly.activation_based import neuron, surrogate
from torch import nn


class Network(nn.Module):
    """Words → recurrent LIF neurons → read-out."""

    populations = {"hidden": "hidden"}  # what sends spikes: its name, and the module whose outputs they are
    synapses = [("input", "words"), ("hidden", "back"), ("hidden", "readout")]  # who sends, and the weights

    def __init__(self, width: int, classes: int, neurons: int = 64, tau: float = 2.0) -> None:
        super().__init__()
        self.words = nn.Linear(width, neurons)
        self.back = nn.Linear(neurons, neurons, bias=False)
        self.hidden = neuron.LIFNode(
            tau, decay_input=False, v_threshold=0.5, surrogate_function=surrogate.ATan(), detach_reset=True
        )
        self.readout = nn.Linear(neurons, classes, bias=False)
        nn.init.orthogonal_(self.back.weight, 0.5)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """One step: the input's spikes `[B, L, D]` and the texts' lengths `[B]` → scores `[B, classes]`."""
        fired = x.new_zeros(len(x), self.back.in_features)
        scores = x.new_zeros(len(x), self.readout.out_features)
        for place in range(x.shape[1]):
            real = (place < lengths)[:, None]  # beyond the end of a text nothing happens
            before = self.hidden.v
            fired = self.hidden((self.words(x[:, place]) + self.back(fired)) * real)
            self.hidden.v = torch.where(real, self.hidden.v, before)
            scores = scores + self.readout(fired)
        return scores / lengths[:, None]
