"""Data sets of sequences as later stages read them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spiketext.config.sequences import SequenceSet
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Texts
from spiketext.sequences.dataset import read_sequences
from spiketext.sequences.reports import lengths_of, report, vectors_report
from spiketext.text.encode import length_statistics
from spiketext.text.splits import split_rows

RNG = np.random.default_rng(5)
X = RNG.integers(0, 9, (12, 6))
Y = np.arange(12) % 3


def dataset(folder, parts, **keys):
    """A data set of files with these arrays, by split; and their paths."""
    paths, files = [], []
    for number, (split, arrays) in enumerate(parts):
        paths.append(folder / f"{number}.npz")
        np.savez(paths[-1], **arrays)
        lengths = {"lengths": "n"} if "n" in arrays else {}
        files.append({"path": str(paths[-1]), "split": split, **lengths})
    classes = keys.pop("classes", ["0", "1", "2"])
    return SequenceSet(files=files, classes=classes, **keys), paths


PARTS = [
    ("train", {"x": X[:6], "y": Y[:6]}),
    ("dev", {"x": X[6:9], "y": Y[6:9]}),
    ("test", {"x": X[9:], "y": Y[9:]}),
]


def values_of(found):
    """What a network would be fed: values of all elements, sequence after sequence."""
    return found.vectors[found.ids]


def test_elements_labels_and_splits(tmp_path):
    """File after file; a standard split is kept, whatever the seed."""
    found = read_sequences(*dataset(tmp_path, PARTS, scale=8))
    assert np.array_equal(values_of(found), (X / 8).astype(np.float32).reshape(-1, 1))
    assert found.ids.dtype == np.int32
    assert found.offsets.tolist() == list(range(0, 73, 6)) and found.labels.tolist() == Y.tolist()
    assert found.split.tolist() == [1] * 6 + [2] * 3 + [3] * 3
    assert not len(found.places)
    for seed in (1, 2):
        rows = split_rows(
            found.labels, found.split, ["0", "1", "2"], test_fraction=0.1, dev_fraction=0.1, seed=seed
        )
        assert {name: own.tolist() for name, own in rows.items()} == {
            "train": [0, 1, 2, 3, 4, 5], "dev": [6, 7, 8], "test": [9, 10, 11],
        }  # fmt: skip


def test_dev_and_test_are_drawn_where_there_are_none(tmp_path):
    """Every class in each of them, and by seed."""
    many = {"x": np.concatenate([X + 10 * i for i in range(5)]), "y": np.tile(Y, 5)}
    found = read_sequences(*dataset(tmp_path, [(None, many)]))
    chosen = [
        split_rows(
            found.labels, found.split, ["0", "1", "2"], test_fraction=0.2, dev_fraction=0.25, seed=seed
        )
        for seed in (1, 1, 2)
    ]
    assert {name: len(rows) for name, rows in chosen[0].items()} == {"train": 36, "dev": 12, "test": 12}
    assert set(found.labels[chosen[0]["dev"]]) == {0, 1, 2}
    assert np.array_equal(chosen[0]["test"], chosen[1]["test"])
    assert not np.array_equal(chosen[0]["test"], chosen[2]["test"])


def test_the_permutation_is_one_for_all(tmp_path):
    """For every sequence, split and run, and that of NumPy's default generator with the seed."""
    places = np.random.default_rng(7).permutation(6)
    assert places.tolist() != sorted(places)
    for _ in range(2):
        found = read_sequences(*dataset(tmp_path, PARTS, permutation=7))
        assert np.array_equal(found.places, places)
        assert np.array_equal(values_of(found).reshape(12, 6), X[:, places])
    other = read_sequences(*dataset(tmp_path, PARTS, permutation=8))
    assert not np.array_equal(other.places, places)


def test_the_permutation_moves_whole_elements(tmp_path):
    """All D values of one together."""
    x = RNG.normal(size=(4, 5, 3)).astype(np.float32)
    found = read_sequences(
        *dataset(tmp_path, [(None, {"x": x, "y": [0, 1, 0, 1]})], permutation=1, classes=["a", "b"])
    )
    places = np.random.default_rng(1).permutation(5)
    assert np.array_equal(values_of(found).reshape(4, 5, 3), x[:, places])


