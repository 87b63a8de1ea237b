"""Attack a trained classifier on a sample of test sentences."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from spiketext.attack.run import SampleAttack, write_rows
from spiketext.attack.sample import read_sample
from spiketext.attack.store import RowStore
from spiketext.config.attacks import Recipe
from spiketext.devices import prepare
from spiketext.errors import SpikeTextError
from spiketext.evaluation.predictor import load_predictor
from spiketext.files import read_json, write_json
from spiketext.provenance import fingerprint
from spiketext.stage import run
from spiketext.text.tokenisers import tokenise


def main(snakemake):
    """Read the network and the sample; write figures and rows of all texts, or the rows of one shard."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    recipe = Recipe(**params.recipe)
    device = prepare(params.device, params.torch_threads, params.seed)
    predictor = load_predictor(files, params, device)
    examples = read_sample(files.corpus, files.split, params.sample, params.seed)
    output = Path(snakemake.output[0])
    network = [files.weights, files.table, files.words, files.fit, files.vectors_report]
    key = fingerprint(
        dict(params),
        recipe.name,
        wildcards.mode,
        list(map(asdict, examples)),
        files=[*network, *files.vector_manifests, *files.vector_files, *files.recipe_manifests],
    )
    attack = SampleAttack(
        recipe,
        predictor,
        partial(tokenise, language=params.language),
        params.max_length,
        examples,
        files.recipe_manifests,
        params.query_batch,
        params.seed,
        wildcards.mode,
        params.draws,
    )
    store = RowStore(output.with_suffix(".partial.jsonl"), key)
    shards = files.get("shards", [])
    rows = [row for path in shards for row in read_json(path)["rows"]]
    if not shards:
        rows = attack.run(store, slice(*params.texts))
    elif [row["id"] for row in rows] != [example.id for example in examples]:
        raise SpikeTextError(
            f"the shards of {output} are not those of this sample, as `attack: shard` was another; delete "
            f"{', '.join(Path(path).name for path in shards)} and run again"
        )
    if wildcards.get("shard"):
        write_json(output, {"rows": rows})
    else:
        figures = attack.summary(rows)
        names = {name: getattr(wildcards, name) for name in ("dataset", "method", "mode", "recipe")}
        write_rows(snakemake.output.rows, rows)
        write_json(output, {**names, "seed": params.seed, "stage": params.stage, **figures})
    store.delete()


run(snakemake, main)
