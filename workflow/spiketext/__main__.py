"""`python -m spiketext COMMAND …`: what can be done beside a run of the workflow.

A command is a module of `spiketext.commands` with `add_arguments(parser)` and `run(arguments)`, which returns
the exit status.
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from itertools import takewhile

from spiketext.errors import SpikeTextError, printable

PROGRAM = "python -m spiketext"
# Only the command that is asked for is imported.
COMMANDS = {
    "init": "look at a file of labelled texts, and write a study of them that runs",
    "predict": "classify texts with a trained network, one a line",
    "explain": "show which words of texts speak for which class, and through which neurons",
    "archive": "pack a study's tables, figures and what they were computed from, without the texts",
}


def _check_options(parser: ArgumentParser, words: Sequence[str]) -> None:
    """Name the option that was meant: argparse would take what follows an unknown one for a file."""
    known = [option for action in parser._actions for option in action.option_strings]
    for word in takewhile(lambda word: word != "--", words):
        name = word.partition("=")[0]
        if name.startswith("--") and not any(option.startswith(name) for option in known):
            near = get_close_matches(name, known, 1)
            parser.error(f"there is no option {name}" + (f"; did you mean {near[0]}?" if near else ""))


def _as_paths(words: Sequence[str]) -> list[str]:
    """What stands behind `--` are paths, whatever they begin with; intermixed arguments know no `--`."""
    before = list(takewhile(lambda word: word != "--", words))
    behind = words[len(before) + 1 :]
    return before + [f"./{word}" if word.startswith("-") and word != "-" else word for word in behind]


def _refused(error: OSError) -> str:
    """What the system says, and of which file."""
    what = error.strerror or str(error)
    return what if error.filename is None else f"{printable(str(error.filename))}: {what}; check the path"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what the user can mend is said in one line."""
    parser = ArgumentParser(
        prog=PROGRAM,
        formatter_class=RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<10}{summary}" for name, summary in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS, help="what to do, see below; COMMAND --help tells more")
    words = sys.argv[1:] if arguments is None else list(arguments)
    name = parser.parse_args(words[:1]).command
    command = import_module(f"spiketext.commands.{name}")
    own = ArgumentParser(prog=f"{PROGRAM} {name}", description=f"{COMMANDS[name].capitalize()}.")
    command.add_arguments(own)
    _check_options(own, words[1:])
    chosen = own.parse_intermixed_args(_as_paths(words[1:]))
    try:
        status: int = command.run(chosen)
        sys.stdout.flush()
    except SpikeTextError as error:
        print(f"spiketext {name}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"spiketext {name}: {_refused(error)}", file=sys.stderr)
        return 1
    except UnicodeEncodeError as error:
        odd = printable(ascii(error.object[error.start : error.end]))
        print(f"spiketext {name}: a name holds {odd}, which is no character; rename it", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