def test_sequences_of_several_lengths(tmp_path):
    """Are as long as they say; a permutation of their places means nothing."""
    part = {"x": X[:3], "y": Y[:3], "n": np.array([6, 1, 3])}
    found = read_sequences(*dataset(tmp_path, [(None, part)]))
    assert np.diff(found.offsets).tolist() == [6, 1, 3]
    assert values_of(found)[:, 0].tolist() == [*X[0], X[1, 0], *X[2, :3]]
    with pytest.raises(SpikeTextError, match=r"`permutation` needs sequences of one length, .* 1 to 6"):
        read_sequences(*dataset(tmp_path, [(None, part)], permutation=0))
    with pytest.raises(SpikeTextError, match="`permutation` needs sequences of one length"):
        parts = [("train", {"x": X, "y": Y}), ("test", {"x": X[:, :5], "y": Y})]
        read_sequences(*dataset(tmp_path, parts, permutation=0))


@pytest.mark.parametrize(
    ("labels", "classes", "codes"),
    [
        ([2, 0, 1], ["0", "1", "2"], [2, 0, 1]),
        ([2, 0, 1], ["up", "down", "still"], [2, 0, 1]),
        (["still", "up", "down"], ["up", "down", "still"], [2, 0, 1]),
        ([30, 10, 20], ["10", "20", "30"], [2, 0, 1]),
    ],
)
def test_labels_are_names_or_places(tmp_path, labels, classes, codes):
    found = read_sequences(*dataset(tmp_path, [(None, {"x": X[:3], "y": labels})], classes=classes))
    assert found.labels.tolist() == codes and found.labels.dtype == np.int64


def test_labels_that_mean_no_class(tmp_path):
    with pytest.raises(
        SpikeTextError, match=r"none of 0, 1, 2: -1, 3, 7; 4 sequences in all; correct `classes`"
    ):
        read_sequences(*dataset(tmp_path, [(None, {"x": X[:6], "y": [0, 3, 3, 7, -1, 1]})]))
    with pytest.raises(SpikeTextError, match="no sequence of class 2; add some"):
        read_sequences(*dataset(tmp_path, [(None, {"x": X[:2], "y": [0, 1]})]))


def test_repeated_sequences_are_kept_and_counted(tmp_path):
    """A standard split stays as it is; copies across it, and with other labels, are told."""
    x, y = X.copy(), Y.copy()
    x[1], y[1] = x[0], y[0]  # within train
    x[9], y[9] = x[2], y[2]  # train and test
    x[5] = x[4]  # two labels
    parts = [("train", slice(6)), ("dev", slice(6, 9)), ("test", slice(9, None))]
    spec, paths = dataset(tmp_path, [(name, {"x": x[some], "y": y[some]}) for name, some in parts])
    counted = report(read_sequences(spec, paths), spec)
    assert counted["read"] == counted["kept"] == 12
    assert (counted["repeated"], counted["overlapping"], counted["conflicting"]) == (4, 1, 2)
    assert counted["classes"] == dict(zip("012", np.bincount(y).tolist(), strict=True))
    assert [one["rows"] for one in counted["files"]] == [6, 3, 3]


def test_of_equal_sequences_one_is_kept_where_the_split_is_drawn(tmp_path):
    """None may stand in two parts; of a test set that is given, none goes."""
    x, y = X.copy(), Y.copy()
    x[1], y[1] = x[0], y[0]
    x[9], y[9] = x[2], y[2]
    spec, paths = dataset(tmp_path, [(None, {"x": x, "y": y})])
    found = read_sequences(spec, paths)
    counted = report(found, spec)
    assert (counted["read"], counted["kept"]) == (12, 10)
    length = len(found.ids) // 10
    assert len(np.unique(found.ids.reshape(10, length), axis=0)) == 10
    assert found.offsets.tolist() == [length * i for i in range(11)]
    given = [("train", {"x": x[:9], "y": y[:9]}), ("test", {"x": x[9:], "y": y[9:]})]
    found = read_sequences(*dataset(tmp_path, given))  # dev is drawn from train
    assert np.bincount(found.split).tolist()[1:] == [7, 0, 3]


