"""The configuration of what is no network: classifiers that are fitted at once."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spiketext.config.architecture import Architecture


class Fitted(Architecture):
    """What is no network: a classifier that is fitted at once, for others to be compared with."""

    @property
    def only_stage(self) -> str | None:
        """See `Architecture`."""
        return "fitted"

    def obstacle(self, direct: bool, pooled_neurons: bool = True, bipolar: bool = False) -> str:
        """There are no activations that neurons could take over."""
        return "kind: textcnn"


class Majority(Fitted):
    """The most frequent class of the training set, whatever the text says."""

    kind: Literal["majority"] = Field("majority", description="The architecture.")


class Linear(Fitted):
    """Logistic regression on a fixed description of each text."""

    strengths: list[Annotated[float, Field(gt=0)]] = Field(
        [0.1, 0.3, 1.0, 3.0, 10.0, 30.0],
        min_length=1,
        description="Inverse strengths of its L2 penalty (scikit-learn's `C`); the best by dev is kept.",
    )


class TfIdf(Linear):
    """Logistic regression on TF-IDF values of n-grams."""

    needs_words: ClassVar[bool] = True

    kind: Literal["tf-idf"] = Field("tf-idf", description="The architecture.")
    unit: Literal["words", "characters"] = Field("words", description="What n-grams are made of.")
    longest: int = Field(2, ge=1, le=8, description="Units of the longest n-grams; the shortest have one.")
    min_texts: int = Field(2, ge=1, description="Rarer n-grams, by texts of the training set, are left out.")
    terms: int = Field(
        200_000, ge=1, le=10_000_000, description="No more n-grams than so many: the most frequent ones."
    )


class MeanVector(Linear):
    """Logistic regression on the mean of a text's word vectors."""

    kind: Literal["mean-vector"] = Field("mean-vector", description="The architecture.")
