"""Activations of a few levels: on the grid, with LSQ's gradients, and the same after storing."""

import math

import numpy as np
import pytest
import torch

from spiketext.arrays import write_arrays
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.objectives import CrossEntropy
from spiketext.errors import SpikeTextError
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.layers.quantisation import COVERED, UNSET, Quantiser, initial_step
from spiketext.networks.layers.windows import convolve, mean_pool
from spiketext.networks.weights import load_weights
from spiketext.objectives.base import make_objective
from tests.training_helpers import VOCABULARY, WIDTH, small_sentences

UNKNOWN = 7  # a word without a vector


def signed_words():
    """Standardised word vectors; padding and one unknown word are zero."""
    values = np.random.default_rng(0).standard_normal((VOCABULARY, WIDTH), dtype=np.float32)
    values[[0, UNKNOWN]] = 0
    return WordTable.of(values, [str(i) for i in range(VOCABULARY)], torch.device("cpu"))


def classifier(levels, weights=None, **network):
    inputs = WordVectors(transform="standardised")
    method = Method(inputs=inputs, network=TextCNN(channels=6, levels=levels, **network))
    torch.manual_seed(0)
    return assemble.dnn(method, signed_words(), 2, weights)


def features(one):
    """What enters the sums and products of a batch, and its layout."""
    fed = one.read(BATCH)
    one.network.eval()
    with torch.no_grad():
        return one.network.features(fed.inputs, fed.layout.windows), fed.layout


BATCH = small_sentences(30).batch(np.arange(30))


@pytest.mark.parametrize("levels", [1, 2, 3, 7])
@pytest.mark.parametrize("signed", [True, False])
def test_values_are_multiples_of_the_step(levels, signed):
    """The nearest one within range, to the last bit."""
    torch.manual_seed(1)
    values = torch.randn(50, 40) * 3
    log_step = torch.tensor(math.log(0.7))
    low = -levels if signed else 0
    found = Quantiser(low, levels, log_step)(values)
    grid = torch.arange(low, levels + 1) * log_step.exp()
    nearest = grid[(values[..., None] - grid).abs().argmin(-1)]
    assert torch.equal(found, nearest)
    assert set(found.unique().tolist()) == set(grid.tolist())


def test_gradients_by_hand():
    """LSQ: dq/dstep = round(v/s) − v/s within range, else the end; dq/dv is 1 or 0.

    At step 0.5, levels −2 … 2, four features: 0.6 → 1, −0.3 → −1, 3 → 2 and −9 → −2 (both clipped).
    """
    values = torch.tensor([[0.6, -0.3, 3.0, -9.0]], requires_grad=True)
    quantiser = Quantiser(-2, 2, torch.tensor(0.5).log())
    found = quantiser(values)
    torch.testing.assert_close(found.detach(), torch.tensor([[0.5, -0.5, 1.0, -1.0]]))
    upstream = torch.tensor([[1.0, 2.0, 3.0, 5.0]])
    found.backward(upstream)
    assert torch.equal(values.grad, torch.tensor([[1.0, 2.0, 0.0, 0.0]]))
    of_step = 1 * (1 - 1.2) + 2 * (-1 + 0.6) + 3 * 2 + 5 * (-2)
    of_log_step = of_step * 0.5 / math.sqrt(4 * 2)
    torch.testing.assert_close(quantiser.log_step.grad, torch.tensor(of_log_step))


def test_the_first_batch_sets_the_step():
    """The highest level is the percentile of the sizes of what is not zero; later batches change nothing."""
    values = torch.cat([torch.zeros(1000), torch.arange(1, 201), -torch.arange(1, 201)])
    assert initial_step(values, 4).item() == pytest.approx(COVERED * 200 / 4)
    quantiser = Quantiser(-4, 4, UNSET)
    assert torch.equal(quantiser(torch.zeros(3)), torch.zeros(3))
    assert quantiser.log_step.isnan()  # nothing to learn from zeros
    quantiser(values)
    first = quantiser.log_step.item()
    assert math.exp(first) == pytest.approx(COVERED * 50)
    quantiser(values * 9)
    assert quantiser.log_step.item() == first
    assert UNSET.isnan()


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_every_layer_is_on_its_levels(pooling):
    """At most levels + 1 values, inputs 2 · levels + 1; padding and unknown words stay zero."""
    found, layout = features(classifier(3, pooling=pooling))
    assert list(found) == ["vectors", "convolution", "pooled"]
    for name, levels in (("vectors", 7), ("convolution", 4)):
        assert 1 < len(found[name].unique()) <= levels, name
        assert (found[name].min() < 0) == (name == "vectors")
    assert {0, UNKNOWN} <= set(layout.words)
    assert not found["vectors"][0, np.isin(layout.words, [0, UNKNOWN])].any()


