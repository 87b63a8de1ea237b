"""Sections of several kinds, and keys of former versions: what is said of mistakes, and how they merge."""

import pytest
import yaml

from spiketext.config import renamed
from spiketext.config.load import load_config, merge
from spiketext.errors import SpikeTextError

FORMER = [
    ("network", "positive", "`inputs: {transform: positive}` or `{transform: standardised}`"),
    ("conversion", "coding", "`conversion: {encoder: {kind: …}}`"),
    ("conversion", "span", "`full_scale` of `conversion: encoder`"),
    ("conversion", "silence", "`dead_zone` of `conversion: encoder`"),
    ("conversion", "balance", "`conversion: {rule: {kind: …}}`"),
    ("conversion", "percentile", "`percentile` of `conversion: rule`"),
    ("conversion", "calibration", "`calibration` of `conversion: rule`"),
    ("finetuning", "budget", "`finetuning: {objective: {kind: spike-budget, spikes: …}}`"),
]


@pytest.mark.parametrize(("section", "key", "now"), FORMER)
@pytest.mark.parametrize("value", [0.5, "rate", None, {"kind": "rate"}])
def test_a_key_of_a_former_version_is_answered_with_the_new_one(section, key, now, value, tmp_path):
    """Of methods of the catalogue and of the user's own, whatever its value is; the file is named."""
    file = tmp_path / "my.yaml"
    for method in ("lv2023", "mine"):
        values = {"define": {"methods": {method: {section: {key: value}}}}}
        file.write_text(yaml.safe_dump(values))
        with pytest.raises(SpikeTextError) as caught:
            load_config(values, [file])
        where = f"define.methods.{method}.{section}.{key}"
        assert str(caught.value) == f"{file}: unknown key `{where}`; it is now {now}"


def test_all_former_keys_are_known():
    """And only where they stood: `percentile` is a key of the rule now."""
    for section, key, now in FORMER:
        assert renamed.now(["define", "methods", "x", section, key]) == now
        assert renamed.now(["define", "methods", "x", key]) is None
        assert renamed.now(["define", "methods", "x", section, "y", key]) is None
    assert len(renamed._NOW) == len(FORMER)


def test_what_former_keys_name_now_is_there():
    """Each says a key that a method has."""
    sparse = {
        "inputs": {"transform": "standardised"},
        "conversion": {
            "encoder": {"kind": "learned", "full_scale": 3, "dead_zone": 0.5},
            "rule": {"kind": "percentile", "percentile": 90, "calibration": 7},
            "steps": [1],
        },
        "finetuning": {"steps": 1, "objective": {"kind": "spike-budget", "spikes": 0.2}},
    }
    method = load_config({"define": {"methods": {"mine": sparse}}}).define.methods["mine"]
    assert method.inputs.transform == "standardised"
    assert (method.conversion.encoder.full_scale, method.conversion.encoder.dead_zone) == (3, 0.5)
    assert (method.conversion.rule.percentile, method.conversion.rule.calibration) == (90, 7)
    assert method.finetuning.objective.spikes == 0.2


ENCODERS = "one of rate, deterministic-rate, latency, "
KINDS = [
    ({"conversion": {"encoder": {"kind": "rat"}}}, "conversion.encoder: needs `kind`: ", ENCODERS),
    ({"conversion": {"encoder": {"kind": ["rate"]}}}, "conversion.encoder: needs `kind`: ", ENCODERS),
    ({"conversion": {"encoder": {"full_scale": 1}}}, "conversion.encoder: needs `kind`: ", ENCODERS),
    ({"conversion": {"encoder": "rate"}}, "conversion.encoder: must be a mapping", "not 'rate'"),
    (
        {"conversion": {"rule": {"kind": "rate"}}},
        "conversion.rule: needs `kind`: one of ",
        "max, none, percentile",
    ),
    (
        {"conversion": {"rule": {"percentile": 9}}},
        "conversion.rule: needs `kind`: one of ",
        "max, none, percentile",
    ),
    ({"conversion": {"rule": {"kind": "max", "calibration": 0}}}, "conversion.rule.calibration: ", "not '0'"),
    ({"network": {"kind": "lstm"}}, "network: needs `kind`: ", "one of textcnn"),
    ({"inputs": {"kind": "letters"}}, "inputs.kind: ", "'word-vectors', not 'letters'"),
    ({"inputs": {"transform": "none"}}, "inputs.transform: ", "'positive' or 'standardised', not 'none'"),
    (
        {"finetuning": {"objective": {"kind": "budget"}}},
        "finetuning.objective: needs `kind`: ",
        "one of cross-entropy, spike-budget",
    ),
    ({"finetuning": {"objective": {"spikes": 1}}}, "finetuning.objective: needs `kind`: ", "cross-entropy"),
    ({"finetuning": {"objective": {"kind": "spike-budget"}}}, "finetuning.objective.spikes: ", "required"),
]


@pytest.mark.parametrize(("section", "where", "what"), KINDS)
def test_a_kind_that_is_wrong_or_missing(section, where, what, tmp_path):
    """The section is named as it stands in the file, without pydantic's tags; the kinds are listed."""
    values, file = {"define": {"methods": {"mine": section}}}, tmp_path / "my.yaml"
    file.write_text(yaml.safe_dump(values))
    with pytest.raises(SpikeTextError) as caught:
        load_config(values, [file])
    message = str(caught.value)
    assert message.startswith(f"{file}: define.methods.mine.{where}")
    assert what in message
    assert "\n" not in message


