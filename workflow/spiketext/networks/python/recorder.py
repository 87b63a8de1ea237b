"""Hooks on a network's modules: what its populations send, and what really enters its synapses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spiketext.errors import SpikeTextError
from spiketext.networks.python.load import Declared


class Recorder:
    """Events of one step of a network, while it records.

    Attributes:
        events: by population, `[B, N]`, spikes of each neuron, summed over positions and calls.
        neurons: by population, neurons of all texts, positions and calls of a step.
        operations: by path of a module, synapses that were reached.
        placed: populations and modules of synapses with outputs at every position.
        entered: by path, values other than zero that entered the module.
        possible: by path, synapses that would be reached if all were other than zero.
        outputs: by path, outputs of the module.
    """

    def __init__(self, module: nn.Module, declared: Declared, where: str, analog: bool) -> None:
        """Hooks stay on `module` as long as it lives; `analog`: the input sends values, not spikes."""
        self.declared, self.where, self.on, self.sizing = declared, where, False, False
        self.fed = {path for source, path in declared.synapses if source == "input"}
        self.analog = self.fed if analog else set()
        self.placed: set[str] = set()
        parts = dict(module.named_modules())
        for name, path in declared.populations.items():
            parts[path].register_forward_hook(lambda _, __, out, name=name: self._sent(name, out))
        for path in {path for _, path in declared.synapses}:
            hook: Any = lambda part, given, out, path=path: self._passes(path, part, given, out)  # noqa: E731
            parts[path].register_forward_hook(hook)
        self.forget()
        self.clear()

    def forget(self) -> None:
        """Begin with other texts."""
        self._given: dict[str, list[Tensor]] = {}  # values that entered, by path and call

    def clear(self) -> None:
        """Begin a new step."""
        self._before, self._given = self._given, {}
        self.events: dict[str, Tensor] = {}
        self.neurons: dict[str, float] = {}
        self.operations: dict[str, Tensor] = {}
        self.entered: dict[str, Tensor] = {}
        self.possible: dict[str, float] = {}
        self.outputs: dict[str, float] = {}

    def changed(self, path: str) -> bool:
        """Whether other values entered a module than at the step before."""
        given, before = self._given[path], self._before.get(path, [])
        return len(given) != len(before) or not all(map(torch.equal, given, before))

    @contextmanager
    def recording(self, sizing: bool = False) -> Iterator[None]:
        """Within it, events are recorded; with `sizing`, `possible` and `outputs` too."""
        self.on, self.sizing = True, sizing
        try:
            yield
        finally:
            self.on = False

    def _sent(self, name: str, spikes: Tensor) -> None:
        if not self.on:
            return
        if not isinstance(spikes, Tensor) or spikes.dim() not in (2, 3):
            raise SpikeTextError(
                f"{self.where}: population `{name}` must send one tensor [B, N] or [B, L, N] at each call"
            )
        if not ((spikes == 0) | (spikes.abs() == 1)).all():
            raise SpikeTextError(
                f"{self.where}: population `{name}` sends values other than 0, 1 and −1: {_others(spikes)}"
            )
        fired = (spikes != 0).double()
        each = fired if spikes.dim() == 2 else fired.sum(1)
        if name in self.events and self.events[name].shape != each.shape:
            raise SpikeTextError(
                f"{self.where}: population `{name}` is called with several numbers of neurons"
            )
        self.events[name] = self.events.get(name, torch.zeros_like(each)) + each
        if spikes.dim() == 3:
            self.placed.add(name)
        self.neurons[name] = self.neurons.get(name, 0.0) + spikes.numel()

    def _passes(self, path: str, part: nn.Module, given: tuple[Any, ...], out: Tensor) -> None:
        if not self.on:
            return
        if not given or not isinstance(given[0], Tensor):
            raise SpikeTextError(f"{self.where}: call the synapses `{path}` with their input alone")
        values = given[0]
        active = values != 0
        if path in self.analog:
            self._given.setdefault(path, []).append(values)
        elif not self.sizing:
            self._require_one_size(path, values, active)
        entered = active.sum(dtype=torch.float64)
        self.entered[path] = self.entered.get(path, torch.zeros_like(entered)) + entered
        reached = _reached(part, active)
        self.operations[path] = self.operations.get(path, torch.zeros_like(reached)) + reached
        if not self.sizing:
            return
        # All of the input's neurons fire, but for those at padding; of others it is not known which are real.
        most = reached if path in self.fed else _reached(part, torch.ones_like(active))
        self.possible[path] = self.possible.get(path, 0.0) + float(most)
        self.outputs[path] = self.outputs.get(path, 0.0) + out.numel()
        if out.dim() == 3:
            self.placed.add(path)

    def _require_one_size(self, path: str, values: Tensor, active: Tensor) -> None:
        """Spikes of one step weigh the same, however much that is."""
        sizes = values[active].abs()
        if len(sizes) and sizes.max() != sizes.min():
            raise SpikeTextError(
                f"{self.where}: what enters the synapses `{path}` is no spikes, which are all of one size: "
                f"{_others(values)}; sum or scale after the weights"
            )


def _reached(part: nn.Module, active: Tensor) -> Tensor:
    """Synapses that active inputs reach; a scalar."""
    if isinstance(part, nn.Conv1d):
        again: Any = {"stride": part.stride, "padding": part.padding, "dilation": part.dilation}
        ones: Any = torch.ones_like(part.weight)
        return F.conv1d(active.float(), ones, groups=part.groups, **again).sum(dtype=torch.float64)
    assert isinstance(part, nn.Linear)
    return active.sum(dtype=torch.float64) * part.out_features


def _others(spikes: Tensor) -> str:
    """Some of the values that are no spikes."""
    strange = spikes[(spikes != 0) & (spikes.abs() != 1)].unique()[:3]
    return ", ".join(f"{value:.9g}" for value in strange.tolist())
