"""The same plain network with the neurons of snnTorch and of norse, where these packages are installed.

`make bench` installs them beside the environment (envs/peers.txt); nothing else needs them. The mathematics
is ours with both, and so is the comparison, u > θ, where spikingjelly's is u ≥ θ:

- snnTorch: `Leaky` with β = 1, which is reset at the step after a spike by subtraction and not differentiated
  there, and its fast sigmoid. Its loop over steps is written out, as its users write it.
- norse: its integrate-and-fire neuron resets to a value only, so a step is put together from its `threshold`
  and its `reset_subtract`, and runs in its `SNN`. Without `detach` the reset would be differentiated, as in
  norse's `IAF`, but not in its `LIF`. Its SuperSpike derivative has no slope (`alpha` has no effect), so
  potentials are counted in units in which the slope is one.
"""

from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import torch
from torch import Tensor

from benchmarks.textbook import Neurons
from spiketext.neurons.integrate_and_fire import NeuronModel


class SnnTorch(Neurons):
    """snnTorch's."""

    def __init__(self, model: NeuronModel) -> None:
        super().__init__(model)
        import snntorch
        from snntorch import surrogate

        self.neurons = snntorch.Leaky(
            beta=1.0,
            threshold=model.theta,
            spike_grad=surrogate.fast_sigmoid(slope=model.slope / model.theta),
            reset_mechanism="subtract",
        )
        self.factor = 1 / model.theta

    def forward(self, currents: Tensor) -> Tensor:
        potential, spikes = torch.zeros_like(currents[0]), []
        for current in currents:
            fired, potential = self.neurons(current, potential)
            spikes.append(fired)
        return torch.stack(spikes)


class Norse(Neurons):
    """norse's."""

    def __init__(self, model: NeuronModel) -> None:
        super().__init__(model)
        from norse.torch.functional.iaf import IAFFeedForwardState, IAFParameters
        from norse.torch.functional.reset import reset_subtract
        from norse.torch.functional.threshold import threshold
        from norse.torch.module.snn import SNN

        def step(current, state, p, dt):
            before = state.v + current
            fired = threshold(before - p.v_th, p.method, p.alpha)
            return fired, IAFFeedForwardState(reset_subtract(fired.detach(), before, p.v_reset, p.v_th))

        self.unit, self.factor = model.slope / model.theta, 1 / model.slope
        self.neurons = SNN(
            step,
            lambda currents: IAFFeedForwardState(torch.zeros_like(currents[0])),
            IAFParameters(v_th=torch.tensor(model.theta * self.unit), method="super"),
        )

    def forward(self, currents: Tensor) -> Tensor:
        spikes, _ = self.neurons(currents)
        return spikes


PEERS: dict[str, Callable[[NeuronModel], Neurons]] = {"snntorch": SnnTorch, "norse": Norse}


def installed() -> dict[str, str]:
    """Versions of those that are there."""
    return {name: version(name) for name in PEERS if find_spec(name)}
