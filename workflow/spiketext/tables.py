"""Tables on disk, as Parquet with a checksum in the file's metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spiketext.files import atomic_path
from spiketext.seal import NAME, ROOM, check_sealed_file, seal, unreadable, unusable


@contextmanager
def table_writer(path: str | Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A writer for the rows of a table; the file is there, whole, once the block has ended without an error.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            yield writer
            writer.add_key_value_metadata({NAME: ROOM})
        seal(partial)


def write_table(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table without its index, atomically.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with table_writer(path, table.schema) as writer:
        writer.write_table(table)


def open_table(path: str | Path, columns: list[str]) -> pq.ParquetFile:
    """Open a table to read it in parts.

    Args:
        path: the file.
        columns: what it must have; there may be more.

    Raises:
        SpikeTextError: the file is missing, damaged or lacks a column.
    """
    check_sealed_file(path)
    try:
        table = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    lacking = [name for name in columns if name not in table.schema_arrow.names]
    if lacking:
        raise unusable(path, f"does not fit (it lacks {', '.join(lacking)})")
    return table


def read_table(path: str | Path, columns: list[str]) -> pd.DataFrame:
    """Read some columns of a table.

    Raises:
        SpikeTextError: the file is missing, damaged or lacks a column.
    """
    return open_table(path, columns).read(columns).to_pandas()
