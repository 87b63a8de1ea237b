"""Other forms than plain text: packed, records, workbooks, and what is none of them."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import time
import zipfile
from collections import Counter

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding
from spiketext.text.forms import lines as lines_module
from spiketext.text.forms import opening, workbook
from spiketext.text.readers import Row, read_rows

ROWS = [("good, film", 1), ("bad", 0)]
EXPECTED = [Row("good, film", 1), Row("bad", 0)]
CODING = Coding(["negative", "positive"])


def read(folder, name, content, **spec):
    path = folder / name
    path.write_bytes(content)
    return list(read_rows(path, TextFile(path=str(path), **spec), CODING))


def refused(folder, name, content, **spec):
    with pytest.raises(SpikeTextError) as caught:
        read(folder, name, content, **spec)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)
    return str(caught.value)


def csv_bytes():
    return b'text,label\n"good, film",1\nbad,0\n'


def json_lines(rows=ROWS):
    return b"".join(json.dumps({"text": text, "label": label}).encode() + b"\n" for text, label in rows)


def parquet(**columns):
    file = io.BytesIO()
    columns = columns or {"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]}
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def xlsx(*rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows or [("text", "label"), *ROWS]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


VALID = {
    "a.csv": csv_bytes(),
    "a.tsv": b"text\tlabel\ngood, film\t1\nbad\t0\n",
    "a.TAB": b"text\tlabel\ngood, film\t1\nbad\t0\n",
    "a.jsonl": json_lines(),
    "a.ndjson": json_lines(),
    "a.parquet": parquet(),
    "a.xlsx": xlsx(),
    "no-suffix": csv_bytes(),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", VALID)
def test_a_form_is_told_by_the_name_and_may_be_gzipped(tmp_path, name, packed):
    content = gzip.compress(VALID[name]) if packed else VALID[name]
    assert read(tmp_path, name + ".gz" * packed, content) == EXPECTED
    # What counts is what is in the file.
    assert read(tmp_path, name, content) == EXPECTED


def test_several_gzip_members_are_one_file(tmp_path):
    content = gzip.compress(csv_bytes()) + gzip.compress(b"more,1\n")
    assert read(tmp_path, "a.csv.gz", content) == [*EXPECTED, Row("more", 1)]


@pytest.mark.parametrize(
    "content", [gzip.compress(csv_bytes(), mtime=0)[:-6], b"\x1f\x8bjunk", b"\x1f\x8b\x08" + bytes(9)]
)
def test_damaged_gzip_is_named(tmp_path, content):
    message = refused(tmp_path, "a.csv", content)
    assert "damaged gzip" in message or "Not a gzipped file" in message
    assert "encoding" not in message


def ole():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, csv_bytes())
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(csv_bytes())
        archive.addfile(member, io.BytesIO(csv_bytes()))
    return file.getvalue()


def sqlite():
    base = sqlite3.connect(":memory:")
    base.execute("create table t (text, label)")
    return base.serialize()


WRONG = {
    "zip archive": zipped("a.csv"),
    "empty zip archive": zipped(),
    "damaged zip archive": b"PK\x03\x04junk",
    "Excel workbook": xlsx(),
    "xls": ole(),
    "OpenDocument": zipped("mimetype", "content.xml"),
    "bzip2": bz2.compress(csv_bytes()),
    "xz": lzma.compress(csv_bytes()),
    "Zstandard": b"\x28\xb5\x2f\xfd\x04\x00",
    "7-Zip": b"7z\xbc\xaf\x27\x1c\x00",
    "tar archive": tarred(),
    "Parquet": parquet(),
    "PDF": b"%PDF-1.7\n%\xe2\xe3\n",
    "HTML page": b"\n<!DOCTYPE html>\n<html><body>404",
    "XML": b'\xef\xbb\xbf<?xml version="1.0"?>\n<rss/>',
    "SQLite": sqlite(),
    "pickle": pickle.dumps({"text": ["a"], "label": [0]}),
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
    "JSON lines": json_lines(),
    "JSON array": json.dumps([{"text": "a", "label": 0}], indent=1).encode(),
    "JSON document": json.dumps({"text": {"0": "a"}, "label": {"0": 0}}, indent=1).encode(),
    "NUL bytes": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
}


@pytest.mark.parametrize("form", ["csv", "tsv", "label-text", "lines"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_form_is_named_as_what_it_is(tmp_path, what, packed, form):
    content = gzip.compress(WRONG[what]) if packed else WRONG[what]
    message = refused(tmp_path, "a.csv", content, format=form, label="0")
    assert what in message
    assert "encoding" not in message


@pytest.mark.parametrize("form", ["jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("what", ["PDF", "SQLite", "Git LFS pointer", "JSON array", "tar archive"])
def test_a_wrong_form_is_named_in_place_of_records_too(tmp_path, what, form):
    assert what in refused(tmp_path, "a", WRONG[what], format=form)


def test_text_in_place_of_packed_tables(tmp_path):
    assert "is no parquet file" in refused(tmp_path, "a.parquet", csv_bytes())
    assert "is no xlsx file" in refused(tmp_path, "a.xlsx", csv_bytes())
    assert "line 1: not valid JSON" in refused(tmp_path, "a.jsonl", csv_bytes())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_a_wide_encoding_is_named_and_then_read(tmp_path, encoding):
    content = csv_bytes().decode().encode(encoding)
    assert f"set `encoding: {encoding}`" in refused(tmp_path, "a.csv", content)
    assert read(tmp_path, "a.csv", content, encoding=encoding) == EXPECTED


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gb18030", "big5"])
def test_utf8_is_not_read_as_anything_else(tmp_path, encoding):
    """Most of these would read it without an error, as other characters."""
    content = "text,label\nné à l’été, très tôt,1\n好电影不错,0\n".encode()
    assert "is in UTF-8" in refused(tmp_path, "a.csv", content, encoding=encoding)
    own = "text,label\né,1\nç,0\n".encode("cp1252")
    assert read(tmp_path, "a.csv", own, encoding="cp1252") == [Row("é", 1), Row("ç", 0)]


def test_a_nul_within_a_text_has_its_line(tmp_path):
    content = b"text,label\n" + b"good,1\n" * 2000 + b"ba\0d,0\n"
    assert "line 2002: holds a NUL byte" in refused(tmp_path, "a.csv", content)


def test_an_endless_line_is_refused_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(lines_module, "LONGEST_LINE", 1000)
    content = b"text,label\nx,1\n" + b"y" * 1001 + b",0\n"
    assert "line 3: longer than 1,000 bytes" in refused(tmp_path, "a.csv", gzip.compress(content))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"text": "a", "label": 1.0, "other": [1]}', Row("a", 1)),
        ('{"text": 5, "label": "positive"}', Row("5", 1)),
        ('{"text": null, "label": null}', Row("", None)),
        ('{"text": "\\ud83d\\ude00 \\ud800", "label": 0}', Row("😀 \ufffd", 0)),
        ('{"text": "two\\nlines", "label": "0"}', Row("two lines", 0)),
    ],
)
def test_values_of_json(tmp_path, record, expected):
    assert read(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + record.encode() + b"\n\n") == [expected]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"text": "a"}', "line 2: no key 'label', but 'text'"),
        ('{"text": ["a"], "label": 1}', "line 2: 'text' holds a list, not a text"),
        ('{"text": "a", "label": 1', "line 2: not valid JSON"),
        ('["a", 1]', "line 2: no JSON object"),
        ('{"text": "a", "text": "b", "label": 1}', "a key stands twice"),
        ('{"text": "a", "label": true}', "'true' in line 2"),
        ("[" * 100_000, "line 2: not valid JSON"),
        ('{"text": 1' + "0" * 5000 + "}", "line 2: not valid JSON"),
    ],
)
def test_bad_json_has_its_line(tmp_path, record, expected):
    assert expected in refused(tmp_path, "a.jsonl", json_lines([("a", 0)]) + record.encode())


def test_where_in_records(tmp_path):
    table = {"text": ["a", "b", "c"], "label": [0, 1, 1], "fold": [1, 2, 1]}
    lines = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    expected = [Row("a", 0), Row("c", 1)]
    assert read(tmp_path, "a.parquet", parquet(**table), where={"fold": 1}) == expected
    content = "\n".join(map(json.dumps, lines)).encode()
    assert read(tmp_path, "a.jsonl", content, where={"fold": 1}) == expected


@pytest.mark.parametrize(
    "columns",
    [
        {"label": pa.array(["positive", "negative"]).dictionary_encode(), "text": ["good, film", "bad"]},
        {"label": [1.0, 0.0], "x": [[1], [2]], "text": ["good, film", "bad"]},
        {"text": pa.array(["good, film", "bad"], pa.large_string()), "label": pa.array([1, 0], pa.uint8())},
    ],
)
def test_types_of_parquet(tmp_path, columns):
    assert read(tmp_path, "a.parquet", parquet(**columns)) == EXPECTED


def test_bad_parquet_is_one_line(tmp_path):
    assert "no column 'text', but 'x'" in refused(tmp_path, "a.parquet", parquet(x=["a"], label=[0]))
    assert "row 1: 'text' holds a list" in refused(tmp_path, "a.parquet", parquet(text=[["a"]], label=[0]))
    assert "'7' in row 2" in refused(tmp_path, "a.parquet", parquet(text=["a", "b"], label=[0, 7]))
    assert "damaged Parquet" in refused(tmp_path, "a.parquet", parquet()[:-9])
    never = parquet(text=["a"], label=pa.array([2**62], pa.timestamp("us")))
    assert "out of range" in refused(tmp_path, "a.parquet", never)


def test_parquet_of_many_batches(tmp_path):
    n = 5000
    content = parquet(label=[i % 2 for i in range(n)], text=[f"t{i}" for i in range(n)])
    assert read(tmp_path, "a.parquet", content) == [Row(f"t{i}", i % 2) for i in range(n)]


def test_cells_of_a_workbook(tmp_path):
    rows = [
        (),
        ("label", "text", None, None),
        (1.0, "good, film"),
        (None, None),
        ("0", "bad", None, "a note"),
    ]
    assert read(tmp_path, "a.xlsx", xlsx(*rows)) == EXPECTED
    assert read(tmp_path, "a.xlsx", xlsx(*ROWS), text=0, label=1) == EXPECTED
    assert "no column 'text'" in refused(tmp_path, "a.xlsx", xlsx(("x", "label"), ("a", 1)))
    assert "'7' in row 3" in refused(tmp_path, "a.xlsx", xlsx(("text", "label"), ("a", 1), ("b", 7)))


def test_sheets_by_name(tmp_path):
    content = xlsx(title="Data")
    assert read(tmp_path, "a.xlsx", content, sheet="Data") == EXPECTED
    assert "no sheet 'data', but 'Data'" in refused(tmp_path, "a.xlsx", content, sheet="data")


def test_of_several_sheets_one_is_named(tmp_path):
    """The first may be a cover, or a part: it is never taken for the whole."""
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    data = book.create_sheet("Data")
    for row in [("text", "label"), *ROWS]:
        data.append(row)
    file = io.BytesIO()
    book.save(file)
    assert read(tmp_path, "a.xlsx", file.getvalue()) == EXPECTED  # the other one is empty
    book["Read me"].append(["About this file"])
    book.save(file := io.BytesIO())
    message = refused(tmp_path, "a.xlsx", file.getvalue())
    assert "2 sheets hold something, 'Read me', 'Data'; say which: `sheet`" in message
    assert read(tmp_path, "a.xlsx", file.getvalue(), sheet="Data") == EXPECTED


def rebuilt(content, **parts):
    """A workbook some of whose parts have other contents, by the end of their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            own = next((part for end, part in parts.items() if name.endswith(f"{end}.xml")), old.read(name))
            new.writestr(name, own)
    return file.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


