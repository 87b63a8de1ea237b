"""Pack a study's tables, figures and what they were computed from, for the supplement of a paper."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

# What is packed, from the results folder. Neither texts nor word vectors, which are third parties'.
TABLES = (
    "study.json",
    "report.html",
    "summary/*",
    "*/figures/*.svg",
    "*/text/report.json",
    "*/embeddings/**/report.json",
    "*/*/seed*/*.json",
    "*/*/seed*/evaluation/*",
    "*/*/seed*/attack/*/*/*.json",
    "*/*/seed*/transfer/*.json",
    "*/similarity/*.json",
    "benchmarks/**/*.tsv",
)
WEIGHTS = "*/*/seed*/*.safetensors"
SHARD = re.compile(r"\.\d+\.json$")  # of an attack: its rows hold the texts
LIST = "SHA256SUMS"  # of all other files, as `sha256sum --check` reads it
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: the same files make the same archive


def add_arguments(parser: ArgumentParser) -> None:
    """See `spiketext.__main__`."""
    parser.add_argument("results", type=Path, help="results folder of a study that was run to its report")
    parser.add_argument("--output", type=Path, help="the zip file; else FOLDER.zip beside the folder")
    parser.add_argument("--weights", action="store_true", help="the trained networks too")


def run(arguments: Namespace) -> int:
    """Write the archive and say what is in it."""
    results = arguments.results.absolute()
    output = arguments.output or results.with_name(f"{results.name}.zip")
    packed = list(members(results, weights=arguments.weights))
    pack(results, packed, output)
    print(f"{output}: {len(packed)} files, and {LIST} for `sha256sum --check`")
    return 0


def members(results: Path, *, weights: bool) -> Iterator[Path]:
    """Files to pack, sorted.

    Raises:
        SpikeTextError: it is no results folder with a report.
    """
    from spiketext.errors import SpikeTextError

    if not (results / "summary" / "provenance.json").is_file():
        raise SpikeTextError(f"{results} holds no study with a report: run it to the end first")
    found = {
        path
        for pattern in (*TABLES, *([WEIGHTS] if weights else []))
        for path in results.glob(pattern)
        if path.is_file() and not path.name.startswith(".") and not SHARD.search(path.name)
    }
    yield from sorted(found)


def pack(results: Path, paths: list[Path], output: Path) -> None:
    """Write files of the results folder to a zip file; the same files give the same bytes."""
    import hashlib
    import zipfile

    from spiketext.files import atomic_path

    sums = []
    with atomic_path(output) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            name, content = path.relative_to(results).as_posix(), path.read_bytes()
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            archive.writestr(zipfile.ZipInfo(name, DATE), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo(LIST, DATE), "".join(sums), zipfile.ZIP_DEFLATED)
