"""`make mutate`: which mistakes the tests notice; writes the table of docs/tests.md.

`python -m mutations WORD …` tries only those mutations whose file or fault has one of the words in it, and
leaves the table alone.
"""

import sys
from collections.abc import Mapping, Sequence

from mutations.catalogue import ROOT, Mutation, key, load
from mutations.run import SURVIVED, Broken, attempts
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json, write_json

FOUND = ROOT / "results" / "mutations.json"  # what noticed each mutation, by its key: a killed run goes on
TABLE = ROOT / "docs" / "tests.md"
MARK = "<!-- from here on: made by `make mutate` -->"
BAR = 0.9  # share that must be noticed


def table(mutations: Sequence[Mutation], found: Mapping[Mutation, str]) -> str:
    """Markdown: the share, the survivors with reasons, then every mutation and what noticed it."""
    survivors = [one for one in mutations if found[one] == SURVIVED]
    share = 1 - len(survivors) / len(mutations)
    lines = [
        f"**{len(mutations) - len(survivors)} of {len(mutations)} mistakes are noticed ({share:.1%}).**",
        "",
        *(f"- Not noticed: {one.fault}; {one.survives or 'no reason is known'}." for one in survivors),
        *([""] if survivors else []),
        "| file | mistake | noticed by |",
        "|------|---------|------------|",
    ]
    for one in mutations:
        file = one.file.removeprefix("workflow/").removeprefix("spiketext/")
        lines.append(f"| {file} | {one.fault} | {found[one].removeprefix('tests/')} |")
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Try what has not been tried; exit status 1 if too few mutations are noticed."""
    mutations = [
        one for one in load() if not words or any(word in f"{one.file} {one.fault}" for word in words)
    ]
    keys = {one: key(one) for one in mutations}
    known = read_json(FOUND) if FOUND.exists() else {}
    rest = [one for one in mutations if keys[one] not in known]
    print(f"{len(mutations)} mutations, {len(mutations) - len(rest)} of them tried before", flush=True)
    FOUND.parent.mkdir(exist_ok=True)
    for place, (mutation, noticed) in enumerate(attempts(rest, ROOT) if rest else (), 1):
        known[keys[mutation]] = noticed
        write_json(FOUND, known)
        print(f"{place}/{len(rest)} {mutation.file}: {mutation.fault}: {noticed}", flush=True)
    text = table(mutations, {one: known[keys[one]] for one in mutations})
    print(text)
    if not words:
        prose = TABLE.read_text(encoding="utf-8").partition(MARK)[0]
        with atomic_path(TABLE) as partial:
            partial.write_text(f"{prose}{MARK}\n\n{text}\n", encoding="utf-8")
        write_json(FOUND, {keys[one]: known[keys[one]] for one in mutations})
    noticed = sum(known[keys[one]] != SURVIVED for one in mutations)
    return 0 if noticed >= BAR * len(mutations) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Broken, SpikeTextError, ValueError) as error:
        sys.exit(f"ERROR {error}")
