import pytest

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding
from spiketext.text.readers import Reading, Row, read_rows

CODING = Coding(["negative", "positive"])


@pytest.fixture
def read(tmp_path):
    """Rows of a file with this content, as text or bytes; `reading` is filled in."""

    def read(content, *, name="raw.txt", coding=CODING, reading=None, **spec):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_rows(path, TextFile(path=str(path), **spec), coding, reading))

    return read


@pytest.fixture
def refused(read):
    """The one line with which a file is refused."""

    def refused(content, **spec):
        with pytest.raises(SpikeTextError) as caught:
            read(content, **spec)
        message = str(caught.value)
        assert "\n" not in message
        assert spec.get("name", "raw.txt") in message
        return message

    return refused


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


def test_empty_texts_need_no_label(read):
    assert read("text,label\n,\n  ,7\nx,1\n") == [Row("", None), Row("", None), Row("x", 1)]


def test_rows_come_one_by_one(tmp_path):
    path = tmp_path / "raw.csv"
    path.write_text("text,label\na,0\nb,1\nc,broken\n")
    rows = read_rows(path, TextFile(path=str(path)), CODING)
    assert [next(rows), next(rows)] == [Row("a", 0), Row("b", 1)]
    with pytest.raises(SpikeTextError, match="line 4"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "spec", "expected"),
    [
        (b"text,label\nfine,0\nbad \xff,1\n", {}, ["line 3", "0xff", "encoding"]),
        ("好\n".encode("utf-16") + b"\x00", {"format": "lines", "label": 0, "encoding": "utf-16"}, ["line"]),
        ("review,label\na,0\n", {}, ["line 1", "no column 'text'", "'review', 'label'"]),
        ("text,label\na,0\n", {"where": {"source": "x"}}, ["no column 'source'"]),
        ('text,label\n"a\nb",0\nc,2\n', {}, ["'2' in line 4", "1 in all"]),
        ("5 what\n", {"format": "label-text"}, ["'5' in line 1"]),
        ("text\n", {"format": "lines", "label": 3}, ["'3' in line 1"]),
        ("text,label\na,0\nb\n", {}, ["line 3 has 1 cell where the header has 2; mend that line"]),
        (
            "label,text\n0,bad\n\n0,bad, really bad\n",
            {},
            ["line 4 has 3 cells where the header has 2; a comma"],
        ),
        (
            'text;label\n"a;b";0\na;b;0\n',
            {},
            ["line 3 has 3 cells", "a semicolon within a text needs quotes"],
        ),
        ("text\tlabel\na\tb\t0\n", {"format": "tsv"}, ["line 2 has 3 cells", "a tab within a text must"]),
        ("good,0\nbad,x,0\n", {"text": 0, "label": 1}, ["line 2 has 3 cells where line 1 has 2"]),
        ("text,text,label\na,b,0\n", {}, ["line 1", "'text' stands 2 times"]),
        ("text,label\n", {}, ["no rows"]),
        ("", {}, ["no rows"]),
        ('text,label\na,0\n"never closed,1\nc,0\n', {}, ["line 3", "not valid csv"]),
        ('text,label\n"a" b,0\n', {}, ["line 2", "not valid csv"]),
        ('label,text\n0, "a, b"\n', {}, ["line 2 has 3 cells", "no blank before them"]),
    ],
)
def test_bad_input_is_one_line_with_file_and_line(refused, content, spec, expected):
    message = refused(content, **spec)
    for part in expected:
        assert part in message


def test_missing_file_is_named(tmp_path):
    path = tmp_path / "absent.csv"
    with pytest.raises(SpikeTextError, match=r"absent\.csv: cannot be read"):
        next(read_rows(path, TextFile(path=str(path)), CODING))


def test_a_column_that_is_not_used_may_stand_twice(read):
    assert read("text,label,,\na,0,x,y\n") == [Row("a", 0)]


@pytest.mark.parametrize(
    ("separator", "content"),
    [
        (",", "text,label\na;b|c,0\n"),
        (";", "\ufefftext;label\na, b, c, d;0\ne;1\n"),
        ("\t", "text\tlabel\na, b\t0\n"),
        ("|", 'text|label\n"a|b"|0\n'),
        (";", "label;text\n0;one, two\n1;one\n"),
    ],
)
def test_the_separator_is_the_one_that_makes_the_columns_exist(read, separator, content):
    reading = Reading()
    assert len(read(content, reading=reading)) == reading.rows == content.count("\n") - 1
    assert reading.separator == separator


