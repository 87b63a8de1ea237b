"""Word table and lexicon → the table of retrofitted vectors, with all words of the lexicon that have one."""

import logging

import numpy as np

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.data import Embedding
from spiketext.files import read_json, write_json
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.positive import scale
from spiketext.inputs.embeddings.retrofitting import graph, retrofit
from spiketext.inputs.embeddings.table import load_table
from spiketext.resources.lexicons import READERS
from spiketext.stage import run

log = logging.getLogger("spiketext.retrofit")


def main(snakemake):
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    spec = Embedding(**params.embedding)
    lists = READERS[params.lexicon](files.lexicon)
    words, vectors, covered = load_table(files.table, files.words)
    report = read_json(files.report)
    others = sorted({one for word, near in lists.items() for one in (word, *near)} - {*words})
    fitted = read_arrays(files.fit, Composition.layout(spec))
    sources = Composition(spec, lambda one: open_source(one, files.vector_manifests), fitted)
    found = sources.embed(others)
    known = found.covered.any(axis=1)
    words = [*words, *(word for word, has in zip(others, known, strict=True) if has)]
    vectors = np.concatenate([vectors, found.vectors[known]])
    covered = np.concatenate([covered, known[known]])
    neighbours = graph(words, lists, covered)
    vectors = retrofit(vectors, neighbours, spec.retrofitting)
    drawn = int((np.diff(neighbours.indptr) > 0).sum())
    log.info("%d of %d words have synonyms, %d pairs", drawn, len(words) - 1, neighbours.nnz // 2)
    corpus = slice(0, report["words"] + 1)  # the padding, too, which is not covered
    mean, std = scale(vectors[corpus][covered[corpus]])
    changed = {"mean": mean, "std": std, "extra_words": len(words) - 1 - report["words"]}
    write_arrays(output.table, {"vectors": vectors, "covered": covered})
    write_json(output.words, {"words": words})
    write_json(output.report, report | changed)


run(snakemake, main)
