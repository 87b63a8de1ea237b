"""Sources of word vectors as the configuration describes them, brought to one scale and set side by side."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiketext.arrays import Layout
from spiketext.config.data import Embedding, VectorSource
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings import positive, reduction
from spiketext.inputs.embeddings.reduction import Reduction
from spiketext.inputs.embeddings.sources.base import Found, Source
from spiketext.inputs.embeddings.sources.minilm import MiniLM
from spiketext.inputs.embeddings.sources.streams import BinaryVectors, TextVectors
from spiketext.inputs.embeddings.sources.tencent import Tencent, TencentCharacters
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
    """All sources of an embedding, reduced, brought to one scale and concatenated.

    The network standardises the whole table with one mean and one deviation, so the values of a source with
    a small deviation would all end up in the middle: they would hardly be heard beside one whose deviation is
    ten times larger. Several sources are therefore each divided by their own deviation; a single source
    needs no scale.

    A word that only some sources have is zero in the parts of the others. All sources have means near zero,
    so a zero stands for an average value; the word counts as known.

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
        """Open the sources, and fit their reductions and scales, or take the `fitted` ones (see `fit`)."""
        self.sources = [open_one(source) for source in spec.sources]
        several = len(self.sources) > 1
        self._forms = [
            _fit_form(number, one, source, several) if fitted is None else _Form.read(number, fitted)
            for number, (one, source) in enumerate(zip(spec.sources, self.sources, strict=True))
        ]
        self.widths = [
            source.width if form.reduction is None else form.reduction.width
            for source, form in zip(self.sources, self._forms, strict=True)
        ]
        self.width = sum(self.widths)

    def embed(self, words: Sequence[str], *, any_word_only: bool = False) -> Found:
        """Look up words in all sources; `covered` and `cased` are bool [n, sources] here.

        Args:
            words: the words.
            any_word_only: ask only those sources that answer at once (see `Source.any_word`).
        """
        vectors = np.zeros((len(words), self.width), dtype=np.float32)
        covered, cased = np.zeros((2, len(words), len(self.sources)), dtype=bool)
        begin = 0
        for number, source in enumerate(self.sources):
            part = slice(begin, begin := begin + self.widths[number])
            if any_word_only and not source.any_word:
                continue
            found = source.embed(words)
            vectors[:, part] = self._forms[number].apply(found.vectors, found.covered)
            covered[:, number], cased[:, number] = found.covered, found.cased
        return Found(vectors, covered, cased)

    @staticmethod
    def layout(spec: Embedding) -> dict[str, Layout]:
        """What the arrays of `fit` must be for these sources, by name."""
        found: dict[str, Layout] = {}
        for number, source in enumerate(spec.sources):
            if source.reduce_to is not None:
                own = f"width of source {number}"
                found[f"{number}.mean"] = Layout("float32", (own,))
                found[f"{number}.components"] = Layout("float32", (source.reduce_to, own))
            if len(spec.sources) > 1:
                found[f"{number}.scale"] = Layout("float32", (1,), low=float(np.finfo(np.float32).tiny))
        return found

    def fit(self) -> dict[str, np.ndarray]:
        """What was fitted, as arrays "0.mean", "0.components", "0.scale", … by place of the source."""
        return {
            f"{number}.{name}": array
            for number, form in enumerate(self._forms)
            for name, array in form.arrays().items()
        }


@dataclass(frozen=True)
class _Form:
    """What becomes of a source's vectors: a reduction, then a division by `scale`."""

    reduction: Reduction | None
    scale: np.float32 | None

    @classmethod
    def read(cls, number: int, fitted: Mapping[str, np.ndarray]) -> "_Form":
        """The form that `arrays` gave for the source with this number."""
        mean, scale = fitted.get(f"{number}.mean"), fitted.get(f"{number}.scale")
        reduced = None if mean is None else Reduction(mean, fitted[f"{number}.components"])
        return cls(reduced, None if scale is None else scale[0])

    def arrays(self) -> dict[str, np.ndarray]:
        """The fitted values by name; empty if there are none."""
        found: dict[str, np.ndarray] = {}
        if self.reduction is not None:
            found |= {"mean": self.reduction.mean, "components": self.reduction.components}
        if self.scale is not None:
            found["scale"] = np.array([self.scale], dtype=np.float32)
        return found

    def apply(self, vectors: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """Vectors float32 [n, K] from the source's own [n, D]; rows that are not covered stay zero."""
        if self.reduction is not None:
            vectors = self.reduction.apply(vectors, covered)
        return vectors if self.scale is None else vectors / self.scale


def _fit_form(number: int, spec: VectorSource, source: Source, scaled: bool) -> _Form:
    """Fit to rows that are the same for every data set, so that a word has one vector in all of them."""
    reduced, deviation = None, None
    if spec.reduce_to is not None or scaled:
        rows = source.fitting_rows()
        if spec.reduce_to is not None:
            log.info("source %d: fitting %d principal components", number + 1, spec.reduce_to)
            reduced = reduction.fit(rows, spec.reduce_to)
            rows = reduced.apply(rows, np.ones(len(rows), dtype=bool))
        if scaled:
            deviation = np.float32(positive.scale(rows)[1])
            log.info("source %d: values divided by %.4f", number + 1, deviation)
    return _Form(reduced, deviation)
