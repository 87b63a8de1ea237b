"""Collect the figures of all stages in six tables."""

from spiketext.report.across import comparison_frame
from spiketext.report.energy_frame import energy_table_frame
from spiketext.report.frames import accuracy_frame, attack_frame, energy_frame, write_csv
from spiketext.report.load import load_study
from spiketext.report.pairs import pairs_frame
from spiketext.report.settings import Names
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write one CSV each for accuracy, energy, attacks and the comparisons of all."""
    study, output = load_study(snakemake.input, Names(**snakemake.params.names)), snakemake.output
    write_csv(output.accuracy, accuracy_frame(study))
    write_csv(output.energy, energy_frame(study))
    write_csv(output.attack, attack_frame(study))
    studies = study.each()
    write_csv(output.table, comparison_frame(studies))
    write_csv(output.energy_table, energy_table_frame(studies))
    write_csv(output.pairs, pairs_frame(studies))


run(snakemake, main)
