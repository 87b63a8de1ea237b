"""Excel workbooks, through openpyxl, which is imported only when one is read."""

import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.files import most_unpacked
from spiketext.text.forms.columns import Raw, read_grid
from spiketext.text.forms.records import as_text

# Rows of a worksheet, as Excel itself bounds them.
MOST_ROWS = 2**20


def read_workbook(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[Raw]:
    """Texts and labels of one worksheet: the one of the name `spec.sheet`, else the only one that holds any.

    Raises:
        SpikeTextError: damaged file, missing sheet or column, several sheets and none named, or a file that
            unpacks to far more than its size.
    """
    yield from read_grid(sheet_rows(file, path, spec.sheet), path, spec, "row", "mend that row")


def sheet_rows(file: BinaryIO, path: str | Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row, all as wide as the first that holds anything; notes beside are none.

    Raises:
        SpikeTextError: see `read_workbook`.
    """
    width = 0
    for place, values in enumerate(_values(file, path, sheet), start=1):
        cells = [as_text(value) or "" for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            width = width or len(cells)
            yield place, [*cells, *[""] * width][:width]


def _values(file: BinaryIO, path: str | Path, sheet: str) -> Iterator[tuple[Any, ...]]:
    import openpyxl

    try:
        size = sum(member.file_size for member in zipfile.ZipFile(file).infolist())
        most = most_unpacked(file.seek(0, 2))
        if size > most:
            raise SpikeTextError(f"{path}: unpacks to {size:,} bytes, more than {most:,}; save it as CSV")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about looks and links, which are not read
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            found = [each for each in book.worksheets if not sheet or each.title == sheet]
            if not found:
                names = ", ".join(repr(each.title) for each in book.worksheets)[:200]
                raise SpikeTextError(f"{path}: no sheet {sheet!r}, but {names}; correct `sheet`")
            filled = [each for each in found if len(found) == 1 or _holds_any(each)]
            if len(filled) > 1:
                names = ", ".join(repr(each.title) for each in filled)[:200]
                raise SpikeTextError(
                    f"{path}: {len(filled)} sheets hold something, {names}; say which: `sheet`, or --sheet"
                )
            found = filled or found
            # The size that the sheet claims is not to be trusted: rows would be filled up to it.
            found[0].reset_dimensions()
            for number, values in enumerate(found[0].iter_rows(values_only=True), start=1):
                if number > MOST_ROWS:
                    raise SpikeTextError(f"{path}: more than {MOST_ROWS:,} rows; save it as CSV")
                yield values
    except SpikeTextError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads to
        raise SpikeTextError(
            f"{path}: damaged Excel workbook ({type(error).__name__}: {str(error)[:120]}); "
            "save it anew, or as CSV"
        ) from error


def _holds_any(sheet: Any) -> bool:
    """Whether any cell of a worksheet has a value."""
    sheet.reset_dimensions()
    return any(
        as_text(value) for row in islice(sheet.iter_rows(values_only=True), MOST_ROWS) for value in row
    )
