"""Training-free conversion (Bu, Li, Yu 2024): by hand, from both TextCNNs, beside spikingjelly's recipe."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from spikingjelly.activation_based import functional
from spikingjelly.activation_based.ann2snn import Converter
from spikingjelly.activation_based.ann2snn.recipes import LocalThresholdBalancingRecipe
from torch import nn

from benchmarks import rules
from benchmarks.training_free import Cell
from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.conversion.convert import find_thresholds
from spiketext.conversion.rules.local_threshold_balancing import Rule
from spiketext.evaluation.measure import measure
from spiketext.networks import assemble
from tests.energy_helpers import operations, steps_of
from tests.training_helpers import small_sentences, small_words

RULE = "local-threshold-balancing"
CONVERSION = {"encoder": {"kind": "analog"}, "neuron": {"initial": 0.5}, "steps": [64]}
ORDINARY = {"pooling": "max", "bias": True, "channels": 6, "dropout": 0.0}
CONVERTIBLE = {"channels": 6, "dropout": 0.0}


def converted(network, rule=RULE, steps=64, **conversion):
    """A DNN with random weights and biases, its thresholds, and its spiking twin."""
    method = Method(network=network, conversion={**CONVERSION, "rule": {"kind": rule}, **conversion})
    words, texts = small_words(), small_sentences(60)
    torch.manual_seed(3)
    dnn = assemble.dnn(method, words, 2, None)
    with torch.no_grad():
        for name in ("kernel_bias", "readout_bias"):
            if getattr(dnn.network, name) is not None:
                getattr(dnn.network, name).normal_()
    thresholds = find_thresholds(dnn, texts, np.arange(60), method.conversion.rule, assemble.balanced(method))
    weights = assemble.converted(method, dnn, thresholds, steps)
    return dnn, thresholds, assemble.spiking(method, words, weights, steps, 1, 2), texts


def test_thresholds_by_hand():
    """x = 0, 2, 1: θ = 2·1 = 2, and stays. x = 0, 0, 3: 2·1, then + 2·1/3, then + 2·1/9; silent: 1."""
    activations = torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 3.0, 0.0]])
    assert Rule(iterations=1).threshold(activations).tolist() == pytest.approx([2.0, 2.0, 1.0])
    assert Rule(iterations=2).threshold(activations).tolist() == pytest.approx([2.0, 2 + 2 / 3, 1.0])
    assert Rule(iterations=3).threshold(activations).tolist() == pytest.approx([2.0, 2 + 2 / 3 + 2 / 9, 1.0])


def test_each_step_lowers_what_is_cut_off():
    """E[(x − min(x, θ))²] falls with every iteration, for each channel."""
    activations = torch.from_numpy(np.random.default_rng(0).exponential(size=(500, 4)))
    losses = [
        ((activations - Rule(iterations=i).threshold(activations)).clamp_min(0) ** 2).mean(0)
        for i in range(1, 12)
    ]
    assert all((later < earlier).all() for earlier, later in pairwise(losses))


@pytest.mark.parametrize("network", [ORDINARY, CONVERTIBLE], ids=["max pooling, biases", "mean pooling"])
def test_the_spiking_twin_approaches_its_dnn(network):
    """With thresholds that cut nothing off, scores a step tend to the DNN's; classes are the same."""
    dnn, _, spiking, texts = converted(network, "max", steps=800)
    batch = texts.batch(np.arange(20))
    own, wanted = spiking.scores(batch), dnn.scores(batch)[0]
    scale = wanted.abs().max()
    assert ((own[-1] / 800 - wanted).abs().max() / scale) < 0.03
    assert ((own[7] / 8 - wanted).abs().max() / scale) < 0.4


def test_one_threshold_a_channel():
    """Of the convolution and of the pooled features; with max pooling of the features alone."""
    _, ordinary, _, _ = converted(ORDINARY)
    assert {name: tuple(values.shape) for name, values in ordinary.items()} == {"pooled": (18,)}
    _, convertible, _, _ = converted(CONVERTIBLE)
    assert {name: tuple(v.shape) for name, v in convertible.items()} == {
        "convolution": (18,),
        "pooled": (18,),
    }
    assert len(set(convertible["convolution"].tolist())) == 18


def test_rates_are_quantised_activations():
    """u[0] = θ/2 and constant current x: after T steps ⌊T·x/θ + 1/2⌋ spikes, at most T."""
    dnn, thresholds, spiking, texts = converted(ORDINARY, steps=8)
    batch = texts.batch(np.arange(20))
    fed = dnn.read(batch)
    pooled = dnn.network.features(fed.inputs, fed.layout.windows)["pooled"][0].detach().double()
    sent = sum(step.events["pooled"].double() for step, _ in spiking.simulate(batch))
    exact = (8 * pooled / thresholds["pooled"] + 0.5).floor().clamp(0, 8)
    assert (sent != exact).double().mean() < 0.01  # of single precision at a threshold


