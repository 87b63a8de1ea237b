import pandas as pd
import pytest

from spiketext.attack.encoder import load_encoder
from spiketext.attack.metrics import BUDGETS
from spiketext.attack.similarity import Similarity

ROWS = [
    ("the film is dull and long in all its parts", "the film is bright and long in all its parts", 1),
    ("a fine story of a town and its music now", "a poor tale of a city and its music now", 3),
]
WORDS = 10


def log(result="successful"):
    """A row a text: one that fell within 10 % of its words, one that took 30 %."""
    rows = [
        {"original": before, "perturbed": after, "result": result, "words": WORDS, "changed": changed}
        for before, after, changed in ROWS
    ]
    unchanged = {**rows[0], "perturbed": "nothing of it is left", "result": "failed", "changed": WORDS}
    return pd.DataFrame([*rows, unchanged])


def test_means_are_over_the_texts_that_fell_within_a_budget(encoder):
    """By the encoder's own vectors, one text at a time; a failed search says nothing."""
    encode = load_encoder([encoder])
    near, far = (float(encode([before])[0] @ encode([after])[0]) for before, after, _ in ROWS)
    assert abs(near - far) > 1e-3
    found = Similarity(encode).by_budget(log())
    assert list(found) == list(BUDGETS)
    assert found["10 %"] == found["1 word"] == pytest.approx(near, abs=1e-5)
    assert found["unlimited"] == pytest.approx((near + far) / 2, abs=1e-5)


def test_a_text_that_is_as_it_was_has_similarity_1(encoder):
    """The scale on which others are read."""
    rows = log().assign(perturbed=lambda table: table["original"])
    assert Similarity(load_encoder([encoder])).by_budget(rows)["unlimited"] == pytest.approx(1, abs=1e-5)


def test_originals_are_encoded_once(encoder):
    """All attacks on a data set take the same texts."""
    asked, encode = [], load_encoder([encoder])

    def count(texts):
        asked.extend(texts)
        return encode(texts)

    similarity = Similarity(count)
    first = similarity.by_budget(log())
    assert similarity.by_budget(log()) == first
    assert [asked.count(before) for before, _, _ in ROWS] == [1, 1]


def test_where_no_text_fell_nothing_is_known(encoder):
    """Not even of those that were attacked in vain."""
    assert set(Similarity(load_encoder([encoder])).by_budget(log("failed")).values()) == {None}
