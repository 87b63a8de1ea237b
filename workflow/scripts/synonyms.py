"""Word table and lexicon → synonyms of each word, with their vectors."""

import logging

from spiketext.arrays import write_arrays
from spiketext.config.data import Embedding
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.embeddings.table import load_table
from spiketext.inputs.synonyms import collect
from spiketext.resources.lexicons import READERS
from spiketext.stage import run

log = logging.getLogger("spiketext.synonyms")


def main(snakemake):
    params, files = snakemake.params, snakemake.input
    lists = READERS[params.lexicon](files.lexicon)
    embedder = Embedder.load(
        files.table, files.words, files.fit, Embedding(**params.embedding), files.vector_manifests
    )
    words, _, _ = load_table(files.table, files.words)
    arrays = collect(words, lists, embedder)
    with_any = int((arrays["starts"][1:] > arrays["starts"][:-1]).sum())
    log.info("%d of %d words have synonyms, %d pairs", with_any, len(words) - 1, len(arrays["members"]))
    write_arrays(snakemake.output[0], arrays)


run(snakemake, main)
