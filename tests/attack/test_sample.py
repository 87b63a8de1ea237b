import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.arrays import write_arrays
from spiketext.attack.sample import draw_rows, read_sample
from spiketext.errors import SpikeTextError
from spiketext.tables import table_writer


@given(st.lists(st.integers(0, 4), max_size=200), st.integers(1, 80), st.integers(0, 2**31 - 1))
def test_sample_is_stratified_without_repetition(labels, size, seed):
    labels = np.array(labels, dtype=int)
    rows = draw_rows(labels, size, seed)
    assert len(rows) == min(size, len(labels))
    assert np.array_equal(rows, np.unique(rows))
    for value in np.unique(labels):
        share = len(rows) * (labels == value).mean()
        assert abs((labels[rows] == value).sum() - share) < 1


def test_sample_depends_on_the_seed_alone():
    labels = np.arange(1000) % 2
    assert np.array_equal(draw_rows(labels, 50, 3), draw_rows(labels, 50, 3))
    assert not np.array_equal(draw_rows(labels, 50, 3), draw_rows(labels, 50, 4))


@pytest.fixture
def corpus(tmp_path):
    texts = [f"sentence {i} \x85 \u2028 end" for i in range(100)]
    table = pa.table(
        {
            "id": pa.array([1000 + i for i in range(100)], pa.int64()),
            "split": [""] * 100,
            "label": pa.array([i % 2 for i in range(100)], pa.int16()),
            "text": texts,
            "tokens": [text.split() for text in texts],
        }
    )
    path = tmp_path / "corpus.parquet"
    with table_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=7)
    return path


@pytest.fixture
def split(tmp_path):
    """A function that writes a split with these test rows; all others are for training and choosing."""

    def write(test):
        rest = np.setdiff1d(np.arange(100), test)
        path = tmp_path / "split.safetensors"
        write_arrays(path, {"train": rest[1::2], "dev": rest[::2], "test": np.sort(test)})
        return path

    return write


def test_sample_is_read_from_the_test_rows_across_row_groups(corpus, split):
    test = np.arange(99, 50, -3)
    examples = read_sample(corpus, split(test), 10, seed=1)
    assert len(examples) == 10
    for example in examples:
        row = example.id - 1000
        assert row in test
        assert example.label == row % 2
        assert example.text == f"sentence {row} \x85 \u2028 end"
        assert example.tokens == tuple(example.text.split())


@pytest.mark.parametrize("size", [3, 20, 1000])
def test_no_text_is_taken_that_training_or_choosing_saw(corpus, split, size):
    test = np.arange(5, 95, 9)
    ids = [example.id for example in read_sample(corpus, split(test), size, seed=2)]
    assert set(ids) <= set(1000 + test)
    assert len(ids) == min(size, len(test))


def test_a_split_of_another_corpus_is_refused(corpus, split):
    with pytest.raises(SpikeTextError, match="does not fit"):
        read_sample(corpus, split([5, 100]), 2, seed=1)


def test_a_damaged_corpus_is_refused(corpus, split):
    corpus.write_bytes(corpus.read_bytes()[:-100])
    with pytest.raises(SpikeTextError, match="is damaged"):
        read_sample(corpus, split([5, 6]), 2, seed=1)
