"""Collect the figures of all stages in seven tables."""

from spiketext.report.attacks.pairs import attack_pairs_frame
from spiketext.report.attacks.transfer import transfer_frame
from spiketext.report.load import load_study
from spiketext.report.names import Names
from spiketext.report.summary import (
    accuracy_frame,
    attack_frame,
    comparison_frame,
    energy_frame,
    energy_table_frame,
    pairs_frame,
    write_csv,
)
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write one CSV each for accuracy, energy, attacks and the comparisons of all."""
    study, output = load_study(snakemake.input, Names(**snakemake.params.names)), snakemake.output
    write_csv(output.accuracy, accuracy_frame(study))
    write_csv(output.energy, energy_frame(study))
    write_csv(output.attack, attack_frame(study))
    write_csv(output.transfer, transfer_frame(study))
    studies = study.each()
    write_csv(output.table, comparison_frame(studies))
    write_csv(output.energy_table, energy_table_frame(studies))
    write_csv(output.pairs, pairs_frame(studies))
    write_csv(output.attack_pairs, attack_pairs_frame(studies))


run(snakemake, main)
