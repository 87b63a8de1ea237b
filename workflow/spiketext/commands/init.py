"""`init`: from a file of labelled texts to a study that runs."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path
from shlex import quote
from typing import Any

from pydantic import ValidationError

from spiketext.commands.study_file import (
    ROOT,
    alike_but_for_capitals,
    check_texts,
    free_names,
    load_study,
    stem_of,
    study_text,
    unevenness,
)
from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError, printable
from spiketext.files import atomic_path
from spiketext.programs import path_of
from spiketext.text.forms.delimited import SEPARATORS
from spiketext.text.guess import Guess, guess
from spiketext.text.preview import (
    RECORDS,
    cells,
    check_separator,
    form_of,
    guess_encoding,
    guess_separator,
)

SHOWN = 70  # characters of an example
GUESSED = ("text", "label", "language", "encoding", "separator", "sheet")  # options that settle a guess
LANGUAGES = {"en": "English", "zh": "Chinese"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data file, and options for what may be guessed wrong."""
    parser.add_argument("data", type=Path, help="CSV, TSV, JSON lines, Parquet or xlsx; gzipped too")
    parser.add_argument("--text", metavar="COLUMN", help="column of the texts, by name or by number from 0")
    parser.add_argument("--label", metavar="COLUMN", help="column of the labels, likewise")
    parser.add_argument("--language", choices=["en", "zh"], help="language of the texts")
    parser.add_argument("--encoding", help="character encoding of the file, such as utf-8 or gb18030")
    parser.add_argument("--separator", help="what stands between the cells of a CSV: one character, or `tab`")
    parser.add_argument("--sheet", help="worksheet of an xlsx file that has several")
    parser.add_argument(
        "--out", type=Path, metavar="YAML", help="the study's file; else DATA.yaml, in this folder"
    )
    parser.add_argument(
        "--run",
        metavar="CORES",
        help="run the study on so many cores, or `all`; an earlier file of it is kept",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the study, unless it is kept, and say how to run it, or run it."""
    try:
        return _run(arguments)
    except SpikeTextError as error:
        option = re.search(r"--(?!run)[a-z]+", str(error))
        if not (arguments.run and option):
            raise
        raise SpikeTextError(f"{error} (with make own: OPTIONS='{option.group()} …')") from error


def _run(arguments: argparse.Namespace) -> int:
    data: Path = arguments.data
    _check_data(data)
    out = arguments.out or Path(f"{stem_of(data)}.yaml")
    if arguments.run and out.exists():
        _check_same_data(out, data)
        _refuse_options(arguments, out)
        print(f"{out} is there already and is kept.")
    else:
        file, guessed = _look(arguments, data)
        if out.exists():
            raise SpikeTextError(f"{out} is there already; delete it, or name another file: --out FILE.yaml")
        _write(arguments, data, out, file, guessed)
    # A name that begins with - would be an option.
    study = f"./{out}" if str(out).startswith("-") else str(out)
    words = [] if Path.cwd() == ROOT else ["-s", str(ROOT / "Snakefile")]
    words += ["--cores", arguments.run or "all", "--configfile", study]
    if not arguments.run:
        print("Next, type:\n\n  " + " ".join(map(quote, [_snakemake(), *words])) + "\n")
        return 0
    print(f"The report will be {load_study(out).results}/report.html.")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *words])


def _snakemake() -> str:
    """Snakemake of this environment, as it is typed here."""
    own = Path(sys.prefix) / "bin" / "snakemake"
    found = shutil.which("snakemake")
    if found is not None and own.exists() and own.samefile(found):
        return "snakemake"
    return path_of("snakemake")


def _check_same_data(out: Path, data: Path) -> None:
    config = load_study(out)
    files = [file.path for name in config.datasets for file in config.define.datasets[name].files]
    if not any(file is not None and data.exists() and data.samefile(file) for file in files):
        raise SpikeTextError(
            f"{out} is a study of other data than {data}; name another file: --out FILE.yaml"
        )


def _refuse_options(arguments: argparse.Namespace, out: Path) -> None:
    """A study that is kept would not heed them."""
    given = [f"--{name}" for name in GUESSED if getattr(arguments, name) is not None]
    if given:
        raise SpikeTextError(
            f"{out} is there already, so {', '.join(given)} would change nothing; edit {out}, or delete it"
        )


def _write(
    arguments: argparse.Namespace, data: Path, out: Path, file: dict[str, Any], guessed: Guess
) -> None:
    """Write, check and show what was guessed."""
    names = free_names(data)
    path = os.path.relpath(data, out.parent)
    with atomic_path(out) as partial:
        partial.write_text(study_text(names, data, path, file, guessed), encoding="utf-8")
        try:
            config = load_study(partial)
        except SpikeTextError as error:
            raise SpikeTextError(f"{data}: {str(error).removeprefix(f'{partial}: ')}") from error
        try:
            counts = check_texts(config.define.texts[names.dataset], config.seeds[0])
        except SpikeTextError as error:
            raise SpikeTextError(str(error) if str(data) in str(error) else f"{data}: {error}") from error
    _show(data, file, guessed, counts, arguments.language)
    apart = unevenness(guessed.labels)
    if apart:
        print(
            f"  {'classes':9} uneven: the largest has {apart} times as many texts as the smallest. "
            f"{out} has two lines to uncomment, `class_weights` and `metric`, if each is to count alike."
        )
    if guessed.passed_over:
        print(
            f"  {'label':9} {printable('; '.join(guessed.passed_over))}, so it is not taken for the label; "
            "if it is, name it: --label COLUMN"
        )
    if alike := alike_but_for_capitals(guessed.labels):
        print(
            f"  {'classes':9} {printable(', '.join(alike))} differ by capitals only and are classes of "
            f"their own; `labels` in {out} makes one class of several labels."
        )
    print(f"\nThe study is written to {out}, its results will be in {names.results}.")


def _check_data(data: Path) -> None:
    if data.is_dir():
        raise SpikeTextError(f"{data}: is a folder; name the file of texts in it")
    if not data.is_file():
        raise SpikeTextError(f"there is no file {data}; check its path")
    if not data.stat().st_size:
        raise SpikeTextError(f"{data}: is empty; check the file")


def _look(arguments: argparse.Namespace, data: Path) -> tuple[dict[str, Any], Guess]:
    """How to read the file, as keys of `TextFile`, and what it holds."""
    known = {"format": form_of(data)} if form_of(data) else {}
    spec = _spec(data, **known)
    file: dict[str, Any] = {"format": spec.form}
    if spec.form in ("csv", "tsv", "jsonl"):
        file["encoding"] = arguments.encoding or guess_encoding(data)
        spec = _spec(data, **file)
    elif arguments.encoding:
        raise SpikeTextError(f"{data}: a file of the form {spec.form} has no encoding; leave out --encoding")
    if spec.form == "csv":
        file["separator"] = arguments.separator or guess_separator(data, spec)
        spec = _spec(data, **file)
        if arguments.separator:
            check_separator(data, spec)
    elif arguments.separator:
        raise SpikeTextError(
            f"{data}: a file of the form {spec.form} has no separator; leave out --separator"
        )
    if arguments.sheet and spec.form != "xlsx":
        raise SpikeTextError(f"{data}: a file of the form {spec.form} has no sheets; leave out --sheet")
    if arguments.sheet:
        file["sheet"] = arguments.sheet
        spec = _spec(data, **file)
    guessed = guess(
        data,
        cells(data, spec),
        named=spec.form in RECORDS,
        text=arguments.text,
        label=arguments.label,
        language=arguments.language,
    )
    if guessed.header is not None:
        file["header"] = guessed.header
    return file | {"text": guessed.text, "label": guessed.label}, guessed


def _spec(data: Path, **keys: Any) -> TextFile:
    """How to read the file before its columns are known.

    Raises:
        SpikeTextError: its name or an option is not fit for the configuration.
    """
    try:
        return TextFile(path=str(data), text="0", label="1", **keys)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SpikeTextError(
            f"{data}: --{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
        ) from error


def _show(
    data: Path, file: dict[str, Any], guessed: Guess, counts: dict[str, Any], language: str | None
) -> None:
    """What was guessed or, of the language, given; and two rows."""
    header = {
        True: ", the first row names the columns",
        False: ", no header row: columns are numbers",
        None: "",
    }
    separator = file.get("separator")
    divided = f", {SEPARATORS.get(separator, repr(separator))} between cells" if separator else ""
    kept = f"{counts['kept']:,} of {counts['read']:,} are kept; the others are empty or copies"
    if counts["kept"] == counts["read"]:
        kept = f"{counts['read']:,}"
    labels = ", ".join(f"{label} × {count:,}" for label, count in guessed.labels.items())
    unlabelled = f"; {guessed.unlabelled:,} rows without a label are left out" if guessed.unlabelled else ""
    lines = {
        "form": f"{file['format']}{divided}{header[guessed.header]}",
        "encoding": file.get("encoding", ""),
        "text": f"column {guessed.text!r}",
        "label": f"column {guessed.label!r}: {labels}{unlabelled}",
        "language": LANGUAGES[guessed.language] + ("" if language else ", by the script of the texts"),
        "texts": kept,
    }
    print(f"{data}:")
    for name, line in lines.items():
        if line:
            print(f"  {name:9} {printable(line)}")
    for label, text in guessed.examples:
        line = printable(text)
        print(f"  {'example':9} {printable(label)} | {line[:SHOWN]}{'…' * (len(line) > SHOWN)}")
