"""Replay texts that attacks found on a DNN on the spiking network made from it, and the other way round."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

from spiketext.attack.modes import networks
from spiketext.attack.transfer import transferred
from spiketext.devices import prepare
from spiketext.evaluation.predictor import load_predictor
from spiketext.files import write_json
from spiketext.stage import run
from spiketext.tables import read_table
from spiketext.text.tokenisers import tokenise

COLUMNS = ["original", "perturbed", "label", "result"]


def main(snakemake):
    """Read both networks and the logs of the attacks on them; write a row for each log."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    device = prepare(params.device, params.torch_threads, params.seed)
    names = ("table", "words", "fit", "vectors_report", "vector_manifests")
    shared = {name: files.get(name) for name in names}
    settings = {name: getattr(params, name) for name in ("embedding", "classes", "max_length", "seed")}

    def load(side):
        return load_predictor(
            SimpleNamespace(**shared, weights=files.get(f"{side}_weights")),
            SimpleNamespace(**settings, **getattr(params, side)),
            device,
        )

    cut = partial(tokenise, language=params.language)
    places = {
        side: {key: getattr(params, side)[key] for key in ("name", "stage")} for side in ("dnn", "twin")
    }
    rows = []
    for source, target in (("dnn", "twin"), ("twin", "dnn")):
        asked = networks(load(target))
        for path in map(Path, files.get(f"{source}_logs")):
            found = read_table(path, COLUMNS)
            place = {"source": places[source], "target": places[target], "recipe": path.stem}
            rows += [
                {**place, "mode": path.parent.name, "target_mode": mode, **transferred(found, draws, cut)}
                for mode, draws in asked.items()
            ]
    place = {name: getattr(wildcards, name) for name in ("dataset", "method", "stage")}
    write_json(snakemake.output.figures, {**place, "seed": params.seed, "rows": rows})


run(snakemake, main)
