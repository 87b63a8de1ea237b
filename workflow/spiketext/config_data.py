"""The configuration of data: labelled texts and word vectors."""

from typing import Literal, Self

from pydantic import Field, model_validator

from spiketext.config_types import ClassName, Encoding, Fraction, LocalPath, Name, Strict

# ---------------------------------------------------------------------------- data sets


class TextFile(Strict):
    """One raw file and how to read it."""

    resource: Name | None = Field(None, description="Resource of the registry that holds the file.")
    path: LocalPath | None = Field(None, description="A local file instead of a resource.")
    file: str | None = Field(None, description="Name of the file within the resource.")
    format: Literal["csv", "tsv", "label-text", "lines"] = Field(
        "csv", description="`label-text`: a label, one space, the text; `lines`: one text a line."
    )
    encoding: Encoding = Field("utf-8", description="Character encoding of the file.")
    text: str = Field("text", description="Column of the text (csv, tsv).")
    label: str | int = Field(
        "label", description="Column of the label (csv, tsv), or the label of the whole file (lines)."
    )
    where: dict[str, str] = Field(
        default_factory=dict, description="Keep only rows whose columns have these values (csv, tsv)."
    )
    split: Literal["train", "dev", "test"] | None = Field(
        None, description="The standard split this file is; empty: split by seed."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.resource is None) == (self.path is None):
            raise ValueError("a file needs either `resource` (with `file`) or `path`")
        if self.resource is not None and self.file is None:
            raise ValueError("`resource` needs `file`: which file of the resource to read")
        if self.format == "lines" and not isinstance(self.label, int):
            raise ValueError("format `lines` needs `label`: a number, the label of every line")
        return self


class Dataset(Strict):
    """A labelled text data set."""

    title: str = Field("", description="Name in tables and figures.")
    language: Literal["en", "zh"] = Field(description="Chooses the tokeniser and the attack recipes.")
    files: list[TextFile] = Field(min_length=1, description="The raw files.")
    classes: list[ClassName] = Field(
        min_length=2, description="Class names; labels in the files are 0 … n−1, or these names."
    )
    embedding: Name = Field(description="Word vectors, a name of `define.embeddings` or the catalogue.")
    max_length: int = Field(64, ge=5, le=4096, description="Tokens kept of each text.")
    test_fraction: Fraction = Field(0.1, description="Share of the test set where no split is given.")
    dev_fraction: Fraction = Field(0.1, description="Share of the dev set, of what is not test.")
    published: str | None = Field(None, description="Column of the published table to compare with.")
    note: str = Field("", description="Printed under the data set's tables.")

    @model_validator(mode="after")
    def _classes_are_distinct(self) -> Self:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("`classes` names a class twice")
        for place, name in enumerate(self.classes):
            if name.lstrip("+-").isdigit() and int(name) != place:
                raise ValueError(
                    f"class `{name}` would mean label {place}: give numbers in the order of labels, or names"
                )
        return self


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