MISSPELT = [
    ({"conversion": {"encoder": {"kind": "on-off", "dead_zon": 1}}}, "dead_zon", "did you mean `dead_zone`?"),
    ({"conversion": {"encoder": {"kind": "learned", "full-scale": 1}}}, "full-scale", "mean `full_scale`?"),
    ({"conversion": {"rule": {"kind": "percentile", "percentil": 9}}}, "percentil", "mean `percentile`?"),
    ({"conversion": {"rule": {"kind": "max", "calibraton": 9}}}, "calibraton", "mean `calibration`?"),
    ({"network": {"kind": "textcnn", "chanels": 9}}, "chanels", "did you mean `channels`?"),
    ({"inputs": {"kind": "word-vectors", "transfrom": "positive"}}, "transfrom", "mean `transform`?"),
    ({"finetuning": {"objective": {"kind": "spike-budget", "spike": 1}}}, "spike", "did you mean `spikes`?"),
    # A key of another kind is no key of this one.
    ({"conversion": {"encoder": {"kind": "rate", "dead_zone": 1}}}, "dead_zone", "config/README.md lists"),
    ({"conversion": {"rule": {"kind": "max", "percentile": 9}}}, "percentile", "config/README.md lists"),
    ({"finetuning": {"objective": {"kind": "cross-entropy", "spikes": 1}}}, "spikes", "README.md lists"),
]


@pytest.mark.parametrize(("section", "key", "hint"), MISSPELT)
def test_a_misspelt_key_within_a_kind(section, key, hint):
    """The nearest key of that kind is named, and of no other."""
    with pytest.raises(SpikeTextError) as caught:
        load_config({"define": {"methods": {"mine": section}}})
    assert str(caught.value).startswith("--config: unknown key `define.methods.mine.")
    assert f".{key}`; " in str(caught.value)
    assert hint in str(caught.value)


def test_a_section_of_another_kind_replaces_the_whole_section():
    """Keys of the former kind would be wrong in it; the same kind, or none, changes single values."""
    base = {"rule": {"kind": "percentile", "percentile": 9, "calibration": 7}, "steps": [1]}
    assert merge(base, {"rule": {"kind": "max"}}) == {"rule": {"kind": "max"}, "steps": [1]}
    changed = {**base, "rule": {**base["rule"], "calibration": 8}}
    assert merge(base, {"rule": {"kind": "percentile", "calibration": 8}}) == changed
    assert merge(base, {"rule": {"calibration": 8}}) == changed
    assert merge(base, {"rule": None}) == {**base, "rule": None}


def test_define_exchanges_a_kind_of_the_catalogue():
    """The catalogue's constants of the former kind are gone, all else of the method stays."""
    rule = {"kind": "max", "calibration": 9}
    changed = load_config({"define": {"methods": {"lv2023": {"conversion": {"rule": rule}}}}})
    ours, default = changed.define.methods["lv2023"], load_config({}).define.methods["lv2023"]
    assert ours.conversion.rule.model_dump() == rule
    assert ours.conversion.encoder == default.conversion.encoder
    assert ours.finetuning == default.finetuning
    finetuning = {"objective": {"kind": "cross-entropy"}}
    config = load_config({"define": {"methods": {"sparse-20": {"finetuning": finetuning}}}})
    sparse = config.define.methods["sparse-20"]
    assert sparse.finetuning.objective.model_dump() == {"kind": "cross-entropy"}
    assert sparse.finetuning.epochs == 8


def test_a_later_file_exchanges_the_kind_of_an_earlier_one(tmp_path):
    """Snakemake has merged the files key by key before they are checked."""
    values = [
        {"define": {"methods": {"lv2023": {"conversion": {"rule": rule, "steps": [4]}}}}}
        for rule in ({"kind": "percentile", "percentile": 90, "calibration": 32}, {"kind": "max"})
    ]
    files = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for file, value in zip(files, values, strict=True):
        file.write_text(yaml.safe_dump(value))
    mixed = {"kind": "max", "percentile": 90, "calibration": 32}
    merged = {"define": {"methods": {"lv2023": {"conversion": {"rule": mixed, "steps": [4]}}}}}
    conversion = load_config(merged, files).define.methods["lv2023"].conversion
    assert conversion.rule.model_dump() == {"kind": "max", "calibration": 512}
    assert conversion.steps == [4]
    command_line = {"define": {"methods": {"lv2023": {"conversion": {"rule": {"kind": "none"}}}}}}
    mixed["kind"] = "none"
    found = load_config(merged, files, command_line).define.methods["lv2023"].conversion
    assert found.rule.model_dump() == {"kind": "none", "calibration": 512}


def test_a_network_of_ones_own_takes_the_place_of_the_catalogues(tmp_path):
    """No key of the TextCNN is left in it."""
    file = tmp_path / "own.py"
    file.touch()
    own = {"network": {"kind": "python", "file": str(file)}, "direct": {"steps": 2}}
    own["inputs"] = {"transform": "positive"}
    method = load_config({"define": {"methods": {"dnn": own}}}).define.methods["dnn"]
    assert method.network.model_dump(exclude={"file"}) == {
        "kind": "python",
        "name": "Network",
        "settings": {},
    }


def test_a_method_of_the_catalogue_that_is_not_used_does_not_matter():
    """`bu2024` converts `dnn`; who changes that one need not care, unless both are in the study."""
    changed = {"define": {"methods": {"dnn": {"network": {"levels": 2}}}}}
    assert load_config(changed).define.methods["dnn"].network.levels == 2
    line = "`bu2024`, `dnn: dnn`: `conversion` needs a network with levels: null"
    with pytest.raises(SpikeTextError, match=line):
        load_config({**changed, "methods": ["dnn", "bu2024"]})
