"""Files of arrays → numbers of elements, their table, reports and statistics."""

import numpy as np

from spiketext.arrays import write_arrays
from spiketext.config.sequences import SequenceSet
from spiketext.files import write_json
from spiketext.resources.manifest import raw_file
from spiketext.sequences.dataset import read_sequences
from spiketext.sequences.elements import names
from spiketext.sequences.reports import lengths_of, report, vectors_report
from spiketext.stage import run
from spiketext.text.encode import length_statistics, write_statistics


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    spec = SequenceSet.model_validate(params.dataset)
    located = {file.origin: raw_file(file, snakemake.input.manifests) for file in spec.files}
    found = read_sequences(spec, [located[file.origin] for file in spec.files])
    lengths = lengths_of(found, spec)
    arrays = {name: getattr(found, name) for name in ("ids", "offsets", "labels", "split")}
    write_arrays(output.tokens, arrays)
    write_statistics(output.statistics, lengths, spec.classes, spec.max_length)
    write_json(output.report, report(found, spec) | {"lengths": length_statistics(lengths, spec.max_length)})
    covered = np.arange(len(found.vectors)) > 0
    write_arrays(output.table, {"vectors": found.vectors, "covered": covered})
    write_json(output.words, {"words": names(found.vectors)})
    write_arrays(output.fit, {"places": found.places, "scale": np.array([spec.scale])})
    write_json(output.vectors_report, vectors_report(found))


run(snakemake, main)
