import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spiketext.labels import Coding, comparable, in_order


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2.0", "2"),
        (" +1 ", "1"),
        ("007", "7"),
        ("-0.0", "0"),
        ("-1.50", "-1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("12345678901234567890.0", "12345678901234567890"),
        ("1e3", "1e3"),
        (".", "."),
        ("-", "-"),
        ("", ""),
        ("1 2", "1 2"),
        ("²", "²"),
        ("１", "１"),
        ("\u200b\ufeff good\u200b\u3000", "good"),
        ("\ufeff02\u00ad", "2"),
        ("\u202agood\u200d\u202c", "good"),  # as spreadsheets paste them
        ("go\u200bod", "go\u200bod"),
    ],
)
def test_numbers_are_compared_in_their_shortest_form(value, expected):
    assert comparable(value) == expected


@given(st.decimals(-(10**6), 10**6, places=3), st.integers(0, 3), st.integers(0, 3))
def test_zeros_around_a_number_change_nothing(number, before, behind):
    sign, digits = ("-", str(-number)) if number < 0 else ("", str(number))
    assert comparable(f"{sign}{'0' * before}{digits}{'0' * behind}") == comparable(str(number))


def test_labels_in_order():
    assert in_order(["b", "10", "-1", "9.5", "a", ""]) == ["-1", "9.5", "10", "", "a", "b"]


@pytest.mark.parametrize(
    ("classes", "held", "expected"),
    [
        (["bad", "good"], ["5", "1.0"], "{1: bad, 5: good}"),
        (["bad", "mid", "good"], ["0", "1", "-1"], "{-1: bad, 0: mid, 1: good}"),
        (["positive", "negative"], ["neg", "POS"], "{POS: positive, neg: negative}"),
        (["bad", "good"], ["1", "2", "3"], "{LABEL: bad, LABEL: good}"),
        (["bad", "good"], ["x", "y"], "{LABEL: bad, LABEL: good}"),
        (["no", "a: b"], ["NO", "a"], "{'NO': 'no', a: 'a: b'}"),
    ],
)
def test_the_line_to_copy(classes, held, expected):
    line = Coding(classes).line(held)
    assert line == f"labels: {expected}"
    if "LABEL" not in line:
        assert list(yaml.safe_load(line)["labels"].values()) == classes
