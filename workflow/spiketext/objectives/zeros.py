"""Cross-entropy and few values: a quantised DNN for hardware that skips products with zero.

Its loss is CE + λ · the mean over its quantised layers, inputs among them, of the mean size of their values
in units of the highest level. A larger learned step makes more values zero, so steps rise, as weights fall.
"""

from typing import Any

import torch
from torch import Tensor, nn

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier
from spiketext.networks.layers.quantisation import Quantiser
from spiketext.objectives import base
from spiketext.objectives.cross_entropy import of_scores


class Objective(base.Objective):
    """See the module."""

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        sizes: list[Tensor] = []

        def note(layer: nn.Module, _: Any, values: Tensor) -> None:
            assert isinstance(layer, Quantiser)
            sizes.append((values / layer.log_step.exp()).abs().mean() / layer.high)

        rounded = [one for one in classifier.network.modules() if type(one) is Quantiser]  # not of weights
        hooks = [one.register_forward_hook(note) for one in rounded]
        try:
            outputs = classifier.forward(classifier.read(batch, generator))
        finally:
            for hook in hooks:
                hook.remove()
        task = of_scores(outputs, batch.labels, self.class_weights)
        return task + self.settings.weight * torch.stack(sizes).mean()
