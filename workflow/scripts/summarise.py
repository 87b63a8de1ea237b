"""Collect the figures of all stages in three tables."""

from spiketext.files import read_json
from spiketext.report.frames import accuracy_frame, attack_frame, energy_frame, write_csv
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write one CSV for accuracy, energy and attacks each."""
    files, output = snakemake.input, snakemake.output
    write_csv(output.accuracy, accuracy_frame(map(read_json, files.evaluations)))
    write_csv(output.energy, energy_frame(map(read_json, files.energies)))
    write_csv(output.attack, attack_frame(map(read_json, files.attacks)))


run(snakemake, main)
