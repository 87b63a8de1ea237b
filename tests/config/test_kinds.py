"""Sections of several kinds, and keys of former versions: what is said of mistakes, and how they merge."""

import pytest
import yaml

from spiketext.config.load import load_config, merge
from spiketext.errors import SpikeTextError

FORMER = [
    ({"network": {"positive": True}}, {"inputs": {"transform": "positive"}}),
    (
        {"network": {"positive": False}, "conversion": {"coding": "on-off"}},
        {"inputs": {"transform": "standardised"}, "conversion": {"encoder": {"kind": "on-off"}}},
    ),
    ({"conversion": {"coding": "phase"}}, {"conversion": {"encoder": {"kind": "phase"}}}),
    ({"conversion": {"balance": "max"}}, {"conversion": {"rule": {"kind": "max"}}}),
    ({"conversion": {"percentile": 90}}, {"conversion": {"rule": {"kind": "percentile", "percentile": 90}}}),
    ({"conversion": {"calibration": 7}}, {"conversion": {"rule": {"kind": "percentile", "calibration": 7}}}),
    (
        {"conversion": {"calibration": 7, "balance": "max"}},
        {"conversion": {"rule": {"kind": "max", "calibration": 7}}},
    ),
    (
        {
            "network": {"positive": False},
            "conversion": {"coding": "learned", "span": 3, "silence": 0.5, "steps": [1]},
            "finetuning": {"steps": 1, "budget": 0.2},
        },
        {
            "inputs": {"transform": "standardised"},
            "conversion": {
                "encoder": {"kind": "learned", "full_scale": 3, "dead_zone": 0.5},
                "steps": [1],
            },
            "finetuning": {"steps": 1, "objective": {"kind": "spike-budget", "spikes": 0.2}},
        },
    ),
]


@pytest.mark.parametrize(("former", "now"), FORMER)
@pytest.mark.parametrize("name", ["lv2023", "mine"])
def test_a_key_of_a_former_version_is_read_as_the_new_one(name, former, now, tmp_path):
    """Of methods of the catalogue and of the user's own; one line a key says where it stands now."""
    file, said = tmp_path / "my.yaml", []

    def read(method):
        values = {"define": {"methods": {name: method}}}
        file.write_text(yaml.safe_dump(values))
        return load_config(values, [file], say=said.append).define.methods[name]

    expected = read(now)
    assert said == []
    assert read(former) == expected
    keys = [
        f"{file}: `define.methods.{name}.{part}.{key}` is read as " for part in former for key in former[part]
    ]
    former_keys = [key for key in keys if not key.split("`")[1].endswith(".steps")]
    assert len(said) == len(former_keys)
    assert all(any(line.startswith(key) for line in said) for key in former_keys)


def test_the_line_says_how_to_write_a_former_key(tmp_path):
    file, said = tmp_path / "my.yaml", []
    file.write_text("define: {methods: {lv2023: {conversion: {calibration: 32}}}}")
    extra = {"conversion": {"steps": [1]}, "finetuning": {"budget": None}}
    load_config({}, [file], {"define": {"methods": {"x": extra}}}, said.append)
    assert said == [
        f"{file}: `define.methods.lv2023.conversion.calibration` is read as "
        "`conversion: {rule: {calibration: …}}`, its place now",
        "--config: `define.methods.x.finetuning.budget` is read as "
        "`finetuning: {objective: {spikes: …}}`, its place now",
    ]


def test_a_former_key_in_a_later_file_is_over_the_new_one_in_an_earlier(tmp_path):
    """Snakemake merges the files before anyone knows that two keys are one."""
    base, later = tmp_path / "base.yaml", tmp_path / "later.yaml"
    new = {"conversion": {"rule": {"kind": "percentile", "percentile": 99.0}}}
    old = {"conversion": {"percentile": 95.0}}
    for file, method in ((base, new), (later, old)):
        file.write_text(yaml.safe_dump({"define": {"methods": {"mine": method}}}))
    merged = {"define": {"methods": {"mine": merge(new, old)}}}
    for files, expected in (([base, later], 95.0), ([later, base], 99.0)):
        rule = load_config(merged, files, say=lambda line: None).define.methods["mine"].conversion.rule
        assert rule.percentile == expected


def test_a_wrong_value_of_a_former_key_is_named_at_its_new_place(tmp_path):
    """And the new key counts where both stand in one file."""
    file = tmp_path / "my.yaml"
    values = {"define": {"methods": {"lv2023": {"conversion": {"calibration": "many"}}}}}
    file.write_text(yaml.safe_dump(values))
    with pytest.raises(SpikeTextError) as caught:
        load_config(values, [file], say=lambda line: None)
    assert str(caught.value).startswith(f"{file}: define.methods.lv2023.conversion.rule.calibration: Input")
    values["define"]["methods"]["lv2023"]["conversion"]["rule"] = {"kind": "percentile", "calibration": 9}
    config = load_config(values, [], say=lambda line: None)
    assert config.define.methods["lv2023"].conversion.rule.calibration == 9
    with pytest.raises(SpikeTextError, match="must be a mapping"):
        load_config({"define": {"methods": {"x": 3, "y": {"conversion": 4}}}}, say=lambda line: None)


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
    (
        {"inputs": {"transform": "none"}},
        "inputs.transform: ",
        "'positive', 'standardised' or 'as-is', not 'none'",
    ),
    (
        {"finetuning": {"objective": {"kind": "budget"}}},
        "finetuning.objective: needs `kind`: ",
        "one of cross-entropy, distillation, spike-budget",
    ),
    ({"finetuning": {"objective": {"spikes": 1}}}, "finetuning.objective: needs `kind`: ", "cross-entropy"),
    ({"finetuning": {"objective": {"kind": "spike-budget"}}}, "finetuning.objective.spikes: ", "required"),
    (
        {"training": {"objective": {"kind": "spike-budget", "spikes": 1}}},
        "training.objective: needs `kind`: ",
        "one of cross-entropy, squared-error, zeros, distillation, pgd, trades, mart, robust",
    ),
    (
        {"training": {"objective": {"kind": "pgd", "perturbation": {"kind": "sphere"}}}},
        "training.objective.perturbation: needs `kind`: ",
        "one of hull, ball",
    ),
    (
        {"training": {"objective": {"kind": "pgd", "perturbation": {"kind": "ball", "radius": 0}}}},
        "training.objective.perturbation.radius: ",
        "greater than 0",
    ),
    (
        {"training": {"objective": {"kind": "mart", "attack_steps": 0}}},
        "training.objective.attack_steps: ",
        "1",
    ),
    (
        {"conversion": {"rule": {"kind": "percentile", "scale": 0}}},
        "conversion.rule.scale: ",
        "greater than 0",
    ),
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
    ({"training": {"objective": {"kind": "trades", "wieght": 2}}}, "wieght", "did you mean `weight`?"),
    # A key of another kind is no key of this one.
    ({"training": {"objective": {"kind": "pgd", "weight": 2}}}, "weight", "config/README.md lists"),
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
