"""The kernel's parametrisation changes how it is learnt, not what it computes."""

import pytest
import torch

from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.networks.layers.kernels import PositiveKernel, as_kernel, initial_kernel
from spiketext.networks.textcnn import dnn


@pytest.mark.parametrize("positive", [True, False])
def test_any_kernel_comes_back(positive):
    """To rounding."""
    torch.manual_seed(0)
    kernel = torch.randn(12, 30)
    torch.testing.assert_close(as_kernel(kernel, positive)(), kernel, rtol=1e-5, atol=1e-5)


def test_the_pattern_sees_standardised_vectors():
    """6 (P − mean P) applied to x = (z + 3)/6 is (P − mean P) applied to z; the level adds m · mean(x)."""
    torch.manual_seed(1)
    kernel = PositiveKernel(torch.randn(5, 40))
    z = torch.randn(7, 40).clamp(-3, 3)
    x = (z + 3) / 6
    centred = kernel.pattern - kernel.pattern.mean(1, keepdim=True)
    expected = z @ centred.T + x.mean(1, keepdim=True) * kernel.level.T
    torch.testing.assert_close(x @ kernel().T, expected, rtol=1e-4, atol=1e-4)


def test_the_initial_response_to_positive_vectors_is_that_to_standardised_ones():
    """No common offset at the start, whatever the mean of the inputs."""
    torch.manual_seed(2)
    kernel = initial_kernel(torch.full((50,), 0.1), 300, positive=True)
    constant = torch.full((1, 300), 0.5)
    assert (constant @ kernel().T).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("shape", "transform"),
    [
        (TextCNN(channels=4), "positive"),
        (TextCNN(channels=4, pooling="max", bias=True), "standardised"),
    ],
)
def test_stored_weights_make_the_same_network(shape, transform):
    """`weights()` is what `__init__` takes."""
    torch.manual_seed(3)
    inputs = WordVectors(transform=transform)
    first = dnn.TextCNN(shape, inputs, 10, 2)
    again = dnn.TextCNN(shape, inputs, 10, 2, first.weights())
    for name, tensor in first.weights().items():
        torch.testing.assert_close(again.weights()[name], tensor, rtol=1e-5, atol=1e-6)
