import csv
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.attack.metrics import summarise, wilson
from spiketext.attack.run import COLUMNS, write_rows
from spiketext.attack.store import RowStore


def test_wilson_against_published_figures():
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for successes, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert wilson(successes, n) == pytest.approx([low, high], abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_the_share(case):
    successes, n = case
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1


def row(result, queries=1):
    return {"result": result, "queries": queries}


def test_summary_counts_skipped_sentences_as_misclassified():
    figures = summarise([row("skipped"), row("failed", 30), row("successful", 10), row("successful", 20)])
    assert figures["n"] == 4
    assert figures["clean_accuracy"] == 0.75
    assert figures["after_attack_accuracy"] == 0.25
    assert math.isclose(figures["success_rate"], 2 / 3)
    assert figures["mean_queries"] == 20
    assert figures["clean_accuracy_interval"] == wilson(3, 4)
    assert figures["after_attack_accuracy_interval"] == wilson(1, 4)


def test_summary_of_nothing_to_attack_has_no_rate():
    figures = summarise([row("skipped")])
    assert figures["clean_accuracy"] == 0
    assert figures["success_rate"] is None
    assert figures["mean_queries"] is None


ROWS = [{"text": 'a\u2028b\x85c\n"d", 好'}, {"text": "e"}, {"text": "f"}]


def test_store_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "rows.jsonl"
    for i, value in enumerate(ROWS):
        store = RowStore(path, "key")
        assert store.rows == ROWS[:i]
        store.append(value)
    store.delete()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 3, 8])
def test_store_drops_a_line_that_was_being_written(tmp_path, cut):
    path = tmp_path / "rows.jsonl"
    store = RowStore(path, "key")
    for value in ROWS:
        store.append(value)
    path.write_bytes(path.read_bytes()[:-cut])
    again = RowStore(path, "key")
    assert again.rows == ROWS[:2]
    again.append(ROWS[2])
    assert RowStore(path, "key").rows == ROWS


def test_store_drops_a_row_that_was_damaged_and_all_after_it(tmp_path):
    """Also where the line is still good JSON."""
    path = tmp_path / "rows.jsonl"
    store = RowStore(path, "key")
    for value in ROWS:
        store.append(value)
    good = path.read_bytes()
    second = good.index(b"\n", good.index(b"\n") + 1) + 1
    for place in range(second, len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        rows = RowStore(path, "key").rows
        assert rows == ROWS[: len(rows)]
        assert 1 <= len(rows) < len(ROWS)


def test_store_drops_rows_of_another_run(tmp_path):
    path = tmp_path / "rows.jsonl"
    RowStore(path, "key").append(ROWS[0])
    assert RowStore(path, "other key").rows == []
    path.write_text("nonsense\n")
    assert RowStore(path, "key").rows == []


def test_csv_keeps_texts_whole(tmp_path):
    values = dict(zip(COLUMNS, [7, ROWS[0]["text"], "x", 0, 0, 1, "successful", 12], strict=True))
    write_rows(tmp_path / "rows.csv", [{**values, "candidates": 3}])
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert read == [{name: str(value) for name, value in values.items()}]


def test_csv_holds_no_formulas(tmp_path):
    """Texts are foreign, and an attack may well put a sign in front."""
    values = dict(zip(COLUMNS, [7, "=HYPERLINK(1)", "@x", 0, 0, 1, "successful", 12], strict=True))
    write_rows(tmp_path / "rows.csv", [values])
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["original"], row["perturbed"], row["id"]) == ("'=HYPERLINK(1)", "'@x", "7")