def test_what_the_ordinary_network_costs():
    """Convolution, bias and maximum once; then one addition and one update a feature and step."""
    _, _, spiking, texts = converted(ORDINARY, steps=4)
    counts = measure(spiking, texts, np.arange(10), [4], 4).account.layers
    features = 10 * 18
    assert steps_of(counts, "pooling", "AC") == [features] * 4
    assert steps_of(counts, "pooling", "update") == [features] * 4
    assert steps_of(counts, "convolution", "MAC")[1:] == [0, 0, 0]
    lengths = np.maximum(texts.lengths[:10], 5)
    maps = 6 * sum(int((lengths - width + 1).sum()) for width in (3, 4, 5))
    found = operations(counts)
    assert found["pooling", "compare"] == maps
    assert found["bias", "AC"] == maps + 4 * 10 * 2
    assert ("convolution", "update") not in found


def test_delayed_evaluation():
    """Scores of the first steps are left out; steps that would see nothing are refused."""
    _, _, spiking, texts = converted(ORDINARY, steps=6)
    _, _, late, _ = converted(ORDINARY, steps=6, delay=2)
    batch = texts.batch(np.arange(5))
    all_steps, delayed = spiking.scores(batch), late.scores(batch)
    assert not delayed[:2].any()
    torch.testing.assert_close(delayed[5], all_steps[5] - all_steps[1])
    with pytest.raises(ValueError, match="exceed `delay`"):
        Conversion(delay=4, steps=[4, 8])


def test_no_label_is_read():
    """Other labels of the calibration texts, the same thresholds."""
    dnn, thresholds, _, texts = converted(CONVERTIBLE)
    labels = texts.labels
    texts.labels = 1 - labels
    assert (texts.batch(np.arange(60)).labels.numpy() != labels).all()
    again = find_thresholds(dnn, texts, np.arange(60), Rule(), list(thresholds))
    assert all(torch.equal(thresholds[name], again[name]) for name in thresholds)


class Plain(nn.Module):
    """One layer and its ReLU, as spikingjelly's converter reads it."""

    def __init__(self, weight, bias):
        super().__init__()
        self.layer = nn.Linear(weight.shape[1], weight.shape[0])
        self.layer.weight.data, self.layer.bias.data = weight, bias
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.layer(x))


def test_spikingjellys_recipe_finds_the_same_thresholds():
    """It climbs once a batch; given the same batch again and again, it is the same iteration.

    A channel that is silent gets 10⁻⁶ there, 1 here; neither ever fires.
    """
    torch.manual_seed(5)
    values, plain = torch.rand(200, 7), Plain(torch.randn(4, 7), torch.randn(4))
    with torch.no_grad():
        activations = plain(values)
        wanted = Rule(iterations=12).threshold(activations)
        recipe = LocalThresholdBalancingRecipe([(values, 0)] * 12)
        snn = Converter(recipe).convert(plain)
        scalers = [one for name, one in snn.named_modules() if name.endswith("scaler1")]
        fires = activations.any(0)
        assert 0 < fires.sum() < 4
        torch.testing.assert_close(scalers[0].scale.flatten()[fires], wanted[fires], rtol=1e-5, atol=1e-6)
        functional.reset_net(snn)
        sent = sum(snn(values) for _ in range(16)) / 16
    exact = (16 * activations / wanted + 0.5).floor().clamp(0, 16) / 16 * wanted
    assert ((sent - exact).abs() > 1e-4).double().mean() < 0.01


@pytest.mark.parametrize("network", [ORDINARY, CONVERTIBLE], ids=["max pooling, biases", "mean pooling"])
@torch.no_grad()
def test_the_recipe_is_compared_on_the_same_network(network):
    """What spikingjelly converts in `benchmarks.rules` has the DNN's scores, and about ours as it spikes."""
    dnn, _, spiking, texts = converted(network)
    rows = np.arange(20)
    climbs = np.tile(np.arange(60), 8)  # the recipe climbs once a batch
    found = Cell(Method(network=network, conversion=CONVERSION), dnn, texts, climbs, rows)
    given, wanted = rules.currents(found, rows), dnn.scores(texts.batch(rows))[0]
    torch.testing.assert_close(rules.plain(found)(given), wanted, rtol=1e-4, atol=1e-4)
    snn, _ = rules.by_recipe(found)
    theirs = sum(snn(given) for _ in range(64)) / 64
    ours = spiking.scores(texts.batch(rows))[-1] / 64
    assert (theirs - ours).abs().max() < 0.1 * wanted.abs().max()