def test_scores_are_products_of_the_features():
    """No value bypasses its quantiser on the way to the scores."""
    one = classifier(2)
    found, layout = features(one)
    network = one.network
    sums = convolve(found["vectors"], network.kernel(), layout.windows, 6)
    quantise = network.quantisers
    assert torch.equal(found["convolution"], quantise["convolution"](torch.relu(sums)))
    assert torch.equal(found["pooled"], mean_pool(found["convolution"], layout.windows))
    assert torch.equal(one.scores(BATCH), found["pooled"] @ network.readout.T)


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_loss_moves_every_step(pooling):
    """The step of the inputs too, through the convolution."""
    one = classifier(3, pooling=pooling)
    make_objective(CrossEntropy()).loss(one, BATCH, torch.Generator()).backward()
    assert len(one.network.quantisers) == 2
    for name, quantiser in one.network.quantisers.items():
        assert quantiser.log_step.grad.abs() > 0, name


def test_a_stored_network_evaluates_the_same(tmp_path):
    """To the last bit; weights without steps are refused."""
    first = classifier(3, bias=True)
    expected = first.scores(BATCH)
    path = tmp_path / "weights.safetensors"
    write_arrays(path, {name: tensor.numpy() for name, tensor in first.network.weights().items()})
    again = classifier(3, load_weights(path), bias=True)
    assert torch.equal(again.scores(BATCH), expected)
    with pytest.raises(SpikeTextError, match=r"lacks convolution\.log_step, inputs\.log_step"):
        classifier(3, classifier(None, bias=True).network.weights(), bias=True)


def test_full_precision_is_what_it_was():
    """No levels: the same draws, names of weights and features as the plain formula, bit for bit."""
    plain, rounded = classifier(None), classifier(3)
    assert set(plain.network.weights()) == {"kernel", "readout"}
    assert torch.equal(plain.network.kernel(), rounded.network.kernel())
    found, layout = features(plain)
    assert torch.equal(found["vectors"][0], plain.words.values[torch.from_numpy(layout.words)])
    sums = torch.relu(convolve(found["vectors"], plain.network.kernel(), layout.windows, 6))
    assert torch.equal(found["convolution"], sums)
    assert torch.equal(plain.scores(BATCH), mean_pool(sums, layout.windows) @ plain.network.readout.T)


def test_many_levels_approach_full_precision():
    """With steps that cover everything finely the scores are those of the unrounded network."""
    plain = classifier(None)
    steps = {f"{layer}.log_step": torch.tensor(-5.0) for layer in ("inputs", "convolution")}
    fine = classifier(1024, plain.network.weights() | steps)
    torch.testing.assert_close(fine.scores(BATCH), plain.scores(BATCH), rtol=0, atol=0.01)
    assert not torch.equal(fine.scores(BATCH), plain.scores(BATCH))


@pytest.mark.parametrize("source", [None, 3])
def test_training_may_begin_with_the_weights_of_another(source):
    """As they were scored; the first batch sets steps, those that another had do not count."""
    first = classifier(source, bias=True, pooling="max")
    with torch.no_grad():
        first.network(*_fed(first))
    method = Method(
        inputs=WordVectors(transform="standardised"),
        network=TextCNN(channels=6, levels=15, bias=True, pooling="max", weight_bits=8),
    )
    begun = assemble.untrained(method, signed_words(), 2, first.network.weights())
    network = begun.network
    assert all(network.quantisers[layer].log_step.isnan() for layer in ("inputs", "convolution"))
    with torch.no_grad():
        network(*_fed(begun))
    assert all(quantiser.log_step.isfinite() for quantiser in network.quantisers.values())
    for name in ("kernel", "readout"):
        ours, theirs = network.weights()[name], first.network.weights()[name]
        step = network.quantisers[name].log_step.detach().exp()
        inside = theirs.abs() < 127 * step
        assert (ours - theirs)[inside].abs().max() <= 0.5001 * step
        assert inside.float().mean() > 0.95
    assert torch.equal(network.weights()["kernel_bias"], first.network.weights()["kernel_bias"])


def test_a_start_of_another_network_is_refused():
    """One line, before anything is trained."""
    method = Method(inputs=WordVectors(transform="standardised"), network=TextCNN(channels=6, levels=3))
    weights = classifier(None).network.weights()
    with pytest.raises(SpikeTextError, match="readout"):
        assemble.untrained(method, signed_words(), 2, {**weights, "readout": torch.zeros(2, 5)})
    with pytest.raises(SpikeTextError, match="kernel"):
        assemble.untrained(method, signed_words(), 2, {"readout": weights["readout"]})


def _fed(one):
    """What the network is given of a batch."""
    fed = one.read(BATCH)
    return fed.inputs, fed.layout
