"""Vocabulary and vector files → table of word vectors, coverage and fitted reductions."""

import logging

import numpy as np

from spiketext.arrays import write_arrays
from spiketext.config.data import Embedding
from spiketext.files import read_json, write_json
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.table import build_table
from spiketext.seal import unusable
from spiketext.stage import run

log = logging.getLogger("spiketext.embed")


def main(snakemake):
    spec = Embedding.model_validate(snakemake.params.embedding)
    vocabulary = read_json(snakemake.input.vocabulary)
    words, counts = (vocabulary.get(key, []) for key in ("words", "counts"))
    if not words or len(counts) != len(words):
        raise unusable(snakemake.input.vocabulary, "does not fit (it lacks words or their counts)")
    manifests = snakemake.input.manifests
    sources = Composition(spec, lambda one: open_source(one, manifests))
    table = build_table(spec, sources, words, np.array(counts))
    coverage = table.report["coverage"]
    log.info("vectors for %.2f%% of the running words", 100 * coverage["tokens"])
    if table.report["warning"]:
        log.warning("%s", table.report["warning"])
    write_arrays(snakemake.output.table, {"vectors": table.vectors, "covered": table.covered})
    write_arrays(snakemake.output.fit, sources.fit())
    write_json(snakemake.output.words, {"words": table.words})
    write_json(snakemake.output.report, table.report)


run(snakemake, main)
