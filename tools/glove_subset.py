"""The GloVe vectors of `config/reference.yaml`, cut from Stanford's archive to the words that its texts need.

    python -m tools.glove_subset FOLDER [--mirror FILES]

writes `glove.6B.100d.subset.txt.gz`, whose checksum is that of the registry, into FOLDER; then

    snakemake --cores 2 --configfile config/reference.yaml --config mirror=FOLDER

runs. Data sets, synonyms and the archive (862 MB) are fetched like all resources, unless the folder or base
address FILES has them.
"""

import argparse
import gzip
import json
import logging
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from spiketext.config.load import load_config
from spiketext.config.resources import Resource
from spiketext.config.study import Definitions
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path
from spiketext.labels import Coding
from spiketext.progress import Progress
from spiketext.resources.fetch import fetch
from spiketext.resources.transfer import digest_of
from spiketext.text.readers import read_rows

ROOT = Path(__file__).parents[1]
RESOURCES = ROOT / "results" / "resources"  # where the workflow has them
# In the registry.
SUBSET, ARCHIVE, SYNONYMS = "glove-6b-100d-subset", "glove-6b-300d", "counterfitted-neighbours"
MEMBER = "glove.6B.100d.txt"
WIDTH, DIGITS = 100, 5
DATASETS = ("mr_full", "sst2", "sst5", "subj")
# Single punctuation marks, and words of at least two letters, digits or hyphens that begin with a letter.
FORM = re.compile(r"[!-/:-@\[-`{-~…]|[a-z][a-z0-9-]+")
LINES = 10_000  # between two lines about progress


def wanted(texts: Iterable[str], synonyms: Mapping[str, Collection[str]]) -> set[str]:
    """What stands between blanks in the texts, in lower case, and all synonyms of that."""
    tokens = {token for text in texts for token in text.lower().split()}
    return tokens.union(*(synonyms.get(token, ()) for token in tokens))


def cut(archive: Path, words: Collection[str], target: Path) -> int:
    """Write the lines of these words that have the form of `FORM`, in the archive's order.

    Args:
        archive: Stanford's zip file; it is read as a stream.
        words: see `wanted`.
        target: a gzipped text: a word, a blank, and values of five significant digits.

    Returns:
        The number of words written.

    Raises:
        SpikeTextError: the archive is damaged, lacks the vectors, or holds other ones.
    """
    count = 0
    try:
        with (
            zipfile.ZipFile(archive) as opened,
            opened.open(MEMBER) as member,
            target.open("wb") as file,
            # Neither name nor date, so that the same lines are the same bytes.
            gzip.GzipFile("", "wb", 9, file, mtime=0) as out,
        ):
            progress = Progress("reading the archive, bytes", opened.getinfo(MEMBER).file_size)
            for line in _lines(member, progress):
                word, _, values = line.partition(" ")
                if word in words and FORM.fullmatch(word):
                    out.write(f"{word} {_rounded(values, word, archive)}\n".encode())
                    count += 1
    except KeyError as error:
        raise SpikeTextError(f"{archive} has no {MEMBER}; it is not Stanford's glove.6B.zip") from error
    except (OSError, EOFError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error) as error:
        raise SpikeTextError(f"{archive} cannot be read ({error}); fetch it again") from error
    return count


def _lines(member: Iterable[bytes], progress: Progress) -> Iterator[str]:
    """Lines without their ends; every so often it is said how far they have come."""
    read = 0
    for number, line in enumerate(member, 1):
        read += len(line)
        if number % LINES == 0:
            progress.advance(read)
            read = 0
        yield line.decode().rstrip("\n")


def _rounded(values: str, word: str, archive: Path) -> str:
    numbers = values.split(" ")
    try:
        if len(numbers) != WIDTH:
            raise ValueError(f"{len(numbers)} values, not {WIDTH}")
        return " ".join(f"{float(number):.{DIGITS}g}" for number in numbers)
    except ValueError as error:
        raise SpikeTextError(f"{archive}: {MEMBER}: the line of {word!r}: {error}; fetch it again") from error


def check(path: Path, resource: Resource) -> None:
    """Refuse a file that is not the one of the registry.

    Raises:
        SpikeTextError: its checksum is another one.
    """
    if (found := digest_of(path)) != resource.sha256:
        raise SpikeTextError(
            f"the cut vectors have the sha256 {found}, not that of the registry, {resource.sha256}: archive "
            "or texts are others, or this Python packs with another zlib; try another build of Python"
        )


def _texts(define: Definitions, mirror: str | None) -> Iterator[str]:
    """All texts of the data sets."""
    for dataset in (define.texts[name] for name in DATASETS):
        for file in dataset.files:
            path = _fetched(str(file.resource), define.resources[str(file.resource)], mirror)
            for row in read_rows(path, file, Coding(dataset.classes, dataset.labels)):
                yield row.text


def _fetched(name: str, resource: Resource, mirror: str | None) -> Path:
    """The only file of a resource, fetched if it is not there."""
    (file,) = fetch(name, resource, RESOURCES / name, mirror)["files"]
    return RESOURCES / name / file


def main() -> None:
    """Fetch, cut, check, and say what to type next."""
    parser = argparse.ArgumentParser(prog="python -m tools.glove_subset", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("folder", type=Path, help="where the vectors go")
    parser.add_argument("--mirror", metavar="FILES", help="folder or base address that is asked first")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    define = load_config({}, []).define
    resource = define.resources[SUBSET]
    synonyms = _fetched(SYNONYMS, define.resources[SYNONYMS], chosen.mirror)
    words = wanted(_texts(define, chosen.mirror), json.loads(synonyms.read_text(encoding="utf-8")))
    whole = define.resources[ARCHIVE].model_copy(update={"members": {}})
    archive = _fetched("glove-6b", whole, chosen.mirror)
    target = chosen.folder / resource.file_name
    with atomic_path(target) as partial:
        count = cut(archive, words, partial)
        check(partial, resource)
    shutil.rmtree(archive.parent)
    print(f"{count:,} words are in {target}. Next, type:\n\n  snakemake --cores all --configfile "
          f"config/reference.yaml --config mirror={chosen.folder}\n")  # fmt: skip


if __name__ == "__main__":
    try:
        main()
    except SpikeTextError as error:
        sys.exit(f"ERROR {error}")
