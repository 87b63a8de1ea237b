"""Running a NIR graph as any reader would: by its nodes, without knowing what made it."""

from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import nir
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.networks.nir.build import DT

State = dict[str, Tensor]  # potential of each integrator, value that each node sent last


class NirNetwork:
    """A graph of one input and one output, run step by step.

    An edge that closes a cycle carries the value of the step before.
    """

    def __init__(self, graph: nir.NIRGraph) -> None:
        """Order the nodes.

        Raises:
            SpikeTextError: a node is of a type that is not known here, or nothing leads to it; there are
                several inputs or outputs.
        """
        self.graph = graph
        self.dt = float(graph.metadata.get("dt", DT))
        for name, node in graph.nodes.items():
            if type(node) not in NODES:
                raise SpikeTextError(f"NIR node {name!r} is of the type {type(node).__name__}, unknown here")
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise SpikeTextError("a NIR graph to be run has one input and one output")
        self.back = _closing_edges(graph)
        forward: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for source, target in graph.edges:
            if (source, target) not in self.back:
                forward[target].append(source)
        for name, sources in forward.items():
            if not sources and name not in graph.inputs:
                raise SpikeTextError(f"nothing leads to the NIR node {name!r}")
        self.sources = forward
        self.order = list(TopologicalSorter(forward).static_order())

    @classmethod
    def read(cls, path: Path) -> "NirNetwork":
        """From a file.

        Raises:
            SpikeTextError: it is no NIR file, or has nodes that are not known here.
        """
        try:
            graph = nir.read(path)
        except (OSError, KeyError, ValueError, AssertionError, AttributeError) as error:
            raise SpikeTextError(f"{path} cannot be read as NIR: {error}") from None
        return cls(graph)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Outputs `[T, …]` of inputs `[T, …]`."""
        state: State = {}
        sent: dict[str, Tensor] = {}
        outputs = []
        for step in inputs:
            before, sent = sent, {}
            for name in self.order:
                arriving = [sent[source] for source in self.sources[name]]
                arriving += [before[a] for a, b in self.back if b == name and a in before]
                value = step if not self.sources[name] else sum(arriving[1:], arriving[0])
                node = self.graph.nodes[name]
                sent[name] = NODES[type(node)](self, name, node, value, state)
                if isinstance(node, nir.Output):
                    outputs.append(sent[name])
        return torch.stack(outputs)

    def _integrate(self, name: str, node: Any, value: Tensor, state: State) -> Tensor:
        """dv/dt = r·I, or (v_leak − v + r·I) / τ; one step of Euler's method."""
        change = self.dt * _tensor(node.r) * value.double()
        old = state.get(name, torch.zeros_like(change))
        if isinstance(node, nir.LI):
            change = (change + self.dt * (_tensor(node.v_leak) - old)) / _tensor(node.tau)
        state[name] = old + change
        return state[name]


def _closing_edges(graph: nir.NIRGraph) -> set[tuple[str, str]]:
    """Edges that lead back to a node on the way from the input."""
    targets: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        targets[source].append(target)
    closing: set[tuple[str, str]] = set()
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        for target in targets[name]:
            if target in (*path, name):
                closing.add((name, target))
            elif target not in done:
                visit(target, (*path, name))
        done.add(name)

    for name in graph.inputs:
        visit(name, ())
    return closing


def _tensor(values: Any) -> Tensor:
    return torch.from_numpy(np.asarray(values)).double()


def _convolution(node: nir.Conv1d, value: Tensor) -> Tensor:
    """`[C, L]` → `[C', L']`."""
    padding = node.padding if isinstance(node.padding, str) else int(node.padding)
    stride, dilation, groups = (int(one) for one in (node.stride, node.dilation, node.groups))
    weight, bias = _tensor(node.weight), _tensor(node.bias)
    return F.conv1d(value.double()[None], weight, bias, stride, padding, dilation, groups)[0]


Rule = Callable[[NirNetwork, str, Any, Tensor, State], Tensor]

NODES: dict[type, Rule] = {
    nir.Input: lambda run, name, node, value, state: value,
    nir.Output: lambda run, name, node, value, state: value,
    nir.I: NirNetwork._integrate,
    nir.LI: NirNetwork._integrate,
    nir.Threshold: lambda run, name, node, value, state: (value > _tensor(node.threshold)).double(),
    nir.Scale: lambda run, name, node, value, state: value * _tensor(node.scale),
    nir.Linear: lambda run, name, node, value, state: _tensor(node.weight) @ value,
    nir.Flatten: lambda run, name, node, value, state: value.flatten(int(node.start_dim), int(node.end_dim)),
    nir.Conv1d: lambda run, name, node, value, state: _convolution(node, value),
}
