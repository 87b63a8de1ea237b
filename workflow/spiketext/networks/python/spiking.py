"""A user's own spiking network as one of ours: trained, evaluated, counted and priced like all others.

The module is called once a step with `[B, L, D]` and keeps its state from step to step. Before each batch
every part of it that has a `reset` is reset. What it declares is checked: all that enters the synapses of a
population must have been sent by it.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Self

import torch
from spikingjelly.activation_based import neuron
from spikingjelly.activation_based.surrogate import SurrogateFunctionBase
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config.methods import Method
from spiketext.config.networks import Python
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder, make_encoder, stored_layout, stored_weights
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.padded import PaddedLayout
from spiketext.networks.network import Network
from spiketext.networks.python.load import declared, make_module
from spiketext.networks.python.recorder import Recorder
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Population, Step, Synapses, Wiring, Work
from spiketext.neurons.nodes import SURROGATES

PREFIX = "network."  # of the names that the module's weights have


class OwnNetwork(Network[PaddedLayout]):
    """The user's module, with an encoder."""

    def __init__(self, module: nn.Module, encoder: Encoder, width: int, classes: int, where: str) -> None:
        """`width` is that of the module's inputs; `where` names the file in messages."""
        super().__init__()
        self.module, self.encoder = module, encoder
        self.width, self.classes, self.where = width, classes, where
        self.shortest = int(getattr(module, "shortest", 1))
        self.declared = declared(module, where)
        self.recorder = Recorder(module, self.declared, where, analog=not encoder.spiking)
        self._heeds_lengths = False  # not known yet

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        own = {PREFIX + name: tensor.detach() for name, tensor in self.module.state_dict().items()}
        return own | stored_weights(self.encoder)

    def layout(self, batch: Batch) -> PaddedLayout:
        """See `Network`."""
        return PaddedLayout.of(batch, self.shortest, next(self.module.parameters()).device)

    def forward(self, inputs: Tensor, layout: PaddedLayout) -> Tensor:
        """See `Network`."""
        self._reset()
        return torch.stack([self._step(step, layout) for step in inputs])

    def differentiated(self, surrogate: str, slope: float) -> Self | None:
        """See `Network`: a copy, in which spikingjelly's neurons have the other surrogate."""
        self._reset()
        other = copy.deepcopy(self)
        neurons: list[Any] = [
            part
            for part in other.module.modules()
            if isinstance(getattr(part, "surrogate_function", None), SurrogateFunctionBase)
        ]
        for part in neurons:
            part.surrogate_function = SURROGATES[surrogate](slope)
        return other if neurons else None

    def _reset(self) -> None:
        """Forget the texts before: whatever has a `reset`, as spikingjelly's neurons have."""
        self.recorder.forget()
        for part in self.module.modules():
            reset: Any = getattr(part, "reset", None)
            if callable(reset):
                reset()

    def _step(self, inputs: Tensor, layout: PaddedLayout) -> Tensor:
        texts, values = len(layout.lengths), layout.spread(inputs)
        try:
            scores = self.module(values, layout.lengths)
        except (SpikeTextError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            raise SpikeTextError(
                f"{self.where}: a step on [B, L, D] = {list(values.shape)} fails: {type(error).__name__}: "
                f"{error}; mend it, or give the network `shortest`, the fewest tokens that it can read"
            ) from error
        if not isinstance(scores, Tensor) or scores.shape != (texts, self.classes):
            found = list(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
            raise SpikeTextError(
                f"{self.where}: a step must give scores [B, classes] = [{texts}, {self.classes}], not {found}"
            )
        return scores

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: PaddedLayout) -> Iterator[Step]:
        """See `Network`; after the last step the declaration is checked."""
        self._require_lengths(inputs, layout)
        self._reset()
        sent = dict.fromkeys(["input", *self.declared.populations], 0.0)
        entered = dict.fromkeys((path for _, path in self.declared.synapses), 0.0)
        for step in inputs:
            self.recorder.clear()
            with self.recorder.recording():
                output = self._step(step, layout)
            self._require_all()
            sent["input"] += float(step.count_nonzero(1).cpu().double() @ layout.places)
            for name, events in self.recorder.events.items():
                sent[name] += float(events.sum())
            for path, count in self.recorder.entered.items():
                entered[path] += float(count)
            yield Step(output, dict(self.recorder.events))
        self._check(sent, entered)

    def wiring(self, layout: PaddedLayout, longest: int) -> Wiring:
        """Sizes are found by one step in which every neuron of the input fires; see `Network`."""
        texts = len(layout.lengths)
        self._reset()
        self.recorder.clear()
        everything = layout.real[:, None].expand(-1, self.width).to(layout.lengths.device)
        with torch.no_grad(), self.recorder.recording(sizing=True):
            self._step(everything, layout)
        self._require_all()
        self._reset()
        parts: dict[str, Any] = dict(self.module.named_modules())
        populations = []
        for name, path in self.declared.populations.items():
            width, neurons = self.recorder.events[name].shape[1], self.recorder.neurons[name]
            leak = isinstance(parts[path], neuron.LIFNode | neuron.ParametricLIFNode)
            work = [Work("update"), Work("access", 2, width), *([Work("multiply")] if leak else [])]
            work += [Work(kind, times) for kind, times in self.declared.work.get(name, {}).items()]
            chances = torch.full((width,), neurons / width, dtype=torch.float64)
            memory = width * (longest if name in self.recorder.placed else 1)
            populations.append(
                Population(
                    name, f"{name} neurons", "spikes", neurons, width, memory, work=tuple(work),
                    chances=chances, role="neurons",
                )
            )  # fmt: skip
        scores = float(texts * self.classes)
        synapses, others = [], []
        for source, path in self.declared.synapses:
            potentials = len(parts[path].weight) * (longest if path in self.recorder.placed else 1)
            one = self._synapses(source, path, parts[path], potentials)
            synapses.append(one)
            others += self._at_outputs(one, parts[path], self.recorder.outputs[path] / scores, potentials)
        readout = Population(
            "readout", "readout", "currents", scores, self.classes, self.classes, work=tuple(others)
        )
        return Wiring([*populations, readout], synapses)

    def _synapses(self, source: str, path: str, part: Any, potentials: int) -> Synapses:
        """Spikes are added; values are multiplied, once as long as they do not change."""
        layer, possible = f"{source} → {path}", self.recorder.possible[path]
        if source == "input" and not self.encoder.spiking:
            products = torch.tensor(possible, dtype=torch.float64)
            return Synapses(
                "vectors", layer, lambda _: products * self.recorder.changed(path), possible,
                operation="MAC", weights=part.weight.numel(), rereads=True,
            )  # fmt: skip
        return Synapses(
            source, layer, lambda _: self.recorder.operations[path], possible,
            weights=part.weight.numel(), potentials=potentials,
        )  # fmt: skip

    def _at_outputs(self, one: Synapses, part: Any, times: float, potentials: int) -> list[Work]:
        """What is done at each output of a module of synapses, `times` for each score."""
        work: list[Work] = []
        if part.bias is not None:
            work += bias_work(True, len(part.bias))
        if one.source == "vectors":
            # The products' sums are stored, and added to the potentials at every step.
            work += [
                Work("access", memory=potentials, once=True),
                Work("AC"),
                Work("access", memory=potentials),
            ]
        elif one.source == "input" and self.encoder.step_weights(1) is not None:
            work.append(Work("MAC"))  # the sum of a step's spikes is multiplied by the step's weight
        return [replace(each, times=times * each.times, layer=each.layer or one.layer) for each in work]

    def _require_lengths(self, inputs: Tensor, layout: PaddedLayout) -> None:
        """The scores of the batch's shortest text are the same without the others' padding."""
        lengths, padded = layout.lengths, layout.placed.shape[1]
        short = [
            text for text in lengths.argsort().tolist() if max(int(lengths[text]), self.shortest) < padded
        ]
        if self._heeds_lengths or not short:
            return
        together = self.forward(inputs, layout)
        apart = []
        for text in short[:3]:  # a single one may differ where a potential meets its threshold
            own = layout.alone(text, max(int(lengths[text]), self.shortest))
            alone = self.forward(inputs, own)[:, 0]
            difference = float((together[:, text] - alone).abs().max())
            apart.append(difference / max(1.0, float(alone.abs().max())))
        if min(apart) > 1e-3:
            raise SpikeTextError(
                f"{self.where}: the scores of a text depend on the texts beside it, by {min(apart):.3g}: "
                "nothing beyond the end of a text, which `lengths` gives, may have an effect"
            )
        self._heeds_lengths = True

    def _require_all(self) -> None:
        """Every declared population and synapse takes part in a step."""
        for name in self.declared.populations:
            if name not in self.recorder.events:
                raise SpikeTextError(
                    f"{self.where}: population `{name}` is declared, but its module is not called"
                )
        for source, path in self.declared.synapses:
            if path not in self.recorder.entered:
                raise SpikeTextError(
                    f"{self.where}: synapses from `{source}`: the module `{path}` is not called"
                )

    def _check(self, sent: Mapping[str, float], entered: Mapping[str, float]) -> None:
        """What enters synapses comes from the population that they name.

        Recurrent synapses carry the spikes of the call before, so those of the last one reach nothing.
        """
        for source, path in self.declared.synapses:
            if entered[path] > sent[source]:
                raise SpikeTextError(
                    f"{self.where}: the synapses `{path}` do not add up: {entered[path]:.0f} events enter, "
                    f"but `{source}` sends {sent[source]:.0f}; name the population that they come from"
                )


def make(
    method: Method, width: int, classes: int | None, weights: Mapping[str, Tensor] | None, steps: int
) -> OwnNetwork:
    """The method's network for vectors of `width` D; without weights, freshly initialised.

    Raises:
        SpikeTextError: the file or what it declares is wrong; the weights are those of another network.
    """
    assert method.direct is not None and isinstance(method.network, Python) and classes is not None
    encoder = make_encoder(method.direct.encoder, width, steps, weights)
    inputs = width * encoder.polarities
    module = make_module(method.network, inputs, classes)
    if weights is not None:
        own = {
            PREFIX + name: Layout(str(one.dtype).removeprefix("torch."), tuple(one.shape))
            for name, one in module.state_dict().items()
        }
        check_weights(weights, own | stored_layout(method.direct.encoder, width))
        module.load_state_dict({name: weights[PREFIX + name] for name in module.state_dict()})
    return OwnNetwork(module, encoder, inputs, classes, method.network.file)
