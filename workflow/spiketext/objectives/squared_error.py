"""Squared error of each step's output, averaged over steps: for data sets with `target: value`."""

from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.objectives import base


class Objective(base.Objective):
    """Mean over steps and examples; a DNN has one step."""

    def judged(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Of outputs `[T, B, 1]`; see `base.Objective`."""
        return (outputs[..., 0] - batch.labels.to(outputs)).square().mean()