def test_arrays_whose_columns_come_first_are_read_alike(tmp_path):
    """As a transposed table has them."""
    x = np.arange(24, dtype=np.float64).reshape(12, 1, 2)
    plain = read_sequences(*dataset(tmp_path, [(None, {"x": x, "y": Y})]))
    turned = read_sequences(*dataset(tmp_path, [(None, {"x": np.asfortranarray(x), "y": Y})]))
    assert np.array_equal(plain.vectors[plain.ids], turned.vectors[turned.ids])


def test_statistics_of_lengths_and_values(tmp_path):
    part = {"x": X[:3], "y": Y[:3], "n": np.array([6, 1, 3])}
    spec, paths = dataset(tmp_path, [(None, part)])
    found = read_sequences(spec, paths)
    lengths = lengths_of(found, spec)
    all_of_them = length_statistics(lengths, 4)
    assert (all_of_them["n"], all_of_them["length_max"], all_of_them["truncated_share"]) == (3, 6, 0.3333)
    distinct = {*X[0].tolist(), int(X[1, 0]), *X[2, :3].tolist()}
    assert all_of_them["vocabulary"] == len(distinct)
    assert length_statistics(lengths, 4, code=1)["vocabulary"] == 1
    figures = vectors_report(found)
    assert (figures["width"], figures["words"]) == (1, len(distinct))
    assert figures["mean"] == pytest.approx(np.mean(list(distinct)))
    assert figures["std"] == pytest.approx(np.std(list(distinct)))


def test_networks_are_fed_the_values(tmp_path):
    """Through the batches that they read texts by."""
    found = read_sequences(*dataset(tmp_path, PARTS))
    batch = Texts(found.ids, found.offsets, found.labels, max_length=4).batch(np.array([11, 3]))
    assert batch.lengths.tolist() == [4, 4] and batch.labels.tolist() == [2, 0]
    assert found.vectors[batch.ids][:, 0].tolist() == [*X[11, :4], *X[3, :4]]


@pytest.mark.parametrize("form", ["npz", "parquet"])
def test_targets_that_are_numbers(tmp_path, form):
    """As they stand in the file; equal sequences with several targets contradict each other."""
    x, y = X[:8].astype(np.float64), np.array([0.25, -1.5, 3, 0, 1e6, 2, 2, 0.125])
    x[6], x[7] = x[0], x[1]
    y[7] = y[1]
    path = tmp_path / f"a.{form}"
    if form == "npz":
        np.savez(path, x=x, y=y)
    else:
        pq.write_table(pa.table({"x": x.tolist(), "y": y}), path)
    spec = SequenceSet(files=[{"path": str(path)}], target="value")
    found = read_sequences(spec, [path])
    assert found.labels.dtype == np.float64 and found.labels.tolist() == [-1.5, 3, 0, 1e6, 2]
    counted = report(found, spec)
    assert (counted["read"], counted["kept"], counted["conflicting"]) == (8, 5, 2)
    assert counted["classes"] == {}
    assert counted["target"]["mean"] == pytest.approx(np.mean([-1.5, 3, 0, 1e6, 2]))
    lengths = lengths_of(found, spec)
    assert length_statistics(lengths, 4)["n"] == 5


@pytest.mark.parametrize(
    ("labels", "target", "said"),
    [
        (["a", "b", "c"], "value", "`y` is of type <U1, not numbers; correct"),
        ([0.5, np.nan, 1], "value", "the target of sequence 2 is no finite number"),
        ([0.5, 1.5, 1], "classes", "`y` is of type float64, not whole numbers or texts"),
    ],
)
def test_labels_that_the_target_cannot_be(tmp_path, labels, target, said):
    path = tmp_path / "a.npz"
    np.savez(path, x=X[:3], y=labels)
    classes = {"classes": ["0", "1"]} if target == "classes" else {}
    with pytest.raises(SpikeTextError, match=said):
        read_sequences(SequenceSet(files=[{"path": str(path)}], target=target, **classes), [path])
