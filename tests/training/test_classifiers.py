"""What training asks of a spiking classifier: spikes with gradients, weighted currents, a budget."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.coding.codes import coded_weights, make_code
from spiketext.coding.unipolar import phase_weights
from spiketext.config import Conversion, Finetuning, Method, Network
from spiketext.conversion.balance import balanced_weights, find_scales
from spiketext.training import assemble
from spiketext.training.data import PADDING
from tests.training_helpers import WIDTH, WIDTHS, small_sentences, small_words

STEPS = 3


def converted(coding, budget=None, **conversion):
    """A freshly converted network and a batch."""
    network = Network(channels=6, positive=coding not in ("on-off", "learned"), dropout=0.0)
    method = Method(
        network=network,
        conversion=Conversion(coding=coding, steps=[STEPS], **conversion),
        finetuning=Finetuning(steps=STEPS, budget=budget),
    )
    words, sentences = small_words(), small_sentences(40)
    torch.manual_seed(0)
    dnn = assemble.dnn(method, words, 2, None).module
    rows = torch.arange(20).numpy()
    scales = find_scales(dnn, words, sentences, rows, method.conversion)
    code = make_code(method.conversion, WIDTH, STEPS)
    weights = coded_weights(balanced_weights(dnn, scales, method.conversion), code)
    return assemble.spiking(method, words, weights, STEPS, seed=1), sentences.batch(rows, WIDTHS)


def test_a_budget_adds_the_share_by_which_it_is_exceeded():
    """By the convolution's synapses: a word in the middle of a sentence weighs more than one at its edge."""
    free, batch = converted("learned", silence=0.1, span=0.5)
    spikes = free.encode(batch.words).sum((0, 2)).double()
    reading = torch.bincount(batch.windows.gather // sum(WIDTHS), minlength=len(batch.words)).double()
    reading[torch.from_numpy(batch.words == PADDING)] = 0
    used = float((spikes * reading).sum() / reading.sum() / WIDTH)
    plain = free.loss(batch, torch.Generator()).item()
    strict, _ = converted("learned", budget=used / 2, silence=0.1, span=0.5)
    assert strict.loss(batch, torch.Generator()).item() == pytest.approx(plain + 1, abs=1e-4)
    lax, _ = converted("learned", budget=used * 1.01, silence=0.1, span=0.5)
    assert lax.loss(batch, torch.Generator()).item() == pytest.approx(plain, abs=1e-5)


def test_a_budget_raises_thresholds():
    """Far above it, descent on the loss ends with a fifth fewer spikes."""
    classifier, batch = converted("learned", budget=0.01, silence=0.1, span=0.5)
    optimiser = torch.optim.SGD(classifier.module.parameters(), lr=0.02)
    before = int(classifier.encode(batch.words).sum())
    for _ in range(20):
        optimiser.zero_grad()
        classifier.loss(batch, torch.Generator()).backward()
        optimiser.step()
    assert int(classifier.encode(batch.words).sum()) < 0.8 * before


def test_excess_over_all_batches():
    """Spikes of all sentences over their values, not a mean of batches; nothing within the budget."""
    classifier, batch = converted("learned", budget=0.05, silence=0.1, span=0.5)
    sentences = small_sentences(40)
    one, two = sentences.batch(np.arange(25), WIDTHS), sentences.batch(np.arange(25, 40), WIDTHS)
    both = sentences.batch(np.arange(40), WIDTHS)
    assert classifier.excess([one, two]) == pytest.approx(classifier.excess([both]), rel=1e-6)
    assert classifier.excess([both]) > 1
    classifier.budget = 0.05 * (1 + classifier.excess([batch])) * 1.001
    assert classifier.excess([batch]) == 0
    classifier.budget = None
    assert classifier.excess([batch]) == 0


def test_gradients_in_training_only():
    """Elsewhere spikes are bytes, also outside `no_grad`."""
    classifier, batch = converted("learned")
    assert classifier.encode(batch.words, torch.Generator()).requires_grad
    assert classifier.encode(batch.words).dtype == torch.uint8
    assert classifier.activity(batch)[0].dtype == torch.uint8


def test_currents_of_a_weighted_code():
    """The first layer integrates the spikes times the weight of their step; the spikes stay bytes."""
    classifier, batch = converted("phase", pooled_neurons=False)
    spikes, activity = classifier.activity(batch)
    assert spikes.dtype == torch.uint8
    currents = spikes * phase_weights(STEPS)[:, None, None]
    expected = classifier.module.activity(currents, batch.windows, classifier.neuron)
    assert torch.equal(activity.convolution, expected.convolution)
    assert not torch.equal(
        activity.convolution,
        classifier.module.activity(spikes, batch.windows, classifier.neuron).convolution,
    )
    streamed = torch.stack([step.convolution for _, step, _ in classifier.simulate(batch)])
    assert streamed.sum() == activity.convolution.sum()


def test_the_loss_is_the_mean_over_steps():
    """Of the cross-entropy of each step's output."""
    classifier, batch = converted("on-off", pooled_neurons=False)
    scores = classifier.module(classifier.encode(batch.words), batch.windows, classifier.neuron)
    each = torch.stack([F.cross_entropy(step, batch.labels) for step in scores])
    assert classifier.loss(batch, torch.Generator()).item() == pytest.approx(each.mean().item(), rel=1e-5)
