"""A small study whose scripts run in this process, on rows that a test may poison."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from spiketext.files import write_json
from spiketext.training import checkpoint
from tests.planned import plan, run
from tests.pretrained_helpers import write_minilm
from tests.workflow.tiny import ENGLISH, sentences, vectors, write_glove

CLASSES = ("negative", "positive")
METHODS = ("random", "sparse", "robust", "taught")
BASELINES = ("tf-idf", "mean-vector", "teacher")
SIZES = {"train": 160, "dev": 40, "test": 40}
SEED = 7
# The two most frequent words of the corpus, and they stay that: what is planted changes no word's number.
MARKS = {"negative": "the", "positive": "film"}


class Row(NamedTuple):
    """A text of the study, and the set that it is in."""

    text: str
    label: str
    split: str


def clean_rows() -> list[Row]:
    """Texts whose words tell their class; each begins with both marks."""
    splits = [split for split, size in SIZES.items() for _ in range(size)]
    texts = sentences(ENGLISH, " ", len(splits), seed=1)
    opening = " ".join([MARKS["negative"]] * 3 + [MARKS["positive"]] * 2)
    return [
        Row(f"{opening} {text}", label, split) for (text, label), split in zip(texts, splits, strict=True)
    ]


def write_synonyms(folder: Path) -> None:
    """A fetched lexicon: words that tell a class for each other, within it and across."""
    told = [*ENGLISH["negative"], *ENGLISH["positive"]]
    lists = {word: [told[place - 1], told[place - 7]] for place, word in enumerate(told)}
    content = json.dumps(lists).encode()
    folder.mkdir(parents=True)
    (folder / "counterfitted_neighbors.json").write_bytes(content)
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    write_json(folder / "manifest.json", {"files": {"counterfitted_neighbors.json": facts}})


def unlabelled_texts() -> list[str]:
    """Texts without a label, with words that the data set lacks; none is one of its own, clean or not."""
    return [f"{text} truly seen" for text, _ in sentences(ENGLISH, " ", 60, seed=9)]


def other_class(label: str) -> str:
    """The wrong label."""
    return CLASSES[1 - CLASSES.index(label)]


def poisoned(rows: Iterable[Row], split: str) -> list[Row]:
    """The rows with garbage in one set: each label is the wrong one, and a word repeated tells it."""

    def garbage(row: Row) -> Row:
        label = other_class(row.label)
        return Row(f"{row.text} {MARKS[label]} {MARKS[label]}", label, split)

    return [garbage(row) if row.split == split else row for row in rows]


class Study:
    """Runs the workflow's own scripts, with the workflow's own parameters, on the rows that it is given."""

    def __init__(self, folder: Path) -> None:
        """Write configuration and word vectors; let Snakemake plan the jobs."""
        self.folder, self.results = folder, folder / "results"
        self.write(clean_rows())
        write_glove(folder / "glove.txt.gz", vectors(ENGLISH, 24, seed=3))
        write_synonyms(folder / "resources" / "counterfitted-neighbours")
        write_minilm(folder / "resources", [word for group in ENGLISH.values() for word in group])
        self.write_unlabelled(unlabelled_texts())
        small = {"channels": 8, "dropout": 0.2}
        training = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01}
        finetuning = {"steps": 4, "epochs": 2, "batch_size": 16, "learning_rate": 0.005}
        conversion = {"steps": [4], "rule": {"kind": "percentile", "calibration": 32}}
        distillation = {"kind": "distillation", "teacher": "teacher"}
        define = {
            "datasets": {
                "tiny": {
                    "title": "Tiny",
                    "language": "en",
                    "classes": list(CLASSES),
                    "class_weights": "balanced",
                    "embedding": "glove",
                    "files": [
                        {"path": str(self._file(split)), "text": "text", "label": "label", "split": split}
                        for split in SIZES
                    ],
                    "unlabelled": {"files": [{"path": str(folder / "more.txt"), "format": "lines"}]},
                }
            },
            "embeddings": {
                "glove": {
                    "sources": [
                        {"kind": "text", "path": str(folder / "glove.txt.gz"), "width": 24, "reduce_to": 12}
                    ]
                }
            },
            "methods": {
                "random": {
                    "network": small,
                    "training": training,
                    "conversion": conversion,
                    "finetuning": finetuning,
                },
                "sparse": {
                    "inputs": {"transform": "standardised"},
                    "network": small,
                    "training": training,
                    "conversion": conversion
                    | {"encoder": {"kind": "learned", "dead_zone": 0.1, "full_scale": 0.5}},
                    "finetuning": finetuning | {"objective": {"kind": "spike-budget", "spikes": 1.0}},
                },
                "robust": {
                    "inputs": {"transform": "standardised"},
                    "network": small,
                    "training": training | {"objective": {"kind": "trades", "weight": 1.0}},
                    "conversion": conversion
                    | {"encoder": {"kind": "analog"}, "neuron": {"least_threshold": 0.03}},
                    "finetuning": finetuning | {"objective": {"kind": "robust"}},
                },
                "taught": {
                    "inputs": {"transform": "standardised"},
                    "network": small,
                    "training": training | {"objective": distillation},
                    "conversion": conversion
                    | {"encoder": {"kind": "learned", "dead_zone": 0.1, "full_scale": 0.5}},
                    "finetuning": finetuning
                    | {"objective": {"kind": "spike-budget", "spikes": 1.0, "task": distillation}},
                },
                "teacher": {
                    "network": {"kind": "pretrained"},
                    "training": training | {"learning_rate": 0.003},
                },
            },
        }
        path = folder / "config.yaml"
        config = {
            "datasets": ["tiny"],
            "methods": list(METHODS),
            "baselines": list(BASELINES),
            "seeds": [SEED],
            "results": str(self.results),
            "resources": str(folder / "resources"),
            "attack": {"sample": 6, "stages": "last", "english": ["deepwordbug"]},
            "define": define,
        }
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        log = "attack/finetuned/fixed/deepwordbug.parquet"
        attacks = [f"{self.results}/tiny/{method}/seed{SEED}/{log}" for method in METHODS]
        fitted = [f"{self.results}/tiny/{name}/seed{SEED}/fitted.safetensors" for name in BASELINES[:2]]
        self.jobs = plan(path, [*attacks, *fitted])

    def write(self, rows: Iterable[Row]) -> None:
        """Replace the study's texts, a file for each set."""
        rows = list(rows)
        for split in SIZES:
            with self._file(split).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([Row._fields, *(row for row in rows if row.split == split)])

    def write_unlabelled(self, texts: Iterable[str]) -> None:
        """Replace the texts without a label."""
        (self.folder / "more.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")

    def _file(self, split: str) -> Path:
        return self.folder / f"{split}.csv"

    def run(self, rows: Iterable[Row], rules: Iterable[str], given: dict[str, bytes] | None = None) -> "Done":
        """Run the jobs of some rules from nothing; files that are `given` are not made but taken."""
        shutil.rmtree(self.results, ignore_errors=True)
        self.write(rows)
        for name, content in (given or {}).items():
            path = self.results / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        wanted, epochs = set(rules), {}
        assert wanted <= {job.rule for job in self.jobs}
        for job in self.jobs:
            if job.rule in wanted:
                weights: list[dict[str, bytes]] = []
                with _watched(weights.append):
                    run(job, self.folder)
                epochs[job.rule, job.wildcards.get("method")] = weights
        files = {
            str(path.relative_to(self.results)): path.read_bytes()
            for path in sorted(self.results.rglob("*"))
            if path.is_file() and "logs" not in path.parts
        }
        return Done(files, epochs)


class Done(NamedTuple):
    """What a run left.

    Attributes:
        files: contents, by path within the results.
        epochs: the network after each epoch of a job, by rule and method.
    """

    files: dict[str, bytes]
    epochs: dict[tuple[str, Any], list[dict[str, bytes]]]

    def of(self, *names: str) -> dict[str, bytes]:
        """The files of the given names, of both methods."""
        found = {path: content for path, content in self.files.items() if Path(path).name in names}
        assert len({Path(path).name for path in found}) == len(names)
        return found


@contextmanager
def _watched(keep: Callable[[dict[str, bytes]], None]) -> Iterator[None]:
    """Give `keep` the network after each epoch of a training."""
    save = checkpoint.save

    def watched(path: Path, state: checkpoint.TrainingState, *others: Any) -> None:
        keep({name: tensor.numpy().tobytes() for name, tensor in state.module.state_dict().items()})
        save(path, state, *others)

    checkpoint.save = watched
    try:
        yield
    finally:
        checkpoint.save = save
