"""The populations that a network is fed by: the vectors of words, and the encoder's neurons."""

from spiketext.inputs.encoding.base import Encoder
from spiketext.inputs.words import WordTable
from spiketext.networks.network import Layout
from spiketext.networks.wiring import Population, Wiring, Work


def input_populations(
    words: WordTable, encoder: Encoder, layout: Layout, longest: int, wiring: Wiring
) -> list[Population]:
    """`vectors`, and `input` where an encoder sends spikes.

    Args:
        words: table of all vectors; a text's are fetched from it into a memory for the longest text.
        encoder: of the network.
        layout: of the batch.
        longest: tokens of the longest text.
        wiring: of the network; its synapses say how many bits of each value they read.
    """
    vocabulary, width = words.vocabulary, words.values.shape[1]
    values = float(layout.places.sum()) * width
    memory = longest * width
    bits = next((one.stored_bits for one in wiring.synapses if one.source == "vectors"), None)
    look_up = Work("look-up", memory=vocabulary * width, bits=bits, once=True)
    vectors = Population(
        "vectors", "embedding", "values", values, width, memory, bits, (look_up,), layout.places,
        words=vocabulary, codes=values, role="input",
    )  # fmt: skip
    if not encoder.spiking:
        return [vectors]
    polarities = encoder.polarities
    # The encoder's own work is that on a value, which has `polarities` neurons.
    work = [Work(name, times / polarities, memory) for name, times in encoder.each_step.items()]
    work += [Work(name, times / polarities, memory, once=True) for name, times in encoder.once.items()]
    work.append(Work("access", 1 / polarities, memory))  # the value is read at every step
    neurons = Population(
        "input",
        "encoder",
        "spikes",
        values * polarities,
        width * polarities,
        memory * polarities,
        work=tuple(work),
        places=layout.places,
        chances=layout.places.sum().expand(width * polarities),
        words=None if encoder.evaluated else vocabulary,  # draws differ each time
        codes=values,
        role="input",
    )
    return [vectors, neurons]
