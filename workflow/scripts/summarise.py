"""Collect the figures of all stages in six tables."""

from spiketext.files import read_json
from spiketext.report.across import comparison_frame
from spiketext.report.energy_frame import energy_table_frame
from spiketext.report.frames import accuracy_frame, attack_frame, energy_frame, write_csv
from spiketext.report.load import evaluation, load_findings
from spiketext.report.pairs import pairs_frame
from spiketext.report.settings import Names
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write one CSV each for accuracy, energy, attacks and the comparisons of all."""
    files, output = snakemake.input, snakemake.output
    write_csv(output.accuracy, accuracy_frame(map(evaluation, files.evaluations)))
    write_csv(output.energy, energy_frame(map(read_json, files.energies)))
    write_csv(output.attack, attack_frame(map(read_json, files.attacks)))
    names = Names(**snakemake.params.names)
    found = load_findings(files, names)
    write_csv(output.table, comparison_frame(found))
    write_csv(output.energy_table, energy_table_frame(found))
    write_csv(output.pairs, pairs_frame(found))


run(snakemake, main)
