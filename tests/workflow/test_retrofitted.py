"""Retrofitted vectors through the workflow's own rules, on the tiny study."""

import json

import numpy as np
import pytest
import yaml

from spiketext.config.load import load_config
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.inputs.embeddings.table import load_table
from spiketext.use.classifier import load
from tests.planned import plan, run
from tests.workflow.tiny import ENGLISH, vectors, write_glove, write_study

PAIR = ("dull", "drab")  # the second is in no text
LISTS = {"dull": ["drab"], "boring": ["nowhere"]}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Its configuration: `dnn` as it was, and `retro`, the same network on retrofitted vectors."""
    folder = tmp_path_factory.mktemp("retrofitted")
    path = write_study(folder)
    table = vectors(ENGLISH, 24, seed=3)
    write_glove(folder / "glove.txt.gz", table | {"drab": np.arange(24.0)})
    lexicon = folder / "counterfitted_neighbors.json"
    lexicon.write_text(json.dumps(LISTS), encoding="utf-8")
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values |= {"datasets": ["tiny_en"], "methods": ["dnn", "retro"], "baselines": []}
    values["define"]["resources"] = {
        "counterfitted-neighbours": {"url": None, "bytes": None, "sha256": None, "path": str(lexicon)}
    }
    values["define"]["methods"]["retro"] = {
        **values["define"]["methods"]["dnn"],
        "inputs": {"transform": "standardised", "retrofitted": True},
    }
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results(study):
    base = study.parent / "results"
    targets = [base / f"tiny_en/{method}/seed7/card.json" for method in ("dnn", "retro")]
    for job in plan(study, list(map(str, targets))):
        run(job, study.parent)
    return base


def tables(base):
    folder = base / "tiny_en/embeddings"
    own, drawn = (
        load_table(one / "table.safetensors", one / "words.json") for one in (folder, folder / "retrofitted")
    )
    return own, drawn


def test_the_table_has_the_words_of_the_data_set_then_those_of_the_lexicon(results):
    (words, own, _), (more, drawn, covered) = tables(results)
    assert more == [*words, "drab"]  # no source knows the other one
    dull, drab = (more.index(word) for word in PAIR)
    assert covered[drab]
    # Ten rounds of a pair, by hand, with the anchor's default.
    first = one, other = own[dull].astype(np.float64), np.arange(24.0)
    for _ in range(10):
        one, other = (0.3 * first[0] + other) / 1.3, (0.3 * first[1] + one) / 1.3
    assert drawn[dull] == pytest.approx(one, abs=1e-5)
    assert drawn[drab] == pytest.approx(other, abs=1e-4)
    rest = [row for row in range(len(words)) if row != dull]
    assert (drawn[rest] == own[rest]).all()


def test_its_report_has_the_mean_of_what_the_network_reads(results):
    (words, _, covered), (_, drawn, _) = tables(results)
    folder = results / "tiny_en/embeddings"
    report, own = (read_json(one / "report.json") for one in (folder / "retrofitted", folder))
    values = drawn[: len(words)][covered]
    assert report["mean"] == pytest.approx(values.mean(), abs=1e-5)
    assert report["std"] == pytest.approx(values.std(), rel=1e-4)
    assert report["extra_words"] == own["extra_words"] + 1


def test_in_use_a_word_of_the_lexicon_is_read_as_its_synonym_nearly_is(results):
    """Scores of a text change less by the swap than those of the network on the vectors as they are."""
    moved = {}
    for method in ("dnn", "retro"):
        one = load(results / f"tiny_en/{method}/seed7")
        said = one.predict(["the film is dull", "the film is drab"])
        moved[method] = abs(said[0].probabilities["positive"] - said[1].probabilities["positive"])
    assert moved["retro"] < 0.5 * moved["dnn"]


def test_each_method_reads_its_own_table(results):
    found = {
        method: read_json(results / f"tiny_en/{method}/seed7/card.json")["vectors"]["table"]["path"]
        for method in ("dnn", "retro")
    }
    assert found["dnn"].endswith("embeddings/table.safetensors")
    assert found["retro"].endswith("embeddings/retrofitted/table.safetensors")


def test_what_cannot_be_retrofitted_is_refused():
    own = {"inputs": {"transform": "standardised", "retrofitted": True}}
    with pytest.raises(SpikeTextError, match="`dnn` needs synonyms, and the data set `s-mnist` has no words"):
        load_config(
            {
                "datasets": ["s-mnist"],
                "methods": ["dnn"],
                "baselines": [],
                "define": {"methods": {"dnn": own}},
            }
        )
    pupil = {
        "methods": ["sparse-20-distilled", "teacher"],
        "define": {"methods": {"sparse-20-distilled": own}},
    }
    with pytest.raises(SpikeTextError, match="words of texts without a label are not retrofitted"):
        load_config(pupil)
