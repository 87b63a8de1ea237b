"""What the configuration of a labelled data set says, whatever its examples are."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidatorFunctionWrapHandler, field_validator, model_validator

from spiketext.config.types import ClassName, Fraction, LocalPath, Mistake, Name, Strict, as_written

WrittenClass = Annotated[ClassName, as_written]
ClassWeights = Annotated[
    Annotated[Literal["none", "balanced"], Tag("way")]
    | Annotated[dict[WrittenClass, Annotated[float, Field(gt=0)]], Tag("weights")],
    Discriminator(lambda value: "weights" if isinstance(value, dict) else "way"),
]


class RawFile(Strict):
    """A raw file: where it lies, and which standard split it is."""

    resource: Name | None = Field(None, description="Resource of the registry that holds the file.")
    path: LocalPath | None = Field(None, description="A local file instead of a resource.")
    file: str | None = Field(None, description="Name of the file within the resource.")
    split: Literal["train", "dev", "test"] | None = Field(
        None, description="The standard split this file is; empty: split by seed."
    )

    @property
    def origin(self) -> str:
        """Where it comes from: a local path, or a resource and the file in it."""
        return self.path or f"{self.resource}/{self.file}"

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self.path or self.file or ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.resource is None) == (self.path is None):
            raise ValueError("a file needs either `resource` (with `file`) or `path`")
        if self.resource is not None and self.file is None:
            raise ValueError("`resource` needs `file`: which file of the resource to read")
        return self


class Labelled(Strict):
    """A labelled data set.

    Attributes:
        of_words: whether its examples are made of words: what changes, counts or shows words needs that.
    """

    of_words: ClassVar[bool]

    title: str = Field("", description="Name in tables and figures.")
    classes: list[WrittenClass] = Field(
        min_length=2,
        description="Class names. A label is one of them or, where none is a number, its place 0 … n−1.",
    )
    class_weights: ClassWeights = Field(
        "none",
        description="What a training example of each class counts in the loss, of networks and baselines. "
        "`none`: all alike; `balanced`: so much that all classes count alike; `{bad: 3}`: as much as three "
        "examples of a class that is not named. The loss is a weighted mean: only ratios matter.",
    )
    test_set: Literal["by-seed", "fixed"] = Field(
        "by-seed",
        description="Where no file is the test set: `by-seed`: each seed draws one of its own; `fixed`: one "
        "for all seeds, chosen by hashes of the tokens, class by class, and in no dev set of any seed. Seeds "
        "then vary train, dev, weights and draws.",
    )
    test_fraction: Fraction = Field(0.1, description="Share of the test set where no split is given.")
    dev_fraction: Fraction = Field(0.1, description="Share of the dev set, of what is not test.")
    note: str = Field("", description="Printed under the data set's tables.")

    @field_validator("class_weights", mode="wrap")
    @classmethod
    def _no_class_twice(cls, given: Any, check: ValidatorFunctionWrapHandler) -> Any:
        return no_key_twice(given, check)

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


def no_key_twice(given: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """For a wrap validator: 1 and "1" are two keys to YAML."""
    found = check(given)
    if len(found) < len(given):
        raise ValueError("gives one key twice, with quotes and without")
    return found
