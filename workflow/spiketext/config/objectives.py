"""The configuration of objectives: what training minimises."""

from typing import Annotated, Literal

from pydantic import Field

from spiketext.config.types import Strict


class CrossEntropy(Strict):
    """Cross-entropy of each step's output, averaged over steps (Lv et al. 2023, section 3.3)."""

    kind: Literal["cross-entropy"] = "cross-entropy"


class SpikeBudget(Strict):
    """Cross-entropy, plus the share by which the encoder's spikes exceed a budget."""

    kind: Literal["spike-budget"] = "spike-budget"
    spikes: float = Field(
        gt=0,
        description="Spikes of a value, all steps added up, above which the loss rises; epochs that exceed "
        "it on dev are not kept if any is within it.",
    )


Objective = Annotated[CrossEntropy | SpikeBudget, Field(discriminator="kind")]
