import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.attack.metrics import changed_words, summarise, wilson
from spiketext.attack.run import COLUMNS, write_rows
from spiketext.attack.store import RowStore
from spiketext.tables import read_table


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


def row(result, queries=1, changed=1, words=10, right=None, held=None):
    """Of a deterministic victim, unless told how often the text is right before and after."""
    right = float(result != "skipped") if right is None else right
    held = float(result == "failed") if held is None else held
    shares = {"right": right, "held": held}
    return {"result": result, "queries": queries, "changed": changed, "words": words, **shares}


def test_summary_counts_skipped_sentences_as_misclassified():
    figures = summarise([row("skipped"), row("failed", 30), row("successful", 10), row("successful", 20)])
    assert figures["n"] == 4
    assert figures["clean_accuracy"] == 0.75
    assert figures["after_attack_accuracy"] == 0.25
    assert math.isclose(figures["success_rate"], 2 / 3)
    assert figures["mean_queries"] == 20
    assert figures["clean_accuracy_interval"] == wilson(3, 4)
    assert figures["after_attack_accuracy_interval"] == wilson(1, 4)


def test_no_rate_is_negative():
    """A victim that draws anew was right more often after the search than before."""
    wavering = {**row("failed", 30), "right": 0.5, "held": 0.9}
    figures = summarise([wavering] * 10)
    assert (figures["clean_accuracy"], figures["after_attack_accuracy"]) == pytest.approx((0.5, 0.9))
    assert figures["success_rate"] == 0


def test_summary_of_nothing_to_attack_has_no_rate():
    figures = summarise([row("skipped")])
    assert figures["clean_accuracy"] == 0
    assert figures["success_rate"] is None
    assert figures["mean_queries"] is None


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("a good film", "a good film", 0),
        ("a good film", "a gud film", 1),
        ("a good film", "film good a", 2),
        ("very good", "good good", 1),  # place by place, not as a deletion and an insertion
        ("a good film", "a go od film", 1),
        ("a good film", "good", 2),
        ("a film", "a very good film", 2),
        ("good", "", 1),
    ],
)
def test_changed_words_are_counted_in_the_original(before, after, changed):
    assert changed_words(before.split(), after.split()) == changed


def test_accuracy_under_budgets_of_words_and_of_queries():
    """Of six texts one was wrong, one stood; four fell after 1, 2, 3 and 19 of 10, 30, 30 and 20 words."""
    rows = [
        row("skipped", 1, 0), row("failed", 500, 7),
        row("successful", 8, 1, 10), row("successful", 31, 2, 30),
        row("successful", 100, 3, 30), row("successful", 900, 19, 20),
    ]  # fmt: skip
    found = summarise(rows)
    assert found["budgets"] == {
        "1 word": 4 / 6, "2 words": 3 / 6, "5 %": 4 / 6, "10 %": 2 / 6, "20 %": 2 / 6, "unlimited": 1 / 6,
    }  # fmt: skip
    assert found["budgets"]["unlimited"] == found["after_attack_accuracy"]
    assert found["queries"] == {"10": 4 / 6, "30": 4 / 6, "100": 2 / 6, "300": 2 / 6, "1000": 1 / 6}
    assert math.isclose(found["area"], (0 + 1 + 0.1 / 0.2 + (2 / 30) / 0.2 + 0.1 / 0.2 + 1) / 6)
    assert math.isclose(found["mean_changed"], (1 / 10 + 2 / 30 + 3 / 30 + 19 / 20) / 4)


@given(
    st.lists(
        st.builds(
            row, st.sampled_from(["skipped", "failed", "successful"]), st.integers(1, 2000),
            st.integers(1, 60), st.integers(1, 60),
        ),
        min_size=1,
    )
)  # fmt: skip
def test_a_larger_budget_leaves_no_more_accuracy(rows):
    found = summarise(rows)
    shares = [found["budgets"][budget] for budget in ("1 word", "5 %", "10 %", "20 %", "unlimited")]
    for curve in (shares, list(found["queries"].values())):
        assert sorted(curve, reverse=True) == curve
        assert found["after_attack_accuracy"] <= curve[-1] <= curve[0] <= found["clean_accuracy"]
    assert found["after_attack_accuracy"] - 1e-9 <= found["area"] <= found["clean_accuracy"] + 1e-9


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


def test_the_log_keeps_texts_whole(tmp_path):
    """Parquet takes any text; what is not a column is left out."""
    values = [7, '=1\u2028b\x85c\n"d", 好', "@x", 0, 0, 1, 0.9, 0.2, "successful", 12, 9, 2]
    write_rows(tmp_path / "rows.parquet", [dict(zip(COLUMNS, values, strict=True)) | {"candidates": 3}])
    (read,) = read_table(tmp_path / "rows.parquet", list(COLUMNS)).to_dict("records")
    assert list(read.values()) == values
    write_rows(tmp_path / "none.parquet", [])
    assert list(read_table(tmp_path / "none.parquet", list(COLUMNS)).columns) == list(COLUMNS)