def test_without_names_the_separator_is_the_one_with_rows_of_one_width(read):
    reading = Reading()
    assert read("0;a, b\n1;c\n", text=1, label=0, reading=reading) == [Row("a, b", 0), Row("c", 1)]
    assert reading.separator == ";"


def test_a_separator_that_is_set_counts(read, refused):
    assert read("text^label\na,b^0\n", separator="^") == [Row("a,b", 0)]
    assert read("text\tlabel\na,b\t0\n", separator="tab") == [Row("a,b", 0)]
    assert "no column 'text', but 'text,label'" in refused("text,label\na,0\n", separator=";")


def test_columns_by_number_mean_no_header_row(read):
    rows = [Row("Title, long", 1), Row("b", 0)]
    assert read('"1","Title, long","x"\n"0","b","y"\n', text=1, label=0) == rows
    assert read("1\tTitle, long\n0\tb\n", format="tsv", text="1", label="0") == rows
    assert read("1,a,7\n0,b,8\n", text=1, label=0, where={2: "8.0"}) == [Row("b", 0)]


def test_a_number_that_names_a_column_is_that_name(read):
    assert read("1,0\na,1\n", text="1", label="0") == [Row("a", 1)]
    assert read("text,7,1\na,0,1\n", text="text", label="7") == [Row("a", 0)]


def test_header_row_as_said(read, refused):
    assert read("x,y\na,1\n", text=0, label=1, header=True) == [Row("a", 1)]
    assert read("1,0\na,1\n", text=0, label=1, header=False, coding=Coding(["0", "1"])) == [
        Row("1", 0),
        Row("a", 1),
    ]
    assert "no column '2'" in refused("a,1\n", text=0, label=2)


def test_a_first_row_that_looks_like_data_tells_how_to_read_it(refused):
    message = refused("我们故事失望\t0\n", format="tsv")
    assert "'我们故事失望', '0'" in message
    assert "no header row" in message
    assert "`text: 0, label: 1`" in message
    assert "header row" not in refused("review,stars\na,0\n")


@pytest.mark.parametrize(
    ("classes", "labels", "held", "expected"),
    [
        (["bad", "good"], {}, ["0", " 1 ", "1.0", "+1", "good", "bad"], [0, 1, 1, 1, 1, 0]),
        (["1", "2", "3"], {}, ["1", "2", "3.0"], [0, 1, 2]),
        (["good", "bad"], {"-1": "bad", "1": "good"}, ["-1", "1", "1.0", "-1.00"], [1, 0, 0, 1]),
        (["bad", "good"], {"0": "bad", "4": "good"}, ["0", "4"], [0, 1]),
        (["bad", "good"], {"neg": "bad", "pos": "good", "positive": "good"}, ["pos", "positive"], [1, 1]),
    ],
)
def test_labels_in_any_coding(read, classes, labels, held, expected):
    content = "text,label\n" + "".join(f"t{place},{label}\n" for place, label in enumerate(held))
    assert [row.label for row in read(content, coding=Coding(classes, labels))] == expected


@pytest.mark.parametrize(
    ("classes", "labels", "held"),
    [
        (["1", "2"], {}, "0"),  # a place, where class names are numbers
        (["bad", "good"], {"1": "bad", "5": "good"}, "0"),
        (["bad", "good"], {"1": "bad", "5": "good"}, "good"),
        (["bad", "good"], {}, "2"),
        (["bad", "good"], {}, "Good"),
        (["bad", "good"], {}, ""),
    ],
)
def test_labels_of_no_class(read, refused, classes, labels, held):
    content = f"text,label\na,{held}\n"
    assert f"{held!r} in line 2; 1 in all" in refused(content, coding=Coding(classes, labels))
    reading = Reading()
    assert read(content, coding=Coding(classes, labels, drop_others=True), reading=reading) == []
    assert reading == Reading(separator=",", rows=0, other_labels=1)


