"""What stages are called: the series of figures and the rows of tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spiketext.config.attacks import recipes
from spiketext.config.stages import STAGES


def steps_cell(steps: int | None) -> str:
    """T in a table; a DNN has none."""
    return "–" if steps is None else str(steps)


def sizes_in_words(sizes: Sequence[int]) -> str:
    """Numbers of texts that occur, rising, as one number or a range."""
    return f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"


def recipe_title(name: str) -> str:
    """The name to show for an attack recipe."""
    return recipes()[name].title if name in recipes() else name


def layer_title(name: str) -> str:
    """The name to show for a layer."""
    return {"readout": "read-out"}.get(name, name)


@dataclass(frozen=True)
class Series:
    """One stage of one method: a line of a figure, a group of rows of a table.

    Attributes:
        method: name in the configuration.
        stage: of `config.stages`.
        title: the method's title.
        spiking_method: whether the method has spiking stages, so that its DNN is the convertible one.
    """

    method: str
    stage: str
    title: str
    spiking_method: bool

    @property
    def spiking(self) -> bool:
        """Whether its network spikes."""
        return STAGES[self.stage].spiking

    @property
    def stage_title(self) -> str:
        """What the stage is called in tables."""
        if not self.spiking and self.spiking_method:
            return "convertible DNN"
        return STAGES[self.stage].title

    @property
    def label(self) -> str:
        """What the stage is called in figures and tables."""
        if not self.spiking:
            return f"convertible DNN of {self.title}" if self.spiking_method else f"{self.title} (DNN)"
        return f"{self.title}, {self.stage_title}"

    @property
    def accounting(self) -> str:
        """How the operations of such a stage are counted, unless something else is asked for."""
        return "event-driven" if self.spiking else "dense"

    def at(self, steps: int | None) -> str:
        """Its label with the number of steps, if it has one."""
        return self.label if steps is None else f"{self.label}, T = {steps}"

    @property
    def phrase(self) -> str:
        """What the stage is called within a sentence."""
        if not self.spiking:
            return f"the convertible DNN of {self.title}" if self.spiking_method else f"the DNN {self.title}"
        return f"the {self.stage_title} {self.title}"


def series_of(stages: Collection[tuple[str, str]], titles: Mapping[str, str]) -> list[Series]:
    """Series of these methods and stages, method by method in the order of their titles."""
    spiking = {method for method, stage in stages if STAGES[stage].spiking}
    return [
        Series(method, stage, title, method in spiking)
        for method, title in titles.items()
        for stage in STAGES
        if (method, stage) in stages
    ]
