"""The configuration of data sets: values as one writes them in YAML, labels, forms."""

import pytest
import yaml
from pydantic import ValidationError

from spiketext.config.data import TextFile, TextSet


def dataset(text):
    """A data set of this YAML; what has to be there anyhow is filled in."""
    values = {"language": "en", "embedding": "x", "classes": ["bad", "good"], "files": [{"path": "a.csv"}]}
    return TextSet.model_validate(values | yaml.safe_load(text))


def test_numbers_without_quotes_are_the_text_they_were():
    found = dataset("{classes: [0, 1, 2.5], files: [{path: a.csv, where: {fold: 1}, text: 1, label: 0}]}")
    assert found.classes == ["0", "1", "2.5"]
    assert found.files[0].where == {"fold": "1"}
    assert (found.files[0].text, found.files[0].label) == ("1", "0")
    assert dataset("labels: {-1: bad, 1: good, 2.0: good, x: bad}").labels == {
        "-1": "bad",
        "1": "good",
        "2.0": "good",
        "x": "bad",
    }


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("classes: [no, yes]", "false"),
        ("classes: [on, neutral]", "true"),
        ("classes: [~, a]", "empty"),
        ("classes: [2020-01-01, a]", "2020-01-01"),
        ("labels: {no: bad, 1: good}", "false"),
        ("labels: {1: yes}", "true"),
        ("files: [{path: a.csv, where: {spam: yes}}]", "true"),
        ("files: [{path: a.csv, where: {yes: a}}]", "true"),
        ("files: [{path: a.csv, text: off}]", "false"),
    ],
)
def test_what_yaml_reads_as_something_else_needs_quotes(text, read_as):
    with pytest.raises(ValidationError, match=f"put it in quotes: YAML reads it as {read_as}"):
        dataset(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("labels: {1: bad, 5: fine}", "'5' the class `fine`, which `classes` does not name"),
        ("labels: {1: bad, 2: bad}", "no label for class `good`"),
        ("labels: {1: bad, '1.0': good}", "'1.0' two classes"),
        ("labels: {1: bad, '1': good}", "one key twice"),
        ("classes: ['1', '1.0']", "names a class twice"),
        ("class_weights: {bad: 2, fine: 1}", "`fine` is none of `classes`: bad, good"),
        ("class_weights: {bad: 0}", "greater than 0"),
        ("class_weights: even", "'none' or 'balanced'"),
        ("{classes: ['0', '1'], class_weights: {1: 2, '1': 3}}", "one key twice"),
        ("classes: [a, ' a ']", "names a class twice"),
        ("other_labels: keep", "'refuse' or 'drop'"),
        ("files: [{path: a.txt, format: lines}]", "format `lines` needs `label`"),
        ("files: [{path: a.txt, format: lines, label: 2}]", "`label: 2` of a file of lines means none"),
        ("files: [{path: a.txt, format: lines, label: 1, where: {a: b}}]", "format `lines` has no `where`"),
        ("files: [{path: a.tsv, separator: ';'}]", "format `tsv` has no `separator`"),
        ("files: [{path: a.parquet, header: false}]", "format `parquet` has no `header`"),
        ("files: [{path: a.csv, sheet: x}]", "format `csv` has no `sheet`"),
        ("files: [{path: a.csv, header: false}]", "are column numbers, from 0"),
        ("files: [{path: a.csv, separator: ', '}]", "is no separator"),
        ("files: [{path: a.csv, separator: '\"'}]", "is no separator"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, expected):
    with pytest.raises(ValidationError) as caught:
        dataset(text)
    assert expected in str(caught.value)


def test_weights_stand_in_the_order_of_the_classes():
    """A class that is not named has 1; a name may be a number."""
    assert dataset("class_weights: {good: 3}").weighting == [1.0, 3.0]
    assert dataset("{classes: [0, 1], class_weights: {0: 2.5}}").weighting == [2.5, 1.0]
    assert dataset("class_weights: balanced").weighting == "balanced"
    assert dataset("{}").weighting == "none"


def test_a_file_of_lines_may_name_its_class():
    found = dataset("{files: [{path: a.txt, format: lines, label: good}], labels: {good: good, 0: bad}}")
    assert found.files[0].label == "good"


def test_values_survive_the_way_to_a_job():
    found = dataset("files: [{path: a.csv, separator: tab, where: {1: 2.0}, text: 1, label: 0}]").files[0]
    assert found.separator == "\t"
    assert TextFile.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("A.CSV", "csv"),
        ("a.csv.gz", "csv"),
        ("a.tab", "tsv"),
        ("a.tsv.GZ", "tsv"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.xlsx", "xlsx"),
        ("a.txt", "csv"),
        ("tsv", "csv"),
    ],
)
def test_the_form_follows_from_the_name(name, form):
    assert TextFile(path=name).form == form
    assert TextFile(resource="r", file=name).form == form
    assert TextFile(path=name, format="jsonl").form == "jsonl"


NO_TEXT = ["rot13", "base64", "hex", "zip", "bz2", "uu", "quopri", "idna", "punycode", "undefined"]


@pytest.mark.parametrize(
    "encoding", [*NO_TEXT, "unicode_escape", "Raw-Unicode-Escape", "base_64", "nope", ""]
)
def test_encodings_of_no_text_file_are_refused(encoding):
    with pytest.raises(ValidationError, match="no character encoding"):
        TextFile(path="a.csv", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "cp1252", "gb18030", "utf-16", "shift_jis", "latin-1"])
def test_encodings_of_text_files(encoding):
    assert TextFile(path="a.csv", encoding=encoding).encoding == encoding
