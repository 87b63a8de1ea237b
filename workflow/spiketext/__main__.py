"""`python -m spiketext COMMAND …`: each command is a module of `spiketext.commands`.

Such a module offers `add_arguments(parser)` and `run(arguments) -> int`, the exit status.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from spiketext.errors import SpikeTextError

COMMANDS = {
    "init": "look at a file of labelled texts, and write a study for it",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words of the command line name; returns the exit status."""
    words = sys.argv[1:] if words is None else list(words)
    parser = argparse.ArgumentParser(prog="python -m spiketext", description="SpikeText's commands.")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        own = parsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in words[:1]:  # the others are not imported: some need torch
            import_module(f"spiketext.commands.{name}").add_arguments(own)
    arguments = parser.parse_args(words)
    try:
        return int(import_module(f"spiketext.commands.{arguments.command}").run(arguments))
    except SpikeTextError as error:
        print(f"spiketext {arguments.command}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
