"""What training asks of a spiking classifier: spikes with gradients, weighted currents, an objective."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.objectives import CrossEntropy, SpikeBudget
from spiketext.config.schedules import Finetuning
from spiketext.conversion.convert import find_thresholds
from spiketext.inputs.batches import PADDING
from spiketext.networks import assemble
from spiketext.objectives.base import make_objective
from tests.training_helpers import WIDTH, WIDTHS, small_sentences, small_words

STEPS = 3
LEARNED = {"kind": "learned", "full_scale": 0.5, "dead_zone": 0.1}
FREE = make_objective(CrossEntropy())


def budget(spikes):
    """The objective with a budget."""
    return make_objective(SpikeBudget(spikes=spikes))


def converted(encoder, **conversion):
    """A freshly converted network and a batch."""
    signed = encoder["kind"] in ("on-off", "learned")
    method = Method(
        inputs=WordVectors(transform="standardised" if signed else "positive"),
        network=TextCNN(channels=6, dropout=0.0),
        conversion=Conversion(encoder=encoder, steps=[STEPS], **conversion),
        finetuning=Finetuning(steps=STEPS),
    )
    words, texts = small_words(), small_sentences(40)
    torch.manual_seed(0)
    dnn = assemble.dnn(method, words, 2, None)
    rows = torch.arange(20).numpy()
    thresholds = find_thresholds(dnn, texts, rows, method.conversion.rule, assemble.balanced(method))
    weights = assemble.converted(method, dnn, thresholds, STEPS)
    return assemble.spiking(method, words, weights, STEPS, seed=1), texts.batch(rows)


def test_a_budget_adds_the_share_by_which_it_is_exceeded():
    """By the convolution's synapses: a word in the middle of a text weighs more than one at its edge."""
    classifier, batch = converted(LEARNED)
    fed = classifier.read(batch)
    spikes = fed.inputs.sum((0, 2)).double()
    words, gather = fed.layout.words, fed.layout.windows.gather
    reading = torch.bincount(gather // sum(WIDTHS), minlength=len(words)).double()
    reading[torch.from_numpy(words == PADDING)] = 0
    used = float((spikes * reading).sum() / reading.sum() / WIDTH)
    plain = FREE.loss(classifier, batch, torch.Generator()).item()
    strict = budget(used / 2).loss(classifier, batch, torch.Generator())
    assert strict.item() == pytest.approx(plain + 1, abs=1e-4)
    lax = budget(used * 1.01).loss(classifier, batch, torch.Generator())
    assert lax.item() == pytest.approx(plain, abs=1e-5)


@pytest.mark.parametrize("settings", [CrossEntropy(), SpikeBudget(spikes=1e6)])
def test_class_weights_make_a_weighted_mean(settings):
    """Each text's loss times the weight of its class, over the sum of these weights."""
    classifier, batch = converted(LEARNED)
    assert len(set(batch.labels.tolist())) == 2
    weights = torch.tensor([0.25, 3.0], dtype=torch.float64)
    scores = classifier.forward(classifier.read(batch)).detach()
    each = -torch.log_softmax(scores, -1)[:, torch.arange(len(batch.labels)), batch.labels].mean(0)
    own = weights[batch.labels]
    expected = float((each.double() * own).sum() / own.sum())
    found = make_objective(settings, weights).loss(classifier, batch, torch.Generator()).item()
    assert found == pytest.approx(expected, rel=1e-5)
    assert found != pytest.approx(make_objective(settings).loss(classifier, batch, torch.Generator()).item())


def test_a_budget_raises_thresholds():
    """Far above it, descent on the loss ends with a fifth fewer spikes."""
    classifier, batch = converted(LEARNED)
    objective = budget(0.01)
    optimiser = torch.optim.SGD(classifier.network.parameters(), lr=0.02)
    before = int(classifier.read(batch).inputs.sum())
    for _ in range(20):
        optimiser.zero_grad()
        objective.loss(classifier, batch, torch.Generator()).backward()
        optimiser.step()
    assert int(classifier.read(batch).inputs.sum()) < 0.8 * before


def test_excess_over_all_batches():
    """Spikes of all texts over their values, not a mean of batches; nothing within the budget."""
    classifier, batch = converted(LEARNED)
    objective, texts = budget(0.05), small_sentences(40)
    one, two = texts.batch(np.arange(25)), texts.batch(np.arange(25, 40))
    both = texts.batch(np.arange(40))
    whole = objective.excess(classifier, [both])
    assert objective.excess(classifier, [one, two]) == pytest.approx(whole, rel=1e-6)
    assert whole > 1
    enough = budget(0.05 * (1 + objective.excess(classifier, [batch])) * 1.001)
    assert enough.excess(classifier, [batch]) == 0
    assert FREE.excess(classifier, [batch]) == 0


def test_gradients_in_training_only():
    """Elsewhere spikes are bytes, also outside `no_grad`."""
    classifier, batch = converted({"kind": "learned"})
    assert classifier.read(batch, torch.Generator()).inputs.requires_grad
    assert classifier.read(batch).inputs.dtype == torch.uint8
    assert classifier.activity(batch)[0].inputs.dtype == torch.uint8


def test_currents_of_a_weighted_encoder():
    """The first layer integrates the spikes times the weight of their step; the spikes stay bytes."""
    classifier, batch = converted({"kind": "phase"}, pooled_neurons=False)
    fed, activity = classifier.activity(batch)
    spikes, network = fed.inputs, classifier.network
    assert spikes.dtype == torch.uint8
    currents = spikes * network.encoder.step_weights(STEPS)[:, None, None]
    expected = network.activity(currents, fed.layout)
    own, wanted, unweighted = (
        one.placed["convolution"] for one in (activity, expected, network.activity(spikes, fed.layout))
    )
    assert torch.equal(own, wanted)
    assert not torch.equal(own, unweighted)
    steps = [step.events for step, _ in classifier.simulate(batch)]
    assert torch.stack([events["convolution"][0] for events in steps]).sum() == own.sum()
    assert torch.equal(torch.stack([events["input"] for events in steps]), spikes)


def test_the_loss_is_the_mean_over_steps():
    """Of the cross-entropy of each step's output."""
    classifier, batch = converted({"kind": "on-off"}, pooled_neurons=False)
    scores = classifier.forward(classifier.read(batch))
    each = torch.stack([F.cross_entropy(step, batch.labels) for step in scores])
    found = FREE.loss(classifier, batch, torch.Generator()).item()
    assert found == pytest.approx(each.mean().item(), rel=1e-5)
