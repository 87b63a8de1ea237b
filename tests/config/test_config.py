"""The configuration: mistakes are named, docs and schema follow the model."""

from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiketext.config import docs as config_docs
from spiketext.config.files import read_yaml
from spiketext.config.load import catalogue, load_config, merge
from spiketext.config.study import Config
from spiketext.config.types import refuse_unfit_text
from spiketext.errors import SpikeTextError
from spiketext.preflight import check_device

ROOT = Path(__file__).parents[2]


def distilled(teacher):
    """An objective."""
    return {"kind": "distillation", "teacher": teacher}


def models_of(section):
    """The model of a section, or those of its kinds."""
    return [section] if isinstance(section, type) else get_args(get_args(section)[0])


MODELS = [model for _, section in config_docs.SECTIONS for model in models_of(section)]


def test_default_config_states_the_models_defaults():
    """What config/config.yaml writes out is what an empty file would give."""
    values = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert load_config(values) == load_config({})


@pytest.mark.parametrize(
    ("path", "text"), [(config_docs.README, config_docs.readme), (config_docs.SCHEMA, config_docs.schema)]
)
def test_generated_files_are_up_to_date(path, text):
    """After a change of the model: python -m spiketext.config.docs."""
    assert path.read_text(encoding="utf-8") == text()


def test_every_key_is_described():
    """No empty cell in config/README.md; a kind is described by its model."""
    assert len(MODELS) > len(config_docs.SECTIONS)
    for model in MODELS:
        for name, field in model.model_fields.items():
            described = model.__doc__ if name == "kind" else field.description
            assert described or model.__name__ == "Definitions", (model, name)


