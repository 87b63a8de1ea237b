"""Texts one a line: what would be read as other texts than the study's is refused."""

import pytest

from spiketext.errors import SpikeTextError
from spiketext.use.lines import read_lines


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"a film\r\nanother\r\n", ["a film", "another"]),
        (b"\xef\xbb\xbfa film\na \r in it\nlast", ["a film", "a \r in it", "last"]),
        (b"", []),
    ],
)
def test_lines(tmp_path, content, texts):
    (tmp_path / "texts").write_bytes(content)
    assert list(read_lines([str(tmp_path / "texts")])) == texts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a film\nanother\n".encode("utf-16-le"), "line 1: holds a zero byte"),
        (b"a film\ranother\r", "its lines end with CR alone"),
        (b"good\n\xff\n", "line 2: this is no UTF-8"),
    ],
)
def test_what_is_no_such_file(tmp_path, content, said):
    (tmp_path / "texts").write_bytes(content)
    with pytest.raises(SpikeTextError, match=said):
        list(read_lines([str(tmp_path / "texts")]))
