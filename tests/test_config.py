"""The configuration: mistakes are named, docs and schema follow the model."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spiketext import config_docs
from spiketext.config import Config
from spiketext.errors import SpikeTextError
from spiketext.load_config import load_config, merge

ROOT = Path(__file__).parents[1]


def test_default_config_states_the_models_defaults():
    """What config/config.yaml writes out is what an empty file would give."""
    values = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert load_config(values) == load_config({})


@pytest.mark.parametrize(
    ("path", "text"), [(config_docs.README, config_docs.readme), (config_docs.SCHEMA, config_docs.schema)]
)
def test_generated_files_are_up_to_date(path, text):
    """After a change of the model: python -m spiketext.config_docs."""
    assert path.read_text(encoding="utf-8") == text()


def test_every_key_is_described():
    """No empty cell in config/README.md."""
    for _, model in config_docs.SECTIONS:
        for name, field in model.model_fields.items():
            assert field.description or model.__name__ == "Definitions", (model, name)


@pytest.mark.parametrize("file", sorted((ROOT / "config").glob("*.yaml")), ids=lambda f: f.name)
def test_shipped_files_are_valid(file):
    """As an overlay on the default configuration."""
    default = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert isinstance(load_config(merge(default, yaml.safe_load(file.read_text()))), Config)


MISTAKES = [
    ({"sedes": [1]}, "unknown key `sedes`; did you mean `seeds`?"),
    ({"attack": {"sampel": 3}}, "unknown key `attack.sampel`; did you mean `sample`?"),
    (
        {"define": {"methods": {"lv2023": {"finetuning": {"stpes": 3}}}}},
        "unknown key `define.methods.lv2023.finetuning.stpes`; did you mean `steps`?",
    ),
    (
        {"define": {"methods": {"lv2023": {"finetuning": {"steps": 0}}}}},
        "greater than or equal to 1, not '0'",
    ),
    (
        {"define": {"methods": {"lv2023": {"conversion": {"steps": [4, -1]}}}}},
        "greater than or equal to 1, not '-1'",
    ),
    ({"seeds": ["x"]}, "valid integer"),
    ({"seeds": [1, 1]}, "twice"),
    ({"datasets": ["mrr"]}, "`mrr` is not among the datasets defined"),
    ({"datasets": ["../../etc"]}, "should match pattern"),
    ({"define": {"methods": {"a/b": {}}}}, "should match pattern"),
    ({"define": {"methods": {"dnn": {"conversion": {}}}}}, "needs a network with pooling: mean"),
    *(
        ({"define": {"methods": methods}}, message)
        for methods, message in (
            ({"x": {"dnn": "y", "conversion": {}}}, "`x`, `dnn: y`: there is no such method"),
            ({"x": {"dnn": "x", "conversion": {}}}, "`x`, `dnn: x`: a method's own DNN"),
            (
                {"x": {"dnn": "y", "conversion": {}}, "y": {"dnn": "lv2023", "conversion": {}}},
                "`x`, `dnn: y`: that method trains no DNN either; name `lv2023` itself",
            ),
            ({"x": {"dnn": "dnn", "conversion": {}}}, "`x`, `dnn: dnn`: its network cannot be converted"),
            ({"x": {"dnn": "lv2023", "conversion": {}, "network": {}}}, "with `dnn`, `network` is that of"),
            ({"lv2023": {"dnn": "dnn"}}, "with `dnn`, `training` is that of"),
            ({"x": {"dnn": "lv2023"}}, "`dnn` needs `conversion`"),
            (
                {"lv2023": {"network": {"levels": 3}}},
                "needs a network with pooling: mean, bias: false, levels",
            ),
            (
                {"x": {"dnn": "y", "conversion": {}}, "y": {"network": {"levels": 3}}},
                "`x`, `dnn: y`: its network cannot be converted; that needs pooling: mean, bias: false, "
                "levels: null",
            ),
            ({"dnn": {"network": {"levels": 0}}}, "greater than or equal to 1, not '0'"),
        )
    ),
    (
        {"methods": ["x"], "define": {"methods": {"x": {"dnn": "lv2023", "conversion": {}}}}},
        "`x` converts the DNN of `lv2023`: list `lv2023` in `methods` too",
    ),
    ({"define": {"datasets": {"mr": {"classes": ["only"]}}}}, "at least 2 items"),
    ({"define": [1]}, "must be a mapping"),
    ({"define": {"datasets": {"mr": {"classes": ["1", "0"]}}}}, "would mean label 0"),
    ({"define": {"datasets": {"mr": {"classes": ["a", "a "]}}}}, "names a class twice"),
    ({"define": {"methods": {"dnn": {"network": {"widths": [0]}}}}}, "greater than or equal to 1"),
    ({"define": {"methods": {"dnn": {"training": {"learning_rate": float("inf")}}}}}, "finite number"),
    ({"results": "a{b}c"}, "results: must not hold '{' '}'"),
    (
        {"define": {"datasets": {"mr": {"files": [{"path": "/nope/x.csv"}]}}}},
        "no file `/nope/x.csv`: check its path",
    ),
    (
        {"define": {"datasets": {"mr": {"files": [{"path": "x.csv", "encoding": "utf-9"}]}}}},
        "no character encoding",
    ),
    ({"define": {"datasets": {"mr": {"files": [{"format": "csv"}]}}}}, "either `resource`"),
    (
        {"define": {"methods": {"lv2023": {"conversion": {"coding": "on-off"}}}}},
        "`coding: on-off` needs a network with positive: false",
    ),
    (
        {"define": {"methods": {"x": {"dnn": "lv2023", "conversion": {"coding": "learned"}}}}},
        "`coding: learned` needs a network with positive: false",
    ),
    (
        {"define": {"methods": {"lv2023": {"finetuning": {"budget": 0.2}}}}},
        "`budget` needs `coding: learned`",
    ),
]


@pytest.mark.parametrize(("values", "message"), MISTAKES)
def test_a_mistake_is_one_line_that_says_what_and_where(values, message):
    """The key, the reason, and what to do."""
    with pytest.raises(SpikeTextError) as caught:
        load_config(values)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_of_a_wrong_key_is_named(tmp_path):
    """The last file that has the key; the command line if none has."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("seeds: [1]\n")
    second.write_text("atack: {sample: 3}\n")
    with pytest.raises(SpikeTextError, match=r"b\.yaml: unknown key `atack`; did you mean `attack`"):
        load_config({"seeds": [1], "atack": {"sample": 3}}, [first, second])
    with pytest.raises(SpikeTextError, match="--config: unknown key `mirrror`"):
        load_config({"seeds": [1], "mirrror": "x"}, [first])


