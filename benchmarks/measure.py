"""Time and peak memory of one implementation's training steps or inference, in a process of its own."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.textbook import Textbook
from spiketext.coding.draws import fresh_draws
from spiketext.load_config import load_config
from spiketext.training import assemble
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import Batch, Sentences

BATCH = 32


def load(folder: Path, steps: int) -> tuple[SpikingClassifier, Sentences]:
    """Our spiking network with random weights of a useful scale, and the data set's sentences."""
    method = load_config({}).define.methods["lv2023"]
    transform = assemble.load_transform(folder / "embeddings/report.json", positive=True)
    words = assemble.load_words(
        folder / "embeddings/table.safetensors",
        folder / "embeddings/words.json",
        transform,
        torch.device("cpu"),
    )
    torch.manual_seed(0)
    kernel = assemble.dnn(method, words, 2, None).module.weights()["kernel"]
    weights = {
        "kernel": kernel / kernel.abs().max() * 0.3,
        "pool_gain": torch.tensor(4.0),
        "readout": torch.randn(2, 300) * 0.1,
    }
    method = method.model_copy(update={"network": method.network.model_copy(update={"dropout": 0.0})})
    return assemble.spiking(method, words, weights, steps, seed=0), Sentences.load(
        folder / "text/tokens.safetensors", 64
    )


def padded(batch: Batch, spikes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The textbook's input: `[T, B, L, D]`, padded to the longest sentence of the batch."""
    lengths = torch.from_numpy(batch.lengths)
    place = torch.arange(int(lengths.max())) < lengths[:, None]
    out = torch.zeros(spikes.shape[0], *place.shape, spikes.shape[2])
    out[:, place] = spikes[:, torch.from_numpy(batch.index)]
    return out, lengths


class Ours:
    """One step of our implementation."""

    def __init__(self, classifier: SpikingClassifier) -> None:
        self.classifier = classifier
        self.parameters = list(classifier.module.parameters())

    def scores(self, batch: Batch, spikes: torch.Tensor) -> torch.Tensor:
        """Output of each step."""
        return self.classifier.module(spikes, batch.windows, self.classifier.neuron)


class TextbookCase:
    """One step of the textbook, from the same weights."""

    def __init__(self, classifier: SpikingClassifier) -> None:
        network = classifier.module.network
        slope = classifier.neuron.slope
        self.module = Textbook(classifier.module.weights(), network.widths, network.channels, slope)
        self.parameters = list(self.module.parameters())

    def scores(self, batch: Batch, spikes: torch.Tensor) -> torch.Tensor:
        """Output of each step."""
        return self.module(*padded(batch, spikes))


CASES = {"ours": Ours, "textbook": TextbookCase}


def batches(sentences: Sentences, count: int) -> list[Batch]:
    """Random batches, the same for both."""
    generator = np.random.default_rng(0)
    rows = generator.permutation(len(sentences.lengths))[: count * BATCH * 4]
    return list(sentences.shuffled(rows, BATCH, [3, 4, 5], generator))[:count]


def run(case: str, mode: str, folder: Path, steps: int, count: int, threads: int) -> dict[str, object]:
    """Seconds of each batch, without the drawing of spikes, and the process's peak memory."""
    torch.set_num_threads(threads)
    classifier, sentences = load(folder, steps)
    implementation = CASES[case](classifier)
    optimiser = torch.optim.AdamW(implementation.parameters, lr=1e-4)
    generator = torch.Generator().manual_seed(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, checks = [], []
    for batch in batches(sentences, count):
        values = classifier.words.values[torch.from_numpy(batch.words)]
        spikes = (fresh_draws(len(values), steps, values.shape[1], generator) < values).float()
        began = time.perf_counter()
        with torch.set_grad_enabled(mode == "training"):
            scores = implementation.scores(batch, spikes)
            if mode == "training":
                optimiser.zero_grad()
                F.cross_entropy(scores.flatten(0, 1), batch.labels.repeat(steps)).backward()
                optimiser.step()
        seconds.append(time.perf_counter() - began)
        checks.append(float(scores.detach().sum()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "checks": checks,
        "peak_mib": peak / 1024,
        "extra_mib": (peak - before) / 1024,
    }


if __name__ == "__main__":
    case, mode, folder, steps, count, threads = sys.argv[1:]
    print(json.dumps(run(case, mode, Path(folder), int(steps), int(count), int(threads))))