def test_every_kind_has_its_row():
    """With its own keys, in the section of config/README.md that it is for."""
    sections = config_docs.readme().split("\n## ")
    for title, section in config_docs.SECTIONS:
        (text,) = [text for text in sections if text.startswith(f"{title}\n")]
        kinds = models_of(section) if not isinstance(section, type) else []
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        for model, row in zip(kinds, rows[1:] if kinds else [], strict=True):
            assert row.startswith(f"| `{model.model_fields['kind'].default}` |")
            assert all(f"`{name}`" in row for name in model.model_fields if name != "kind")


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
    ({"seeds": [True]}, "seeds: must be a number; to YAML, yes"),
    ({"threads": True}, "threads: must be a number"),
    ({"define": {"methods": {"dnn": {"training": {"epochs": True}}}}}, "training.epochs: must be a number"),
    ({"define": {"datasets": {"mr": {"class_weights": {"positive": True}}}}}, "class_weights: must be a"),
    ({"results": "a/" + "ü" * 101}, "results: the name of a folder must not be longer than 200 bytes"),
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
            (
                {"x": {"dnn": "dnn", "conversion": {}}},
                "`x`, `dnn: dnn`: `conversion` needs a network with pooling: mean, bias: false",
            ),
            ({"x": {"dnn": "lv2023", "conversion": {}, "network": {}}}, "with `dnn`, `network` is that of"),
            ({"x": {"dnn": "lv2023", "conversion": {}, "inputs": {}}}, "with `dnn`, `inputs` is that of"),
            ({"lv2023": {"dnn": "dnn"}}, "with `dnn`, `training` is that of"),
            ({"x": {"dnn": "lv2023"}}, "`dnn` needs `conversion`"),
            (
                {"lv2023": {"network": {"levels": 3}}},
                "define.methods.lv2023: `conversion` needs a network with levels: null",
            ),
            (
                {"x": {"dnn": "y", "conversion": {}}, "y": {"network": {"levels": 3}}},
                "`x`, `dnn: y`: `conversion` needs a network with levels: null",
            ),
            (
                {"x": {"dnn": "lv2023", "conversion": {"neuron": {"least_threshold": 0.1}}}},
                "define.methods.x: `neuron: {least_threshold: …}` has fine-tuning train thresholds: add `",
            ),
            ({"dnn": {"network": {"levels": 0}}}, "greater than or equal to 1, not '0'"),
        )
    ),
    (
        {"methods": ["x"], "define": {"methods": {"x": {"dnn": "lv2023", "conversion": {}}}}},
        "`x` needs the DNN of `lv2023`: list `lv2023` in `methods` too",
    ),
    ({"define": {"datasets": {"mr": {"classes": ["only"]}}}}, "at least 2 items"),
    ({"define": [1]}, "must be a mapping"),
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
        {"define": {"methods": {"lv2023": {"conversion": {"encoder": {"kind": "on-off"}}}}}},
        "the encoder `on-off` needs `inputs: {transform: standardised}`",
    ),
    (
        {"define": {"methods": {"x": {"dnn": "lv2023", "conversion": {"encoder": {"kind": "learned"}}}}}},
        "`x`, `dnn: lv2023`: the encoder `learned` needs `inputs: {transform: standardised}`",
    ),
    (
        {"define": {"methods": {"x": {"inputs": {"transform": "standardised"}, "conversion": {}}}}},
        "the encoder `rate` needs `inputs: {transform: positive}`",
    ),
    (
        {
            "define": {
                "methods": {"lv2023": {"finetuning": {"objective": {"kind": "spike-budget", "spikes": 0.2}}}}
            }
        },
        "a spike budget needs `encoder: {kind: learned}`",
    ),
    (
        {"define": {"methods": {"sparse-20": {"conversion": {"steps": [1, 2]}}}}},
        "the encoder `learned` is trained for each step, so `conversion: steps` must not exceed",
    ),
    ({"methods": ["dnn", "dnn-distilled"]}, "`dnn-distilled` learns from `teacher`: list that in `methods`"),
    (
        {
            "methods": ["dnn", "x"],
            "define": {"methods": {"x": {"training": {"objective": distilled("x")}}}},
        },
        "`x` would learn from itself: choose another teacher",
    ),
    (
        {
            "methods": ["x", "y", "z"],
            "define": {
                "methods": {
                    "x": {"training": {"objective": distilled("z")}},
                    "y": {"dnn": "x", "conversion": {}},
                    "z": {"training": {"objective": distilled("y")}},
                }
            },
        },
        "would learn from itself",
    ),
    (
        {"methods": ["x"], "define": {"methods": {"x": {"training": {"start": "dnn"}}}}},
        "`x` begins with the DNN of `dnn`: list that in `methods`",
    ),
    (
        {"methods": ["dnn", "x"], "define": {"methods": {"x": {"training": {"start": "x"}}}}},
        "`x` would learn from itself: choose another teacher, or start",
    ),
    (
        {"methods": ["dnn", "x"], "define": {"methods": {"x": {"training": {"start": "dnn"}}}}},
        "define.methods.x.training.start: `dnn` has another network or other inputs",
    ),
    (
        {"methods": ["dnn", "bu2024", "x"], "define": {"methods": {"x": {"training": {"start": "bu2024"}}}}},
        "define.methods.x.training.start: `bu2024` trains no DNN of its own",
    ),
    (
        {"methods": ["dnn"], "define": {"methods": {"teacher": {"training": {"start": "dnn"}}}}},
        "`kind: pretrained` has its own weights already: remove `start`",
    ),
    (
        {
            "methods": ["dnn", "teacher", "spiking-encoder"],
            "define": {"methods": {"spiking-encoder": {"training": {"start": None}}}},
        },
        "define.methods.spiking-encoder: `kind: pretrained` with `levels` goes on from a trained one",
    ),
    (
        {
            "methods": ["dnn", "teacher", "spiking-encoder"],
            "define": {"methods": {"teacher": {"network": {"english": "use-multilingual"}}}},
        },
        "define.methods.spiking-encoder.training.start: `teacher` has another network",
    ),
    (
        {"methods": ["dnn", "spiking-encoder"]},
        "`spiking-encoder` learns from `teacher`: list that in `methods` or `baselines` too",
    ),
    (
        {"define": {"methods": {"teacher": {"training": {"objective": {"kind": "trades"}}}}}},
        "`kind: pretrained` has no word vectors to move: choose another objective",
    ),
    (
        {"datasets": ["s-mnist"], "methods": ["dnn", "teacher"], "baselines": []},
        "`teacher` reads words, and `s-mnist` has none",
    ),
    (
        {"define": {"methods": {"dnn": {"inputs": {"dimensions": 301}}}}},
        "define.methods.dnn.inputs.dimensions: 301 dimensions are more than the 300 of the vectors of `mr`",
    ),
    (
        {"define": {"datasets": {"mr": {"unlabelled": {"files": [{"path": "x.txt", "split": "test"}]}}}}},
        "unlabelled texts are in no split: remove `split`",
    ),
    (
        {"define": {"datasets": {"mr": {"unlabelled": {"files": [{"path": "/nope/x.txt"}]}}}}},
        "define.datasets.mr.unlabelled.files.0.path: there is no file `/nope/x.txt`",
    ),
]


