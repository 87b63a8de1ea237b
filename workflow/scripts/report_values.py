"""Write the report on values: losses, a figure for each data set, one HTML page and the same as Markdown."""

from pathlib import Path

from spiketext.files import read_json, write_json
from spiketext.report import machine
from spiketext.report.document import write
from spiketext.report.figures import style
from spiketext.report.load import load_dataset_files
from spiketext.report.names import names_of
from spiketext.report.summary import write_csv
from spiketext.report.values.chart import loss_chart
from spiketext.report.values.losses import load, loss_frame
from spiketext.report.values.page import build
from spiketext.stage import run


def main(snakemake):
    """Read the results of all stages; write the report."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    names = names_of(params.settings)
    studies = load(files, names)
    write_csv(output.losses, loss_frame(studies))
    with style.settings():
        for one, path in zip(studies, output.figures, strict=True):
            style.save(loss_chart(one), path)
    resources = [read_json(path) for path in files.manifests]
    record = machine.record(params.benchmarks, resources, params.settings)
    document = build(
        params.settings,
        studies,
        load_dataset_files(files, names, output.figures),
        resources,
        machine.sentences(record),
    )
    write(document, Path(output.page), Path(output.markdown))
    write_json(output.provenance, record)


run(snakemake, main)
