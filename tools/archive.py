"""`make archive`: a paper's supplement in one file, the code at its commit and what studies have summed up.

It holds every file of the commit, `results/reference` among them, and of each results folder that is named
the summary, the report, the figures and the model cards: no data, no text beside those that a report shows,
no weights. `SHA256SUMS` lists all (`sha256sum -c SHA256SUMS`), `ARCHIVE.md` says what was run by which
commit. The same commit and results give the same bytes.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json
from spiketext.report.machine import commit

ROOT = Path(__file__).parents[1]
KEPT = (
    "report.html",
    "study.json",
    "summary/*",
    "*/figures/*.svg",
    "*/*/seed*/card.json",
)  # of a results folder
DATE = (1980, 1, 1, 0, 0, 0)  # the least that a zip file can say


def code(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the checkout's commit, by its path.

    Raises:
        SpikeTextError: there is no commit, or tracked files differ from it.
    """
    said = commit(root)
    if said["commit"] is None:
        raise SpikeTextError(f"{root} is no git checkout with a commit: an archive holds the code of one")
    if not said["clean"]:
        raise SpikeTextError(f"{root} has changes that are not committed: commit them, or put them aside")
    made = subprocess.run(["git", "-C", str(root), "archive", "HEAD"], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as files:
        for one in files:
            if one.isfile():
                found = files.extractfile(one)
                assert found is not None
                yield one.name, found.read()


def summed_up(results: Path) -> Iterator[tuple[str, bytes]]:
    """What is kept of a results folder, by its path in the archive.

    Raises:
        SpikeTextError: there is no summary in it.
    """
    if not (results / "summary/provenance.json").is_file():
        raise SpikeTextError(f"{results} has no summary: name the results folder of a study that has ended")
    for pattern in KEPT:
        for path in sorted(results.glob(pattern)):
            if path.is_file():
                yield (
                    f"results/{results.resolve().name}/{path.relative_to(results).as_posix()}",
                    path.read_bytes(),
                )


def about(root: Path, folders: Sequence[Path]) -> str:
    """`ARCHIVE.md`: the commit of the code, and which one made each results folder."""
    lines = ["# What is here", "", f"- Code: commit {commit(root)['commit']}."]
    for folder in folders:
        record = read_json(folder / "summary/provenance.json", sealed=False)
        changes = "" if record["clean"] else ", with uncommitted changes"
        lines.append(f"- results/{folder.resolve().name}: summed up by commit {record['commit']}{changes}.")
    return "\n".join([*lines, "", "`sha256sum -c SHA256SUMS` checks every file.", ""])


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """A zip file of these, and of their checksums, in the order of their names."""
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    every = {**files, "SHA256SUMS": sums.encode()}
    with atomic_path(path) as partial, ZipFile(partial, "w", ZIP_DEFLATED) as archive:
        for name in sorted(every):
            archive.writestr(ZipInfo(f"{path.stem}/{name}", DATE), every[name], ZIP_DEFLATED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the archive; 2, after one line, where something is missing."""
    parser = ArgumentParser(prog="python -m tools.archive", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("spiketext-archive.zip"), help="the file to write")
    parser.add_argument("results", nargs="*", type=Path, help="results folders of studies that have ended")
    options = parser.parse_args(arguments)
    try:
        names = [folder.resolve().name for folder in options.results]
        if len(set(names)) < len(names):
            raise SpikeTextError("two results folders have the same name: give one of them another")
        files = dict(code(ROOT))
        for folder in options.results:
            files |= dict(summed_up(folder))
        files["ARCHIVE.md"] = about(ROOT, options.results).encode()
        write(options.out, files)
    except SpikeTextError as error:
        print(f"archive: {error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(files):,} files, {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
