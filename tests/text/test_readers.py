import pytest

from spiketext.config import TextFile
from spiketext.errors import SpikeTextError
from spiketext.text.readers import Row, read_rows

CLASSES = ["negative", "positive"]


@pytest.fixture
def read(tmp_path):
    def read(content, **spec):
        path = tmp_path / "raw.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_rows(path, TextFile(path=str(path), **spec), CLASSES))

    return read


def refused(read, content, **spec):
    with pytest.raises(SpikeTextError) as caught:
        read(content, **spec)
    message = str(caught.value)
    assert "\n" not in message
    assert "raw.txt" in message
    return message


def test_csv_fields_may_hold_newlines_quotes_and_commas(read):
    rows = read('label,text\n1,"two\nlines, and a ""quote"""\n0,plain\n')
    assert rows == [Row('two lines, and a "quote"', 1), Row("plain", 0)]


def test_csv_with_carriage_returns_byte_order_mark_and_blank_lines(read):
    assert read("\ufefftext,label\r\na b,0\r\n\r\nc,1\r\n") == [Row("a b", 0), Row("c", 1)]


def test_where_keeps_only_matching_rows_before_labels_are_looked_at(read):
    content = "text,label,source\na,0,mine\nb,strange,other\nc,1,mine\n"
    assert read(content, where={"source": "mine"}) == [Row("a", 0), Row("c", 1)]


def test_tsv_has_no_quoting(read):
    assert read('text\tlabel\n"half a quote\t1\nit, is\t0\n', format="tsv") == [
        Row('"half a quote', 1),
        Row("it, is", 0),
    ]


def test_label_text_in_cp1252_with_an_ellipsis_byte(read):
    content = b"1 good \x85 and caf\xe9\n0 bad"
    assert read(content, format="label-text", encoding="cp1252") == [Row("good … and café", 1), Row("bad", 0)]


def test_next_line_character_does_not_end_a_line(read):
    assert read("1 one\x85two\u2028three\n", format="label-text") == [Row("one two three", 1)]


def test_lines_carry_the_label_of_the_file(read):
    assert read("很好\n\n不错\n", format="lines", label=1) == [Row("很好", 1), Row("", None), Row("不错", 1)]


def test_utf16(read):
    assert read("好\n坏\n".encode("utf-16"), format="lines", label=0, encoding="utf-16") == [
        Row("好", 0),
        Row("坏", 0),
    ]


def test_labels_may_be_class_names(read):
    assert read("text,label\na,positive\nb, negative \n") == [Row("a", 1), Row("b", 0)]


def test_class_names_that_are_numbers_win_over_places(tmp_path):
    path = tmp_path / "stars.csv"
    path.write_text("text,label\na,1\nb,2\n")
    assert [row.label for row in read_rows(path, TextFile(path=str(path)), ["1", "2"])] == [0, 1]


def test_empty_texts_need_no_label(read):
    assert read("text,label\n,\n  ,7\nx,1\n") == [Row("", None), Row("", None), Row("x", 1)]


def test_rows_come_one_by_one(tmp_path):
    path = tmp_path / "raw.csv"
    path.write_text("text,label\na,0\nb,1\nc,broken\n")
    rows = read_rows(path, TextFile(path=str(path)), CLASSES)
    assert [next(rows), next(rows)] == [Row("a", 0), Row("b", 1)]
    with pytest.raises(SpikeTextError, match="line 4"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "spec", "expected"),
    [
        (b"text,label\nfine,0\nbad \xff,1\n", {}, ["line 3", "0xff", "encoding"]),
        ("好\n".encode("utf-16") + b"\x00", {"format": "lines", "label": 0, "encoding": "utf-16"}, ["line"]),
        ("review,label\na,0\n", {}, ["line 1", "no column 'text'", "review, label"]),
        ("text,label\na,0\n", {"where": {"source": "x"}}, ["no column 'source'"]),
        ('text,label\n"a\nb",0\nc,2\n', {}, ["line 4", "'2'", "0 … 1"]),
        ("5 what\n", {"format": "label-text"}, ["line 1", "'5'"]),
        ("text\n", {"format": "lines", "label": 3}, ["line 1", "'3'"]),
        ("text,label\na,0\nb\n", {}, ["line 3", "1 columns"]),
        ('text,label\na,0\n"never closed,1\nc,0\n', {}, ["line 3", "not valid csv"]),
        ('text,label\n"a" b,0\n', {}, ["line 2", "not valid csv"]),
    ],
)
def test_bad_input_is_one_line_with_file_and_line(read, content, spec, expected):
    message = refused(read, content, **spec)
    for part in expected:
        assert part in message


def test_missing_file_is_named(tmp_path):
    path = tmp_path / "absent.csv"
    with pytest.raises(SpikeTextError, match=r"absent\.csv: cannot be read"):
        next(read_rows(path, TextFile(path=str(path)), CLASSES))