def test_strange_labels_are_refused_all_at_once(refused):
    rows = "".join(f"t,{number % 5 + 1}\n" for number in range(50))
    message = refused("text,label\n" + rows, coding=Coding(["a", "b", "c", "d", "e"]))
    assert "'5' in line 6, '5' in line 11, '5' in line 16; 10 in all" in message
    assert "The file holds '1', '2', '3', '4', '5'" in message
    assert "`labels: {1: a, 2: b, 3: c, 4: d, 5: e}`" in message
    assert "`other_labels: drop`" in message


def test_empty_texts_with_strange_labels_do_not_count(read):
    reading = Reading()
    rows = read("text,label\n,7\na,1\nb,x\n", coding=Coding(["n", "p"], drop_others=True), reading=reading)
    assert rows == [Row("", None), Row("a", 1)]
    assert reading.other_labels == 1


def test_where_compares_numbers_as_numbers(read):
    assert read("text,label,fold\na,0,1\nb,0,1.0\nc,0,2\n", where={"fold": 1}) == [Row("a", 0), Row("b", 0)]


def test_label_text_with_a_tab(read):
    assert read("1\tgood film\n0 bad\tone\n", format="label-text") == [Row("good film", 1), Row("bad one", 0)]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("a &amp; b", "a & b"),
        ("&#233;&#xE9;&hellip;", "éé…"),
        ("&copy without, &notit; &nosuch; AT&T;", "&copy without, &notit; &nosuch; AT&T;"),
        ("&amp;lt;", "&lt;"),
        (r"one\ntwo\tthree\r\nfour", "one two three four"),
        (r"a\b \x", r"a\b \x"),
        ("a&nbsp;b", "a b"),
    ],
)
def test_entities_and_escapes_are_what_they_stand_for(read, held, expected):
    assert read(held + "\n", format="lines", label=0) == [Row(expected, 0)]


def test_lone_carriage_returns(read):
    rows = [Row("a", 0), Row("b c", 1)]
    assert read("text,label\ra,0\rb c,1\r") == rows
    assert read("text,label\na,0\nb\rc,1\n") == rows
    assert read('text,label\r\na,0\r\r\n"b\rc",1\r\n') == rows
    assert read("a\rb\n", format="lines", label=0) == [Row("a b", 0)]
    assert read("text,label\ra,0\rb c,1".encode("utf-16"), encoding="utf-16") == rows
    assert "line 3" in refused_line(read, b"text,label\ra,0\r\xff,1\r")


def refused_line(read, content):
    with pytest.raises(SpikeTextError) as caught:
        read(content)
    return str(caught.value)


def test_what_nobody_sees_around_names_and_labels(read):
    content = "\ufeff\ufefftext\u200b,label\ufeff\na,1\u200b\nb,\u200fnegative\n"
    assert read(content) == [Row("a", 1), Row("b", 0)]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('text,label\na,0\n"open,1\nb,0\nc,negative\n5"",1\nd,1\n', None),  # never closed: not valid csv
        ('text,label\na,0\n"open,1\nb,0\nc,negative\nfive inch 5",1\nd,1\n', (3, 6)),
        ('text,label\n"open,1\nclosed",0\n', (2, 3)),
        ('label,text\n1,"open\n0,closed"\n1,d\n', (2, 3)),
        ('label;x;text\n1;"open;a\n0;closed";b\n1;c;d\n', (2, 3)),  # in a column that is not read
    ],
)
def test_a_quote_that_takes_rows_into_its_cell(refused, content, lines):
    message = refused(content)
    if lines:
        assert f"line {lines[0]}: a quote opens there and ends in line {lines[1]}" in message
    else:
        assert "line 3: not valid csv" in message


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('text,label\n"Dear all,\nthanks,\nbye",1\n', "Dear all, thanks, bye"),  # no labels
        ('text,label\n"one, 1\ntwo, 0, three\nfour",1\n', "one, 1 two, 0, three four"),  # another width
        ('label,text\n1,"one\ntwo"\n', "one two"),
        ('text\tlabel\n"a\t1\n', '"a'),
    ],
)
def test_texts_of_several_lines_stay_texts(read, content, text):
    form = "tsv" if "\t" in content else "csv"
    assert read(content, format=form) == [Row(text, 1)]
