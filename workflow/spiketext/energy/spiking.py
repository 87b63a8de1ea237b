"""Operations of the spiking TextCNN, counted from the spikes that the neurons declare.

Spikes come from the layers' own spike tensors, never from looking for zeros and ones in activations.
Thresholds are folded into weights, so a spike costs one accumulate for each synapse that it reaches, whether
it raises or lowers the potential. Mean pooling multiplies by the reciprocal of a sentence's number of windows
at every step. What spikes on padding would cost stands apart.

Memory traffic follows Lemaire et al. 2022 (arXiv 2210.13107), as the authors' own implementation in
qualia-plugin-snn states its equations; the paper itself was not read. Each spike is written once and read
once, each accumulate reads a weight, reads a potential and writes it. There a potential is updated once a
sentence, here it is read and written once a step, and the code reads its values at every step. Addresses are
not counted.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.coding.codes import Code
from spiketext.energy.account import Account, Count
from spiketext.energy.dnn import look_up, once, products
from spiketext.energy.shape import Shape, Uses
from spiketext.models.spiking_textcnn import StepActivity
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.training.data import Batch


@dataclass(frozen=True)
class _Layer:
    """Neurons of one layer, or the encoder's lines.

    Attributes:
        spikes: `[T]`, all that they sent.
        neurons: of all sentences of the batch.
        words: neurons for the longest sentence, so values in the memory of potentials or of spikes.
    """

    spikes: np.ndarray
    neurons: float
    words: int

    def written(self, layer: str) -> Count:
        """The spikes, as they are sent on."""
        return Count(layer, "access", self.spikes, self.neurons, words=self.words)

    def reach(
        self, layer: str, synapses: np.ndarray, possible: float, weights: int, potentials: int
    ) -> list[Count]:
        """What the spikes cause in the next layer: accumulates at `synapses` `[T]` of `possible` synapses."""
        return [
            Count(layer, "AC", synapses, possible),
            Count(layer, "access", self.spikes, self.neurons, words=self.words),
            Count(layer, "access", synapses, possible, words=weights),
            Count(layer, "access", 2 * synapses, 2 * possible, words=potentials),
        ]


class SpikeCounter:
    """Operations of the spiking TextCNN on one batch, added step by step, input layer included.

    An input that is no spike (analog code) is multiplied once a sentence; its current then stays and is
    added at every step.
    """

    def __init__(
        self, batch: Batch, shape: Shape, code: Code, neuron: NeuronModel, spike_readout: bool
    ) -> None:
        """Nothing has been done yet; the arguments are those of the network."""
        self.shape, self.code, self.neuron, self.spike_readout = shape, code, neuron, spike_readout
        self.uses = uses = Uses.of(batch, shape.slabs)
        self.fan_out = torch.stack([uses.tokens, uses.rows, uses.padding])
        self.seen: list[Tensor] = []  # of each step: input spikes by `fan_out`, then those of the layers
        self.pools = True  # whether there are neurons after pooling

    def add(self, inputs: Tensor, activity: StepActivity) -> None:
        """One step: input spikes of the distinct words `[n, D]`, and the layers' spikes."""
        self.pools = activity.pooled is not None
        sent = self.fan_out.to(inputs.device) @ inputs.count_nonzero(dim=1).double()
        layers = [activity.convolution, activity.pooled, activity.output if self.spike_readout else None]
        fired = [sent.new_zeros(()) if one is None else one.sum(dtype=torch.float64) for one in layers]
        self.seen.append(torch.cat([sent, torch.stack(fired)]))

    def account(self) -> Account:
        """The operations of all steps so far."""
        shape, uses = self.shape, self.uses
        tokens, rows, padding, fired, pooled, output = torch.stack(self.seen, dim=1).cpu().numpy()
        values = float(uses.tokens.sum()) * shape.width
        lines = _Layer(tokens, values * self.code.polarities, shape.sentence * self.code.polarities)
        maps = _Layer(fired, float(uses.windows * shape.channels), shape.maps)
        features = _Layer(pooled, float(uses.sentences * shape.features), shape.features)
        scores = _Layer(output, float(uses.sentences * shape.classes), shape.classes)
        counts = [self._at_first(count) for count in look_up(uses, shape)]
        if self.code.spiking:
            counts += self._encoder(values, lines) + self._spikes_in(lines, rows)
        else:
            counts += self._currents_in(maps)
        counts += [*self._neurons("convolution", maps), maps.written("convolution")]
        if self.pools:
            counts += self._pooling(maps, features) + self._read(features, shape.classes)
        else:
            counts += self._read(maps, len(shape.widths) * shape.classes) + self._means(scores)
        if self.spike_readout:
            counts += [*self._neurons("readout", scores), scores.written("readout")]
        layers = {"input": lines, "convolution": maps, "pooled": features, "readout": scores}
        fires = {"input": self.code.spiking, "pooled": self.pools, "readout": self.spike_readout}
        spikes = {name: layer.spikes for name, layer in layers.items() if fires.get(name, True)}
        return Account(counts, None, self._padding(padding), spikes)

    def _at_first(self, count: Count) -> Count:
        """What a DNN does once, at the first step."""
        steps = np.zeros(len(self.seen))
        steps[0] = count.per_step[0]
        return Count(count.layer, count.operation, steps, count.possible, count.bits, count.words)

    def _always(self, layer: str, operation: str, done: float, words: int | None = None) -> Count:
        """The same at every step."""
        return Count(layer, operation, np.full(len(self.seen), done), done, words=words)

    def _encoder(self, values: float, lines: _Layer) -> list[Count]:
        """The code's own work on every value at every step."""
        memory = self.shape.sentence  # what the code keeps: sums or thresholds, as many as values
        work = [self._always("encoder", name, n * values, memory) for name, n in self.code.each_step.items()]
        work += [
            self._at_first(once("encoder", name, n * values, words=memory))
            for name, n in self.code.once.items()
        ]
        read = self._always("encoder", "access", values, memory)
        return [*work, read, lines.written("encoder")]

    def _spikes_in(self, lines: _Layer, rows: np.ndarray) -> list[Count]:
        shape = self.shape
        kernels, maps = shape.kernels * self.code.polarities, shape.maps
        possible = float(self.uses.rows.sum()) * shape.channels * shape.width * self.code.polarities
        reached = lines.reach("convolution", rows * shape.channels, possible, kernels, maps)
        if self.code.step_weights(len(self.seen)) is not None:
            # The sum of a step's spikes is multiplied by the step's weight, then added to the potential.
            neurons = float(self.uses.windows * shape.channels)
            reached += [self._always("convolution", "MAC", neurons)]
        return reached

    def _currents_in(self, maps: _Layer) -> list[Count]:
        """Products once a sentence; their sums are stored, and added to the potentials at every step."""
        shape = self.shape
        macs = float(self.uses.rows.sum()) * shape.channels * shape.width
        stored = Count("convolution", "access", np.ones(1) * maps.neurons, maps.neurons, words=maps.words)
        return [
            *(self._at_first(count) for count in [*products(shape, macs, macs), stored]),
            self._always("convolution", "AC", maps.neurons),
            self._always("convolution", "access", maps.neurons, maps.words),
        ]

    def _neurons(self, layer: str, own: _Layer) -> list[Count]:
        """Every neuron compares and resets at every step, and leaks if it does."""
        leak = [self._always(layer, "multiply", own.neurons)] if self.neuron.beta < 1 else []
        return [
            self._always(layer, "update", own.neurons),
            self._always(layer, "access", 2 * own.neurons, own.words),
            *leak,
        ]

    def _pooling(self, maps: _Layer, features: _Layer) -> list[Count]:
        """One synapse a spike, with the gain as the one weight of all; then the division."""
        return [
            *maps.reach("pooling", maps.spikes, maps.neurons, 1, features.words),
            self._always("pooling", "multiply", features.neurons),
            *self._neurons("pooling", features),
            features.written("pooling"),
        ]

    def _read(self, layer: _Layer, potentials: int) -> list[Count]:
        """Spikes into the read-out, which keeps `potentials` sums."""
        classes = self.shape.classes
        synapses, possible = layer.spikes * classes, layer.neurons * classes
        return layer.reach("readout", synapses, possible, self.shape.readout, potentials)

    def _means(self, scores: _Layer) -> list[Count]:
        """Without neurons after pooling: the read-out's sums of each width are divided, then added up."""
        kinds = len(self.shape.widths)
        sums = scores.neurons * kinds
        return [
            self._always("pooling", "multiply", sums),
            self._always("pooling", "AC", sums),
            self._always("pooling", "access", 2 * sums, scores.words * kinds),
            self._always("pooling", "access", 2 * sums, scores.words),
        ]

    def _padding(self, rows: np.ndarray) -> dict[str, float]:
        """What stands apart: `rows` `[T]` of kernels that spikes on padding reach, or products with it."""
        shape = self.shape
        if self.code.spiking:
            return {"AC": float(rows.sum()) * shape.channels}
        return {"MAC": float(self.uses.padding.sum()) * shape.channels * shape.width}
