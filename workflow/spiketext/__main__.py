"""`python -m spiketext COMMAND …`: what can be done beside a run of the workflow.

A command is a module of `spiketext.commands` with `add_arguments(parser)` and `run(arguments)`, which returns
the exit status; its first line says what it does. Nothing heavy is imported before `run`.
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence

from spiketext.commands import explain, init, predict
from spiketext.errors import SpikeTextError

PROGRAM = "python -m spiketext"
COMMANDS = {
    "init": init,
    "predict": predict,
    "explain": explain,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what the user can mend is said in one line."""
    summaries = {name: (module.__doc__ or "").splitlines()[0] for name, module in COMMANDS.items()}
    parser = ArgumentParser(
        prog=PROGRAM,
        formatter_class=RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<10}{summary}" for name, summary in summaries.items()),
    )
    parser.add_argument("command", choices=COMMANDS, help="what to do, see below; COMMAND --help tells more")
    words = sys.argv[1:] if arguments is None else list(arguments)
    name = parser.parse_args(words[:1]).command
    command = COMMANDS[name]
    own = ArgumentParser(prog=f"{PROGRAM} {name}", description=summaries[name])
    command.add_arguments(own)
    chosen = own.parse_intermixed_args(words[1:])
    try:
        status: int = command.run(chosen)
        sys.stdout.flush()
    except SpikeTextError as error:
        print(f"spiketext {name}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