def test_hostile_workbooks_end_soon(tmp_path, monkeypatch):
    began = time.monotonic()
    monkeypatch.setattr(workbook, "MOST_ROWS", 50_000)
    cell = '<c r="{0}{1}" t="inlineStr"><is><t>a</t></is></c>'
    far = SHEET.format(
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1">' + cell.format("A", 1) + "</row>"
        '<row r="99999999999">' + cell.format("A", 99999999999) + "</row></sheetData>"
    )
    assert "more than 50,000 rows" in refused(
        tmp_path, "a.xlsx", rebuilt(xlsx(), sheet1=far), text=0, label=0
    )
    empty = SHEET.format("<sheetData>" + "<row/>" * 60_000 + "</sheetData>")
    assert "more than 50,000 rows" in refused(tmp_path, "a.xlsx", rebuilt(xlsx(), sheet1=empty))
    bomb = rebuilt(xlsx(), sheet1=b" " * (opening.most_unpacked(0) + 10_000_000))
    assert "unpacks to" in refused(tmp_path, "a.xlsx", bomb)
    lol = '<!DOCTYPE x [<!ENTITY a "lollollol">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    entities = (
        lol
        + "]>"
        + SHEET.format('<sheetData><row><c t="inlineStr"><is><t>&j;</t></is></c></row></sheetData>')
    )
    assert "damaged Excel workbook" in refused(tmp_path, "a.xlsx", rebuilt(xlsx(), sheet1=entities))
    assert time.monotonic() - began < 60


