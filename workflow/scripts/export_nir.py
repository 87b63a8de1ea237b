"""Export the spiking network of a stage as a NIR graph."""

import json

import nir

from spiketext.config.methods import Method
from spiketext.config.stages import STAGES
from spiketext.devices import prepare
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path
from spiketext.inputs.words import load_word_table
from spiketext.kinds import module_of
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.stage import run


def main(snakemake):
    """Read weights; write the graph, which says what it was made of."""
    params, files, names = snakemake.params, snakemake.input, snakemake.wildcards
    method = Method(**params.method)
    if not STAGES[names.stage].spiking:
        raise SpikeTextError(f"the network of the stage `{names.stage}` does not spike, so NIR cannot say it")
    words = load_word_table(files, method.inputs, prepare("cpu", 1, params.seed))
    weights, classes = load_weights(files.weights), list(params.classes)
    classifier = assemble.classifier(
        method, names.stage, words, len(classes), weights, params.steps, params.seed
    )
    graph = module_of(f"{assemble.ROOM}.{method.network.kind}", "nir").graph(
        classifier.network, int(names.tokens)
    )
    graph.metadata |= {
        **{name: getattr(names, name) for name in ("dataset", "method", "stage")},
        "seed": params.seed,
        "T": params.steps,
        "classes": json.dumps(classes, ensure_ascii=False),
    }
    with atomic_path(snakemake.output[0]) as partial, partial.open("wb+") as file:
        nir.write(file, graph)


run(snakemake, main)
