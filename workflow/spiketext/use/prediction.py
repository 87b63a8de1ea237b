"""What a classifier says of a text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one text.

    Attributes:
        label: the class; None of a text without any word.
        probabilities: by class, a softmax of the scores a step, as in training; they are not calibrated.
        steps: steps that were run; None of a DNN.
        spikes: of all populations in these steps, the input's among them; None of a DNN, or not counted.
        energy_uj: estimate, not a measurement, µJ; None if it was not counted.
        known: tokens that have a vector; without any, the class says nothing of the text.
    """

    label: str | None
    probabilities: dict[str, float]
    steps: int | None
    spikes: int | None
    energy_uj: float | None
    known: int

    @property
    def undecided(self) -> bool:
        """Whether another class has as good a score: the first of them is the label, whatever the text is."""
        best, second, *_ = sorted(self.probabilities.values(), reverse=True)
        return best == second
