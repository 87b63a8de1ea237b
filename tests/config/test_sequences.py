"""The configuration of sequences of numbers, beside that of texts."""

import numpy as np
import pytest

from spiketext.config.data import TextSet
from spiketext.config.load import load_config
from spiketext.config.sequences import ArrayFile, SequenceSet
from spiketext.errors import SpikeTextError

GOOD = {"kind": "sequences", "classes": ["a", "b"], "files": [{"path": "x.npz"}]}
READING_NO_WORDS = {"methods": ["dnn"], "baselines": ["majority", "mean-vector"]}


def defined(**keys):
    """A configuration that defines, and does not use, a data set with these keys changed."""
    return load_config({"define": {"datasets": {"own": {**GOOD, **keys}}}}).define.datasets["own"]


def test_text_unless_another_kind_is_said():
    """So that no file of before changes its meaning."""
    config = load_config({"define": {"datasets": {"mr": {"max_length": 32}, "own": GOOD}}})
    assert isinstance(config.define.datasets["mr"], TextSet) and config.define.datasets["mr"].max_length == 32
    assert isinstance(config.define.datasets["own"], SequenceSet)
    assert "own" not in config.define.texts and "mr" in config.define.texts


def test_mnist_is_in_the_catalogue():
    """Twice: as it is, and permuted; the rest is the same."""
    config = load_config({"datasets": ["s-mnist", "ps-mnist"], **READING_NO_WORDS})
    plain, permuted = (config.define.datasets[name] for name in config.datasets)
    assert plain.classes == permuted.classes == [str(digit) for digit in range(10)]
    assert plain.max_length == permuted.max_length == 784
    assert [file.split for file in plain.files] == ["train", "dev", "test"]
    assert plain.files == permuted.files
    assert (plain.permutation, permuted.permutation) == (None, 0)


@pytest.mark.parametrize(("name", "form"), [("a.npz", "npz"), ("a.PARQUET", "parquet"), ("a.b.npz", "npz")])
def test_forms_by_name(name, form):
    assert ArrayFile(path=name).form == form
    assert ArrayFile(path=name, format="pickle").form == "pickle"
    assert ArrayFile(resource="r", file=name).form == form


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"language": "en"}, "unknown key `define.datasets.own.language`"),
        ({"embedding": "minilm"}, "unknown key `define.datasets.own.embedding`"),
        ({"labels": {1: "a"}}, "unknown key `define.datasets.own.labels`"),
        ({"published": "MR"}, "unknown key `define.datasets.own.published`"),
        ({"files": [{"path": "x.npz", "text": "x"}]}, "unknown key `define.datasets.own.files.0.text`"),
        ({"files": [{"path": "x.npy"}]}, "the name of `x.npy` does not say its form: give `format`"),
        ({"files": [{"path": "x.parquet", "lengths": "n"}]}, "format `parquet` has no `lengths`"),
        ({"files": [{"values": "x"}]}, "a file needs either `resource` .with `file`. or `path`"),
        ({"files": []}, "define.datasets.own.files: List should have at least 1 item"),
        ({"classes": ["a"]}, "define.datasets.own.classes: two or more are needed, or `target: value`"),
        ({"target": "value"}, "define.datasets.own.classes: with `target: value` there are no classes"),
        ({"target": "values"}, "define.datasets.own.target: Input should be .classes. or .value."),
        ({"classes": ["1", "01"]}, "`classes` names a class twice"),
        ({"class_weights": {"c": 2}}, "`c` is none of `classes`: a, b"),
        ({"scale": 0}, "define.datasets.own.scale: Input should be greater than 0"),
        ({"permutation": -1}, "define.datasets.own.permutation: Input should be greater than or equal to 0"),
        ({"kind": "sequence"}, "define.datasets.own: needs `kind`: one of text, sequences"),
    ],
)
def test_mistakes_are_one_line(keys, said):
    with pytest.raises(SpikeTextError, match=said) as caught:
        defined(**keys)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named_without_the_kind():
    """Whether the kind is said or not."""
    for keys in ({}, {"kind": "text"}, {"kind": "sequences", "files": [{"path": "x.npz"}]}):
        with pytest.raises(SpikeTextError, match=r"define\.datasets\.own\.classes: (Field required|two or)"):
            load_config({"define": {"datasets": {"own": keys}}})


def test_what_needs_words():
    """TF-IDF is refused where a data set of the study has none, and only there."""
    with pytest.raises(SpikeTextError, match=r"baselines: `tf-idf` reads words, and `s-mnist` has none"):
        load_config({"datasets": ["mr", "s-mnist"], "methods": ["dnn"]})
    with pytest.raises(SpikeTextError, match=r"methods: `tf-idf` reads words.*`methods: \[dnn\]`"):
        load_config({"datasets": ["s-mnist"], "methods": ["dnn", "tf-idf"], "baselines": []})
    config = load_config({"datasets": ["mr", "s-mnist"], **READING_NO_WORDS})
    assert config.attack.recipes(config.define.datasets["s-mnist"].language) == []


def test_values_as_they_are_are_for_analog_input():
    """Other encoders take values of a known range."""

    def direct(kind):
        network = {"kind": "python", "file": __file__}
        return {
            "inputs": {"transform": "as-is"},
            "network": network,
            "direct": {"encoder": {"kind": kind}},
        }

    config = load_config({"define": {"methods": {"own": direct("analog")}}})
    assert config.define.methods["own"].inputs.transform == "as-is"
    for kind, needed in (("rate", "positive"), ("on-off", "standardised")):
        with pytest.raises(SpikeTextError, match=f"`{kind}` needs `inputs: {{transform: {needed}}}`"):
            load_config({"define": {"methods": {"own": direct(kind)}}})


def test_files_must_be_there(tmp_path):
    values = {"datasets": ["own"], **READING_NO_WORDS, "define": {"datasets": {"own": GOOD}}}
    with pytest.raises(SpikeTextError, match=r"define\.datasets\.own\.files\.0\.path: there is no file"):
        load_config(values)
    path = tmp_path / "x.npz"
    np.savez(path, x=np.zeros((2, 2)), y=[0, 1])
    values["define"] = {"datasets": {"own": {**GOOD, "files": [{"path": str(path)}]}}}
    assert load_config(values).datasets == ["own"]
