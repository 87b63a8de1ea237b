"""The draws of dev and test rows are independent of each other."""

import numpy as np

from spiketext.text.duplicates import SPLITS
from spiketext.text.splits import split_rows


def test_dev_rows_are_not_those_that_a_test_set_would_get():
    """From the same 80 rows and by the same seed, as many rows, once as dev and once as test set."""
    labels = np.arange(100) % 2

    def drawn(missing, standard):
        splits = np.full(100, SPLITS.index("train"), dtype=np.int8)
        splits[80:] = SPLITS.index(standard)
        fractions = {"test_fraction": 0.25, "dev_fraction": 0.25}
        return set(split_rows(labels, splits, ["a", "b"], **fractions, seed=3)[missing].tolist())

    test, dev = drawn("test", standard="dev"), drawn("dev", standard="test")
    assert len(test) == len(dev) == 20
    assert max(test | dev) < 80
    # Of 20 independent rows of 80 five are in both sets on average, with a deviation of 1.7.
    assert len(test & dev) < 12
