"""Classify texts with a trained network, one a line."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spiketext.use.classifier import TrainedClassifier

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


def load_network(arguments: Namespace) -> tuple["TrainedClassifier", Iterator[Any]]:
    """The network that is asked for, and what it is to read.

    Raises:
        SpikeTextError: a file is not there, which is seen before the network is loaded; or as `load` does.
    """
    from spiketext.errors import SpikeTextError
    from spiketext.use.classifier import load

    for path in arguments.files:
        if path != "-" and not Path(path).exists():
            raise SpikeTextError(f"{path} cannot be read (there is no such file); check its path")
    classifier = load(
        arguments.folder, arguments.stage, cost_table=arguments.cost_table, device=arguments.device
    )
    if doubts := classifier.reader.doubts(arguments.files):
        print(doubts, file=sys.stderr)
    return classifier, classifier.reader.items(arguments.files)


def run(arguments: Namespace) -> int:
    """Print one line a text."""
    from spiketext.energy.prices import STATEMENT
    from spiketext.errors import printable

    classifier, texts = load_network(arguments)
    found = classifier.stream(
        texts,
        steps=arguments.steps,
        margin=arguments.margin,
        all_steps=arguments.all_steps,
        counted=not arguments.fast,
    )
    if not arguments.fast:
        title = printable(classifier.costs.title)
        print(f"energy_uj: {STATEMENT}, by {classifier.cost_table} ({title})", file=sys.stderr)
    if not arguments.json:
        print(*_cells("label", *classifier.classes, "steps", "spikes", "energy_uj"), sep="\t")
    unknown, undecided = [], []
    for place, one in enumerate(found, 1):
        if one.label is not None and not one.known:
            unknown.append(place)
        elif one.label is not None and one.undecided:
            undecided.append(place)
        if arguments.json:
            print(json.dumps({**vars(one), "cost_table": classifier.cost_table}, ensure_ascii=False))
            continue
        shares = [f"{share:.4f}" for share in one.probabilities.values()]
        energy = None if one.energy_uj is None else f"{one.energy_uj:.6g}"
        print(*_cells(one.label, *shares, one.steps, one.spikes, energy), sep="\t")
    _warn(unknown, "hold no word that the network knows")
    _warn(undecided, "get the same score for several classes, the first of which is given")
    return 0


def _warn(places: list[int], what: str) -> None:
    """Name the texts of whose class nothing is known."""
    if places:
        listed = ", ".join(map(str, places[:LISTED])) + ", …" * (len(places) > LISTED)
        print(
            f"{len(places)} of these texts {what}, so their class says nothing of them: {listed}",
            file=sys.stderr,
        )


def _cells(*values: object) -> Iterable[str]:
    """Cells without tabs and line breaks; nothing for None."""
    from spiketext.errors import printable

    return ("" if value is None else printable(str(value)) for value in values)
