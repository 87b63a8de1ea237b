"""Values worked out by hand at the threshold itself, and of the derivatives that stand in for a spike's."""

import math

import numpy as np
import pytest
import torch

from spiketext.config.encodings import Learned
from spiketext.inputs.encoding.base import make_encoder
from spiketext.networks import assemble
from spiketext.networks.layers.spiking_convolution import TorchLayer, make_layer
from spiketext.networks.layers.windows import make_windows
from spiketext.networks.native import build
from spiketext.networks.native.spiking_convolution import NativeLayer
from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step, steps, surrogate_derivative
from spiketext.neurons.nodes import IntegrateAndFire
from spiketext.neurons.surrogates import SURROGATES
from tests.training_helpers import small_method, small_words

# I = 1/2 at θ = 1, exact in floating point: u = ½, 1 (not above θ), 1½ → spike, 1 (not above), 1½ → spike.
AT_THE_THRESHOLD = [0, 0, 1, 0, 1, 0, 1]
WINDOW = make_windows(np.array([0]), np.array([1]), [1], 1)  # a sentence of one word, read by width 1


def by_step(neuron=None):
    """The neuron, one call a step."""
    neuron = neuron or NeuronModel()
    potential = torch.zeros(1)
    return [steps(torch.full((1, 1), 0.5), potential, neuron)[0].item() for _ in AT_THE_THRESHOLD]


def by_layer(kind):
    """The fused layer: one word that fires at every step, and one weight of 1/2."""
    inputs, kernel = torch.ones(len(AT_THE_THRESHOLD), 1, 1, dtype=torch.uint8), torch.full((1, 1), 0.5)
    if kind is TorchLayer:
        return TorchLayer(kernel, WINDOW, 1, NeuronModel()).forward(inputs).flatten().tolist()
    layer = make_layer(inputs, kernel, WINDOW, [1], 1, NeuronModel())
    assert isinstance(layer, NativeLayer)
    return layer.forward(inputs).flatten().tolist()


def test_a_potential_at_the_threshold_does_not_fire():
    """s[t] = 1 if u[t] > θ (Lv et al. 2023, section 3.2), in every form of the neuron."""
    currents = torch.full((len(AT_THE_THRESHOLD), 1), 0.5)
    assert multi_step(currents, NeuronModel()).flatten().tolist() == AT_THE_THRESHOLD
    assert by_step() == AT_THE_THRESHOLD
    assert IntegrateAndFire(NeuronModel())(currents).flatten().tolist() == AT_THE_THRESHOLD
    assert by_layer(TorchLayer) == AT_THE_THRESHOLD


@pytest.mark.skipif(build.find_compiler() is None, reason="no C compiler")
def test_a_potential_at_the_threshold_does_not_fire_in_c():
    assert by_layer(NativeLayer) == AT_THE_THRESHOLD


def test_a_learned_threshold_is_not_met_by_equality():
    """ON fires if x + a > on."""
    weights = {
        "encoder.on": torch.tensor([[0.5, 0.25]]),
        "encoder.off": torch.tensor([[0.5, 0.25]]),
        "encoder.gate": torch.zeros(2),
        "encoder.bias": torch.zeros(1),
    }
    encoder = make_encoder(Learned(), 2, 1, weights)
    assert encoder.encode(torch.tensor([[0.5, 0.5]]), 1).flatten().tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "x", "slope", "expected"),
    [
        ("fast-sigmoid", 0.2, 5.0, 1 / 4),  # 1 / (1 + 1)²
        ("fast-sigmoid", -0.2, 5.0, 1 / 4),
        ("fast-sigmoid", 0.0, 25.0, 1.0),
        ("fast-sigmoid", 1.0, 3.0, 1 / 16),
        ("atan", 0.0, 4.0, 2.0),  # slope / 2
        ("atan", 1 / math.pi, 2.0, 1 / 2),  # 1 / (1 + 1)
        ("atan", -1 / math.pi, 2.0, 1 / 2),
        ("sigmoid", 0.0, 4.0, 1.0),  # 4 · ½ · ½
        ("sigmoid", math.log(3) / 4, 4.0, 3 / 4),  # 4 · ¾ · ¼
        ("piecewise-quadratic", -0.25, 2.0, 1.0),  # 2 − 4 · ¼
        ("piecewise-quadratic", 0.6, 2.0, 0.0),
        ("rectangle", -0.2, 2.0, 2.0),  # half as wide as 1 / slope on either side
        ("rectangle", 0.3, 2.0, 0.0),
    ],
)
def test_surrogates_by_hand(name, x, slope, expected):
    assert SURROGATES[name](torch.tensor([x]), slope).item() == pytest.approx(expected, rel=1e-6)


def test_the_surrogate_of_a_layer_by_hand():
    """θ = 2, u = 2.4: x = 0.2, and du = θ dx: ¼ / 2; the same through the layer's gradient."""
    neuron = NeuronModel(theta=2.0, slope=5.0)
    assert surrogate_derivative(torch.tensor([2.4]), neuron).item() == pytest.approx(1 / 8)
    current = torch.full((1, 1), 2.4, requires_grad=True)
    multi_step(current, neuron).sum().backward()
    assert current.grad.item() == pytest.approx(1 / 8)


def test_the_gradient_goes_back_through_the_leak_and_not_through_the_reset():
    """β = ½, slope 1, u = 1½ → spike (½ left), u = ¼ + ¾ = 1: δ₂ = 1, δ₁ = 1/(1 + ½)² + ½ · 1."""
    currents = torch.tensor([[1.5], [0.75]], requires_grad=True)
    multi_step(currents, NeuronModel(beta=0.5, slope=1.0)).sum().backward()
    assert currents.grad.flatten().tolist() == pytest.approx([4 / 9 + 1 / 2, 1.0])


def test_the_surrogate_of_a_learned_encoder_by_hand():
    """Slope 2: x − on = ½ gives 1 / (1 + 1)²; gate and bias start at zero."""
    encoder = make_encoder(Learned(full_scale=1.0, dead_zone=0.0), 1, 1)  # one threshold, at ½
    assert encoder.on.item() == encoder.off.item() == 0.5
    encoder.encode(torch.tensor([[1.0]]), 1).sum().backward()
    assert encoder.on.grad.item() == pytest.approx(-1 / 4)
    assert encoder.off.grad.item() == pytest.approx(-1 / 16)  # −x − off = −1½
    assert encoder.bias.grad.item() == pytest.approx(1 / 4 + 1 / 16)
    assert encoder.gate.grad.item() == pytest.approx(1 / 4 + 1 / 16)  # times x / √D = 1


def test_fine_tuning_uses_its_own_surrogate_and_slope():
    """What the configuration says reaches the neurons."""
    method = small_method(neuron={"theta": 1.5, "beta": 0.9, "initial": 0.25})
    finetuning = method.finetuning.model_copy(update={"surrogate": "atan", "slope": 3.0})
    words = small_words()
    torch.manual_seed(0)
    weights = assemble.dnn(method, words, 2, None).network.weights() | {"pool_gain": torch.tensor(1.0)}
    tuned = method.model_copy(update={"finetuning": finetuning})
    neuron = assemble.spiking(tuned, words, weights, 4, seed=0).network.neuron
    assert neuron == NeuronModel(beta=0.9, theta=1.5, initial=0.25, surrogate="atan", slope=3.0)
