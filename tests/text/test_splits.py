import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.errors import SpikeTextError
from spiketext.text.duplicates import hashes
from spiketext.text.splits import DEV, TEST, TRAIN, class_counts, content_hashes, split_rows

FRACTION = st.floats(0.01, 0.6)


def split(labels, standard=None, classes=None, test=0.1, dev=0.1, seed=1, contents=None):
    labels = np.array(labels)
    standard = np.zeros(len(labels), dtype=np.int8) if standard is None else np.array(standard, dtype=np.int8)
    names = [str(code) for code in range(classes or labels.max() + 1)]
    fractions = {"test_fraction": test, "dev_fraction": dev}
    return split_rows(labels, standard, names, **fractions, seed=seed, contents=contents)


@st.composite
def labelled(draw):
    sizes = draw(st.lists(st.integers(3, 80), min_size=2, max_size=5))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return draw(st.permutations(labels.tolist()))


@given(labelled(), FRACTION, FRACTION, st.integers(0, 2**31 - 1))
def test_a_partition_with_every_class_in_every_set(labels, test, dev, seed):
    sets = split(labels, test=test, dev=dev, seed=seed)
    rows = np.concatenate(list(sets.values()))
    assert sorted(rows) == list(range(len(labels)))
    for part in sets.values():
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
        assert set(np.array(labels)[part]) == set(labels)


@given(labelled(), FRACTION)
def test_strata_are_exact(labels, fraction):
    labels = np.array(labels)
    test = split(labels, test=fraction)["test"]
    sizes = np.bincount(labels)
    counts = np.bincount(labels[test])
    for size, count in zip(sizes, counts, strict=True):
        # Within one row of the exact share, but for the least and most that are allowed.
        exact = min(max(size * fraction, 1), size - 2)
        assert abs(count - exact) < 1 + 1e-9
    if ((sizes * fraction >= 1) & (sizes * (1 - fraction) >= 3)).all():
        assert counts.sum() == math.floor(sizes.sum() * fraction + 0.5)


def test_largest_remainder_by_hand():
    # Shares 2.5, 1.25 and 1.25 of five rows: the first gets the one that is missing.
    assert class_counts(np.array([10, 5, 5]), 0.25, 2).tolist() == [3, 1, 1]
    # Shares 0.7 each of two rows: equal remainders, so the first two.
    assert class_counts(np.array([7, 7, 7]), 0.1, 2).tolist() == [1, 1, 1]
    assert class_counts(np.array([17, 17, 17]), 0.1, 2).tolist() == [2, 2, 1]


def test_the_seed_decides_and_nothing_else():
    labels = np.arange(500) % 2
    first, again, other = split(labels), split(labels), split(labels, seed=2)
    for name in first:
        assert (first[name] == again[name]).all()
    assert (first["test"] != other["test"]).any()
    assert (first["test"] == split(labels, dev=0.3)["test"]).all()
    # Members are drawn, not the first of each class.
    assert first["test"].max() > 400


def test_standard_splits_are_kept():
    standard = [TRAIN] * 60 + [DEV] * 10 + [TEST] * 30
    sets = split(np.arange(100) % 2, standard)
    assert sets["train"].tolist() == list(range(60))
    assert sets["dev"].tolist() == list(range(60, 70))
    assert sets["test"].tolist() == list(range(70, 100))


def test_a_missing_dev_set_is_drawn_from_train():
    standard = [TRAIN] * 60 + [TEST] * 40
    sets = split(np.arange(100) % 2, standard, dev=0.2)
    assert sets["test"].tolist() == list(range(60, 100))
    assert len(sets["dev"]) == 12
    assert sets["dev"].max() < 60


def test_a_missing_test_set_is_drawn_from_train_and_unmarked_rows():
    standard = [TRAIN] * 40 + [0] * 40 + [DEV] * 20
    sets = split(np.arange(100) % 2, standard, test=0.25)
    assert sets["dev"].tolist() == list(range(80, 100))
    assert len(sets["test"]) == 20
    assert len(sets["train"]) == 60


@pytest.mark.parametrize(
    ("labels", "standard", "sets"),
    [([0] * 9 + [1] * 2, None, 3), ([0] * 9 + [1], [TRAIN] * 5 + [TEST] * 4 + [TRAIN], 2)],
)
def test_too_few_texts_of_a_class(labels, standard, sets):
    with pytest.raises(SpikeTextError, match=rf"class '1' has \d examples? to divide into {sets} sets"):
        split(labels, standard)


def test_three_texts_of_a_class_are_enough():
    sets = split([0] * 9 + [1] * 3)
    assert all(len(part) for part in sets.values())


def contents_of(texts):
    """Hashes of texts as a corpus has them: numbers of words, in the order of their frequency."""
    counts = Counter(word for text in texts for word in text)
    words = ["", *sorted(counts, key=lambda word: (-counts[word], word))]
    ids = np.array([words.index(word) for text in texts for word in text], dtype=np.int32)
    return content_hashes(ids, np.cumsum([0, *map(len, texts)]), words)


def fixed(texts, labels, seed=1, **fractions):
    return split(labels, seed=seed, contents=contents_of(texts), **fractions)


TEXTS = [[f"w{i % 7}", f"w{i}", "end"] for i in range(200)]
LABELS = [i % 2 for i in range(200)]


def test_a_fixed_test_set_is_in_no_dev_set_of_any_seed():
    """Seeds vary what is train and what is dev, of the rest alone."""
    sets = [fixed(TEXTS, LABELS, seed) for seed in range(8)]
    assert len({tuple(one["test"]) for one in sets}) == 1 and len(sets[0]["test"]) == 20
    assert len({tuple(one["dev"]) for one in sets}) == 8
    test = set(sets[0]["test"])
    assert all(test.isdisjoint(one["dev"]) and test.isdisjoint(one["train"]) for one in sets)
    assert [sum(LABELS[row] == code for row in test) for code in (0, 1)] == [10, 10]


def test_a_fixed_test_set_follows_from_the_texts_alone():
    """Rows in another order, and words with other numbers, as more rows give them: the same texts."""
    chosen = {tuple(TEXTS[row]) for row in fixed(TEXTS, LABELS)["test"]}
    order = np.random.default_rng(0).permutation(200)
    texts, labels = [TEXTS[row] for row in order], [LABELS[row] for row in order]
    assert {tuple(texts[row]) for row in fixed(texts, labels)["test"]} == chosen
    more = [*TEXTS, ["w9"] * 30, ["w8"] * 40]
    assert (contents_of(more)[:200] == contents_of(TEXTS)).all()
    larger = {tuple(TEXTS[row]) for row in fixed(TEXTS, LABELS, test=0.3)["test"]}
    assert chosen < larger
    assert max(fixed(TEXTS, LABELS)["test"]) > 150  # members are chosen, not the first of each class


def test_a_hash_is_that_of_the_tokens():
    texts = [["a", "b"], ["b", "a"], ["a", "b"], ["ab"]]
    assert contents_of(texts).tolist() == hashes(texts, 64).whole.tolist()


def test_standard_test_sets_stay_whatever_is_fixed():
    standard = [TRAIN] * 160 + [TEST] * 40
    sets = split(LABELS, standard, contents=contents_of(TEXTS))
    assert sets["test"].tolist() == list(range(160, 200))
    assert (sets["dev"] == split(LABELS, standard)["dev"]).all()
