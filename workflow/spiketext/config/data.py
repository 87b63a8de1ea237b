"""The configuration of data: labelled texts and word vectors."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from spiketext.config.labelled import Labelled, RawFile, WrittenClass, no_key_twice
from spiketext.config.sequences import SequenceSet
from spiketext.config.types import Encoding, LocalPath, Name, Strict, Written
from spiketext.labels import Coding

# ---------------------------------------------------------------------------- data sets


Form = Literal["csv", "tsv", "jsonl", "parquet", "xlsx", "label-text", "lines"]
# The form of a file by the end of its name, `.gz` aside.
SUFFIXES: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
_GRIDS = ("csv", "tsv", "xlsx")
_TABLES = (*_GRIDS, "jsonl", "parquet")


def _separator(name: str) -> str:
    """One character; a tab, which is hard to see, by name as well."""
    separator = {"tab": "\t", "\\t": "\t"}.get(name, name)
    if len(separator) != 1 or separator in '"\r\n\0 ':
        raise ValueError(f"`{name}` is no separator: give one character, or `tab`")
    return separator


Separator = Annotated[str, AfterValidator(_separator)]


class PlainFile(RawFile):
    """One raw file of texts and how to read it."""

    format: Form | None = Field(
        None,
        description="`label-text`: a label, a space or tab, the text; `lines`: one text a line. Empty: by "
        "the end of the file's name, else csv. All may be gzipped.",
    )
    encoding: Encoding = Field("utf-8", description="Character encoding of the file.")
    separator: Separator | None = Field(
        None, description="What stands between cells (csv): one character, or `tab`; empty: guessed."
    )
    header: bool | None = Field(
        None,
        description="Whether the first row names the columns (csv, tsv, xlsx); empty: yes, unless all "
        "columns are given by numbers.",
    )
    sheet: str = Field(
        "", description="Name of the worksheet (xlsx); empty: the only one that holds anything."
    )
    text: Written = Field("text", description="Column of the text, by name or by number from 0.")
    where: dict[Written, Written] = Field(
        default_factory=dict,
        description="Keep only rows whose columns have these values; numbers are compared as numbers.",
    )

    @property
    def form(self) -> Form:
        """The format, said or by the file's name."""
        if self.format is not None:
            return self.format
        name = self.name.lower().removesuffix(".gz")
        return SUFFIXES.get(Path(name).suffix, "csv")

    @model_validator(mode="after")
    def _keys_of_the_form(self) -> Self:
        for key, given, forms in (
            ("separator", self.separator is not None, ("csv",)),
            ("header", self.header is not None, _GRIDS),
            ("sheet", bool(self.sheet), ("xlsx",)),
            ("where", bool(self.where), _TABLES),
        ):
            if given and self.form not in forms:
                raise ValueError(f"format `{self.form}` has no `{key}`: leave it out, or correct `format`")
        if self.header is False and not all(name.isascii() and name.isdecimal() for name in self._columns):
            raise ValueError("without a header row, `text`, `label` and `where` are column numbers, from 0")
        return self

    @property
    def _columns(self) -> list[str]:
        return [self.text, *self.where]


class TextFile(PlainFile):
    """One raw file and how to read it."""

    label: Written = Field(
        "label", description="Column of the label, likewise, or the label of the whole file (lines)."
    )

    @property
    def _columns(self) -> list[str]:
        return [*super()._columns, self.label]

    @model_validator(mode="after")
    def _label_of_lines(self) -> Self:
        if self.form == "lines" and "label" not in self.model_fields_set:
            raise ValueError("format `lines` needs `label`: the label of every line")
        return self


class Unlabelled(Strict):
    """Texts of a data set's domain without a label, which a teacher answers (docs/distillation.md)."""

    files: list[PlainFile] = Field(
        min_length=1, description="The raw files; a label that stands in one is not read."
    )
    cut: Literal["whole", "sentences"] = Field(
        "whole", description="Whether a text is taken as it is, or each of its sentences is one."
    )
    shortest: int = Field(5, ge=1, description="Tokens of the shortest text that is taken.")
    largest: int = Field(
        100_000,
        ge=1,
        description="Number of texts taken at most: those with the least hashes, whatever their order.",
    )

    @field_validator("files")
    @classmethod
    def _in_no_split(cls, files: list[PlainFile]) -> list[PlainFile]:
        if any(file.split for file in files):
            raise ValueError("unlabelled texts are in no split: remove `split`")
        return files


