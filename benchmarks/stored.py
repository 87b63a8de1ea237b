"""What a study has stored: the data that its networks read, and trained networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from spiketext.config.methods import Method
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import InputTransform, WordTable, load_transform, load_word_table
from spiketext.networks import assemble
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.weights import load_weights
from spiketext.tasks.classes import Classes
from spiketext.text.splits import load_split


@dataclass(frozen=True)
class Data:
    """What networks with the same inputs read of a data set.

    Attributes:
        folder: the data set's, within the study's results.
        vectors: the folder of its table of vectors.
        words: what the networks are fed of each word, on the CPU.
        transform: made these of the vectors.
        texts: of the data set.
        rows: those of `train`, `dev` and `test`.
        classes: how many.
        seed: of the split.
    """

    folder: Path
    vectors: Path
    words: WordTable
    transform: InputTransform
    texts: Texts
    rows: Mapping[str, np.ndarray]
    classes: int
    seed: int

    @classmethod
    def load(
        cls, results: Path, dataset: str, method: Method, seed: int, classes: int, max_length: int
    ) -> "Data":
        """Of a study's folder.

        Args:
            results: the folder.
            dataset: its name.
            method: says what is read of a word.
            seed: of the split.
            classes: number of classes.
            max_length: tokens kept of a text.

        Raises:
            SpikeTextError: a file is missing or damaged.
        """
        folder = results / dataset
        vectors = folder / method.inputs.folder
        files = SimpleNamespace(
            table=vectors / "table.safetensors",
            words=vectors / "words.json",
            vectors_report=vectors / "report.json",
        )
        words = load_word_table(files, method.inputs, torch.device("cpu"))
        labels = Classes("accuracy", classes).labels
        texts = Texts.load(folder / "text/tokens.safetensors", max_length, len(words.values), labels)
        rows = load_split(folder / f"splits/seed{seed}.safetensors", len(texts.labels))
        transform = load_transform(files, method.inputs)
        return cls(folder, vectors, words, transform, texts, rows, classes, seed)

    def classifier(self, name: str, method: Method, stage: str, steps: int) -> BaseClassifier:
        """The network of that name after a stage, run for so many steps.

        Raises:
            SpikeTextError: its weights are missing, damaged or those of another network.
        """
        weights = load_weights(self.folder / name / f"seed{self.seed}/{stage}.safetensors")
        return assemble.classifier(method, stage, self.words, self.classes, weights, steps, self.seed)
