"""The YAML file of a study of one data file, and the check that it runs."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from spiketext.config.data import TextSet
from spiketext.config.files import read_yaml
from spiketext.config.load import catalogue, load_config, merge
from spiketext.config.study import Config
from spiketext.errors import printable
from spiketext.labels import YAML_WORDS, Coding
from spiketext.text.corpus import write_corpus
from spiketext.text.guess import Guess
from spiketext.text.splits import split_rows

ROOT = Path(__file__).parents[3]
DEFAULTS = ROOT / "config" / "config.yaml"
EMBEDDINGS = {"en": "minilm", "zh": "tencent"}

LONGEST = 100  # bytes of a folder's name that is made of the data file's
LISTED = 5  # labels that the file's comment counts
UNEVEN = 3  # times as many texts in the largest class as in the smallest

TEMPLATE = """\
# A study of {data}, written by `python -m spiketext init`. Change what you like;
# config/README.md describes every key.
datasets: [{name}]
methods: [dnn, sparse-20]  # a TextCNN and a spiking network of one step; lv2023 takes many times as long
seeds: [1]                 # more seeds, such as [1, 2, 3], tell how far results vary
{metric}results: {results}
define:
  datasets:
    {name}:
      title: {title}
      language: {language}             # en or zh
      embedding: {embedding}
      classes: {classes}
      # The file holds {labels}.
      # For other names, or to put several labels into one class, add: labels: {{LABEL: CLASS, …}}
      other_labels: {others}     # what becomes of rows with another label or none: refuse or drop
{weights}      max_length: 64           # tokens that are read of each text
      test_set: fixed          # the same texts whatever the seed; by-seed draws others for each
      files:
        - path: {path}
{file}
"""

METRIC = "# metric: macro-f1        # choose epochs and the best classifier by what counts each class alike\n"
WEIGHTS = """\
      # One class has {apart} times as many texts as another. In training, this makes each class count alike:
      # class_weights: balanced
"""


@dataclass(frozen=True)
class Names:
    """How a study is called in the configuration, and where its results go."""

    dataset: str
    results: str


def free_names(data: Path) -> Names:
    """Names after the data file that neither the catalogue nor an earlier study has."""
    stem = stem_of(data)
    folder = shortened(re.sub(r"[^\w ._+@,=%-]+", "-", stem), LONGEST).strip("- .") or "mine"
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:40] or "mine"
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        results = f"results/{folder}{suffix}"
        if not (Path(results).exists() or name + suffix in catalogue()["datasets"]):
            return Names(name + suffix, results)
        number += 1


def shortened(name: str, size: int) -> str:
    """The beginning of a name that has at most so many bytes."""
    return name.encode("utf-8")[:size].decode("utf-8", errors="ignore")


def unevenness(labels: Mapping[str, int]) -> str:
    """How many times as many texts the largest class has as the smallest; empty if that is not much."""
    times = max(labels.values()) / min(labels.values())
    return f"{times:.0f}" if times >= UNEVEN else ""


def alike_but_for_capitals(labels: Iterable[str]) -> list[str]:
    """The labels that another one is like, capitals aside, in order."""
    low = Counter(label.casefold() for label in labels)
    return sorted((label for label in labels if low[label.casefold()] > 1), key=str.casefold)


def stem_of(data: Path) -> str:
    """The name of a data file without its endings."""
    return Path(data.name.removesuffix(".gz")).stem


def study_text(names: Names, data: Path, path: str, file: dict[str, Any], guessed: Guess) -> str:
    """The YAML file.

    Args:
        names: of the study.
        data: the data file.
        path: the data file, as it is from the folder of the YAML file.
        file: how to read it, keys of `config.data.TextFile`.
        guessed: what it holds.
    """
    labels = [f"{label} × {count}" for label, count in list(guessed.labels.items())[:LISTED]]
    apart = unevenness(guessed.labels)
    return TEMPLATE.format(
        data=printable(data.name),
        name=_named(names.dataset),
        results=_quoted(names.results),
        title=_quoted(stem_of(data)),
        language=guessed.language,
        embedding=EMBEDDINGS[guessed.language],
        classes=_quoted(list(guessed.labels)),
        labels=printable(", ".join(labels)) + ", …" * (len(guessed.labels) > LISTED),
        others="drop" if guessed.unlabelled else "refuse",
        metric=METRIC if apart else "",
        weights=WEIGHTS.format(apart=apart) if apart else "",
        path=_quoted(path),
        file="\n".join(f"          {key}: {_quoted(value)}" for key, value in file.items()),
    )


def _named(name: str) -> str:
    """A name as it may stand in YAML: quoted only where that would read it as something else."""
    return name if name[0].isalpha() and name.lower() not in YAML_WORDS else _quoted(name)


def _quoted(value: Any) -> str:
    """A value as it may stand in YAML, which takes JSON."""
    return json.dumps(value, ensure_ascii=False)


def load_study(file: Path) -> Config:
    """The study in a YAML file, as the workflow reads it.

    Raises:
        SpikeTextError: it is no valid configuration.
    """
    return load_config(merge(read_yaml(DEFAULTS), read_yaml(file)), [DEFAULTS, file])


def check_texts(dataset: TextSet, seed: int) -> dict[str, Any]:
    """Read and split the texts as the workflow's first jobs will; returns the counts of report.json.

    Raises:
        SpikeTextError: they cannot be read, or a class has too few texts to divide.
    """
    coding = Coding(dataset.classes, dataset.labels, drop_others=dataset.other_labels == "drop")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.parquet"
        files = [(Path(str(file.path)), file) for file in dataset.files]
        counts = write_corpus(path, files, coding, dataset.language, dataset.max_length, workers=1).report
        labels = pq.read_table(path, columns=["label"])["label"].to_numpy()
    split_rows(
        labels,
        np.zeros(len(labels), dtype=np.int8),
        dataset.classes,
        test_fraction=dataset.test_fraction,
        dev_fraction=dataset.dev_fraction,
        seed=seed,
    )
    return counts
