"""Lossless conversion, neuron by neuron: whether sums of spikes are the quantised DNN's levels.

`python -m benchmarks.accumulators results/lossless` takes the trained networks of a finished study and runs
each lossless method and its quantised DNN over all test texts. It counts the neurons whose S after all steps
is not the level to which the DNN rounds, in every layer, text and window (of a recurrent layer: in every
element), and the class scores that are not the same to the bit. Exit status 1: there are any, or none was
looked at. Elements that pad a sequence are counted too.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.lossless import finished, lossless_methods
from benchmarks.stored import Data
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier, Classifier
from spiketext.networks.layers.quantisation import Quantiser, WeightQuantiser


@dataclass(frozen=True)
class Differing:
    """How many of how many are not the DNN's.

    Attributes:
        neurons: sums of spikes S.
        of_neurons: all of these.
        scores: class scores.
        of_scores: all of these.
    """

    neurons: int = 0
    of_neurons: int = 0
    scores: int = 0
    of_scores: int = 0

    def __add__(self, other: "Differing") -> "Differing":
        return Differing(
            self.neurons + other.neurons,
            self.of_neurons + other.of_neurons,
            self.scores + other.scores,
            self.of_scores + other.of_scores,
        )


def _activations(network: nn.Module) -> dict[str, Quantiser]:
    """The quantisers of activations, by layer."""
    return {
        name.rpartition(".")[2]: part
        for name, part in network.named_modules()
        if isinstance(part, Quantiser) and not isinstance(part, WeightQuantiser)
    }


def _noting(function: Callable[[Tensor], Tensor], notes: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """The function, which also notes what it returns."""

    def noted(values: Tensor) -> Tensor:
        notes.append(function(values))
        return notes[-1]

    return noted


def rounded(dnn: Classifier, batch: Batch) -> tuple[dict[str, list[Tensor]], Tensor]:
    """What a DNN rounds its activations to, call by call of each layer, and its class scores."""
    layers, notes = _activations(dnn.network), {}
    for name, quantiser in layers.items():
        own: list[Tensor] = []
        notes[name] = own
        made = quantiser.rounding
        quantiser.rounding = lambda first, made=made, own=own: _noting(made(first), own)
    dnn.network.eval()
    scores = dnn.forward(dnn.read(batch))[0]
    for quantiser in layers.values():
        del quantiser.rounding  # of the instance: that of the class is there again
    return notes, scores


def settled(twin: Classifier, batch: Batch) -> tuple[dict[str, list[Tensor]], Tensor]:
    """What the sums S of a twin's neurons stand for, call by call of each layer, and its last scores."""
    layers, notes = _activations(twin.network), {}
    for name, quantiser in layers.items():
        notes[name] = []
        quantiser.value = _noting(quantiser.value, notes[name])
    for _step, scores in twin.simulate(batch):
        last = scores
    for quantiser in layers.values():
        del quantiser.value
    return notes, last


@torch.no_grad()
def differing(dnn: Classifier, twin: Classifier, batch: Batch) -> Differing:
    """Of one batch. A level is told by its value: each is another multiple of the layer's step."""
    (levels, expected), (sums, scores) = rounded(dnn, batch), settled(twin, batch)
    found = Differing(0, 0, int((scores != expected).sum()), scores.numel())
    for name, calls in levels.items():
        # A layer whose values are looked at after every step is read last when all steps are done.
        for wanted, reached in zip(calls, sums[name][-len(calls) :], strict=True):
            assert wanted.shape == reached.shape, f"{name}: {wanted.shape} and {reached.shape}"
            found += Differing(int((wanted != reached).sum()), wanted.numel())
    return found


def of_network(data: Data, name: str, method: Method, rounded_name: str) -> Differing:
    """Of all test texts of a data set and seed."""
    stage = "converted"
    dnn = data.classifier(rounded_name, method, "dnn", 1)
    twin = data.classifier(name, method, stage, method.steps(stage)[-1])
    found = Differing()
    for batch in data.texts.in_order(data.rows["test"], CLASSIFIED):
        found += differing(_network(dnn), _network(twin), batch)
    return found


def _network(classifier: BaseClassifier) -> Classifier:
    assert isinstance(classifier, Classifier)
    return classifier


def main(results: Path) -> int:
    """Print a line for each lossless method; 0 if nothing differs."""
    settings = finished(results)
    if settings is None:
        return 1
    try:
        seen = _all(results, settings)
    except SpikeTextError as error:  # networks that read no vectors, or weights that were not kept
        print(error)
        return 1
    return 1 if seen.neurons or seen.scores or not seen.of_neurons else 0


def _all(results: Path, settings: Mapping[str, Any]) -> Differing:
    """Of all lossless methods, data sets and seeds of a study; prints a line for each method."""
    methods, seen = settings["define"]["methods"], Differing()
    for name, rounded_name in lossless_methods(settings).items():
        found, texts = Differing(), 0
        method = Method(**methods[name] | {"dnn": None})  # inputs and network of its DNN are filled in
        for dataset in settings["datasets"]:
            about = settings["define"]["datasets"][dataset]
            for seed in settings["seeds"]:
                data = Data.load(results, dataset, method, seed, len(about["classes"]), about["max_length"])
                found += of_network(data, name, method, rounded_name)
                texts += len(data.rows["test"])
        print(
            f"{name}: {texts:,} texts, {found.neurons:,} of {found.of_neurons:,} sums of spikes and "
            f"{found.scores:,} of {found.of_scores:,} class scores differ",
            flush=True,
        )
        seen += found
    return seen


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
