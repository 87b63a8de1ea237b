"""Weights as they are stored, and whether they fit a network."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from spiketext.arrays import Arrays, Layout, check_arrays, read_arrays


class Weights(dict[str, Tensor]):
    """Weights of a file, by name.

    Attributes:
        path: the file, for messages.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Share the memory of `arrays`."""
        super().__init__({name: torch.from_numpy(array) for name, array in arrays.items()})
        self.path = arrays.path


def load_weights(path: str | Path) -> Weights:
    """Weights of a stage; `networks.assemble` sees to it that they fit the network.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    return Weights(read_arrays(path))


def chosen(weights: Mapping[str, Tensor], layout: Mapping[str, Layout]) -> dict[str, Tensor]:
    """Those of the weights that a network with such a layout has.

    Raises:
        SpikeTextError: one is missing, of another shape, or not finite.
    """
    found = Weights(Arrays(weights.path if isinstance(weights, Weights) else None, {}))
    found.update({name: weights[name] for name in layout if name in weights})
    check_weights(found, layout)
    return dict(found)


def check_weights(weights: Mapping[str, Tensor], layout: Mapping[str, Layout]) -> None:
    """Whether weights are those of a network with such a layout.

    Raises:
        SpikeTextError: they are not, or not finite.
    """
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}
    check_arrays(Arrays(weights.path if isinstance(weights, Weights) else None, arrays), dict(layout))
