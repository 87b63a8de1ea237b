"""The configuration of data: labelled texts and word vectors."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from spiketext.config.types import (
    ClassName,
    Encoding,
    Fraction,
    LocalPath,
    Mistake,
    Name,
    Strict,
    Written,
    as_written,
)
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


WrittenClass = Annotated[ClassName, as_written]
ClassWeights = Annotated[
    Annotated[Literal["none", "balanced"], Tag("way")]
    | Annotated[dict[WrittenClass, Annotated[float, Field(gt=0)]], Tag("weights")],
    Discriminator(lambda value: "weights" if isinstance(value, dict) else "way"),
]
Separator = Annotated[str, AfterValidator(_separator)]


class TextFile(Strict):
    """One raw file and how to read it."""

    resource: Name | None = Field(None, description="Resource of the registry that holds the file.")
    path: LocalPath | None = Field(None, description="A local file instead of a resource.")
    file: str | None = Field(None, description="Name of the file within the resource.")
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
    sheet: str = Field("", description="Name of the worksheet (xlsx); empty: the first.")
    text: Written = Field("text", description="Column of the text, by name or by number from 0.")
    label: Written = Field(
        "label", description="Column of the label, likewise, or the label of the whole file (lines)."
    )
    where: dict[Written, Written] = Field(
        default_factory=dict,
        description="Keep only rows whose columns have these values; numbers are compared as numbers.",
    )
    split: Literal["train", "dev", "test"] | None = Field(
        None, description="The standard split this file is; empty: split by seed."
    )

    @property
    def origin(self) -> str:
        """Where it comes from: a local path, or a resource and the file in it."""
        return self.path or f"{self.resource}/{self.file}"

    @property
    def form(self) -> Form:
        """The format, said or by the file's name."""
        if self.format is not None:
            return self.format
        name = (self.path or self.file or "").lower().removesuffix(".gz")
        return SUFFIXES.get(Path(name).suffix, "csv")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.resource is None) == (self.path is None):
            raise ValueError("a file needs either `resource` (with `file`) or `path`")
        if self.resource is not None and self.file is None:
            raise ValueError("`resource` needs `file`: which file of the resource to read")
        return self

    @model_validator(mode="after")
    def _keys_of_the_form(self) -> Self:
        if self.form == "lines" and "label" not in self.model_fields_set:
            raise ValueError("format `lines` needs `label`: the label of every line")
        for key, given, forms in (
            ("separator", self.separator is not None, ("csv",)),
            ("header", self.header is not None, _GRIDS),
            ("sheet", bool(self.sheet), ("xlsx",)),
            ("where", bool(self.where), _TABLES),
        ):
            if given and self.form not in forms:
                raise ValueError(f"format `{self.form}` has no `{key}`: leave it out, or correct `format`")
        columns = [self.text, self.label, *self.where]
        if self.header is False and not all(name.isascii() and name.isdecimal() for name in columns):
            raise ValueError("without a header row, `text`, `label` and `where` are column numbers, from 0")
        return self


class Dataset(Strict):
    """A labelled text data set."""

    title: str = Field("", description="Name in tables and figures.")
    language: Literal["en", "zh"] = Field(description="Chooses the tokeniser and the attack recipes.")
    files: list[TextFile] = Field(min_length=1, description="The raw files.")
    classes: list[WrittenClass] = Field(
        min_length=2,
        description="Class names. A label is one of them or, where none is a number, its place 0 … n−1.",
    )
    labels: dict[Written, WrittenClass] = Field(
        default_factory=dict,
        description="What stands in the files, with the class it means, as in `{1: bad, 5: good}`; then "
        "nothing else is a label.",
    )
    other_labels: Literal["refuse", "drop"] = Field(
        "refuse", description="What becomes of rows with any other label; `drop` counts them in report.json."
    )
    class_weights: ClassWeights = Field(
        "none",
        description="What a training text of each class counts in the loss, of networks and baselines. "
        "`none`: all alike; `balanced`: so much that all classes count alike; `{bad: 3}`: as much as three "
        "texts of a class that is not named. The loss is a weighted mean: only ratios matter.",
    )
    embedding: Name = Field(description="Word vectors, a name of `define.embeddings` or the catalogue.")
    max_length: int = Field(64, ge=5, le=4096, description="Tokens kept of each text.")
    test_fraction: Fraction = Field(0.1, description="Share of the test set where no split is given.")
    dev_fraction: Fraction = Field(0.1, description="Share of the dev set, of what is not test.")
    published: str | None = Field(None, description="Column of the published table to compare with.")
    note: str = Field("", description="Printed under the data set's tables.")

    @field_validator("labels", "class_weights", mode="wrap")
    @classmethod
    def _no_key_twice(cls, given: Any, check: ValidatorFunctionWrapHandler) -> Any:
        """1 and "1" are two keys to YAML."""
        found = check(given)
        if len(found) < len(given):
            raise ValueError("gives one key twice, with quotes and without")
        return found

    @model_validator(mode="after")
    def _labels_mean_classes(self) -> Self:
        coding = Coding(self.classes, self.labels)
        for file in self.files:
            if file.form == "lines" and coding(file.label) is None:
                raise ValueError(f"`label: {file.label}` of a file of lines means none of `classes`")
        return self

    @model_validator(mode="after")
    def _weights_are_of_classes(self) -> Self:
        given = {} if isinstance(self.class_weights, str) else self.class_weights
        for name in given:
            if name not in self.classes:
                raise Mistake(f"`{name}` is none of `classes`: {', '.join(self.classes)}", "class_weights")
        return self

    @property
    def weighting(self) -> str | list[float]:
        """`class_weights`, as one number a class where they are numbers."""
        if isinstance(self.class_weights, str):
            return self.class_weights
        return [self.class_weights.get(name, 1.0) for name in self.classes]


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


class Embedding(Strict):
    """Word vectors: the concatenation of its sources."""

    sources: list[VectorSource] = Field(
        min_length=1,
        description="Concatenated in this order; several are each divided by their own deviation first.",
    )