@pytest.mark.parametrize(("values", "message"), MISTAKES)
def test_a_mistake_is_one_line_that_says_what_and_where(values, message):
    """The key, the reason, and what to do."""
    with pytest.raises(SpikeTextError) as caught:
        load_config(values)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_teachers_may_share_a_teacher():
    """And one may teach the DNN and the spiking network of one method."""
    methods = {
        "a": {"training": {"objective": distilled("c")}},
        "b": {"training": {"objective": distilled("c")}},
        "c": {},
        "d": {
            "training": {"objective": distilled("a")},
            "conversion": {},
            "finetuning": {"objective": distilled("b")},
        },
    }
    config = load_config({"methods": list(methods), "define": {"methods": methods}})
    assert config.define.methods["d"].teachers == ["a", "b"]


def test_a_quantised_network_may_begin_with_one_in_full_precision():
    """It may differ in dropout and rounding; what converts it begins with nothing of its own."""
    rounded = {"pooling": "max", "bias": True, "levels": 15, "weight_bits": 8, "dropout": 0.1}
    methods = {
        "x": {"inputs": {"transform": "standardised"}, "network": rounded, "training": {"start": "dnn"}},
        "y": {"dnn": "x", "conversion": {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}}},
    }
    define = load_config({"methods": ["dnn", "x", "y"], "define": {"methods": methods}}).define
    assert (define.methods["x"].start, define.methods["y"].start) == ("dnn", None)


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
    assert (ours.inputs, ours.network, ours.training) == (source.inputs, source.network, source.training)
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


# ---------------------------------------------------------------------------- where a mistake stands

OWN = """\
datasets: [mine]
methods: [dnn]
seeds: [1]
attack: {sample: 3}
define:
  datasets:
    mine:
      language: en
      classes: [bad, good]
      embedding: own
      files:
        - {path: data/reviews.csv}
  embeddings:
    own: {sources: [{kind: text, path: vectors.txt}]}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder `study` with a valid file my.yaml and its data; the working folder is its sibling `work`."""
    study = tmp_path / "study"
    (study / "data").mkdir(parents=True)
    (study / "data" / "reviews.csv").write_text("text,label\n")
    (study / "vectors.txt").write_text("")
    (study / "my.yaml").write_text(OWN)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return study


def load(*files, command_line=None):
    """Load files as Snakemake would merge them, the default configuration first."""
    files = [ROOT / "config" / "config.yaml", *files]
    values = {}
    for one in (*(yaml.safe_load(file.read_text()) for file in files), command_line or {}):
        values = merge(values, one)
    return load_config(values, files, command_line)


