"""Raw files of texts without a label → their word numbers, further words with vectors, report."""

import numpy as np

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.data import Embedding, Unlabelled
from spiketext.files import write_json
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.table import load_table
from spiketext.inputs.unlabelled import END
from spiketext.resources.manifest import raw_file
from spiketext.stage import run
from spiketext.text.unlabelled import corpus_hashes, gather


def main(snakemake):
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    spec, embedding = Unlabelled(**params.unlabelled), Embedding(**params.embedding)
    raw = [(raw_file(one, files.manifests), one) for one in spec.files]
    known = corpus_hashes(files.corpus, params.max_length)
    found = gather(raw, spec, params.language, params.max_length, known)
    rows = {word: row for row, word in enumerate(load_table(files.table, files.words)[0])}
    own = len(rows)
    ids = [rows.setdefault(token, len(rows)) for text in found.texts for token in text]
    further = list(rows)[own:]
    # As the table's own words have them: with the reductions and scales that were fitted for these.
    fitted = read_arrays(files.fit, Composition.layout(embedding))
    answer = Composition(embedding, lambda one: open_source(one, files.vector_manifests), fitted).embed(
        further
    )
    covered = answer.covered.any(1)
    arrays = {
        "ids": np.array(ids, dtype=np.int32),
        "offsets": np.concatenate([[0], np.cumsum([len(text) for text in found.texts])]).astype(np.int64),
        "words": np.frombuffer(END.join(further).encode(), dtype=np.uint8),
        "vectors": answer.vectors,
        "covered": covered,
    }
    write_arrays(output.texts, arrays)
    words = {"tokens": len(ids), "further_words": len(further), "of_these_with_a_vector": int(covered.sum())}
    write_json(output.report, found.report | words)


run(snakemake, main)
