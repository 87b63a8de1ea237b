"""What reaches the C code is checked once more: a wrong size there would overwrite foreign memory."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spiketext.networks.layers.windows import make_windows
from spiketext.networks.native import build
from spiketext.networks.native.spiking_convolution import NativeLayer
from spiketext.neurons.integrate_and_fire import NeuronModel

pytestmark = pytest.mark.skipif(build.find_compiler() is None, reason="no C compiler")
WIDTHS, CHANNELS, INPUTS, WORDS, STEPS = [3, 4], 5, 11, 9, 2
WINDOWS = make_windows(np.arange(12) % 7, np.array([5, 7]), WIDTHS, WORDS)
KERNEL = torch.ones(sum(WIDTHS) * CHANNELS, INPUTS)
SPIKES = torch.ones(STEPS, WORDS, INPUTS, dtype=torch.uint8)


def layer(kernel=KERNEL, windows=WINDOWS, widths=WIDTHS, channels=CHANNELS):
    return NativeLayer(kernel, windows, widths, channels, NeuronModel())


def test_the_right_sizes_run():
    one = layer()
    assert one.forward(SPIKES, keep=True).shape == (STEPS, 2, len(WIDTHS) * CHANNELS)
    assert one.backward(torch.ones(STEPS, 2, len(WIDTHS) * CHANNELS))[0].shape == KERNEL.shape


@pytest.mark.parametrize(
    "wrong",
    [
        {"kernel": KERNEL[:-1]},
        {"kernel": torch.cat([KERNEL, KERNEL])},
        {"kernel": KERNEL.double()},
        {"channels": CHANNELS + 1},
        {"channels": CHANNELS - 1},
        {"widths": [3, 5]},
        {"widths": [3]},
        {"widths": [3, 4, 4]},
    ],
)
def test_a_kernel_of_another_size_is_refused(wrong):
    with pytest.raises(ValueError, match="spiking convolution cannot run"):
        layer(**wrong)


@pytest.mark.parametrize("name", ["index", "sentence", "occurrences", "sentence_start", "occurrence_start"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda array: array[:-1],
        lambda array: torch.cat([array, array[-1:]]),
        lambda array: array.double(),
        lambda array: array + 1000,
        lambda array: array - 1000,
        lambda array: torch.stack([array, array], 1)[:, 0],
    ],
)
def test_a_layout_that_leads_elsewhere_is_refused(name, spoil):
    windows = replace(WINDOWS, **{name: spoil(getattr(WINDOWS, name))})
    with pytest.raises(ValueError, match="spiking convolution cannot run"):
        layer(windows=windows).forward(SPIKES)


@pytest.mark.parametrize(
    "inputs",
    [SPIKES[:, :-1], SPIKES[:, :, :-1], SPIKES.float(), torch.cat([SPIKES, SPIKES], 2)],
)
def test_inputs_of_another_size_are_refused(inputs):
    with pytest.raises(ValueError, match="spiking convolution cannot run"):
        layer().forward(inputs)


@pytest.mark.parametrize("shape", [(STEPS - 1, 2, 10), (STEPS, 1, 10), (STEPS, 2, 9)])
def test_a_gradient_of_another_size_is_refused(shape):
    one = layer()
    one.forward(SPIKES, keep=True)
    with pytest.raises(ValueError, match="spiking convolution cannot run"):
        one.backward(torch.ones(shape))
