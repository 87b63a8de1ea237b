"""Whether both implementations compute the same: outputs and gradients of one real batch.

Floats added in another order differ in the last digit, and a potential that lies that close to the
threshold then fires in one implementation only. So the check takes weights that are multiples of 2⁻¹²:
their sums are exact in any order, and no spike may differ. The threshold is moved off that grid because at
equality spikingjelly fires and we, as the paper, do not.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from benchmarks.networks import CASES, PAIR, Start
from spiketext.networks.classifier import Fed

GRID = 2.0**-12
THETA = 1 + GRID / 64  # no multiple of it up to the 63rd lies on the grid


def without_rounding(start: Start) -> Start:
    """The same start with a plain kernel on the grid."""
    method, conversion = start.method, start.method.conversion
    assert conversion is not None
    inputs = method.inputs.model_copy(update={"transform": "standardised"})
    neuron = conversion.neuron.model_copy(update={"theta": THETA})
    conversion = conversion.model_copy(update={"neuron": neuron})
    kernel = (start.weights["kernel"] / GRID).round() * GRID
    return replace(
        start,
        method=method.model_copy(update={"inputs": inputs, "conversion": conversion}),
        weights=start.weights | {"kernel": kernel},
    )


def difference(ours: Tensor, theirs: Tensor) -> float:
    """Relative distance of two tensors."""
    return float((ours - theirs).norm() / theirs.norm())


def agreement(start: Start, fed: Fed, labels: Tensor, pair: Sequence[str] = PAIR) -> dict[str, float]:
    """Relative differences of the outputs and of the kernels' gradient, from weights that round nowhere."""
    exact = without_rounding(start)
    outputs, gradients = [], []
    for name in pair:
        one = CASES[name](exact, len(fed.inputs))
        output = one.forward(one.given(fed))
        F.cross_entropy(output.flatten(0, 1), labels.to(output.device).repeat(len(output))).backward()
        outputs.append(output.detach())
        gradients += [
            value.grad for key, value in one.module.named_parameters() if key.startswith("convolution")
        ]
    return {"outputs": difference(*outputs), "gradient": difference(*gradients)}