WRONG = [
    ("seeds: [1]", "seeds: [1, one]", "seeds.1: ", "not 'one'"),
    ("sample: 3", "sample: 0", "attack.sample: ", "not '0'"),
    ("sample: 3", "sample: -0", "attack.sample: ", "not '-0'"),
    ("sample: 3", "english: [pwsw]", "attack.english: ", "did you mean `pwws`?"),
    ("sample: 3", "chinese: [pwws]", "attack.chinese: ", "a recipe for attack.english"),
    ("sample: 3", "english: [pwws, pwws]", "attack.english: ", "twice"),
    ("attack: {sample: 3}", "attack:", "attack: ", "must be a mapping"),
    ("methods: [dnn]", "methods: [dnnn]", "methods: ", "`dnnn` is not among the methods"),
    ("methods: [dnn]", "methods: [dnn, dnn]", "methods: ", "twice"),
    ("datasets: [mine]", "datasets: [mime]", "datasets: ", "did you mean `mine`?"),
    ("language: en", "langauge: en", "unknown key `define.datasets.mine.langauge`; ", "mean `language`?"),
    ("language: en", "", "define.datasets.mine.language: ", "required"),
    ("embedding: own", "embedding: owl", "define.datasets.mine.embedding: ", "did you mean `own`?"),
    ("data/reviews.csv", "data", "define.datasets.mine.files.0.path: ", "is a folder"),
    ("data/reviews.csv", "data/x.csv", "define.datasets.mine.files.0.path: ", "study/data/x.csv`: check"),
    ("data/reviews.csv", "'{x}.csv'", "define.datasets.mine.files.0.path: ", "must not hold '{' '}'"),
    ("path: vectors.txt", "path: $HOME/x", "define.embeddings.own.sources.0.path: ", "not hold '$'"),
    ("path: data/reviews.csv", "resource: sst", "define.datasets.mine.files.0: ", "needs `file`"),
    ("classes: [bad, good]", 'classes: ["<script>", good]', "define.datasets.mine.classes.0: ", "HTML"),
    ("classes: [bad, good]", "classes: [2024-01-02, b]", "define.datasets.mine.classes.0: ", "quotes"),
    ("embedding: own", 'embedding: "o\\e[31mwn"', "define.datasets.mine.embedding: ", "control characters"),
    ("language: en", f"language: {'x' * 500}", "define.datasets.mine.language: ", "x…'"),
]


@pytest.mark.parametrize(("right", "wrong", "where", "what"), WRONG)
def test_the_file_of_a_mistake_is_named(own, right, wrong, where, what):
    """The most specific one that has the key, whatever stands in the files below it."""
    (own / "my.yaml").write_text(OWN.replace(right, wrong))
    with pytest.raises(SpikeTextError) as caught:
        load(own / "my.yaml")
    message = str(caught.value)
    assert message.startswith(f"{own / 'my.yaml'}: {where}")
    assert what in message
    assert message.isprintable()
    assert len(message) < 400


def test_of_two_files_the_one_that_counts_is_named(own):
    """The later one if both have the key, the earlier one if only that has it, and --config if none has."""
    later = own / "later.yaml"
    later.write_text("seeds: [two]\n")
    for seeds in ("[1]", "[one]"):
        (own / "my.yaml").write_text(OWN.replace("seeds: [1]", f"seeds: {seeds}"))
        with pytest.raises(SpikeTextError, match=r"later\.yaml: seeds\.0: .* not 'two'"):
            load(own / "my.yaml", later)
    (own / "my.yaml").write_text(OWN.replace("sample: 3", "sample: 0"))
    later.write_text("attack: {query_batch: 8}\n")
    with pytest.raises(SpikeTextError, match=r"my\.yaml: attack\.sample: "):
        load(own / "my.yaml", later)
    (own / "my.yaml").write_text(OWN)
    with pytest.raises(SpikeTextError, match=r"^--config: seeds\.0: .* not 'x'"):
        load(own / "my.yaml", command_line={"seeds": ["x"]})
    with pytest.raises(SpikeTextError, match=r"^--config: unknown key `attack\.sampel`"):
        load(own / "my.yaml", command_line={"attack": {"sampel": 3}})


# ---------------------------------------------------------------------------- files


