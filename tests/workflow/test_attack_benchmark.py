"""The benchmark of attacks on a network that the workflow has trained: both sides find the same texts."""

from dataclasses import replace

import pytest

from benchmarks import attacks
from tests.workflow.test_use import results  # noqa: F401  a fixture


@pytest.mark.slow
def test_both_loops_find_the_same(results):  # noqa: F811
    """To the letter, with as many queries; else the benchmark ends with what differs."""
    (row,) = attacks.measure(results / "tiny_en/lv2023/seed7", ["deepwordbug"], texts=3, threads=1)
    assert (row["recipe"], row["texts"]) == ("deepwordbug", 3)
    assert row["queries"] > 3
    assert set(row["seconds"]) == {attacks.OURS, attacks.LOOP, attacks.PLAIN}
    line = attacks.table([row]).splitlines()[-1]
    assert line.split("|")[2].strip() == str(row["queries"])


def test_a_recipe_below_the_bar_is_named():
    """By the plain network; how fast TextAttack's loop is around ours is printed beside."""
    rows = [
        {"recipe": name, "times_faster": {attacks.LOOP: 1.5, attacks.PLAIN: times}}
        for name, times in (("pwws", 5.0), ("deepwordbug", 4.9))
    ]
    assert attacks.missed(rows) == ["deepwordbug"]


@pytest.mark.slow
def test_a_difference_is_no_result(results, monkeypatch):  # noqa: F811
    """If the attack stage found other texts, its speed would mean nothing."""
    by_stage = attacks.by_stage

    def other(*arguments):
        taken = by_stage(*arguments)
        return replace(taken, found={number: ("", label) for number, (_, label) in taken.found.items()})

    monkeypatch.setattr(attacks, "by_stage", other)
    with pytest.raises(SystemExit, match="finds something else in texts"):
        attacks.measure(results / "tiny_en/lv2023/seed7", ["deepwordbug"], texts=2, threads=1)
