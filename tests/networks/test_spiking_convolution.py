"""Convolution, neurons and pooling in one layer: in C, in PyTorch, and as a plain loop over steps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.networks.layers import spiking_convolution as layers
from spiketext.networks.layers import windows as windows_module
from spiketext.networks.layers.spiking_convolution import TorchLayer, make_layer, spiking_convolution
from spiketext.networks.layers.windows import convolve, make_windows, mean_pool
from spiketext.networks.native import build
from spiketext.networks.native.spiking_convolution import NativeLayer, available
from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step
from tests.training_helpers import DEVICES

WIDTHS = [3, 4, 5]


def example(lengths, channels=7, inputs=11, steps=6, seed=0, vocabulary=9):
    """Random sentences, spikes of their words, a kernel and what flows back."""
    rng = np.random.default_rng(seed)
    words, index = np.unique(rng.integers(0, vocabulary, sum(lengths)), return_inverse=True)
    torch.manual_seed(seed)
    padded = len(words) + 3  # rows that no token uses
    spikes = (torch.rand(steps, padded, inputs) < 0.4).view(torch.uint8)
    kernel = torch.randn(sum(WIDTHS) * channels, inputs) * 0.5
    grad = torch.randn(steps, len(lengths), len(WIDTHS) * channels)
    return make_windows(index, np.asarray(lengths), WIDTHS, padded), spikes, kernel, grad


def plain_loop(windows, spikes, kernel, grad, neuron):
    """Every array at once, differentiated by autograd: the definition."""
    kernel = kernel.clone().requires_grad_()
    channels = len(kernel) // sum(WIDTHS)
    fired = multi_step(convolve(spikes.float(), kernel, windows, channels), neuron)
    sums = mean_pool(fired, windows) * windows.counts.repeat_interleave(channels, dim=1)
    sums.backward(grad)
    return sums.detach(), kernel.grad


def layer_of(inputs, kernel, windows, neuron=None):
    """The layer for such inputs, of seven channels."""
    return make_layer(inputs, kernel.detach(), windows, WIDTHS, 7, neuron or NEURONS[0])


def native_layer(*arguments):
    """The layer in C."""
    if build.find_compiler() is None:
        pytest.skip("no C compiler")
    layer = make_layer(*arguments)
    assert isinstance(layer, NativeLayer)
    return layer


NEURONS = [
    NeuronModel(slope=5.0),
    NeuronModel(beta=0.9, theta=1.3, initial=0.4, slope=3.0),
    NeuronModel(surrogate="atan", slope=2.0, theta=0.7),
]


@pytest.mark.parametrize("at_once", [1, 4, 100])
def test_constant_inputs_are_convolved_once_and_felt_at_every_step(at_once, monkeypatch):
    """Against the plain loop: sums, and the gradients of the kernel and of the values behind all steps."""
    windows, spikes, kernel, grad = example([5, 9, 6])
    neuron, values = NEURONS[1], torch.rand(spikes.shape[1:])
    monkeypatch.setattr(layers, "steps_at_once", lambda device, size: at_once)
    found = []
    for make in (
        lambda inputs, own: spiking_convolution(
            inputs, own, make_layer(inputs, own.detach(), windows, WIDTHS, 7, neuron, constant=True)
        ),
        lambda inputs, own: (
            mean_pool(multi_step(convolve(inputs, own, windows, 7), neuron), windows)
            * windows.counts.repeat_interleave(7, dim=1)
        ),
    ):
        own, source = kernel.clone().requires_grad_(), values.clone().requires_grad_()
        sums = make(source.expand(6, -1, -1), own)
        sums.backward(grad)
        found.append((sums.detach(), own.grad, source.grad))
    assert float(found[0][0].sum()) > 0
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize(
    ("lengths", "channels", "inputs", "steps"),
    [
        ([5], 16, 64, 1),
        ([5, 9, 6], 7, 11, 8),
        ([12, 5, 5, 30], 33, 70, 21),
        ([6, 8], 20, 300, 9),
        ([7, 5, 11], 3, 35, 13),  # rows of the window share vectors
    ],
)
def test_c_and_pytorch_equal_the_plain_loop(lengths, channels, inputs, steps, neuron):
    """Spikes and the kernel's gradient; shapes that fill their blocks and shapes that do not."""
    windows, spikes, kernel, grad = example(lengths, channels, inputs, steps)
    sums, grad_kernel = plain_loop(windows, spikes, kernel, grad, neuron)
    assert 0 < sums.sum() < windows.counts.sum() * channels * steps
    native = native_layer(spikes, kernel, windows, WIDTHS, channels, neuron)
    for layer in (native, TorchLayer(kernel, windows, channels, neuron)):
        torch.testing.assert_close(layer.forward(spikes, keep=True), sums)
        # Rounding of the potentials, a sum over hundreds of inputs and steps, moves the derivatives.
        atol = 5e-5 * float(grad_kernel.abs().max())
        torch.testing.assert_close(layer.backward(grad)[0], grad_kernel, rtol=1e-4, atol=atol)


def test_gradients_reach_inputs_that_want_them():
    """A learned encoder's spikes are floats: their gradient equals that of the plain loop."""
    windows, spikes, kernel, grad = example([6, 9, 5])
    inputs = spikes.float().requires_grad_()
    fired = multi_step(convolve(inputs, kernel, windows, 7), NEURONS[0])
    (mean_pool(fired, windows) * windows.counts.repeat_interleave(7, dim=1)).backward(grad)
    ours, weights = spikes.float().requires_grad_(), kernel.clone().requires_grad_()
    spiking_convolution(ours, weights, layer_of(ours, weights, windows)).backward(grad)
    assert inputs.grad.abs().max() > 0
    torch.testing.assert_close(ours.grad, inputs.grad, rtol=1e-4, atol=1e-4)
    alone = spikes.float().requires_grad_()
    spiking_convolution(alone, kernel, layer_of(alone, kernel, windows)).backward(grad)
    torch.testing.assert_close(alone.grad, ours.grad, msg="a kernel that needs no gradient")
    plain = spiking_convolution(spikes, weights, layer_of(spikes, weights, windows))
    torch.testing.assert_close(plain.detach(), fired_sums(fired, windows))


