"""What is done once leads every search to the same texts, with as many queries."""

from contextlib import nullcontext
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.attack.preflight import textattack_for
from spiketext.attack.run import SampleAttack
from spiketext.attack.store import RowStore
from spiketext.config.attacks import find_recipe

pytestmark = pytest.mark.xdist_group("textattack")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The module, which imports TextAttack."""
    with textattack_for(find_recipe("deepwordbug"), [], tmp_path_factory.mktemp("home") / "home"):
        return import_module("spiketext.attack.shortcuts")


@pytest.fixture(scope="module")
def cut(opened):
    """TextAttack's function from a text to its words, and ours."""
    theirs = opened.attacked_text.words_from_text
    return theirs, opened.words_of(theirs)


@pytest.mark.parametrize(
    ("name", "language"),
    [("pwws", "english"), ("deepwordbug", "english"), ("chinese-character-swap", "chinese")],
)
def test_the_same_rows_with_and_without(name, language, request, wordnet, tmp_path, opened, monkeypatch):
    """To the letter; where words are ranked by their swaps, these are asked about together."""
    case = request.getfixturevalue(language)
    found, calls = [], []
    for number, given_up in enumerate((False, True)):
        if given_up:
            monkeypatch.setattr(opened, "shortcuts", lambda attack, victim: nullcontext())
        scorer = case.train()
        sample = SampleAttack(find_recipe(name), scorer, case.tokenise, 64, case.examples, [wordnet], 64, 1)
        found.append(sample.run(RowStore(tmp_path / f"{number}.jsonl", "key")))
        calls.append(len(scorer.batches))
    assert found[0] == found[1]
    assert max(row["changed"] for row in found[0]) > 1
    assert (calls[0] < calls[1]) == (name != "deepwordbug")


PIECES = [*"aé'-_*@.,! \t\n\x85\u2028😀", "don't ", " -x- ", "漂亮", "房 间", "U.S.A."]


@given(st.lists(st.sampled_from(PIECES)))
def test_words_are_those_of_textattack(cut, pieces):
    """Of any text, and once more from what is remembered."""
    theirs, ours = cut
    text = "".join(pieces)
    assert ours(text) == ours(text) == theirs(text)
