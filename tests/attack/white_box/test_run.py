"""A sample under attack: rows, resuming, what is skipped and refused."""

import pytest

from spiketext.attack import metrics
from spiketext.attack.sample import Example
from spiketext.attack.store import RowStore
from spiketext.attack.white_box import hotflip, neighbours, pgd
from spiketext.attack.white_box.run import attack_sample, write_rows
from spiketext.errors import SpikeTextError
from spiketext.tables import read_table

KINDS = {"hotflip": hotflip.Attack, "pgd": pgd.Attack}


class Killed(Exception):
    """Stands for kill -9 between two texts."""


@pytest.fixture(autouse=True)
def near(monkeypatch):
    """Random vectors have no neighbours of a cosine of a half."""
    monkeypatch.setattr(neighbours, "LEAST", 0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_attack_goes_on_to_the_same_rows(kind, target, vocabulary, examples, tmp_path, monkeypatch):
    """Wrong texts and texts of no words are not attacked; the table has a column for each member."""
    texts = [Example(1, 0, "", ()), *examples[:5], Example(99, 1 - examples[5].label, "", examples[5].tokens)]
    own = target("dnn")

    def attack(store):
        return attack_sample(kind, own, vocabulary, texts, 1, store)

    whole = RowStore(tmp_path / "whole", "key")
    figures = attack(whole)
    append = RowStore.append

    def die_after_three(store, row):
        append(store, row)
        if len(store.rows) == 3:
            raise Killed

    monkeypatch.setattr(RowStore, "append", die_after_three)
    with pytest.raises(Killed):
        attack(RowStore(tmp_path / "part", "key"))
    monkeypatch.setattr(RowStore, "append", append)
    part = RowStore(tmp_path / "part", "key")
    assert len(part.rows) == 3
    assert attack(part) == figures
    assert part.rows == whole.rows
    assert figures["n"] == len(texts)
    left = figures["budgets"][figures["headline"]]
    assert list(figures["stands"]) == [str(text.id) for text in texts]
    assert sum(figures["stands"].values()) / len(texts) == left
    assert figures["budgets"]["unlimited" if kind == "hotflip" else "0.4"] < left  # not those that never fell
    assert whole.rows[-1]["result"] == metrics.SKIPPED
    assert whole.rows[0]["fell"] == {}
    write_rows(tmp_path / "rows.parquet", kind, whole.rows, figures["members"])
    columns = [*KINDS[kind].columns, *figures["members"]]
    table = read_table(tmp_path / "rows.parquet", columns)
    assert table["id"].tolist() == [text.id for text in texts]
    assert set(table["mode"]) == {"fixed"}
    member = list(figures["members"])[-1]
    assert table[member].notna().sum() == sum(member in row["fell"] for row in whole.rows) > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("network", ["dnn", "rate"])
def test_texts_of_one_word_of_unknown_words_and_of_thousands(
    kind, network, target, vocabulary, examples, tmp_path, monkeypatch
):
    """Shorter than any window, without a vector, cut at what the network reads: rows as of any other text."""
    monkeypatch.chdir(tmp_path)
    vector = " ".join(["0.5"] * vocabulary.vectors.shape[1])
    (tmp_path / "absent.txt").write_text(
        f"other {vector}\n", encoding="utf-8"
    )  # where unknown words are looked up
    one, *_, word = examples[0].tokens
    odd = [(one,), ("never", "seen", "🙂"), ("never",), (word, "🙂"), examples[0].tokens * 2000]
    texts = [Example(100 + place, label, "", tokens) for place, tokens in enumerate(odd) for label in (0, 1)]
    store = RowStore(tmp_path / "rows", "key")
    figures = attack_sample(kind, target(network), vocabulary, [*texts, *examples[:3]], 1, store)
    rows = {(row["id"], row["label"]): row for row in store.rows}
    assert len(rows) == len(texts) + 3 == figures["n"]
    for place, tokens in enumerate(odd):
        both = [rows[100 + place, label] for label in (0, 1)]
        assert sum(row["result"] == metrics.SKIPPED for row in both) == 1  # wrong from the start
        assert {row["words"] for row in both} == {min(len(tokens), 10)}
        if set(tokens) <= {"never", "seen", "🙂"}:
            assert {row["result"] for row in both} == {metrics.SKIPPED, metrics.FAILED}  # nothing to move


def test_vectors_without_neighbours_are_refused(target, vocabulary, examples, tmp_path, monkeypatch):
    """Else it would look like perfect robustness."""
    monkeypatch.setattr(neighbours, "LEAST", 1.1)
    with pytest.raises(SpikeTextError, match="found no word to swap"):
        attack_sample("hotflip", target("dnn"), vocabulary, examples[:3], 1, RowStore(tmp_path / "a", "key"))
