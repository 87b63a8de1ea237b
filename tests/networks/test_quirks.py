"""What the code of Lv et al. 2023 does beside its paper, by hand (docs/paper.md)."""

import math

import pytest
import torch

from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.errors import SpikeTextError
from spiketext.networks import assemble
from spiketext.networks.layers.biases import random_biases
from spiketext.networks.textcnn import nir
from spiketext.networks.textcnn.readout import most_added
from spiketext.neurons.integrate_and_fire import NeuronModel, by_turns, multi_step
from tests.energy_helpers import (
    account_of,
    method,
    one_sentence,
    operations,
    tiny_spiking,
    word_table,
)
from tests.training_helpers import WIDTH, WIDTHS, small_method, small_words

ABA = one_sentence([1, 2, 1])
RAW = {"rule": {"kind": "none"}, "encoder": {"kind": "deterministic-rate"}, "steps": [4]}


def test_neurons_that_are_advanced_twice_a_step_by_hand():
    """One neuron, θ = 1, no leak; the first turn gets 3/8 a step, the second 6/8.

    Potentials, eighths: 3; 9 fires, leaves 1 | 4; 10 fires, leaves 2 | 5; 11 fires. Had each turn a neuron of
    its own, the first would fire at the third step, the second at the second and third.
    """
    currents = torch.tensor([[[0.375, 0.75]]] * 3)  # [T = 3, B = 1, 2 turns · 1 neuron]
    model = NeuronModel()
    shared = by_turns(lambda each: multi_step(each, model), currents, 2)
    assert shared[:, 0].tolist() == [[0, 1], [0, 1], [0, 1]]
    assert multi_step(currents, model)[:, 0].tolist() == [[0, 0], [0, 1], [1, 1]]


def test_neurons_that_widths_share_within_the_network():
    """Two widths, one channel; both words fire, so that all windows do: their currents are 2 and 4, θ = 1.

    Means over windows are 1 and the gain is 1. The neuron that both widths share gets 1 in the first turn,
    which is not above θ, 1 more in the second, and fires there; of two neurons none fires at the first step.
    """
    weights = {
        "kernel": torch.full((3, 1), 2.0),
        "pool_gain": torch.tensor(1.0),
        "readout": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
    }
    words = word_table([[0], [1], [1]])
    found = {}
    for pooled in (True, "shared"):
        made = method(widths=(1, 2), steps=1, pooled_neurons=pooled)
        classifier = assemble.spiking(made, words, weights, 1, seed=0)
        ((step, scores),) = classifier.simulate(one_sentence([1, 2]))
        found[pooled] = (step.events["pooled"].tolist(), scores.tolist())
    assert found == {True: ([[0, 0]], [[0, 0]]), "shared": ([[0, 1]], [[0, 1]])}


def test_biases_are_added_at_every_step_and_window_by_hand():
    """The network of `test_spiking_counts_by_hand`, whose windows get 1.0 and 1.5 a step, and a bias of 0.25.

    (a, b) gets 1.25 and fires, keeps 0.25, gets to 1.5 and fires; (b, a) gets 1.75 and fires, keeps 0.75,
    gets to 2.5 and fires: 2 spikes at both steps. The pool gets 1 · 2 and fires at both; the read-out of
    (1, −1) adds its biases (0.5, 0.125) at both steps. That costs an accumulate for each of 2 + 2 neurons and
    step.
    """
    classifier = tiny_spiking(**{"rule": {"kind": "none"}})
    plain = account_of(classifier, ABA)
    weights = classifier.network.weights() | {
        "kernel_bias": torch.tensor([0.25]),
        "readout_bias": torch.tensor([0.5, 0.125]),
    }
    made = method(steps=2, biases="random", rule={"kind": "none"})
    biased = assemble.spiking(made, classifier.words, weights, 2, seed=0)
    steps = list(biased.simulate(ABA))
    assert [step.events["convolution"].tolist() for step, _ in steps] == [[[2]], [[2]]]
    assert [scores.tolist() for _, scores in steps] == [[[1.5, -0.875]], [[3.0, -1.75]]]
    account = account_of(biased, ABA)
    assert operations(account.layers)["bias", "AC"] == 2 * 4
    rest = {key: count for key, count in operations(account.layers).items() if key[0] == "encoder"}
    assert rest == {key: count for key, count in operations(plain.layers).items() if key[0] == "encoder"}
    assert biased.network.weights().keys() == weights.keys()
    # A step adds the pool's spike, 1 · (1 − −1), and the biases' difference.
    assert most_added(biased.network).tolist() == [[0, 2.375], [-0.375, 0]]


def test_random_biases_are_drawn_within_the_bounds_of_their_layers():
    """±1/√(k · D) for width k, ±1/√(K · C) for the read-out; the seed of the run draws them."""
    torch.manual_seed(3)
    found = random_biases([1, 4], 4000, 9, 5000)
    for bias, bound in (
        (found["kernel_bias"][:4000], 1 / 3),
        (found["kernel_bias"][4000:], 1 / 6),
        (found["readout_bias"], 1 / math.sqrt(8000)),
    ):
        assert 0.99 * bound < bias.abs().max() <= bound
        assert abs(float(bias.mean())) < 0.05 * bound


def converted(**conversion):
    """Weights of a converted small network."""
    torch.manual_seed(1)
    made = small_method(**RAW, **conversion)
    dnn = assemble.dnn(made, small_words(), 2, None)
    torch.manual_seed(2)
    thresholds = {name: torch.ones(1).double() for name in assemble.balanced(made)}
    return made, dnn, assemble.converted(made, dnn, thresholds, 4)


def test_a_converted_network_gets_biases_and_keeps_its_weights():
    _, _, plain = converted()
    made, dnn, biased = converted(biases="random")
    assert {name: tuple(biased[name].shape) for name in biased.keys() - plain.keys()} == {
        "kernel_bias": (len(WIDTHS) * 6,),
        "readout_bias": (2,),
    }
    assert all(torch.equal(biased[name], tensor) for name, tensor in plain.items())
    assert biased["kernel_bias"].abs().max() <= 1 / math.sqrt(min(WIDTHS) * WIDTH)
    network = assemble.spiking(made, dnn.words, biased, 4, seed=0).network
    assert {name for name, _ in network.named_parameters()} >= {"kernel_bias", "readout_bias"}  # trained


def test_fine_tuning_may_have_a_dropout_of_its_own():
    made, dnn, weights = converted()
    finetuning = made.finetuning.model_copy(update={"dropout": 0.25})
    own = made.model_copy(update={"finetuning": finetuning})
    rates = [assemble.spiking(one, dnn.words, weights, 4, 0).network.dropout.p for one in (made, own)]
    assert rates == [0.5, 0.25]


@pytest.mark.parametrize("quirk", [{"biases": "random"}, {"pooled_neurons": "shared"}])
def test_what_cannot_have_them_says_so(quirk):
    with pytest.raises(ValueError, match="`conversion` needs a network with pooling: mean, bias: false"):
        Method(network=TextCNN(pooling="max", bias=True), conversion={"encoder": {"kind": "analog"}, **quirk})
    with pytest.raises(ValueError, match=f"decides what `{min(quirk)}` would"):
        Conversion(rule={"kind": "lossless"}, encoder={"kind": "analog-once"}, **quirk)
    made, dnn, weights = converted(**quirk)
    with pytest.raises(SpikeTextError, match="made without `pooled_neurons: shared` and `biases: random`"):
        nir.graph(assemble.spiking(made, dnn.words, weights, 4, seed=0).network, 8)
