"""Sources of word vectors as the configuration describes them, reduced and set side by side."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from spiketext.config import Embedding, VectorSource
from spiketext.embeddings import reduction
from spiketext.embeddings.reduction import Reduction
from spiketext.embeddings.sources.base import Source
from spiketext.embeddings.sources.minilm import MiniLM
from spiketext.embeddings.sources.streams import BinaryVectors, TextVectors
from spiketext.embeddings.sources.tencent import Tencent, TencentCharacters
from spiketext.errors import SpikeTextError
from spiketext.resources.manifest import resource_file

log = logging.getLogger(__name__)

# Where a kind's file is, unless `file` says otherwise.
USUAL_FILE = {"minilm": "model.safetensors", "tencent": "test.model", "tencent-characters": "test.model"}


def locate(spec: VectorSource, manifests: Sequence[str | Path]) -> Path:
    """Path of a source's file, its own or its resource's.

    Raises:
        SpikeTextError: `file` is missing, or the resource lacks it.
    """
    if spec.resource is None:
        return Path(spec.path or "")
    name = spec.file or USUAL_FILE.get(spec.kind)
    if name is None:
        raise SpikeTextError(
            f"vector source {spec.resource}: kind {spec.kind} needs `file`, the file of the resource to read"
        )
    return resource_file(manifests, spec.resource, name)


def open_source(spec: VectorSource, manifests: Sequence[str | Path]) -> Source:
    """The source that `spec` describes, without its reduction.

    Raises:
        SpikeTextError: its file is missing, damaged or of another width than `spec.width`.
    """
    path = locate(spec, manifests)
    source: Source
    if spec.kind == "minilm":
        tokenizer = path.parent / "tokenizer.json"
        if spec.resource is not None:
            tokenizer = resource_file(manifests, spec.resource, "tokenizer.json")
        source = MiniLM(path, tokenizer)
    elif spec.kind == "tencent":
        source = Tencent(path)
    elif spec.kind == "tencent-characters":
        source = TencentCharacters(path)
    elif spec.kind == "text":
        source = TextVectors(path, spec.width)
    else:
        source = BinaryVectors(path, spec.width)
    if spec.width not in (None, source.width):
        raise SpikeTextError(
            f"{path}: vectors of width {source.width} where {spec.width} is expected; "
            "correct the source's `width` or the file"
        )
    return source


class Composition:
    """All sources of an embedding, reduced and concatenated.

    Attributes:
        width: D, the sum over the sources.
        sources: the sources before reduction, in order.
    """

    def __init__(
        self,
        spec: Embedding,
        open_one: Callable[[VectorSource], Source],
        fitted: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Open the sources, and fit their reductions, or take the `fitted` ones (see `fit`)."""
        self.sources = [open_one(source) for source in spec.sources]
        self._reductions = [
            _reduction(number, one.reduce_to, source, fitted)
            for number, (one, source) in enumerate(zip(spec.sources, self.sources, strict=True))
        ]
        self.widths = [
            source.width if reduced is None else reduced.width
            for source, reduced in zip(self.sources, self._reductions, strict=True)
        ]
        self.width = sum(self.widths)

    def embed(self, words: Sequence[str], *, any_word_only: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 [n, D], and bool [n, sources]: which source has which word.

        Args:
            words: the words.
            any_word_only: ask only those sources that answer at once (see `Source.any_word`).
        """
        vectors = np.zeros((len(words), self.width), dtype=np.float32)
        covered = np.zeros((len(words), len(self.sources)), dtype=bool)
        begin = 0
        for number, source in enumerate(self.sources):
            part = slice(begin, begin := begin + self.widths[number])
            if any_word_only and not source.any_word:
                continue
            found, has = source.embed(words)
            reduced = self._reductions[number]
            vectors[:, part] = found if reduced is None else reduced.apply(found, has)
            covered[:, number] = has
        return vectors, covered

    def fit(self) -> dict[str, np.ndarray]:
        """The fitted reductions as arrays "0.mean", "0.components", … by place of the source."""
        return {
            f"{number}.{name}": getattr(reduced, name)
            for number, reduced in enumerate(self._reductions)
            if reduced is not None
            for name in ("mean", "components")
        }


def _reduction(
    number: int, keep: int | None, source: Source, fitted: Mapping[str, np.ndarray] | None
) -> Reduction | None:
    if keep is None:
        return None
    if fitted is not None:
        return Reduction(fitted[f"{number}.mean"], fitted[f"{number}.components"])
    log.info("source %d: fitting %d principal components", number + 1, keep)
    return reduction.fit(source.fitting_rows(), keep)
