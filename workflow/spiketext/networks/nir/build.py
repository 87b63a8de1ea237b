"""Building NIR graphs of integrate-and-fire neurons with soft reset.

NIR's own integrate-and-fire nodes reset to a fixed potential, so that spikingjelly's exchange refuses a soft
reset. It can be said all the same, with nodes of the standard alone: an integrator, a threshold (which fires
above it, not at it, as in Lv et al. 2023, section 3.2) and an edge back that takes β·θ off the next
potential. An edge that closes a cycle carries the value of the step before:
u[t] = β·u[t−1] + I[t] − β·θ·s[t−1] = β·(u[t−1] − θ·s[t−1]) + I[t].
"""

from typing import Any

import nir
import numpy as np

from spiketext.errors import SpikeTextError
from spiketext.neurons.integrate_and_fire import NeuronModel

RULE = "forward Euler, a step of dt; edges that close a cycle carry the value of the step before"
DT = 1e-4  # seconds a step, spikingjelly's own; NIR's time constants are in seconds


class Graph:
    """Nodes and edges, added one after the other."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        """`shape` of the input at each step."""
        self.nodes: dict[str, nir.NIRNode] = {"input": nir.Input(np.array(shape))}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, node: nir.NIRNode, *sources: str) -> str:
        """A node that reads the sum of its sources; its name."""
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]
        return name

    def integrator(self, name: str, shape: tuple[int, ...], *sources: str, beta: float = 1.0) -> str:
        """v[t] = β·v[t−1] + what the sources send."""
        if beta == 1:
            return self.add(name, nir.I(r=np.full(shape, 1 / DT)), *sources)
        leaky = nir.LI(
            tau=np.full(shape, DT / (1 - beta)), r=np.full(shape, 1 / (1 - beta)), v_leak=np.zeros(shape)
        )
        return self.add(name, leaky, *sources)

    def neurons(self, name: str, shape: tuple[int, ...], neuron: NeuronModel, *sources: str) -> str:
        """Integrate-and-fire neurons with soft reset; the name of their spikes.

        Raises:
            SpikeTextError: their first potential cannot be said.
        """
        if neuron.initial and neuron.beta < 1:
            raise SpikeTextError(
                "NIR cannot say `neuron.initial` of neurons that leak (`neuron.beta` below 1)"
            )
        potential = self.integrator(f"{name}.potential", shape, *sources, beta=neuron.beta)
        # Potentials of neurons that do not leak may be counted from their first one.
        above = np.full(shape, neuron.theta * (1 - neuron.initial), dtype=np.float32)
        spikes = self.add(f"{name}.spikes", nir.Threshold(above), potential)
        reset = np.full(shape, -neuron.beta * neuron.theta, dtype=np.float32)
        self.edges.append((self.add(f"{name}.reset", nir.Scale(reset), spikes), potential))
        return spikes

    def finished(self, classes: int, *sources: str, metadata: dict[str, Any]) -> nir.NIRGraph:
        """The graph; its output are the scores `[classes]` added up over the steps so far."""
        scores = self.integrator("scores", (classes,), *sources)
        self.add("output", nir.Output(np.array([classes])), scores)
        return nir.NIRGraph(self.nodes, self.edges, metadata={"dt": DT, "integration": RULE, **metadata})
