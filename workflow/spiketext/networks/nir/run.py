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

# What a node sends, of what arrives and what it sent the step before (None at the first).
Step = Callable[[Tensor, Tensor | None], Tensor]


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
        self.graph, self.sources = graph, forward
        self.order = list(TopologicalSorter(forward).static_order())
        dt = float(graph.metadata.get("dt", DT))
        self.steps = {name: NODES[type(node)](node, dt) for name, node in graph.nodes.items()}
        (self.output,) = graph.outputs

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
        sent: dict[str, Tensor] = {}
        outputs = []
        for step in inputs:
            before, sent = sent, {}
            for name in self.order:
                arriving = [sent[source] for source in self.sources[name]]
                arriving += [before[a] for a, b in self.back if b == name and a in before]
                value = sum(arriving[1:], arriving[0]) if self.sources[name] else step.double()
                sent[name] = self.steps[name](value, before.get(name))
            outputs.append(sent[self.output])
        return torch.stack(outputs)


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


def _hand_on(node: Any, dt: float) -> Step:
    return lambda value, before: value


def _integrate(node: Any, dt: float) -> Step:
    """dv/dt = r·I: one step of Euler's method. A node sends its potential, at first zero."""
    scale = dt * _tensor(node.r)
    return lambda value, before: scale * value if before is None else before + scale * value


def _leak(node: Any, dt: float) -> Step:
    """dv/dt = (v_leak − v + r·I) / τ, likewise."""
    scale, towards, tau = dt * _tensor(node.r), _tensor(node.v_leak), _tensor(node.tau)

    def step(value: Tensor, before: Tensor | None) -> Tensor:
        old = torch.zeros_like(towards) if before is None else before
        return old + (scale * value + dt * (towards - old)) / tau

    return step


def _fire(node: Any, dt: float) -> Step:
    threshold = _tensor(node.threshold)
    return lambda value, before: (value > threshold).double()


def _scale(node: Any, dt: float) -> Step:
    scale = _tensor(node.scale)
    return lambda value, before: value * scale


def _multiply(node: Any, dt: float) -> Step:
    weight = _tensor(node.weight)
    return lambda value, before: weight @ value


def _flatten(node: Any, dt: float) -> Step:
    first, last = int(node.start_dim), int(node.end_dim)
    return lambda value, before: value.flatten(first, last)


def _convolve(node: Any, dt: float) -> Step:
    """`[C, L]` → `[C', L']`."""
    padding = node.padding if isinstance(node.padding, str) else int(node.padding)
    stride, dilation, groups = (int(one) for one in (node.stride, node.dilation, node.groups))
    weight, bias = _tensor(node.weight), _tensor(node.bias)
    return lambda value, before: F.conv1d(value[None], weight, bias, stride, padding, dilation, groups)[0]


# By type: from a node and the seconds of a step to its `Step`, whose arrays are converted once.
NODES: dict[type, Callable[[Any, float], Step]] = {
    nir.Input: _hand_on,
    nir.Output: _hand_on,
    nir.I: _integrate,
    nir.LI: _leak,
    nir.Threshold: _fire,
    nir.Scale: _scale,
    nir.Linear: _multiply,
    nir.Flatten: _flatten,
    nir.Conv1d: _convolve,
}
