"""Classify texts with a trained network, one a line."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

LISTED = 5  # texts that a warning names


def add_arguments(parser: ArgumentParser) -> None:
    """See `spiketext.__main__`."""
    add_network(parser)
    parser.add_argument("--json", action="store_true", help="a JSON object a line; else a table with tabs")
    parser.add_argument("--fast", action="store_true", help="neither spikes nor energy, in batches")
    parser.add_argument("--all-steps", action="store_true", help="run all steps, though the class is certain")
    parser.add_argument(
        "--margin",
        type=float,
        help="stop too once the best score a step leads by this much; this may change classes",
    )


def add_network(parser: ArgumentParser) -> None:
    """The arguments that choose a network and the texts."""
    parser.add_argument("folder", help="folder of a trained method, such as results/mr/sparse-20/seed1")
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="texts in UTF-8, one a line; else stdin; of sequences npz files",
    )
    parser.add_argument("--stage", help="dnn, converted, finetuned, trained, tuned or fitted; else the last")
    parser.add_argument("--steps", type=int, metavar="T", help="number of steps; else the study's")
    parser.add_argument("--cost-table", metavar="NAME", help="a cost table of the study; else its main one")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def run(arguments: Namespace) -> int:
    """Print one line a text."""
    from spiketext.energy.prices import STATEMENT
    from spiketext.errors import printable
    from spiketext.use.classifier import load

    classifier = load(
        arguments.folder, arguments.stage, cost_table=arguments.cost_table, device=arguments.device
    )
    found = classifier.stream(
        classifier.reader.items(arguments.files),
        steps=arguments.steps,
        margin=arguments.margin,
        all_steps=arguments.all_steps,
        counted=not arguments.fast,
    )
    if not arguments.fast:
        title = printable(classifier.costs.title)
        print(f"energy_uj: {STATEMENT}, by {classifier.cost_table} ({title})", file=sys.stderr)
    if arguments.json:
        for one in found:
            print(json.dumps({**vars(one), "cost_table": classifier.cost_table}, ensure_ascii=False))
        return 0
    print(*_cells("label", *classifier.classes, "steps", "spikes", "energy_uj"), sep="\t")
    unknown = []
    for place, one in enumerate(found, 1):
        if not one.known and one.label is not None:
            unknown.append(place)
        shares = [f"{share:.4f}" for share in one.probabilities.values()]
        energy = None if one.energy_uj is None else f"{one.energy_uj:.6g}"
        print(*_cells(one.label, *shares, one.steps, one.spikes, energy), sep="\t")
    if unknown:
        places = ", ".join(map(str, unknown[:LISTED])) + ", …" * (len(unknown) > LISTED)
        print(
            f"{len(unknown)} of these texts hold no word that the network knows, so their class says nothing "
            f"of them: {places}",
            file=sys.stderr,
        )
    return 0


def _cells(*values: object) -> Iterable[str]:
    """Cells without tabs and line breaks; nothing for None."""
    from spiketext.errors import printable

    return ("" if value is None else printable(str(value)) for value in values)