def fired_sums(fired, windows):
    """Spikes of each channel, summed over the windows of each sentence."""
    return (mean_pool(fired, windows) * windows.counts.repeat_interleave(7, dim=1)).detach()


def test_a_surrogate_that_c_lacks_runs_on_pytorch():
    """With the right gradient."""
    neuron = NeuronModel(surrogate="sigmoid", slope=4.0)
    windows, spikes, kernel, grad = example([6, 9])
    sums, grad_kernel = plain_loop(windows, spikes, kernel, grad, neuron)
    assert not available(spikes, kernel, neuron)
    ours = kernel.clone().requires_grad_()
    found = spiking_convolution(spikes, ours, layer_of(spikes, ours, windows, neuron))
    found.backward(grad)
    torch.testing.assert_close(found.detach(), sums)
    torch.testing.assert_close(ours.grad, grad_kernel, rtol=1e-4, atol=1e-4)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 1000))
def test_pieces_of_time_equal_the_whole(pieces, seed):
    """Potentials go on from one call to the next, in C and in PyTorch."""
    windows, spikes, kernel, _ = example([5, 7, 11], steps=sum(pieces), seed=seed)
    neuron = NEURONS[1]
    whole = native_layer(spikes, kernel, windows, WIDTHS, 7, neuron).forward(spikes)
    for layer in (
        native_layer(spikes, kernel, windows, WIDTHS, 7, neuron),
        TorchLayer(kernel, windows, 7, neuron),
    ):
        parts = torch.cat([layer.forward(some) for some in spikes.split(pieces)])
        torch.testing.assert_close(parts, whole)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_many_steps_at_once_equal_one_after_the_other(at_once, device, monkeypatch):
    """A GPU computes several steps in a call: outputs, and gradients of kernel and inputs."""
    neuron = NEURONS[1]
    windows, spikes, kernel, grad = example([5, 9, 6], steps=7)
    expected = plain_loop(windows, spikes, kernel, grad, neuron)
    monkeypatch.setattr(layers, "steps_at_once", lambda device, size: at_once)
    monkeypatch.setattr(windows_module, "steps_at_once", lambda device, size: at_once)
    inputs = spikes.float().to(device).requires_grad_()
    layer = TorchLayer(kernel.to(device), windows.to(torch.device(device)), 7, neuron)
    with torch.no_grad():
        sums = layer.forward(inputs, keep=True)
        grad_kernel, grad_inputs = layer.backward(grad.to(device))
    torch.testing.assert_close(sums.cpu(), expected[0])
    torch.testing.assert_close(grad_kernel.cpu(), expected[1], rtol=1e-4, atol=1e-4)
    slow = spikes.float().requires_grad_()
    fired = multi_step(convolve(slow, kernel, windows, 7), neuron)
    (mean_pool(fired, windows) * windows.counts.repeat_interleave(7, dim=1)).backward(grad)
    torch.testing.assert_close(grad_inputs.cpu(), slow.grad, rtol=1e-4, atol=1e-4)


def test_the_number_of_threads_changes_no_bit():
    """Blocks of channels do not depend on each other."""
    windows, spikes, kernel, grad = example([12, 5, 5, 30], 50, 70, 20)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            layer = native_layer(spikes, kernel, windows, WIDTHS, 50, NEURONS[0])
            found.append((layer.forward(spikes, keep=True), layer.backward(grad)[0]))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_two_batches_between_forward_and_backward_keep_their_own_potentials():
    """Buffers are used again only after the backward pass has read them."""
    one, two = example([5, 9, 6], seed=1), example([8, 8], seed=2)
    expected = [plain_loop(*case, NEURONS[0])[1] for case in (one, two, one)]
    layers = [native_layer(case[1], case[2], case[0], WIDTHS, 7, NEURONS[0]) for case in (one, two, one)]
    layers[0].forward(one[1], keep=True)
    layers[1].forward(two[1], keep=True)
    found = [layers[0].backward(one[3])[0], layers[1].backward(two[3])[0]]
    layers[2].forward(one[1], keep=True)
    found.append(layers[2].backward(one[3])[0])
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    with pytest.raises(AttributeError):
        layers[2].backward(one[3])


def test_currents_and_a_switched_off_library_run_on_pytorch(monkeypatch, tmp_path):
    """Bytes are spikes, floats are currents; a broken source is one warning, not an end."""
    windows, spikes, kernel, _ = example([6, 9])
    arguments = (kernel, windows, WIDTHS, 7, NEURONS[0])
    assert isinstance(make_layer(spikes.float(), *arguments), TorchLayer)
    if build.find_compiler() is None:
        pytest.skip("no C compiler")
    source = tmp_path / "some.c"
    source.write_text("int answer(void) { return 42; }")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    library = build.load(source)
    assert library is not None and library.answer() == 42
    assert len(list((tmp_path / "cache" / "spiketext").iterdir())) == 1
    broken = tmp_path / "broken.c"
    broken.write_text("int answer(void) { return")
    assert build.load(broken) is None
    monkeypatch.setenv("SPIKETEXT_NATIVE", "off")
    build.load.cache_clear()
    assert build.load(source) is None
    build.load.cache_clear()