def bomb(levels):
    """Aliases of aliases: 9 to the power of `levels` values."""
    lines = ["a0: &a0 [1]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels))]
    return "\n".join(lines)


REFUSED = [
    ("seeds: [1]\nmethods: [dnn]\nseeds: [2]\n", "line 3: the key `seeds` stands in line 1 already"),
    ("attack:\n  sample: 3\n  'sample': 4\n", "line 3: the key `sample` stands in line 2 already"),
    ("define: {datasets: {a: {title: x}, a: {title: y}}}\n", "the key `a` stands in line 1 already"),
    ("labels:\n  1: bad\n  1.0: good\n  2: bad\n", "line 3: the key `1.0` stands in line 2 already"),
    ("classes: [1,\n 010]\n", "line 2: YAML reads `010` as the number 8; put it in quotes"),
    ("where: {code: 0x1F}\n", "YAML reads `0x1F` as the number 31"),
    ("where: {time: 12:30}\n", "YAML reads `12:30` as the number 750"),
    ("where: {time: -1:30.5}\n", "YAML reads `-1:30.5` as the number -90.5"),
    ('{"seeds": [1],\n\t"seeds": [2]}\n', "the key `seeds` stands twice"),
    ("seeds: !!python/tuple [1]\n", "line 1: the tag `tag:yaml.org,2002:python/tuple` is not plain YAML"),
    ("results: !!binary aGk=\n", "is not plain YAML"),
    ("results: !mine x\n", "line 1: the tag `!mine` is not plain YAML"),
    ("seeds: &a [*a]\n", "an alias stands within what it names"),
    (bomb(12), "values; write them out"),
    ("? [a]\n: 1\n", "a key must be a word"),
    ("results: 'a\n", "not valid YAML"),
    ("results: a\0b\n", "characters that YAML does not allow"),
    ("version: 2024-99-99\n", "cannot be read"),
    ("a: " + "[" * 600, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_file_that_could_mean_two_things_is_refused(tmp_path, text, message):
    """With its name, the line and one sentence."""
    file = tmp_path / "my.yaml"
    file.write_text(text)
    with pytest.raises(SpikeTextError) as caught:
        read_yaml(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


def test_aliases_merges_and_json_are_read(tmp_path):
    """What plain YAML and JSON offer, a key of a merged mapping repeated among it."""
    file = tmp_path / "my.yaml"
    file.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n")
    assert read_yaml(file) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}}
    file.write_text('{"a":\t1e3}')
    assert read_yaml(file) == {"a": 1000.0}


def test_paths_count_from_the_file_that_names_them(own):
    """And on the command line from the working folder; the catalogue's resources are named by no path."""
    (own / "shelf").mkdir()
    (own / "my.yaml").write_text(f"mirror: shelf\n{OWN}")
    config = load(own / "my.yaml")
    assert config.mirror == str(own / "shelf")
    assert config.define.datasets["mine"].files[0].path == str(own / "data" / "reviews.csv")
    assert config.define.embeddings["own"].sources[0].path == str(own / "vectors.txt")
    assert load(own / "my.yaml", command_line={"mirror": "shelf"}).mirror == "shelf"
    assert load(own / "my.yaml", command_line={"mirror": "../study/shelf"}).mirror == str(own / "shelf")
    url = "https://example.org/a//b"
    assert load(own / "my.yaml", command_line={"mirror": url}).mirror == url


def test_paths_below_the_working_folder_stay_relative(own, monkeypatch):
    """So that a folder with data and results can be moved, and nothing runs again."""
    monkeypatch.chdir(own)
    (own / "configs").mkdir()
    (own / "configs" / "my.yaml").write_text(OWN.replace("data/", "../data/").replace("vec", "../vec"))
    config = load(Path("configs/my.yaml"))
    assert config.define.datasets["mine"].files[0].path == "data/reviews.csv"
    assert config.define.embeddings["own"].sources[0].path == "vectors.txt"


def test_a_tilde_is_the_home_folder(own, monkeypatch):
    """An unknown user's is taken as it is."""
    monkeypatch.setenv("HOME", str(own))
    (own / "my.yaml").write_text(OWN.replace("data/", "~/data/"))
    assert load(own / "my.yaml").define.datasets["mine"].files[0].path == str(own / "data" / "reviews.csv")
    (own / "my.yaml").write_text(OWN.replace("data/", "~nobody-of-this-name/"))
    with pytest.raises(SpikeTextError, match="no file"):
        load(own / "my.yaml")


def test_a_local_resource_that_is_no_file_ends_the_run(own):
    """Also before anything is fetched."""
    text = OWN.replace("{path: data/reviews.csv}", "{resource: mine, file: reviews.csv}")
    for path, message in (("data", "is a folder"), ("data/none.csv", "no file"), ("'{a}'", "must not hold")):
        resource = (
            f"  resources: {{mine: {{version: 1, licence: own, path: {path}, archive: reviews.csv}}}}\n"
        )
        (own / "my.yaml").write_text(text + resource)
        with pytest.raises(SpikeTextError, match=rf"my\.yaml: define\.resources\.mine\.path: .*{message}"):
            load(own / "my.yaml")


# ---------------------------------------------------------------------------- hostile strings


@pytest.mark.parametrize("char", [*"$`\\\"';&|<>()*?[]!#{}^:", "\n", "\t", "\x1b", "\u2028", "\u00a0"])
def test_what_a_shell_reads_is_refused_in_results(char):
    """The SLURM executor puts paths into a command line in double quotes."""
    for name in (f"{char}a", f"a{char}b", f"a{char}"):
        with pytest.raises(SpikeTextError, match="results: "):
            load_config({"results": name})


@pytest.mark.parametrize("name", ["-rf", "~/x", "", " a", "a "])
def test_other_names_that_would_be_taken_for_something_else(name):
    """An option, a home folder, nothing."""
    with pytest.raises(SpikeTextError, match="results: "):
        load_config({"results": name})


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Ergebnisse für T=1, 50 %", None), ("结果/नतीजे", None), ("a_b-c.d+e@f", None), ("./a//b/", "a/b")],
)
def test_names_that_people_use_are_fine(name, meant):
    """Letters and digits of any script."""
    assert load_config({"results": name}).results == (meant or name)


@pytest.mark.parametrize("tag", ["<script>", "</script>", "<!--", "<?php", "a<b"])
@pytest.mark.parametrize(
    "values",
    [
        lambda tag: {"define": {"datasets": {"mr": {"title": tag}}}},
        lambda tag: {"define": {"datasets": {"mr": {"classes": [tag, "b"]}}}},
        lambda tag: {"define": {"datasets": {"mr": {"files": [{"path": "x", "where": {tag: "1"}}]}}}},
        lambda tag: {"define": {"cost_tables": {"horowitz-fp32": {"citation": tag}}}},
        lambda tag: {"define": {"methods": {"dnn": {"citation": tag}}}},
        lambda tag: {"define": {"resources": {"sst": {"licence": tag}}}},
        lambda tag: {"mirror": tag},
    ],
)
def test_text_that_looks_like_html_is_refused_everywhere(tag, values):
    """It would run in Snakemake's own report."""
    with pytest.raises(SpikeTextError, match="must not look like HTML"):
        load_config(values(tag))


def test_a_lone_less_than_sign_is_fine():
    """It begins no tag."""
    title = "reviews of <5 stars, < 3 < x"
    config = load_config({"define": {"datasets": {"mr": {"title": title}}}})
    assert config.define.datasets["mr"].title == title


def test_the_catalogue_holds_no_unfit_text():
    """It is not checked when a run starts."""
    refuse_unfit_text(catalogue())


# ---------------------------------------------------------------------------- the machine


def test_cuda_needs_a_gpu(tmp_path, monkeypatch):
    """By the devices of the machine; `auto` takes what there is."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    check_device("auto", tmp_path)
    check_device("cpu", tmp_path)
    with pytest.raises(SpikeTextError, match="device: cuda, but this machine has no GPU"):
        check_device("cuda", tmp_path)
    (tmp_path / "nvidia0").touch()
    check_device("cuda", tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(SpikeTextError, match="CUDA_VISIBLE_DEVICES hides"):
        check_device("cuda", tmp_path)


# ---------------------------------------------------------------------------- anything at all

KEYS = [*sorted({key for model in MODELS for key in model.model_fields}), "mr", "dnn", "sst", "rate", "max"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=8),
    st.binary(max_size=3),
)
ANYTHING = st.recursive(
    SCALARS | st.sampled_from(KEYS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.integers() | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)


def as_yaml(values):
    """The values as a file would have them."""
    return yaml.dump(values, allow_unicode=True).encode("utf-8", "surrogatepass")


@settings(max_examples=200)
@given(ANYTHING)
def test_any_values_give_a_config_or_one_line(tried, values):
    """Whatever stands in the configuration: no traceback of another kind."""
    tried()
    try:
        load_config(values)
    except SpikeTextError as error:
        assert str(error).isprintable()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), ANYTHING.map(as_yaml)))
def test_any_file_is_read_or_refused_in_one_line(tried, tmp_path, data):
    """Bytes, texts and YAML of random values."""
    tried()
    file = tmp_path / "my.yaml"
    file.write_bytes(data)
    try:
        values = read_yaml(file)
        load_config(values, [file])
    except SpikeTextError as error:
        assert str(error).isprintable()
