"""What a bias does, and what it costs."""

from torch import Tensor

from spiketext.networks.wiring import Work


def read_out(features: Tensor, readout: Tensor, bias: Tensor | None) -> Tensor:
    """Class scores `[..., classes]` of features `[..., K * C]`."""
    scores = features @ readout.T
    return scores if bias is None else scores + bias


def bias_work(has_bias: bool, memory: int, once: bool = False) -> tuple[Work, ...]:
    """What a bias costs each neuron; `memory` values are biases; `once`: a text, not at each step."""
    if not has_bias:
        return ()
    return (
        Work("AC", once=once, layer="bias", role="bias"),
        Work("access", memory=memory, once=once, layer="bias", role="bias"),
    )
