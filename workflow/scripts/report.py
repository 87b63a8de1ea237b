"""Write the report: one HTML page and the same as Markdown; and where the results come from."""

from pathlib import Path

from spiketext.files import read_json, write_json
from spiketext.report import machine
from spiketext.report.document import write
from spiketext.report.load import load_dataset_files, load_study
from spiketext.report.names import names_of
from spiketext.report.page import build
from spiketext.report.summary import write_csv
from spiketext.report.systems import systems_frame
from spiketext.report.training_time import times
from spiketext.stage import run


def main(snakemake):
    """Read the results of all stages; write the report."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    names = names_of(params.settings)
    resources = [read_json(path) for path in files.manifests]
    record = machine.record(params.benchmarks, resources, params.settings)
    studies = load_study(files, names).each()
    compared = systems_frame(studies, times(params.benchmarks))
    document = build(
        params.settings,
        studies,
        load_dataset_files(files, names),
        resources,
        machine.sentences(record),
        compared,
        {path.stem: path for path in map(Path, files.overviews)},
    )
    write_csv(output.systems, compared)
    write(document, Path(output.page), Path(output.markdown))
    write_json(output.provenance, record)
    for path in params.former:
        Path(path).unlink(missing_ok=True)


run(snakemake, main)
