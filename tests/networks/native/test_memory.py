"""Words that the native layer remembers: the same spikes to the bit, whatever came before."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.networks.layers.spiking_convolution import make_layer
from spiketext.networks.layers.windows import make_windows
from spiketext.networks.native import build
from spiketext.networks.native.memory import RecalledLayer, WordMemory
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


def recall(memory, texts):
    """What is remembered of some texts."""
    words, index = np.unique(np.concatenate(texts), return_inverse=True)
    return memory.recall([f"word {word}" for word in words], index, np.array([len(text) for text in texts]))


def sums(spikes, kernel, texts, memory=None, channels=7):
    """Sums of spikes of some texts, and how many words had to be projected and windows run."""
    words, windows = batch_of(texts)
    if memory is None:
        inputs = spikes[:, torch.from_numpy(words)]
        return make_layer(inputs, kernel, windows, WIDTHS, channels, NEURON).forward(inputs), len(words), 0
    recalled = recall(memory, texts)
    inputs = spikes[:, torch.from_numpy(words[recalled.fresh])]
    fresh = sum(len(found.fresh) for found in recalled.windows)
    return RecalledLayer(recalled).forward(inputs), len(recalled.fresh), fresh


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([7, 16, 33]), st.integers(12, VOCABULARY), st.integers(8, 60))
def test_what_is_remembered_changes_no_bit(seed, channels, slots, windows):
    """Batches one after the other, with room for few or for all; each word is projected once if all fit."""
    rng = np.random.default_rng(seed)
    spikes, kernel = layer_of(channels, seed)
    memory = WordMemory(kernel, WIDTHS, channels, STEPS, NEURON, slots, windows)
    met, projected = set(), 0
    for _ in range(6):
        texts = [rng.integers(0, VOCABULARY, rng.integers(5, 7)) for _ in range(rng.integers(1, 3))]
        found, fresh, _ = sums(spikes, kernel, texts, memory, channels)
        assert found.sum() > 0
        assert torch.equal(found, sums(spikes, kernel, texts, channels=channels)[0])
        met, projected = met.union(*texts), projected + fresh
    assert projected >= len(met)
    if slots == VOCABULARY and windows > 50:
        assert projected == len(met)


def test_a_changed_word_costs_itself_and_the_windows_that_hold_it():
    """12 of 21 windows of widths 3, 4 and 5; what comes back costs nothing, be it in another text."""
    spikes, kernel = layer_of()
    memory = WordMemory(kernel, WIDTHS, 7, STEPS, NEURON)
    base = np.arange(10)
    assert sums(spikes, kernel, [base], memory)[1:] == (10, 8 + 7 + 6)
    for word in (20, 21):
        assert sums(spikes, kernel, [np.where(base == 5, word, base)], memory)[1:] == (1, 3 + 4 + 5)
    assert sums(spikes, kernel, [np.where(base == 0, 20, base)], memory)[1:] == (0, 1 + 1 + 1)
    assert sums(spikes, kernel, [base, base[2:9]], memory)[1:] == (0, 0)
    assert sums(spikes, kernel, [np.array([7, 7, 7, 7, 7, 7])], memory)[1:] == (0, 1 + 1 + 1)


def test_all_is_forgotten_when_there_is_no_more_room():
    """Of words, or of windows of a width; what has no room at all is not remembered."""
    spikes, kernel = layer_of()
    base = np.arange(6)
    for slots, windows in ((8, 100), (100, 5)):
        memory = WordMemory(kernel, WIDTHS, 7, STEPS, NEURON, slots, windows)
        assert sums(spikes, kernel, [base], memory)[1] == 6
        assert sums(spikes, kernel, [base + 10], memory)[1] == 6
        assert sums(spikes, kernel, [base], memory)[1] == 6
        assert sums(spikes, kernel, [base], memory)[1:] == (0, 0)
        assert recall(memory, [np.arange(9)]) is None
        assert sums(spikes, kernel, [base], memory)[1] == 6


def test_spikes_of_other_words_are_refused_and_all_is_forgotten():
    """C would read beyond its end."""
    spikes, kernel = layer_of()
    memory = WordMemory(kernel, WIDTHS, 7, STEPS, NEURON)
    for inputs in (spikes[:, :5], spikes[1:, :6], spikes[:, :6, 1:]):
        with pytest.raises(ValueError, match="not those of the fresh words"):
            RecalledLayer(recall(memory, [np.arange(6)])).forward(inputs)
    with pytest.raises(ValueError, match="no bytes on a CPU"):
        RecalledLayer(recall(memory, [np.arange(6)])).forward(spikes[:, :6].float())
    assert len(recall(memory, [np.arange(6)]).fresh) == 6
