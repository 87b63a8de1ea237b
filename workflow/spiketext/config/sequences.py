"""The configuration of data sets of sequences of numbers (docs/sequences.md)."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from spiketext.config.labelled import Labelled, RawFile, WrittenClass
from spiketext.config.types import Mistake, Written
from spiketext.labels import Coding

ArrayForm = Literal["npz", "parquet", "pickle"]
# The form of a file by the end of its name.
SUFFIXES: dict[str, ArrayForm] = {".npz": "npz", ".parquet": "parquet"}


class ArrayFile(RawFile):
    """One file of sequences and how to read it."""

    format: ArrayForm | None = Field(
        None,
        description="`npz`: NumPy's arrays by name; `parquet`: a row for each sequence, its values in a "
        "column of lists; `pickle`: NumPy arrays in tuples, lists or dictionaries, of which nothing is "
        "executed (gzipped too). Empty: by the end of the file's name.",
    )
    values: Written = Field(
        "x",
        description="Array or column of the values: `[N, L]` or `[N, L, D]`, N sequences of L elements of D "
        "values. In a pickle, the places or keys that lead to it, as in `0/1`.",
    )
    label: Written = Field(
        "y",
        description="Array or column of the labels, `[N]`: whole numbers or names; with `target: value`, "
        "numbers.",
    )
    lengths: Written | None = Field(
        None,
        description="Array of the sequences' lengths, `[N]`, where they differ (npz, pickle); what follows "
        "is not read. Lists of a Parquet file have lengths of their own.",
    )

    @property
    def form(self) -> ArrayForm:
        """The format, said or by the file's name."""
        return self.format or SUFFIXES[Path(self.name.lower()).suffix]

    @model_validator(mode="after")
    def _known_form(self) -> Self:
        if self.format is None and Path(self.name.lower()).suffix not in SUFFIXES:
            raise ValueError(f"the name of `{self.name}` does not say its form: give `format`")
        if self.lengths is not None and self.form == "parquet":
            raise ValueError("format `parquet` has no `lengths`: its lists have lengths of their own")
        return self


class SequenceSet(Labelled):
    """A labelled data set of sequences of numbers."""

    of_words: ClassVar[bool] = False
    language: ClassVar[None] = None
    embedding: ClassVar[None] = None

    kind: Literal["sequences"] = Field("sequences", description="What the examples are.")
    target: Literal["classes", "value"] = Field(
        "classes",
        description="What is to be told of a sequence: which of `classes` it is of, or a number.",
    )
    classes: list[WrittenClass] = Field(
        [],
        description="Class names. A label is one of them or, where none is a number, its place 0 … n−1. With "
        "`target: value` there are none.",
    )
    files: list[ArrayFile] = Field(min_length=1, description="The files of arrays.")
    scale: float = Field(1.0, gt=0, description="What all values are divided by, as 255 for bytes.")
    permutation: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Seed of a permutation of the places, the same for all sequences, which must then be of "
        "one length; empty: the places stay in their order.",
    )
    max_length: int = Field(
        4096, ge=1, le=65536, description="Elements kept of each sequence, after the permutation."
    )

    @property
    def unlabelled_files(self) -> list[ArrayFile]:
        """There are none."""
        return []

    @model_validator(mode="after")
    def _labels_mean_something(self) -> Self:
        if self.target == "value":
            for name in ("classes", "class_weights"):
                if getattr(self, name) != type(self).model_fields[name].get_default():
                    raise Mistake("with `target: value` there are no classes: remove it", name)
        elif len(self.classes) < 2:
            raise Mistake("two or more are needed, or `target: value`", "classes")
        Coding(self.classes)
        return self
