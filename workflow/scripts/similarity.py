"""Tell how near in sense to their originals the texts are that attacks on a data set have found."""

from spiketext.attack.encoder import load_encoder
from spiketext.attack.similarity import COLUMNS, Similarity
from spiketext.devices import prepare
from spiketext.files import read_json, write_json
from spiketext.progress import Progress
from spiketext.stage import run
from spiketext.tables import read_table


def main(snakemake):
    """Read the logs of the attacks; write a row for each."""
    files, params = snakemake.input, snakemake.params
    prepare("cpu", params.torch_threads, params.seed)
    similarity = Similarity(load_encoder(files.encoder))
    progress, rows = Progress("attacks", len(files.attacks)), []
    for figures, log in zip(files.attacks, files.attack_texts, strict=True):
        attack = read_json(figures)
        place = {key: attack[key] for key in ("method", "stage", "recipe", "mode")}
        rows.append({**place, "similarity": similarity.by_budget(read_table(log, list(COLUMNS)))})
        progress.advance()
    write_json(
        snakemake.output.figures, {"dataset": snakemake.wildcards.dataset, "seed": params.seed, "rows": rows}
    )


run(snakemake, main)
