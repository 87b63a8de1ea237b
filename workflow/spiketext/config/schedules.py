"""The configuration of trainings: of a DNN, of a converted network, of one that spikes from the start."""

from typing import Literal

from pydantic import Field

from spiketext.config.encodings import Encoding, Rate
from spiketext.config.objectives import CrossEntropy, DenseObjective, Objective
from spiketext.config.types import Name, Steps, Strict


class _Schedule(Strict):
    """What every training has."""

    batch_size: int = Field(32, ge=1, description="Texts a batch.")
    weight_decay: float = Field(0.0, ge=0, description="Of AdamW.")
    decay: Literal["cosine", "none"] = Field(
        "cosine", description="How the learning rate falls to zero over all batches; `none`: it stays."
    )
    chosen_on: Literal["dev", "test"] = Field(
        "dev",
        description="The set by which the best epoch is chosen. `test`, as much published code has it, makes "
        "the accuracy on test too high, and the report says so beside every such figure: for measuring by "
        "how much (docs/paper.md), and for nothing else.",
    )


class Training(_Schedule):
    """Training of the DNN."""

    epochs: int = Field(8, ge=1, description="Passes over the training set; the best one is kept.")
    learning_rate: float = Field(1e-3, gt=0, description="Of AdamW.")
    start: Name | None = Field(
        None,
        description="Method with whose trained DNN this training begins: the same network, but for dropout "
        "and how values are rounded. Empty: random weights.",
    )
    objective: DenseObjective = Field(default_factory=CrossEntropy, description="What is minimised.")


class Direct(_Schedule):
    """Direct training of a spiking network by surrogate gradients, without a DNN."""

    encoder: Encoding = Field(default_factory=Rate, description="How the values of inputs become spikes.")
    steps: Steps = Field(8, description="Number of steps T.")
    epochs: int = Field(8, ge=1, description="Passes over the training set; the best one is kept.")
    learning_rate: float = Field(1e-3, gt=0, description="Of AdamW.")
    fresh_draws: bool = Field(True, description="Draw spikes anew each epoch; false: frozen noise.")
    objective: Objective = Field(default_factory=CrossEntropy, description="What is minimised.")

    @property
    def reported(self) -> list[int]:
        """Numbers of steps at which the network is evaluated: powers of two, and T."""
        return sorted({2**i for i in range(self.steps.bit_length()) if 2**i <= self.steps} | {self.steps})


class Finetuning(_Schedule):
    """Back-propagation through time with a surrogate gradient (Lv et al. 2023, section 3.3)."""

    steps: Steps = Field(32, description="Number of steps T.")
    epochs: int = Field(2, ge=1, description="Passes over the training set; the best one is kept.")
    learning_rate: float = Field(3e-4, gt=0, description="Of AdamW.")
    surrogate: Literal["fast-sigmoid", "atan", "sigmoid"] = Field(
        "fast-sigmoid", description="Surrogate derivative of the spike function."
    )
    slope: float = Field(5.0, gt=0, description="Its slope at the threshold.")
    dropout: float | None = Field(
        None, ge=0, lt=1, description="Dropout before the read-out; empty: that of the `network`."
    )
    fresh_draws: bool = Field(True, description="Draw spikes anew each epoch; false: frozen noise.")
    objective: Objective = Field(default_factory=CrossEntropy, description="What is minimised.")
