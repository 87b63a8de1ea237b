"""What a bipolar neuron (`neurons.bipolar`) costs beside its synapses."""

from spiketext.networks.wiring import Work


def neuron_work(neurons: int, bits: int | None) -> tuple[Work, ...]:
    """Of each neuron; memories are for so many `neurons`, `bits` are those of S and its sign.

    The potential is written at the first step: u[0], and what is multiplied, in one go. At every step it is
    compared with θ and reset, compared with 0, and S is compared with the bound that it nears and moved; both
    are read and written.
    """
    return (
        Work("access", memory=neurons, once=True),
        Work("update", role="neurons"),
        Work("compare", 2, role="neurons"),
        Work("AC", role="neurons"),
        Work("access", 2, neurons),
        Work("access", 2, neurons, bits),
    )