class TextSet(Labelled):
    """A labelled text data set."""

    of_words: ClassVar[bool] = True
    target: ClassVar[str] = "classes"

    kind: Literal["text"] = Field("text", description="What the examples are.")
    language: Literal["en", "zh"] = Field(description="Chooses the tokeniser and the attack recipes.")
    files: list[TextFile] = Field(min_length=1, description="The raw files.")
    labels: dict[Written, WrittenClass] = Field(
        default_factory=dict,
        description="What stands in the files, with the class it means, as in `{1: bad, 5: good}`; then "
        "nothing else is a label.",
    )
    other_labels: Literal["refuse", "drop"] = Field(
        "refuse", description="What becomes of rows with any other label; `drop` counts them in report.json."
    )
    embedding: Name = Field(description="Word vectors, a name of `define.embeddings` or the catalogue.")
    max_length: int = Field(64, ge=5, le=4096, description="Tokens kept of each text.")
    published: str | None = Field(None, description="Column of the published table to compare with.")
    unlabelled: Unlabelled | None = Field(
        None,
        description="Further texts, for what learns from a teacher; they are in no split, and none is a copy "
        "of a text of the data set.",
    )

    @field_validator("labels", mode="wrap")
    @classmethod
    def _no_label_twice(cls, given: Any, check: ValidatorFunctionWrapHandler) -> Any:
        return no_key_twice(given, check)

    @property
    def unlabelled_files(self) -> list[PlainFile]:
        """The raw files of texts without a label."""
        return self.unlabelled.files if self.unlabelled else []

    @model_validator(mode="after")
    def _labels_mean_classes(self) -> Self:
        coding = Coding(self.classes, self.labels)
        for file in self.files:
            if file.form == "lines" and coding(file.label) is None:
                raise ValueError(f"`label: {file.label}` of a file of lines means none of `classes`")
        return self


def _text_unless_said(value: Any) -> Any:
    return {"kind": "text", **value} if isinstance(value, dict) else value


Dataset = Annotated[TextSet | SequenceSet, Field(discriminator="kind"), BeforeValidator(_text_unless_said)]


# ---------------------------------------------------------------------------- word vectors


class VectorSource(Strict):
    """One source of word vectors; several are concatenated."""

    kind: Literal["minilm", "tencent", "tencent-characters", "text", "word2vec"] = Field(
        description="`text`: GloVe or word2vec text, .gz or plain; `word2vec`: its binary form."
    )
    resource: Name | None = Field(None, description="Resource of the registry.")
    path: LocalPath | None = Field(None, description="A local file instead of a resource.")
    file: str | None = Field(None, description="Name of the file within the resource.")
    width: int | None = Field(None, ge=1, description="Expected width; another width is an error.")
    reduce_to: int | None = Field(None, ge=1, description="Principal components to keep; empty: all.")
    keep_frequent: int = Field(
        0, ge=0, description="Keep this many leading words of the file too, for words that attacks bring in."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.resource is None) == (self.path is None):
            raise ValueError("a vector source needs either `resource` or `path`")
        return self


class Retrofitting(Strict):
    """How vectors are drawn to those of their words' synonyms (Faruqui et al. 2015)."""

    anchor: float = Field(
        0.3,
        ge=0,
        description="What a word's own vector weighs beside the mean of its synonyms' vectors: 1 in the "
        "paper; the less, the nearer synonyms come to each other.",
    )
    rounds: int = Field(10, ge=1, le=1000, description="How often all vectors are moved.")


class Embedding(Strict):
    """Word vectors: the concatenation of its sources."""

    sources: list[VectorSource] = Field(
        min_length=1,
        description="Concatenated in this order; several are each divided by their own deviation first.",
    )
    retrofitting: Retrofitting = Field(
        default_factory=Retrofitting,
        description="Of the vectors that methods with `inputs: {retrofitted: true}` read.",
    )

    @property
    def width(self) -> int | None:
        """Values of a word; None where a source does not say."""
        widths = [source.reduce_to or source.width for source in self.sources]
        return None if None in widths else sum(width for width in widths if width)