def test_a_gzip_bomb_in_place_of_a_packed_table(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "most_unpacked", lambda size: 20 * size + 1000)
    content = gzip.compress(parquet() + bytes(10**6))
    assert "unpacks to more than" in refused(tmp_path, "a.parquet", content)


FORMS = ["csv", "tsv", "jsonl", "parquet", "xlsx", "label-text", "lines"]


def changed(content, changes):
    """The content with some bytes set, cut at one place."""
    content = bytearray(content)
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    return bytes(content)


CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6)
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet='ab,;\t|"\n\r0159\\{}[]:&\0é', max_size=120).map(str.encode),
    st.builds(changed, st.sampled_from([*VALID.values(), *map(gzip.compress, VALID.values())]), CHANGES),
    st.builds(lambda content, cut: content[:cut], st.sampled_from([*VALID.values()]), st.integers(0, 6000)),
    st.sampled_from([*WRONG.values()]),
)


def test_no_input_brings_any_other_error(tmp_path, tried):
    """Random bytes, text and damaged files, read as every form with and without a header row."""
    outcomes = Counter()
    path = tmp_path / "fuzz"

    @settings(max_examples=400, deadline=None)
    @given(CONTENT, st.sampled_from(["utf-8", "cp1252", "utf-16", "gb18030"]), st.booleans())
    def fuzz(content, encoding, by_number):
        path.write_bytes(content)
        for form in FORMS:
            columns = {"text": 0, "label": 1} if by_number or form == "lines" else {}
            spec = TextFile(path=str(path), format=form, encoding=encoding, **columns)
            tried()
            try:
                for row in read_rows(path, spec, CODING):
                    assert row.text == " ".join(row.text.split())
                    assert (row.label in (0, 1)) if row.text else row.label is None
                outcomes["read"] += 1
            except SpikeTextError as error:
                assert "\n" not in str(error)
                outcomes["refused"] += 1

    fuzz()
    assert outcomes["read"] > 100
