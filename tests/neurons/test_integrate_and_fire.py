"""Neurons against sequences worked out by hand, against the loop, and against spikingjelly."""

import pytest
import torch
from spikingjelly.activation_based import functional
from spikingjelly.activation_based import neuron as sj_neuron

from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step
from spiketext.neurons.nodes import IntegrateAndFire
from spiketext.neurons.surrogates import SURROGATES
from tests.plain_neuron import step


def test_soft_reset_by_hand():
    """θ = 1, β = 1, I = 0.6: potentials 0.6, 1.2 → spike, 0.8, 1.4 → spike, 1.0 (no spike: u > θ), 1.6."""
    currents = torch.full((6, 1), 0.6, dtype=torch.float64)
    assert multi_step(currents, NeuronModel()).flatten().tolist() == [0, 1, 0, 1, 0, 1]


def test_leak_and_threshold_by_hand():
    """θ = 2, β = 0.5, I = 1.5: u = 1.5, 2.25 → spike (0.25 left), 1.625, 2.3125 → spike."""
    spikes = multi_step(torch.full((4, 1), 1.5), NeuronModel(beta=0.5, theta=2.0))
    assert spikes.flatten().tolist() == [0, 1, 0, 1]


def test_initial_potential_by_hand():
    """Half a threshold to begin with: I = 0.6 gives 1.1 → spike at once."""
    spikes = multi_step(torch.full((3, 1), 0.6), NeuronModel(initial=0.5))
    assert spikes.flatten().tolist() == [1, 0, 1]


def test_negative_current_silences():
    """The potential may fall without bound; it has to be made up before the next spike."""
    currents = torch.tensor([[-1.0], [1.5], [1.0]])
    assert multi_step(currents, NeuronModel()).flatten().tolist() == [0, 0, 1]


class Spike(torch.autograd.Function):
    """Threshold with the surrogate, for the textbook loop."""

    @staticmethod
    def forward(ctx, x, surrogate, slope):
        ctx.save_for_backward(x)
        ctx.surrogate, ctx.slope = surrogate, slope
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * SURROGATES[ctx.surrogate](x, ctx.slope), None, None


@pytest.mark.parametrize("surrogate", sorted(SURROGATES))
@pytest.mark.parametrize("model", [(1.0, 1.0, 0.0), (0.9, 0.7, 0.5)])
def test_fused_form_equals_the_loop_with_gradients(surrogate, model):
    """Spikes exactly, gradients up to rounding; the reset is detached as documented."""
    beta, theta, initial = model
    neuron = NeuronModel(beta, theta, initial, surrogate, slope=5.0)
    torch.manual_seed(0)
    currents = torch.randn(9, 4, 5, dtype=torch.float64, requires_grad=True)
    weights = torch.randn_like(currents)
    fused = multi_step(currents, neuron)
    (fused_grad,) = torch.autograd.grad((fused * weights).sum(), currents)
    after, spikes = torch.full_like(currents[0], initial * theta), []
    for current in currents:
        before = beta * after + current
        spikes.append(Spike.apply((before - theta) / theta, surrogate, 5.0))
        after = before - theta * spikes[-1].detach()
    looped = torch.stack(spikes)
    (looped_grad,) = torch.autograd.grad((looped * weights).sum(), currents)
    assert torch.equal(fused, looped)
    torch.testing.assert_close(fused_grad, looped_grad)


def test_step_equals_the_fused_form():
    """The pure step function, called T times."""
    neuron = NeuronModel(beta=0.95, theta=1.3, initial=0.2)
    torch.manual_seed(1)
    currents = torch.randn(12, 7)
    after, spikes = torch.full((7,), 0.2 * 1.3), []
    for current in currents:
        fired, _, after = step(current, after, neuron)
        spikes.append(fired)
    assert torch.equal(torch.stack(spikes), multi_step(currents, neuron))


@pytest.mark.parametrize("surrogate", sorted(SURROGATES))
@pytest.mark.parametrize("model", [(1.0, 1.0, 0.0), (0.9, 0.7, 0.5)])
def test_the_module_of_spikingjelly_s_equals_the_fused_form_with_gradients(surrogate, model):
    """With its surrogates, its detached reset and its step mode for many steps; spikes exactly."""
    neuron = NeuronModel(*model, surrogate, slope=5.0)
    torch.manual_seed(3)
    currents = torch.randn(9, 4, 5, dtype=torch.float64, requires_grad=True)
    weights, module = torch.randn_like(currents), IntegrateAndFire(neuron)
    fused, plain = multi_step(currents, neuron), module(currents)
    assert plain.sum() > 0
    assert torch.equal(fused, plain)
    grads = [torch.autograd.grad((one * weights).sum(), currents)[0] for one in (fused, plain)]
    torch.testing.assert_close(*grads)
    functional.reset_net(module)
    assert torch.equal(module(currents), plain)


def test_potentials_of_the_fused_form_go_on():
    """Two calls are one: the potential is handed in and overwritten."""
    neuron = NeuronModel(beta=0.9, theta=0.8)
    torch.manual_seed(4)
    currents, potential = torch.randn(8, 20), torch.zeros(20)
    parts = [multi_step(some, neuron, potential) for some in currents.split([3, 5])]
    assert torch.equal(torch.cat(parts), multi_step(currents, neuron))


def test_agrees_with_spikingjelly():
    """Its multi-step IF neuron with soft reset (fires at u ≥ θ: no difference on random currents)."""
    torch.manual_seed(2)
    currents = torch.randn(20, 50) * 0.7
    theirs = sj_neuron.IFNode(v_threshold=1.0, v_reset=None, step_mode="m")(currents)
    assert theirs.sum() > 0
    assert torch.equal(multi_step(currents, NeuronModel()), theirs.detach())
