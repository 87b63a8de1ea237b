"""The configuration of what networks are fed."""

from typing import Literal, Self

from pydantic import Field, model_validator

from spiketext.config.types import Strict


class WordVectors(Strict):
    """What the network is fed: the vectors of a text's words."""

    kind: Literal["word-vectors"] = Field("word-vectors", description="The kind of input.")
    transform: Literal["positive", "standardised", "as-is"] = Field(
        "positive",
        description="`positive`: into [0, 1] (Lv et al. 2023, section 3.1), for encoders of such values; "
        "`standardised`: around zero, in units of σ, for the signed ones; `as-is`: not transformed, for "
        "`analog`.",
    )
    unknown: Literal["silent", "mean"] = Field(
        "silent",
        description="What stands for a word without a vector. `silent`: zero, which never fires; `mean`: ½ "
        "in every dimension, the mean of positive values, which fires at every second step (the code of "
        "Lv et al. 2023).",
    )

    retrofitted: bool = Field(
        False,
        description="Whether vectors are drawn to those of their words' synonyms, as the data set's "
        "embedding says (`retrofitting`); needs a lexicon of its language.",
    )
    dimensions: int | None = Field(
        None,
        ge=1,
        description="Principal components of the data set's vectors to read, by falling variance; empty: the "
        "vectors as they are.",
    )

    @property
    def folder(self) -> str:
        """Of the table of vectors that are read, within a data set's folder of results."""
        return "embeddings/retrofitted" if self.retrofitted else "embeddings"

    @model_validator(mode="after")
    def _a_mean_that_is_not_zero(self) -> Self:
        if self.unknown == "mean" and self.transform != "positive":
            raise ValueError("`unknown: mean` needs `transform: positive`: remove one of the two")
        return self
