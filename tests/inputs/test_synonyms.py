"""Synonyms of a data set's words: collected, stored, read."""

import numpy as np
import pytest
import torch

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.data import Embedding, VectorSource
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.synonyms import Synonyms, collect
from spiketext.inputs.words import InputTransform
from tests.workflow.tiny import write_glove

WORDS = ["", "good", "bad", "film"]
LISTS = {"good": ["film", "bad", "good"], "film": ["movie"], "unheard": ["good"]}
CPU = torch.device("cpu")


@pytest.fixture
def arrays(tmp_path):
    """What is collected with vectors of one number twice; a list of vectors is not read again for `movie`."""
    write_glove(tmp_path / "glove.txt.gz", {"movie": np.ones(2)})
    spec = Embedding(sources=[VectorSource(kind="text", path=str(tmp_path / "glove.txt.gz"))])
    table = np.arange(4, dtype=np.float32)[:, None].repeat(2, 1)
    return collect(WORDS, LISTS, Embedder(WORDS, table, np.arange(4) > 0, {}, spec, []))


def test_every_word_has_the_synonyms_of_its_list(arrays, tmp_path):
    """Without the word itself; with vectors as the network sees them, zero where there is none."""
    write_arrays(tmp_path / "synonyms", arrays)
    found = Synonyms.load(tmp_path / "synonyms", 4, InputTransform("standardised", 1.0, 2.0), CPU)
    owners, members = found.of(np.array([3, 1, 2, 1]))
    values = found.values[torch.from_numpy(members), 0].tolist()
    bad, film, movie = 0.5, 1.0, 0.0
    pairs = list(zip(owners.tolist(), values, strict=True))
    assert pairs == [(0, movie), (1, film), (1, bad), (3, film), (3, bad)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"starts": np.array([0, 0, 2, 2, 9])}, "lists lead nowhere"),
        ({"starts": np.array([0, 2, 0, 2, 3])}, "lists lead nowhere"),
        ({"members": np.array([0, 1, 7])}, "lists lead nowhere"),
        ({"starts": np.array([0, 3])}, "starts has the shape"),
    ],
)
def test_what_does_not_fit_is_refused(arrays, tmp_path, change, said):
    write_arrays(tmp_path / "synonyms", arrays | change)
    with pytest.raises(SpikeTextError, match=said):
        Synonyms.load(tmp_path / "synonyms", 4, InputTransform("standardised", 0.0, 1.0), CPU)


def test_no_word_has_any(tmp_path):
    """A lexicon of other words: no pair, and nothing fails."""
    empty = collect(WORDS, {}, Embedder(WORDS, np.zeros((4, 2), np.float32), np.zeros(4, bool), {}, None, []))
    write_arrays(tmp_path / "synonyms", empty)
    assert read_arrays(tmp_path / "synonyms")["vectors"].shape == (0, 2)
    owners, _ = Synonyms.load(tmp_path / "synonyms", 4, InputTransform("standardised", 0.0, 1.0), CPU).of(
        np.arange(4)
    )
    assert len(owners) == 0
