"""What a read-out was given by each neuron, and where in the text that came from."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Evidence:
    """Of one text of L tokens, padding included, and N neurons whose windows lie on it.

    What neuron n passed on of the window that begins at token l adds `amounts[l, n] * weights[c, n]` to class
    c. The difference to `scores` is what no window accounts for: biases, and of a read-out that fires, what
    its thresholds make of the currents.

    Attributes:
        fired: `[L, N]`, spikes of the neuron for that window; of a DNN, 1 where it is active.
        spans: `[N]`, tokens of its window.
        drive: `[L, K, N]`, current that the j-th token of the window sent to it, summed over steps; zero
            beyond its span.
        amounts: `[L, N]`, what reached the read-out, summed over steps.
        weights: `[classes, N]`, of the read-out.
        scores: `[classes]`, summed over steps.
    """

    fired: Tensor
    spans: list[int]
    drive: Tensor
    amounts: Tensor
    weights: Tensor
    scores: Tensor
