"""config/paper.yaml: the paper's values, and its vectors through the real rules from a local web server."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from spiketext.arrays import read_arrays
from spiketext.config.load import load_config
from spiketext.config.methods import Method
from spiketext.conversion.rules.percentile import Rule as Percentile
from spiketext.files import read_json
from tests.resources.resource_helpers import Server, cut_after, sha256
from tests.snakemake_run import ROOT, snakemake
from tests.workflow.tiny import CHINESE, ENGLISH, sentences, vectors

PAPER = ROOT / "config" / "paper.yaml"
QUIRKS = ROOT / "config" / "quirks.yaml"
REFERENCE = ROOT / "config" / "reference.yaml"


def load(path):
    return load_config(yaml.safe_load(path.read_text("utf-8")), [path])


def test_values_of_the_paper():
    config = load(PAPER)
    method = config.define.methods["lv2023-paper"]
    assert (method.finetuning.steps, method.conversion.steps) == (50, [50])
    for training in (method.training, method.finetuning):
        assert (training.epochs, training.batch_size) == (50, 32)
        assert (training.learning_rate, training.weight_decay, training.decay) == (1e-4, 0, "none")
        assert training.chosen_on == "dev"
    assert (method.finetuning.surrogate, method.finetuning.slope) == ("fast-sigmoid", 25)
    conversion = method.conversion
    assert (conversion.encoder.kind, conversion.readout) == ("rate", "spike-count")
    assert (conversion.rule.kind, conversion.biases, conversion.pooled_neurons) == ("none", "none", True)
    assert conversion.neuron.model_dump(exclude_none=True) == {"beta": 1, "theta": 1, "initial": 0}
    assert method.network.obstacle(conversion.encoder.direct) == ""
    assert method.inputs.transform == "positive"
    assert method.finetuning.objective.kind == "cross-entropy"
    assert (method.network.widths, method.network.channels, method.network.dropout) == ([3, 4, 5], 100, 0.5)
    for name in config.datasets:
        dataset = config.define.datasets[name]
        assert dataset.max_length == {"en": 25, "zh": 32}[dataset.language]
        (source,) = config.define.embeddings[dataset.embedding].sources
        assert source.width == 300
        assert config.define.resources[source.resource].url.startswith("https://")


def test_both_studies_are_of_the_six_sets_of_the_published_table():
    published = yaml.safe_load((ROOT / "workflow/spiketext/catalogue/published.yaml").read_text("utf-8"))
    for path in (PAPER, REFERENCE):
        config = load(path)
        columns = [config.define.datasets[name].published for name in config.datasets]
        assert sorted(columns) == sorted(published["datasets"])
        assert config.seeds == [1, 2, 3, 4, 5]
        assert config.attack.recipes("en") == config.attack.recipes("zh") == []


def test_vectors_of_the_reference_study_have_300_dimensions():
    embeddings = load(REFERENCE).define.embeddings
    for name in ("glove-minilm", "tencent-synonyms"):
        assert sum(source.reduce_to or source.width for source in embeddings[name].sources) == 300


def test_each_quirk_is_one_switch_from_the_paper_as_it_was():
    """All else is the paper's, so that a difference is the switch's; seeds are paired."""
    config = load(QUIRKS)
    assert config.seeds == [1, 2, 3, 4, 5] and config.datasets == ["mr_full", "sst2"]
    methods = {name: config.define.methods[name] for name in config.methods}
    base = methods.pop("lv2023-paper")
    assert {name: differences(base, one) for name, one in methods.items()} == {
        "chosen-on-test": {"training.chosen_on": "test", "finetuning.chosen_on": "test"},
        "frozen-draws": {"finetuning.fresh_draws": False},
        "random-biases": {"conversion.biases": "random"},
        "shared-neurons": {"conversion.pooled_neurons": "shared"},
        "balanced": {"conversion.rule": Percentile(percentile=99.9)},
        "unknown-mean": {"inputs.unknown": "mean"},
        "cosine": {"training.decay": "cosine", "finetuning.decay": "cosine"},
        "dropout": {"finetuning.dropout": 0.5},
        "as-coded": {
            "inputs.unknown": "mean",
            "training.chosen_on": "test",
            "conversion.biases": "random",
            "conversion.pooled_neurons": "shared",
            "finetuning.chosen_on": "test",
            "finetuning.fresh_draws": False,
        },
    }  # fmt: skip


def differences(base: Method, other: Method) -> dict:
    """What another method has in its sections that the base has not."""
    return {
        f"{name}.{key}": value
        for name in ("inputs", "network", "training", "conversion", "finetuning")
        for key, value in getattr(other, name)
        if value != getattr(getattr(base, name), key)
    }


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def text_of(table: dict[str, np.ndarray], end: str = "\n") -> str:
    return "".join(word + " " + " ".join(f"{value:.4f}" for value in v) + end for word, v in table.items())


def glove_zip(table: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for width in (50, 100, 200, 300):
            cut = {word: vector[:width] for word, vector in table.items()}
            archive.writestr(f"glove.6B.{width}d.txt", text_of(cut))
    return buffer.getvalue()


def tiny_study(folder: Path, server: Server, glove: bytes, fasttext: bytes) -> Path:
    """An overlay for paper.yaml: data sets made here, vectors from the server."""
    datasets = {}
    for language, words, joint in (("en", ENGLISH, " "), ("zh", CHINESE, "")):
        rows = sentences(words, joint, 80, seed=1)
        content = "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)
        (folder / f"{language}.csv").write_text(content, encoding="utf-8")
        datasets[f"tiny_{language}"] = {
            "language": language,
            "classes": ["negative", "positive"],
            "embedding": {"en": "glove-300d", "zh": "fasttext-zh-300d"}[language],
            "files": [{"path": str(folder / f"{language}.csv")}],
        }
    resources = {
        "glove-6b-300d": {
            "url": server.serve("glove.6B.zip", glove),
            "bytes": len(glove),
            "sha256": sha256(glove),
        },
        "fasttext-zh-300d": {"url": server.serve("cc.zh.300.vec.gz", fasttext)},
    }
    overlay = {
        "datasets": list(datasets),
        "results": str(folder / "results"),
        "define": {"datasets": datasets, "resources": resources},
    }
    path = folder / "overlay.json"
    path.write_text(json.dumps(overlay))
    return path


@pytest.mark.slow
def test_the_rules_fetch_and_embed_from_a_server_that_stumbles(tmp_path, server):
    """Busy at first, then a connection that breaks: the run goes on where it stopped."""
    english, chinese = (vectors(words, 300, seed=3) for words in (ENGLISH, CHINESE))
    glove = glove_zip(english)
    header = f"{len(chinese)} 300\n"
    fasttext = gzip.compress((header + text_of(chinese, end=" \n")).encode())
    overlay = tiny_study(tmp_path, server, glove, fasttext)
    targets = [
        tmp_path / "results" / name / "embeddings/table.safetensors" for name in ("tiny_en", "tiny_zh")
    ]
    for target, size in zip(targets, (len(glove), len(fasttext)), strict=True):
        server.ranges.clear()
        server.script = [lambda handler: handler.reply(503, b""), cut_after(size // 3)]
        snakemake(
            *("--cores", "1", target, "--configfile", PAPER, overlay),
            cwd=tmp_path,
            environment={"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        )
        assert server.ranges == [None, None, f"bytes={size // 3}-"]
    for target, table in zip(targets, (english, chinese), strict=True):
        arrays = read_arrays(target)
        words = read_json(target.with_name("words.json"))["words"]
        assert arrays["vectors"].shape == (len(words), 300)
        for row, word in enumerate(words):
            if word in table:
                assert arrays["vectors"][row] == pytest.approx(table[word], abs=1e-4)
                assert arrays["covered"][row]
        assert read_json(target.with_name("report.json"))["coverage"]["tokens"] > 0.9
    manifests = [
        read_json(tmp_path / "results/resources" / name / "manifest.json")
        for name in ("glove-6b-300d", "fasttext-zh-300d")
    ]
    assert [manifest["pinned"] for manifest in manifests] == [True, False]
    assert [manifest["sha256"] for manifest in manifests] == [sha256(glove), sha256(fasttext)]
