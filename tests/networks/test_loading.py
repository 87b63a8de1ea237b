"""What is loaded is what the run asks for, before any of it reaches a network."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.embeddings.table import load_table
from spiketext.inputs.words import load_transform
from spiketext.networks import assemble
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.weights import load_weights
from spiketext.tasks.classes import Classes
from spiketext.text.splits import load_split
from tests.training_helpers import WIDTHS, small_sentences, small_words

CLASSES = 2
SIGNED = WordVectors(transform="standardised")
METHODS = {
    "dnn": Method(network=TextCNN(channels=6, bias=True, levels=2)),
    "rate": Method(network=TextCNN(channels=6), conversion=Conversion()),
    "learned": Method(
        inputs=SIGNED, network=TextCNN(channels=6), conversion=Conversion(encoder={"kind": "learned"})
    ),
}
STEPS = 4
GOOD = {
    "tokens": {
        "ids": np.array([1, 2, 3, 1], np.int32),
        "offsets": np.array([0, 2, 3, 4]),
        "labels": np.array([0, 1, 1]),
        "split": np.zeros(3, np.int8),
    },
    "split": {"train": np.array([0, 2]), "dev": np.array([1]), "test": np.array([3, 4])},
    "table": {
        "vectors": np.array([[0, 0], [1, 2], [0, 0]], np.float32),
        "covered": np.array([False, True, False]),
    },
}


def build(kind, weights):
    """The network of a kind, as the rules build it."""
    method, words = METHODS[kind], small_words()
    if kind == "dnn":
        return assemble.dnn(method, words, CLASSES, weights)
    return assemble.spiking(method, words, weights, STEPS, 0, CLASSES)


def weights_of(kind):
    """Good weights, as numpy arrays."""
    torch.manual_seed(0)
    method, words = METHODS[kind], small_words()
    dnn = assemble.dnn(method, words, CLASSES, None)
    if kind == "dnn":
        found = dnn.network.weights()
        found |= {name: torch.zeros(()) for name in found if name.endswith("log_step")}
    else:
        ones = dict.fromkeys(assemble.balanced(method), torch.ones(1, dtype=torch.float64))
        found = assemble.converted(method, dnn, ones, STEPS)
    return {name: tensor.detach().numpy() for name, tensor in found.items()}


@pytest.fixture(params=METHODS)
def stored(request, tmp_path):
    return request.param, weights_of(request.param), tmp_path / "seed1" / "converted.safetensors"


def load(kind, path):
    return build(kind, load_weights(path))


def test_good_weights_are_taken_as_they_are(stored):
    kind, good, path = stored
    write_arrays(path, good)
    built = load(kind, path)
    for name, tensor in built.network.weights().items():
        np.testing.assert_allclose(tensor, good[name], rtol=1e-5, atol=1e-6)
    assert built.scores(small_sentences().batch(np.arange(4))).isfinite().all()


def test_every_other_shape_type_or_value_of_every_weight_is_refused(stored):
    """The message names the file, the array and the rule that makes it anew."""
    kind, good, path = stored
    for name, array in good.items():
        flat = array.reshape(-1)
        bad = {
            "one more": np.concatenate([array, array[:1]]) if array.ndim else array[None],
            "one row": array[:1] if array.ndim and len(array) > 1 else np.zeros((1, 1), np.float32),
            "double": array.astype(np.float64),
            "whole": array.astype(np.int32),
            "nan": np.where(np.arange(flat.size) == flat.size - 1, np.nan, flat)
            .astype(np.float32)
            .reshape(array.shape),
            "inf": np.full_like(array, -np.inf),
            "none": array[:0] if array.ndim else np.zeros(0, np.float32),
        }
        if array.ndim == 2:
            bad["turned"] = np.ascontiguousarray(array.T)
        for what, changed in bad.items():
            if name in ("encoder.on", "encoder.off") and what in ("one more", "one row", "none"):
                continue  # the other one has another number of steps, which the next test looks at
            write_arrays(path, good | {name: changed})
            with pytest.raises(SpikeTextError, match=rf"converted.*{name}.*rule convert makes it") as caught:
                load(kind, path)
            assert str(caught.value).isprintable(), what
        write_arrays(path, {key: value for key, value in good.items() if key != name})
        with pytest.raises(SpikeTextError, match=f"lacks {name}"):
            load(kind, path)
    write_arrays(path, good | {"more": np.zeros(1, np.float32)})
    with pytest.raises(SpikeTextError, match="has more"):
        load(kind, path)


def test_thresholds_for_fewer_steps_are_refused(tmp_path):
    good, path = weights_of("learned"), tmp_path / "a.safetensors"
    write_arrays(path, good | {"encoder.on": good["encoder.on"][:1]})
    with pytest.raises(SpikeTextError, match=r"encoder\.off has the shape"):
        load("learned", path)
    write_arrays(path, good | {name: good[name][:1] for name in ("encoder.on", "encoder.off")})
    with pytest.raises(SpikeTextError, match="thresholds for 1 steps, not for 4"):
        load("learned", path).scores(small_sentences().batch(np.arange(4)))


@pytest.mark.parametrize("kind", ["dnn", "rate"])
def test_weights_of_another_network_or_data_set_are_refused(kind, tmp_path):
    write_arrays(tmp_path / "a.safetensors", weights_of("learned"))
    with pytest.raises(SpikeTextError, match="does not fit"):
        load(kind, tmp_path / "a.safetensors")


@settings(max_examples=150)
@given(st.data())
def test_any_arrays_as_weights(tmp_path_factory, tried, data):
    """Good ones with some replaced by any others: taken if nothing but values differ, else one line."""
    kind = data.draw(st.sampled_from(list(METHODS)))
    good, path = weights_of(kind), tmp_path_factory.getbasetemp() / "any.safetensors"
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=80)
    shape = data.draw(st.one_of(shapes, st.sampled_from([array.shape for array in good.values()])))
    dtype = data.draw(st.sampled_from(["float32", "float64", "float16", "int64", "uint8", "bool"]))
    values = np.resize(data.draw(hnp.arrays(dtype, 7)), shape)
    name = data.draw(st.sampled_from([*good, "other"]))
    write_arrays(path, good | {name: values})
    tried()
    fits = name in good and dtype == "float32" and shape == good[name].shape and np.isfinite(values).all()
    if fits:
        load(kind, path)
    else:
        with pytest.raises(SpikeTextError):
            load(kind, path)


READERS = {
    "tokens": lambda path: Texts.load(path, 10, vocabulary=4, labels=Classes("accuracy", 2).labels),
    "split": lambda path: load_split(path, 5),
    "table": lambda path: load_table(path, path.with_name("words.json")),
}


def stored_as(kind, arrays, folder):
    write_json(folder / "words.json", {"words": ["", "a", "b"]})
    write_arrays(folder / f"{kind}.safetensors", arrays)
    return folder / f"{kind}.safetensors"


@pytest.mark.parametrize("kind", READERS)
def test_good_files_are_read(kind, tmp_path):
    READERS[kind](stored_as(kind, GOOD[kind], tmp_path))


@pytest.mark.parametrize(
    ("kind", "changed", "message"),
    [
        ("tokens", {"ids": np.array([1, 2, 4, 1], np.int32)}, "ids holds values beyond 1 to 3"),
        ("tokens", {"ids": np.array([1, 2, 0, 1], np.int32)}, "ids holds values beyond"),
        ("tokens", {"ids": np.array([1, 2, -3, 1], np.int32)}, "ids holds values beyond"),
        ("tokens", {"ids": np.array([1, 2, 3, 1])}, "ids is int64, not int32"),
        ("tokens", {"labels": np.array([0, 1, 2])}, "labels holds values beyond 0 to 1"),
        ("tokens", {"labels": np.array([0, 1])}, "split has the shape"),
        ("tokens", {"labels": np.array([0.0, 1, 1])}, "labels is float64"),
        ("tokens", {"offsets": np.array([0, 2, 3])}, "not as long"),
        ("tokens", {"offsets": np.array([0, 2, 3, 9])}, "not as long"),
        ("tokens", {"offsets": np.array([1, 2, 3, 4])}, "not as long"),
        ("tokens", {"offsets": np.array([0, 4, 3, 4])}, "negative length"),
        ("split", {"dev": np.array([2])}, "stands in it twice"),
        ("split", {"test": np.array([4, 3])}, "out of order"),
        ("split", {"test": np.array([3, 5])}, "test holds values beyond 0 to 4"),
        ("split", {"test": np.array([-1, 3])}, "test holds values beyond"),
        ("split", {"dev": np.array([], np.int64)}, "a set is empty"),
        ("split", {"dev": np.array([[1]])}, "dev has the shape"),
        ("split", {"dev": np.array([1], np.int32)}, "dev is int32"),
        ("table", {"vectors": np.zeros((2, 2), np.float32)}, "vectors has the shape"),
        ("table", {"vectors": np.zeros((3, 0), np.float32)}, "padding"),
        ("table", {"vectors": np.ones((3, 2), np.float32)}, "padding"),
        ("table", {"vectors": np.full((3, 2), np.nan, np.float32)}, "not finite"),
        ("table", {"covered": np.array([0, 1, 0], np.uint8)}, "covered is uint8"),
    ],
)
def test_other_contents_are_refused(kind, changed, message, tmp_path):
    with pytest.raises(SpikeTextError, match=message):
        READERS[kind](stored_as(kind, GOOD[kind] | changed, tmp_path))


def test_words_that_are_none_are_refused(tmp_path):
    path = stored_as("table", GOOD["table"], tmp_path)
    for words in ({"words": ["", 1, "b"]}, {"words": "abc"}, {}):
        write_json(tmp_path / "words.json", words)
        with pytest.raises(SpikeTextError, match="holds no list of words"):
            load_table(path, tmp_path / "words.json")


@pytest.mark.parametrize("figures", [{"mean": 0.1}, {"mean": "a", "std": 1.0}, {"mean": 0.1, "std": 0.0}, {}])
def test_a_scale_of_the_vectors_that_is_none_is_refused(figures, tmp_path):
    write_json(tmp_path / "report.json", {"mean": 0.5, "std": 2.0})
    files = SimpleNamespace(vectors_report=tmp_path / "report.json")
    assert load_transform(files, WordVectors()).std == 2.0
    write_json(tmp_path / "report.json", figures)
    with pytest.raises(SpikeTextError, match="mean or deviation"):
        load_transform(files, WordVectors())


@settings(max_examples=150)
@given(st.data())
def test_any_arrays_as_tokens_splits_and_tables(tmp_path_factory, tried, data):
    """One array is replaced by another one: read, or one line; what is read can be made batches of."""
    kind = data.draw(st.sampled_from(list(READERS)))
    name = data.draw(st.sampled_from([*GOOD[kind], "other"]))
    dtype = data.draw(st.sampled_from(["int32", "int64", "int8", "float32", "bool"]))
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=5))
    small = {"elements": st.integers(-1, 5)} if dtype.startswith("int") else {}
    path = stored_as(
        kind,
        GOOD[kind] | {name: data.draw(hnp.arrays(dtype, shape, **small))},
        tmp_path_factory.getbasetemp(),
    )
    tried()
    try:
        found = READERS[kind](path)
    except SpikeTextError as error:
        assert str(error).isprintable()
        return
    if kind == "tokens":
        TextLayout.of(found.batch(np.arange(3)), WIDTHS, torch.device("cpu"))


def test_arrays_know_their_file(tmp_path):
    write_arrays(tmp_path / "a.safetensors", GOOD["split"])
    assert read_arrays(tmp_path / "a.safetensors").path == tmp_path / "a.safetensors"
