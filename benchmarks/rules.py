"""Training-free threshold rules beside spikingjelly's recipe, on the same trained networks.

`python -m benchmarks.rules results/six-sets DATASET …` reads the DNNs of a study (config/reference.yaml), all
seeds that are there, converts each with every rule and the same calibration texts, and prints the accuracy on
dev for every T, minus the DNN's, and the processor's seconds for a conversion, with one thread. Nothing is
trained, and no test text is read.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from spikingjelly.activation_based import functional
from spikingjelly.activation_based.ann2snn import Converter
from spikingjelly.activation_based.ann2snn.recipes import LocalThresholdBalancingRecipe
from torch import Tensor, nn

from benchmarks.training_free import METHODS, Cell, cell, convert
from spiketext.config.conversions import Conversion
from spiketext.networks import assemble
from spiketext.networks.classifier import Classifier
from spiketext.networks.predict import predict
from spiketext.report.estimates import mean_over_seeds

STEPS = [1, 2, 4, 8, 16, 32, 64]
RULES: dict[str, dict[str, Any]] = {
    "local threshold balancing": {"kind": "local-threshold-balancing"},
    "percentile 99": {"kind": "percentile", "percentile": 99},
    "percentile 99.9": {"kind": "percentile", "percentile": 99.9},
    "max": {"kind": "max"},
}
RECIPE = "spikingjelly's recipe"
BATCH = 16  # calibration texts of a batch of the recipe, which climbs once a batch: 32 times, as ours
NO_WINDOW = -1e6  # current of a window that is not there


def converted(found: Cell, rule: dict[str, Any], seed: int) -> tuple[Classifier, float]:
    """The spiking twin by one of our rules, and the seconds for its weights."""
    assert found.method.conversion is not None
    conversion = Conversion(**found.method.conversion.model_dump(exclude_unset=True) | {"rule": rule})
    method = found.method.model_copy(update={"conversion": conversion})
    weights, took = convert(replace(found, method=method))
    return assemble.spiking(method, found.network.words, weights, STEPS[-1], seed), took


class MaxPlain(nn.Module):
    """The ordinary TextCNN behind its convolution: of the largest currents `[B, K * C]` to scores."""

    def __init__(self, readout: nn.Linear) -> None:
        super().__init__()
        self.relu, self.readout = nn.ReLU(), readout

    def forward(self, currents: Tensor) -> Tensor:
        """ReLU is monotone: behind the maximum or before it, it is the same."""
        return self.readout(self.relu(currents))


class MeanPlain(nn.Module):
    """The convertible one: of currents `[B, K * C, windows + 1]` to scores.

    Behind a text's windows stand those that it lacks, which never fire, and last the factor by which the mean
    over all of them is too small. The recipe takes pooling as a module only.
    """

    def __init__(self, readout: nn.Linear) -> None:
        super().__init__()
        self.relu, self.mean, self.pooled = nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.ReLU()
        self.flatten, self.readout = nn.Flatten(), readout

    def forward(self, currents: Tensor) -> Tensor:
        """Both ReLUs become neurons."""
        means = self.mean(self.relu(currents[:, :, :-1])) * currents[:, :, -1:]
        return self.readout(self.pooled(self.flatten(means)))


def currents(found: Cell, rows: np.ndarray) -> Tensor:
    """What the convolution sends at every step: with direct coding it need be computed once only."""
    network: Any = found.network.network
    batch = found.texts.batch(rows)
    fed = found.network.read(batch)
    windows = fed.layout.windows
    _, sums = network.sums(fed.inputs, windows)  # [1, W, C]
    counts = windows.counts  # [B, K]
    groups = sums[0].split(counts.reshape(-1).tolist())
    if network.network.pooling == "max":
        return torch.stack([group.amax(0) for group in groups]).reshape(len(rows), -1)
    kinds = counts.shape[1]
    longest = int(counts.max())
    whole = sums.new_full((len(rows), kinds, sums.shape[2], longest + 1), NO_WINDOW)
    for place, group in enumerate(groups):
        row = whole[place // kinds, place % kinds]
        row[:, : len(group)], row[:, -1] = group.T, longest / len(group)
    return whole.flatten(1, 2)


def plain(found: Cell) -> nn.Module:
    """The DNN behind its convolution, as one writes it for spikingjelly's converter."""
    network: Any = found.network.network
    readout = nn.Linear(*reversed(network.readout.shape), bias=network.readout_bias is not None)
    readout.weight.data = network.readout.data
    if network.readout_bias is not None:
        readout.bias.data = network.readout_bias.data
    return (MaxPlain if network.network.pooling == "max" else MeanPlain)(readout)


def by_recipe(found: Cell) -> tuple[nn.Module, float]:
    """The network as spikingjelly converts it, and the seconds that this took."""
    began = time.process_time()
    batches = [
        (currents(found, batch.rows), 0)
        for batch in found.texts.shuffled(found.calibration, BATCH, np.random.default_rng(0))
    ]
    with redirect_stderr(StringIO()):  # its progress bar
        snn = Converter(LocalThresholdBalancingRecipe(batches)).convert(plain(found))
    return snn, time.process_time() - began


def accuracy_of(snn: nn.Module, found: Cell) -> list[float]:
    """On dev, for every T."""
    right = np.zeros(len(STEPS))
    for batch in found.texts.in_order(found.dev, 128):
        functional.reset_net(snn)
        given, total = currents(found, batch.rows), None
        for step in range(1, STEPS[-1] + 1):
            scores = snn(given)
            total = scores if total is None else total + scores
            if step in STEPS:
                right[STEPS.index(step)] += int((total.argmax(1) == batch.labels).sum())
    return (right / len(found.dev)).tolist()


def compared(found: Cell, seed: int) -> Iterator[tuple[str, list[float], float]]:
    """Of every rule and of the recipe: its name, points from the DNN's dev accuracy for every T, seconds."""
    labels = found.texts.labels[found.dev]
    own = float((predict(found.network, found.texts, found.dev, [1])[0] == labels).mean())
    for name, rule in RULES.items():
        twin, took = converted(found, rule, seed)
        told = predict(twin, found.texts, found.dev, STEPS)
        yield name, [100 * (float((one == labels).mean()) - own) for one in told], took
    snn, took = by_recipe(found)
    yield RECIPE, [100 * (one - own) for one in accuracy_of(snn, found)], took


@torch.no_grad()
def main(results: Path, datasets: list[str]) -> None:
    """Print a table for each data set and network: means over the seeds."""
    torch.set_num_threads(1)
    for dataset in datasets:
        for method, dnn in METHODS.items():
            paths = sorted((results / dataset / dnn).glob("seed*/dnn.safetensors"))
            seeds = [int(path.parent.name.removeprefix("seed")) for path in paths]
            points: dict[str, list[list[float]]] = {}
            took: dict[str, list[float]] = {}
            for seed in seeds:
                for name, gaps, seconds in compared(cell(results, dataset, method, dnn, seed), seed):
                    points.setdefault(name, []).append(gaps)
                    took.setdefault(name, []).append(seconds)
            print(f"{dataset}, the DNN of `{method}`, seeds {seeds}: points from it on dev at T = {STEPS}")
            for name, gaps in points.items():
                means = [mean_over_seeds(at) for at in zip(*gaps, strict=True)]
                cells = [f"{one.value:+.2f} ± {one.errors[1]:.2f}" for one in means]
                print(f"  {name:26} {'  '.join(cells)}  {fmean(took[name]):.2f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
