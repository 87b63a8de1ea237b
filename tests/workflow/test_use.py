"""A trained network in use, on the tiny study: card, predictions, explanations, mistakes in one line."""

import io
import json
import re
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

import spiketext
from spiketext.__main__ import main
from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json
from tests.planned import plan, run
from tests.snakemake_run import ROOT
from tests.workflow.test_own_networks import own
from tests.workflow.tiny import ENGLISH, write_study

BASELINES = ["majority", "tf-idf", "tf-idf-characters", "mean-vector"]
METHODS = ["tiny_en/dnn", "tiny_en/lv2023", "tiny_zh/lv2023", "tiny_en/recurrent"]
METHODS += [f"tiny_en/{name}" for name in BASELINES] + ["tiny_zh/tf-idf-characters"]
STAGES = [
    ("tiny_en/dnn", "dnn"),
    ("tiny_en/lv2023", "dnn"),
    ("tiny_en/lv2023", "converted"),
    ("tiny_en/lv2023", "finetuned"),
    ("tiny_zh/lv2023", "finetuned"),
    ("tiny_en/recurrent", "trained"),
    *((f"tiny_en/{name}", "fitted") for name in BASELINES),
    ("tiny_zh/tf-idf-characters", "fitted"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of a study with cards, evaluations and energies."""
    folder = tmp_path_factory.mktemp("use")
    path = write_study(folder)
    shutil.copy(ROOT / "examples/recurrent_lif.py", folder / "recurrent.py")
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values["methods"].append("recurrent")
    values["baselines"] = BASELINES
    values["define"]["methods"]["recurrent"] = own(folder / "recurrent.py")
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    base = folder / "results"
    targets = [base / f"{method}/seed7/card.json" for method in METHODS]
    targets += [base / f"{method}/seed7/energy.json" for method in METHODS]
    for job in plan(path, list(map(str, targets))):
        run(job, folder)
    return base


@pytest.fixture
def copied(results, tmp_path):
    """A copy of the results, somewhere else, that a test may spoil; and the folder of a method in it."""
    shutil.copytree(results.parent, tmp_path / "moved")
    return SimpleNamespace(
        base=tmp_path / "moved/results", lv=tmp_path / "moved/results/tiny_en/lv2023/seed7"
    )


def texts_of(base, method, stage):
    """The texts of the test set and what the evaluation predicted."""
    found = pd.read_parquet(base / f"{method}/seed7/evaluation/{stage}.parquet")
    corpus = pd.read_parquet(base / method.split("/")[0] / "text/corpus.parquet")
    return corpus["text"].to_numpy()[found["row"]], found["prediction"].to_numpy()


def test_a_link_to_a_folder_leads_to_what_lies_beside_it(results, tmp_path):
    """The card tells other files from the folder where it lies."""
    (tmp_path / "best").symlink_to(results / "tiny_en/lv2023/seed7")
    texts, _ = texts_of(results, "tiny_en/lv2023", "finetuned")
    own, linked = (
        spiketext.load(folder).predict([*texts[:3], "unheard-of words"])
        for folder in (results / "tiny_en/lv2023/seed7", tmp_path / "best")
    )
    assert [one.label for one in own] == [one.label for one in linked]


@pytest.mark.parametrize(("method", "stage"), STAGES)
def test_predictions_and_energies_are_those_of_the_evaluation(results, method, stage):
    """Alone, in batches, with and without early stopping; energies on average."""
    texts, expected = texts_of(results, method, stage)
    classifier = spiketext.load(results / f"{method}/seed7", stage)
    whole = classifier.predict(texts, all_steps=True)
    for found in (whole, classifier.predict(texts), classifier.predict(texts, counted=False)):
        assert [classifier.classes.index(one.label) for one in found] == expected.tolist()
    rows = read_json(results / f"{method}/seed7/energy.json")["rows"]
    steps = whole[0].steps
    (own,) = [
        row
        for row in rows
        if (row["stage"], row["T"], row["cost_table"]) == (stage, steps, classifier.cost_table)
        and row["accounting"] in ("dense", "event-driven")
    ]
    energy = np.mean([one.energy_uj for one in whole])
    if stage == "trained":  # in a batch, neurons of one's own work on the padding of shorter texts too
        assert 0.8 < energy / own["energy_uj"] < 1
    else:
        assert energy == pytest.approx(own["energy_uj"], rel=1e-9)
    counts = read_json(results / f"{method}/seed7/evaluation/{stage}.counts.json")
    if counts["spikes"]:
        sent = sum(sum(per_step[:steps]) for per_step in counts["spikes"].values())
        assert sum(one.spikes for one in whole) == sent
    else:
        assert {(one.spikes, one.steps) for one in whole} == {(None, None)}


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("lv2023", ("finetuned", 8, "event-driven")),
        ("tf-idf", ("fitted", None, "dense")),
        ("tf-idf-characters", ("fitted", None, "dense")),
        ("mean-vector", ("fitted", None, "dense")),
    ],
)
def test_energies_by_another_table_are_exact_too(results, method, row):
    """One with memories, whose size is that of the study's, not that of the text's words."""
    texts, _ = texts_of(results, f"tiny_en/{method}", row[0])
    classifier = spiketext.load(results / f"tiny_en/{method}/seed7", cost_table="lemaire-2022")
    energy = np.mean([one.energy_uj for one in classifier.predict(texts, all_steps=True)])
    (own,) = [
        one["energy_uj"]
        for one in read_json(results / f"tiny_en/{method}/seed7/energy.json")["rows"]
        if (one["stage"], one["T"], one["accounting"], one["cost_table"]) == (*row, "lemaire-2022")
    ]
    assert own > 0
    assert energy == pytest.approx(own, rel=1e-9)


def test_every_method_has_a_model_card(tmp_path):
    """Baselines too, without being asked for."""
    path = write_study(tmp_path)
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    cards = [
        (job.wildcards["dataset"], job.wildcards["method"]) for job in plan(path, []) if job.rule == "card"
    ]
    methods = [*values["methods"], *values["baselines"]]
    assert sorted(cards) == sorted((dataset, name) for dataset in values["datasets"] for name in methods)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_in_use(results, name, tmp_path, capsys):
    """Any text has its prediction, the command prints it, and leaving out words explains it."""
    folder = results / f"tiny_en/{name}/seed7"
    classifier = spiketext.load(folder)
    texts = ["", "a lovely bright film", "dull awful qwertz", "\x00 😀", "lovely " * 500]
    found = classifier.predict(texts)
    assert [one.label is None for one in found] == [True, False, False, False, False]
    assert [one.label for one in classifier.predict(texts, counted=False)] == [one.label for one in found]
    assert all(sum(one.probabilities.values()) == pytest.approx(1) for one in found)
    assert {(one.steps, one.spikes) for one in found} == {(None, None)}
    file = tmp_path / "texts"
    file.write_text("\n".join(texts[1:3]), encoding="utf-8")
    assert main(["predict", str(folder), str(file)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in printed] == ["label", *(one.label for one in found[1:3])]
    first, second = classifier.explain(texts[1:3])
    assert first.rest is None
    # Words without a vector are those that it cannot read, if it reads vectors at all.
    unread = [word.text for word in second.words if not word.known]
    assert unread == (["qwertz"] if name == "mean-vector" else [])
    leads = {word.text: first.lead(word.gives) for word in first.words}
    if name == "majority":
        assert set(leads.values()) == {0}
        assert first.classes[first.first] == second.classes[second.first]
    else:
        assert (found[1].label, found[2].label) == ("positive", "negative")
        assert leads["lovely"] > leads["film"]


def test_any_text_has_its_prediction(results):
    """Empty, very long, unknown words, control characters; the results folder's sources are asked."""
    classifier = spiketext.load(results / "tiny_en/lv2023/seed7")
    texts = ["", " \t ", "lovely " * 5000, "qwertz lovely uiop", "\x00\x1b[2J lovely", "the film 😀"]
    found = classifier.predict(texts)
    assert [one.label is None for one in found] == [True, True, False, False, False, False]
    longest = classifier.card.tokeniser.max_length
    assert classifier.reader.tokens("lovely " * longest + "dull") == ["lovely"] * longest
    assert found[0].spikes == 0
    assert {one.label for one in found[2:5]} == {"positive"}
    alone = classifier.predict(["lovely"])[0]
    assert found[2].spikes > alone.spikes
    for one in found:
        assert sum(one.probabilities.values()) == pytest.approx(1)
    assert classifier.predict([]) == []


@pytest.mark.parametrize("use", ["predict", "stream", "explain"])
def test_what_is_no_list_of_texts_is_refused(results, use):
    """A string would be classified letter by letter; what is no string is named with its place."""
    classifier = spiketext.load(results / "tiny_en/lv2023/seed7")
    with pytest.raises(SpikeTextError, match=r"give a list: \[text\]"):
        list(getattr(classifier, use)("a lovely film"))
    for wrong, said in ((None, "None is no text but of the type NoneType"), (3, "3 is no text but .* int")):
        with pytest.raises(SpikeTextError, match=f"^text 2: {said}; give strings"):
            list(getattr(classifier, use)(["a lovely film", wrong]))
    with pytest.raises(SpikeTextError, match=r"^text 1: nan"):
        classifier.predict([float("nan")], counted=False)


def test_a_chinese_classifier_cuts_words_as_in_training(results):
    """A character that the corpus lacks has no word vector, and is silent."""
    classifier = spiketext.load(results / "tiny_zh/lv2023/seed7")
    assert classifier.reader.tokens("房间ＯＫ　很干净") == ["房间", "ok", "很", "干净"]
    assert classifier.predict(["酒店糟糕难看失望"])[0].label == "negative"


def test_steps_and_margins(results):
    """Fewer steps are fewer spikes; a margin may stop at once."""
    classifier = spiketext.load(results / "tiny_en/lv2023/seed7")
    texts, _ = texts_of(results, "tiny_en/lv2023", "finetuned")
    few, many = (classifier.predict(texts, steps=steps, all_steps=True) for steps in (2, 8))
    assert {one.steps for one in few} == {2}
    assert all(a.spikes < b.spikes and a.energy_uj < b.energy_uj for a, b in zip(few, many, strict=True))
    assert np.mean([one.steps for one in classifier.predict(texts, margin=1e-3)]) < 3
    for steps, found in ((2, few), (8, many)):
        scores = classifier.predictor.classifier.scores(
            classifier.predictor.batch([classifier.reader.tokens(texts[0])])
        )
        shares = torch.softmax(scores[steps - 1, 0].double() / steps, 0).tolist()
        assert list(found[0].probabilities.values()) == pytest.approx(shares, rel=1e-5)
    for wrong in ({"steps": 0}, {"steps": 9}, {"margin": 0.0}, {"margin": float("nan")}):
        with pytest.raises(SpikeTextError, match=r"steps|margin"):
            classifier.predict(["x"], **wrong)
    dnn = spiketext.load(results / "tiny_en/lv2023/seed7", "dnn")
    assert dnn.predict(["x"], steps=1) == dnn.predict(["x"])
    with pytest.raises(SpikeTextError, match=r"steps: 64, and dnn has no time steps; leave them out"):
        dnn.predict(["x"], steps=64)


def test_the_commands_print_one_line_a_text(results, tmp_path, monkeypatch, capsys):
    """A table, JSON, from a file and from standard input; whatever ends a line elsewhere does not here."""
    text = "a lovely film\r\n\ndull\u2028plot\x0b\x85\nbright"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\xef\xbb\xbf" + text.encode())))
    folder = str(results / "tiny_en/lv2023/seed7")
    assert main(["predict", folder]) == 0
    printed = capsys.readouterr()
    assert "estimate, not a measurement, by horowitz-fp32" in printed.err
    header, *rows = [line.split("\t") for line in printed.out.splitlines()]
    assert header == ["label", "negative", "positive", "steps", "spikes", "energy_uj"]
    assert [row[0] for row in rows] == ["positive", "", "negative", "positive"]
    (tmp_path / "texts").write_bytes(text.encode())
    assert main(["predict", folder, "--json", str(tmp_path / "texts")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["label"] for one in lines] == ["positive", None, "negative", "positive"]
    assert [str(one["spikes"]) for one in lines] == [row[4] for row in rows]
    assert {one["cost_table"] for one in lines} == {"horowitz-fp32"}
    assert main(["predict", folder, "--all-steps", "--margin", "0.001", str(tmp_path / "texts")]) == 0
    _, *whole = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {row[3] for row in whole if row[0]} == {"8"}
    assert main(["explain", folder, str(tmp_path / "texts"), "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert [page.count(f">{word}</span>") for word in ("lovely", "dull")] == [1, 1]
    assert main(["explain", folder, str(tmp_path / "texts")]) == 0
    assert re.search(r"text 1: positive, ahead of negative by \+\d", capsys.readouterr().out)


def test_texts_of_unknown_words_are_named(results, tmp_path, capsys):
    """They get a class, of which a line at the end says that it means nothing; empty ones get none."""
    (tmp_path / "texts").write_text("lovely film\nqwxzv zzkqj\n\nxkcdq\n")
    assert main(["predict", str(results / "tiny_en/lv2023/seed7"), str(tmp_path / "texts")]) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1].startswith("2 of these texts hold no word that the network knows")
    assert printed.err.splitlines()[-1].endswith(": 2, 4")
    assert len(printed.out.splitlines()) == 5


def test_texts_without_a_decision_are_named(results, tmp_path, capsys):
    """After one step no spike has reached the read-out, so that the first class is given to any text."""
    (tmp_path / "texts").write_text("lovely film\n\nqwxzv\ndull film\n")
    command = ["predict", str(results / "tiny_en/lv2023/seed7"), str(tmp_path / "texts")]
    for options in ([], ["--json"]):
        assert main([*command, "--steps", "1", *options]) == 0
        *_, unknown, said = capsys.readouterr().err.splitlines()
        assert unknown.endswith("says nothing of them: 3")
        assert said.startswith("2 of these texts get the same score for several classes, the first of which")
        assert said.endswith("says nothing of them: 1, 4")
    assert main(command) == 0
    assert "same score" not in capsys.readouterr().err


def test_a_table_is_no_file_of_texts(results, tmp_path, capsys):
    """It is read line by line all the same, as a name proves nothing; other names are not doubted."""
    for name, doubted in (
        ("a.CSV", True),
        ("b.tsv.gz", True),
        ("c.jsonl", True),
        ("d.txt", False),
        ("csv", False),
    ):
        (tmp_path / name).write_text("a lovely film\n")
        for command in ("predict", "explain"):
            assert main([command, str(results / "tiny_en/dnn/seed7"), str(tmp_path / name)]) == 0
            said = capsys.readouterr()
            assert ("by its name a table, and each line of it is taken for one text" in said.err) is doubted
            assert "positive" in said.out


def test_a_file_that_is_not_there_is_missed_at_once(tmp_path, capsys):
    """Before the network is loaded: even where there is none."""
    assert main(["predict", str(tmp_path), str(tmp_path / "nowhere")]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "nowhere cannot be read (there is no such file); check its path" in printed.err


def test_a_page_is_headed_by_the_data_sets_title(results, tmp_path):
    """As the report calls it."""
    page = tmp_path / "page.html"
    (tmp_path / "texts").write_text("a lovely film\n")
    folder = str(results / "tiny_en/dnn/seed7")
    assert main(["explain", folder, str(tmp_path / "texts"), "--html", str(page)]) == 0
    assert " on Tiny English</h1>" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"), [(b"good\n\xff\n", "line 2: this is no UTF-8"), (None, "cannot be read")]
)
def test_texts_that_cannot_be_read_are_one_line(results, tmp_path, capsys, content, said):
    """Not UTF-8, or not there."""
    path = tmp_path / "texts"
    if content is not None:
        path.write_bytes(content)
    assert main(["predict", str(results / "tiny_en/dnn/seed7"), str(path)]) == 1
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_words_explain_a_network_of_ones_own_by_what_they_are_missed_for(results):
    """The scores without the word, by the network itself."""
    classifier = spiketext.load(results / "tiny_en/recurrent/seed7")
    (one,) = classifier.explain(["a lovely film"])
    assert one.rest is None
    without = next(classifier.explain(["a film"])).scores
    np.testing.assert_allclose(one.words[1].gives, one.scores - without, atol=1e-6)


def test_an_explanation_is_of_as_many_steps_as_are_asked_for(results):
    """Its scores are those after these steps, a step."""
    classifier = spiketext.load(results / "tiny_en/lv2023/seed7")
    text = "a lovely film with a dull plot"
    scores = classifier.predictor.classifier.scores(
        classifier.predictor.batch([classifier.reader.tokens(text)])
    )[:, 0]
    for steps in (1, 3, 8):
        (one,) = classifier.explain([text], steps=steps)
        np.testing.assert_allclose(one.scores, scores[steps - 1] / steps, rtol=1e-5, atol=1e-6)


def test_the_words_that_matter_are_found(results):
    """By the read-out of the spiking TextCNN: those of a class give more to it than those of both classes."""
    classifier = spiketext.load(results / "tiny_en/lv2023/seed7")
    texts, predictions = texts_of(results, "tiny_en/lv2023", "finetuned")
    given = {True: [], False: []}
    for one, prediction in zip(classifier.explain(texts), predictions, strict=True):
        assert one.first == prediction
        leads = [one.lead(word.gives) for word in one.words]
        assert sum(leads) + one.lead(one.rest) == pytest.approx(one.lead(one.scores))
        for word, lead in zip(one.words, leads, strict=True):
            given[word.text in ENGLISH[classifier.classes[one.first]]].append(lead)
        assert one.neurons
    assert np.mean(given[True]) > 2 * np.mean(given[False])


def test_a_moved_folder_still_works(copied, results):
    """With everything that belongs to it, its vectors and the network's own file included."""
    for method in METHODS:
        folder = f"{method}/seed7"
        there, here = (spiketext.load(base / folder) for base in (results, copied.base))
        assert there.predict(["a lovely film", "zzz"]) == here.predict(["a lovely film", "zzz"])


def test_what_lies_beside_the_results_must_be_moved_too(copied):
    """Sources of vectors for new words: missed when a classifier is loaded, not at the first such word."""
    (copied.base.parent / "glove.txt.gz").unlink()
    with pytest.raises(
        SpikeTextError, match=r"moved/glove\.txt\.gz is missing.* copy the file glove\.txt\.gz"
    ):
        spiketext.load(copied.lv)
    assert spiketext.load(copied.base / "tiny_en/tf-idf/seed7").predict(["lovely"])[0].label == "positive"
    card = read_json(copied.lv / "card.json")
    other_card(
        copied.lv, vectors=card["vectors"] | {"manifests": ["../../../../beside/minilm/manifest.json"]}
    )
    with pytest.raises(
        SpikeTextError, match=r"copy the folder minilm that the study used to .*moved/beside/mini"
    ):
        spiketext.load(copied.lv)


def damage(path):
    """Another byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def other_card(folder, **values):
    """A card that says something else, with a checksum that fits."""
    path = folder / "card.json"
    write_json(path, read_json(path) | values)


SPOILT = {
    "no card": (lambda lv: (lv / "card.json").unlink(), "has no model card"),
    "damaged card": (lambda lv: damage(lv / "card.json"), "card.json .*damaged|card.json cannot be read"),
    "damaged weights": (lambda lv: damage(lv / "finetuned.safetensors"), "its checksum does not fit"),
    "no weights": (lambda lv: (lv / "finetuned.safetensors").unlink(), "is missing; .* rule finetune"),
    "empty weights": (lambda lv: (lv / "finetuned.safetensors").write_bytes(b""), "cannot be read"),
    "weights of another stage": (
        lambda lv: shutil.copy(lv / "converted.safetensors", lv / "finetuned.safetensors"),
        "is not the file that .*card.json describes",
    ),
    "vectors of another data set": (
        lambda lv: shutil.copy(
            lv.parents[2] / "tiny_zh/embeddings/table.safetensors", lv.parents[1] / "embeddings"
        ),
        "table.safetensors is not the file",
    ),
    "damaged vectors": (lambda lv: damage(lv.parents[1] / "embeddings/table.safetensors"), "does not fit"),
    "no words": (lambda lv: (lv.parents[1] / "embeddings/words.json").unlink(), "words.json is missing"),
    "a card that lacks keys": (lambda lv: other_card(lv, vectors={}), "does not fit"),
    "a card with a key too many": (lambda lv: other_card(lv, more=1), "does not fit .*more"),
    "a card of another network": (
        lambda lv: other_card(
            lv, definition={**read_json(lv / "card.json")["definition"], "network": {"channels": 9}}
        ),
        "finetuned.safetensors does not fit",
    ),
    "more classes": (
        lambda lv: other_card(lv, classes=["a", "b", "c"]),
        "finetuned.safetensors does not fit",
    ),
    "another jieba": (
        lambda lv: other_card(
            lv, tokeniser={"language": "zh", "packages": {"jieba": "0.1"}, "max_length": 64}
        ),
        "cut by jieba 0.1, and here is",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_wrong_folder_is_one_line(copied, capsys, what):
    """Whatever is missing, damaged or of something else."""
    spoil, said = SPOILT[what]
    spoil(copied.lv)
    assert main(["predict", str(copied.lv), __file__]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(said, line), line


def test_a_changed_network_of_ones_own_is_refused(copied):
    """Its weights are those of the file as it was."""
    file = copied.base.parent / "recurrent.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(SpikeTextError, match=r"recurrent\.py has changed"):
        spiketext.load(copied.base / "tiny_en/recurrent/seed7")
    file.unlink()
    with pytest.raises(SpikeTextError, match=r"recurrent\.py cannot be read"):
        spiketext.load(copied.base / "tiny_en/recurrent/seed7")


@pytest.mark.parametrize(
    "arguments", [{"stage": "trained"}, {"cost_table": "none"}], ids=["stage", "cost table"]
)
def test_what_a_folder_has_not_is_said_with_what_it_has(results, arguments):
    """Stages and cost tables."""
    with pytest.raises(SpikeTextError, match=r"has no (stage|cost table) `\w+`; it has (dnn|horowitz-fp32)"):
        spiketext.load(results / "tiny_en/lv2023/seed7", **arguments)
