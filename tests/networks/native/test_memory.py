"""Words that the native layer remembers: the same spikes to the bit, whatever came before."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.networks.layers.spiking_convolution import make_layer
from spiketext.networks.layers.windows import make_windows
from spiketext.networks.native import build
from spiketext.networks.native.memory import WordMemory
from spiketext.neurons.integrate_and_fire import NeuronModel

WIDTHS = [3, 4, 5]
VOCABULARY, INPUTS, STEPS = 40, 70, 9
NEURON = NeuronModel(beta=0.9, theta=1.3, initial=0.4)

pytestmark = pytest.mark.skipif(build.find_compiler() is None, reason="no C compiler")


def layer_of(channels=7, seed=0):
    """The spikes of all words and a kernel."""
    torch.manual_seed(seed)
    spikes = (torch.rand(STEPS, VOCABULARY, INPUTS) < 0.4).view(torch.uint8)
    return spikes, torch.randn(sum(WIDTHS) * channels, INPUTS) * 0.5


def batch_of(texts):
    """Distinct words of some texts and where their windows lie."""
    words, index = np.unique(np.concatenate(texts), return_inverse=True)
    return words, make_windows(index, np.array([len(text) for text in texts]), WIDTHS, len(words))


def sums(spikes, kernel, texts, memory=None, channels=7):
    """Sums of spikes of some texts, and how many words had to be projected."""
    words, windows = batch_of(texts)
    recalled = None if memory is None else memory.recall([f"word {word}" for word in words])
    fresh = np.arange(len(words)) if recalled is None else recalled.fresh
    inputs = spikes[:, torch.from_numpy(words[fresh])]
    layer = make_layer(inputs, kernel, windows, WIDTHS, channels, NEURON, recalled)
    return layer.forward(inputs), len(fresh)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([7, 16, 33]), st.integers(12, VOCABULARY))
def test_what_is_remembered_changes_no_bit(seed, channels, slots):
    """Batches one after the other, with room for few words or for all; if all fit, each is projected once."""
    rng = np.random.default_rng(seed)
    spikes, kernel = layer_of(channels, seed)
    memory = WordMemory(kernel, WIDTHS, channels, STEPS, slots)
    met, projected = set(), 0
    for _ in range(6):
        texts = [rng.integers(0, VOCABULARY, rng.integers(5, 7)) for _ in range(rng.integers(1, 3))]
        found, fresh = sums(spikes, kernel, texts, memory, channels)
        assert found.sum() > 0
        assert torch.equal(found, sums(spikes, kernel, texts, channels=channels)[0])
        met, projected = met.union(*texts), projected + fresh
    assert projected >= len(met)
    if slots == VOCABULARY:
        assert projected == len(met)


def test_the_word_that_was_not_used_for_longest_makes_room():
    """A text that comes back costs nothing, whatever came between; too many words at once have no room."""
    spikes, kernel = layer_of()
    memory = WordMemory(kernel, WIDTHS, 7, STEPS, slots=8)
    base = np.arange(6)
    assert sums(spikes, kernel, [base], memory)[1] == 6
    for word in range(6, 20):
        changed = np.where(base == 2, word, base)
        assert sums(spikes, kernel, [changed], memory)[1] == 1
    assert sums(spikes, kernel, [base], memory)[1] == 1  # word 2
    assert memory.recall(list(range(9))) is None


def test_a_memory_of_something_else_is_refused_and_forgets():
    """Of other steps, or of another kernel: C would read beyond its end."""
    spikes, kernel = layer_of()
    words, windows = batch_of([np.arange(6)])
    inputs = spikes[:, :6]
    for memory in (WordMemory(kernel, WIDTHS, 7, STEPS + 1), WordMemory(kernel[:, :64], WIDTHS, 7, STEPS)):
        recalled = memory.recall(list(words))
        layer = make_layer(inputs, kernel, windows, WIDTHS, 7, NEURON, recalled)
        with pytest.raises(ValueError, match="its memory is of another layer or other steps"):
            layer.forward(inputs)
        assert len(memory.recall(list(words)).fresh) == 6
    memory = WordMemory(kernel, WIDTHS, 7, STEPS)
    recalled = memory.recall(list(words))
    with pytest.raises(ValueError, match="lack words of the batch"):
        make_layer(inputs, kernel, windows, WIDTHS, 7, NEURON, recalled).forward(inputs[:, :5])
    with pytest.raises(ValueError, match="its memory lacks words"):
        make_layer(inputs, kernel, windows, WIDTHS, 7, NEURON, replace(recalled, slots=recalled.slots[:5]))
