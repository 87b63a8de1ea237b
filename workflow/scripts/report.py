"""Write the report: one HTML page and the same as Markdown."""

from pathlib import Path

from spiketext.files import atomic_path, read_json
from spiketext.report import machine
from spiketext.report.load import load_dataset_files, load_findings
from spiketext.report.page import build
from spiketext.report.render import to_html, to_markdown
from spiketext.stage import run


def main(snakemake):
    """Read the results of all stages; write the report."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    provenance = [
        machine.commit(),
        f"Versions: {machine.versions()}",
        f"Report written on: {machine.machine()}",
        machine.time_taken(Path(params.benchmarks)),
    ]
    document = build(
        params.settings,
        load_findings(files, params.settings),
        load_dataset_files(files, params.settings),
        [read_json(path) for path in files.manifests],
        provenance,
    )
    pages = {
        output.page: to_html(document),
        output.markdown: to_markdown(document, Path(output.markdown).parent),
    }
    for path, text in pages.items():
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")


run(snakemake, main)