def test_define_changes_single_values():
    """The rest of the catalogue's entry stays."""
    config = load_config({"define": {"methods": {"lv2023": {"finetuning": {"steps": 5}}}}})
    default = load_config({})
    assert config.define.methods["lv2023"].finetuning.steps == 5
    assert config.define.methods["lv2023"].training == default.define.methods["lv2023"].training


def test_a_method_takes_over_another_ones_dnn():
    """Network and training are filled in; it has no stage of a DNN."""
    methods = {"x": {"dnn": "lv2023", "conversion": {}}, "lv2023": {"training": {"epochs": 77}}}
    config = load_config({"methods": ["x", "lv2023"], "define": {"methods": methods}})
    ours, source = config.define.methods["x"], config.define.methods["lv2023"]
    assert (ours.network, ours.training) == (source.network, source.training)
    assert ours.training.epochs == 77
    assert ours.stages == ["converted"]
    assert source.stages == ["dnn", "converted", "finetuned"]


nested = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3))


@given(nested, nested)
def test_merge_keeps_everything_of_the_second(base, over):
    """Each value of `over` is found in the result, and merging it again changes nothing."""
    merged = merge(base, over)
    assert merge(merged, over) == merged
    if isinstance(over, dict) and isinstance(base, dict):
        assert set(merged) == set(base) | set(over)


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=5), st.none()), max_size=4)
)
def test_any_values_give_a_config_or_one_line(values):
    """Whatever stands in the file: no traceback of another kind."""
    try:
        load_config(values)
    except SpikeTextError as error:
        assert "\n" not in str(error)
