"""The texts: real ones, made by the workflow itself, and batches of synthetic ones of equal length."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiketext.files import read_json
from spiketext.inputs.batches import Batch, Texts
from spiketext.tasks.classes import Classes

ROOT = Path(__file__).parents[1]
FILES = (
    "text/tokens.safetensors",
    "embeddings/table.safetensors",
    "embeddings/words.json",
    "embeddings/report.json",
)
BATCH = 32
CLASSES = 2


@dataclass(frozen=True)
class Source:
    """A data set that the workflow has prepared.

    Attributes:
        name: in the catalogue.
        folder: with its files, from the root of the checkout.
        max_length: longer sentences are cut.
    """

    name: str
    folder: str
    max_length: int

    def file(self, name: str) -> Path:
        """Path of one of its `FILES`."""
        return ROOT / self.folder / name

    def ready(self) -> bool:
        """Whether all files are there."""
        return all(self.file(name).is_file() for name in FILES)

    def texts(self) -> Texts:
        """All its texts."""
        words = read_json(self.file("embeddings/words.json"))["words"]
        labels = Classes("accuracy", CLASSES).labels
        return Texts.load(self.file("text/tokens.safetensors"), self.max_length, len(words), labels)


MR = Source("mr", "results/mr", 64)
PACKAGED_CHINESE = Source("zh_reviews", "results/zh_reviews", 64)
CHNSENTI = Source("chnsenti", "results/six-sets/chnsenti", 128)


def snakemake(targets: Iterable[str], *options: str, cores: int = 2) -> bool:
    """Let the workflow make files; whether it could."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", *options, "--", *targets]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def files(sources: Iterable[Source]) -> list[str]:
    """All files of some sources, from the root of the checkout."""
    return [f"{source.folder}/{name}" for source in sources for name in FILES]


def prepare(mirror: str | None) -> tuple[list[Source], str]:
    """Tokens and word vectors of an English and a Chinese data set, and a sentence about the Chinese one.

    MR and the Chinese reviews come from Python packages. ChnSenti comes from the web: it is used where an
    earlier run or the mirror has it.
    """
    study = ("--configfile", "config/reference.yaml", "--config", f"mirror={mirror}")
    if mirror is not None and snakemake(files([CHNSENTI]), *study):
        chinese, remark = CHNSENTI, f"ChnSenti from the mirror {mirror}"
    elif CHNSENTI.ready():
        chinese, remark = CHNSENTI, f"ChnSenti as an earlier run left it in {CHNSENTI.folder}"
    else:
        chinese = PACKAGED_CHINESE
        missing = "no mirror was given" if mirror is None else f"the mirror {mirror} does not supply it"
        remark = f"the packaged zh_reviews in place of ChnSenti: {missing}, and no earlier run left it"
    packaged = [source for source in (MR, chinese) if source is not CHNSENTI]
    if not snakemake(files(packaged)):
        raise SystemExit("the workflow could not prepare the data sets; its messages above say why")
    return [MR, chinese], remark


def random_rows(texts: Texts, count: int, seed: int = 0) -> list[np.ndarray]:
    """Rows of `count` random batches, as a shuffling loader draws them: not sorted by length."""
    rows = np.random.default_rng(seed).permutation(len(texts.lengths))
    return [rows[i * BATCH : (i + 1) * BATCH] for i in range(count)]


def equal_length(source: Texts, size: int, length: int, distinct: int | None = None) -> Batch:
    """A batch of synthetic sentences whose words are drawn as they occur in real ones.

    Args:
        source: where words are drawn from, by frequency.
        size: sentences.
        length: tokens of each.
        distinct: number of distinct words in the batch; None: as it happens.
    """
    generator = np.random.default_rng(0)
    tokens = generator.choice(source.ids, size * length)
    if distinct is not None:
        words = generator.permutation(np.unique(source.ids))[:distinct]
        tokens = np.concatenate([words, generator.choice(words, size * length - distinct)])
        tokens = generator.permutation(tokens)
    offsets = np.arange(size + 1) * length
    return Texts(tokens, offsets, generator.integers(0, 2, size), length).batch(np.arange(size))
