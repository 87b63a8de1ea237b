"""Write the model card of a method's networks: what it takes to use them."""

from pathlib import Path

import numpy as np

from spiketext.arrays import read_arrays
from spiketext.files import write_json
from spiketext.stage import run
from spiketext.use.card import Card, File, change_paths, relative, tokeniser_packages
from spiketext.version import VERSION


def main(snakemake):
    """Read the checksums of weights and vectors; write the card."""
    params, files, names = snakemake.params, snakemake.input, snakemake.wildcards
    path = Path(snakemake.output[0])
    folder = path.parent
    lengths = np.diff(read_arrays(files.tokens, only=["offsets"])["offsets"])
    vectors = {name: File.of(files[name], folder) for name in ("table", "words", "fit", "vectors_report")}
    values = {
        "spiketext": VERSION,
        "dataset": names.dataset,
        "title": params.title,
        "method": names.method,
        "seed": params.seed,
        "classes": params.classes,
        "tokeniser": {
            "language": params.language,
            "packages": tokeniser_packages(params.language),
            "max_length": params.max_length,
        },
        "longest": int(min(lengths.max(), params.max_length)),
        "definition": params.method,
        "own": params.own,
        "vectors": {
            "name": params.vectors,
            "definition": params.embedding,
            "manifests": [relative(one, folder) for one in params.manifests],
            **{name: file.model_dump() for name, file in vectors.items()},
        },
        "stages": {
            stage: {"weights": File.of(files[stage], folder).model_dump(), "steps": steps}
            for stage, steps in params.steps.items()
        },
        "cost_tables": params.tables,
    }
    values = change_paths(values, lambda one: relative(one, folder))
    write_json(path, Card.model_validate(values).model_dump(mode="json", exclude_unset=True))


run(snakemake, main)
