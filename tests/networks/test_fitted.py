"""Classifiers that are fitted at once: what they decide, what they store, what they are counted to do."""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.fitted import NEVER, fit_linear, linear_scores
from spiketext.networks.tf_idf.fitted import Terms
from spiketext.tasks.classes import Classes

NAMES = ["", "dull", "fine", "the", "film", "很", "好"]
WIDTH = 4


def words():
    """A table of random vectors; those of the first two words stand apart."""
    values = np.random.default_rng(0).normal(size=(len(NAMES), WIDTH)).astype(np.float32)
    values[0], values[1, 0], values[2, 0] = 0, -5, 5
    return WordTable.of(values, NAMES, torch.device("cpu"))


def corpus(classes=2, count=60):
    """Texts of 3 to 8 words; a text's class decides which words it may have besides the common ones."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(3, 9, count)
    labels = rng.integers(0, classes, count)
    own = np.repeat(labels % 2 + 1, lengths)
    ids = np.where(rng.random(lengths.sum()) < 0.4, own, rng.integers(3, len(NAMES), lengths.sum()))
    return Texts(ids.astype(np.int32), np.concatenate([[0], np.cumsum(lengths)]), labels, 64)


def fitted(network, texts, classes=2, metric="accuracy", class_weights=None):
    """A classifier fitted on the first 40 texts, chosen on the next ten, and its report."""
    method = Method(network=network)
    rows = {"train": np.arange(40), "dev": np.arange(40, 50)}
    weights, report = assemble.fit(method, words(), texts, rows, Classes(metric, classes), class_weights)
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    return assemble.alone(method, words(), classes, tensors), report


def documents(texts, rows):
    """The texts as written."""
    ends = np.concatenate([texts.starts[1:], [len(texts.ids)]])
    return [" ".join(NAMES[i] for i in texts.ids[texts.starts[row] : ends[row]]) for row in rows]


def test_the_majority_is_that_of_the_training_texts():
    """Whatever the others' classes are."""
    texts = corpus()
    texts.labels[:] = np.where(np.arange(60) < 30, 1, 0)
    classifier, report = fitted({"kind": "majority"}, texts)
    assert (
        classifier.scores(texts.batch(np.arange(50, 53)))[0].exp().tolist()
        == [pytest.approx([0.25, 0.75])] * 3
    )
    assert report["dev_accuracy"] == 0


def test_mean_vectors_are_those_of_a_loop():
    """Decisions are those of scikit-learn's regression on means computed one by one."""
    texts, table = corpus(), words().values.numpy().astype(float)
    classifier, _ = fitted({"kind": "mean-vector", "strengths": [1.0]}, texts)
    means = np.array([table[texts.batch(np.array([row])).ids].mean(0) for row in range(60)])
    model = LogisticRegression(C=1.0, max_iter=1000).fit(means[:40], texts.labels[:40])
    found = classifier.scores(texts.batch(np.arange(60)))[0]
    np.testing.assert_allclose(found[:, 1], model.decision_function(means), atol=1e-6)
    assert not found[:, 0].any()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("unit", "analyser"), [("words", "word"), ("characters", "char")])
def test_tf_idf_is_that_of_scikit_learn_on_the_texts(classes, unit, analyser):
    """Stored and read back, on texts of the training set and others."""
    texts = corpus(classes)
    classifier, _ = fitted({"kind": "tf-idf", "unit": unit, "longest": 3, "strengths": [3.0]}, texts, classes)
    written = documents(texts, range(60))
    if unit == "characters":  # Chinese ones have no spaces beside them
        for space in (" 很", "很 ", " 好", "好 "):
            written = [text.replace(space, space.strip()) for text in written]
    pattern = r"\S+" if analyser == "word" else None
    vectoriser = TfidfVectorizer(
        analyzer=analyser, token_pattern=pattern, ngram_range=(1, 3), min_df=2, sublinear_tf=True
    )
    model = LogisticRegression(C=3.0, max_iter=1000).fit(
        vectoriser.fit_transform(written[:40]), texts.labels[:40]
    )
    expected = model.decision_function(vectoriser.transform(written))
    found = classifier.scores(texts.batch(np.arange(60)))[0].numpy()
    np.testing.assert_allclose(found[:, 1] if classes == 2 else found, expected, atol=1e-6)


def test_characters_of_chinese_words_are_joined():
    """English words keep the space between them."""
    network = Method(network={"kind": "tf-idf", "unit": "characters", "longest": 2}).network
    assert Terms(network)(["很", "好", "the", "film"])[:9] == list("很好the film")[:9]
    assert "e " in Terms(network)(["the", "film"])
    assert "好t" in Terms(network)(["好", "the"])


def test_the_strength_is_the_best_on_dev():
    """The least of equal ones."""
    texts = corpus()
    _, report = fitted({"kind": "tf-idf", "strengths": [10.0, 1e-9, 1.0]}, texts)
    tried = {one["strength"]: one["dev_accuracy"] for one in report["tried"]}
    assert list(tried) == [1e-9, 1.0, 10.0]
    assert report["dev_accuracy"] == max(tried.values()) > tried[1e-9]


def rare():
    """Texts of class 1 are few."""
    texts = corpus(count=200)
    keep = np.where((texts.labels == 0) | (np.arange(200) % 8 == 0))[0]
    ends = np.concatenate([texts.starts[1:], [len(texts.ids)]])
    ids = [texts.ids[texts.starts[row] : ends[row]] for row in keep]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in ids])])
    return Texts(np.concatenate(ids), offsets, texts.labels[keep], 64)


@pytest.mark.parametrize("network", [{"kind": "mean-vector"}, {"kind": "tf-idf"}])
def test_class_weights_are_weights_of_texts(network):
    """The same as scikit-learn with so many copies of each text, whose penalty then counts as much less."""
    texts, network = rare(), {**network, "strengths": [1.0]}
    plain, _ = fitted(network, texts)
    weighted, _ = fitted(network, texts, class_weights=np.array([1.0, 3.0]))
    features = plain.layout(texts.batch(np.arange(40))).features
    own = np.where(texts.labels[:40] == 1, 3.0, 1.0)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(features, texts.labels[:40], sample_weight=own)
    np.testing.assert_allclose(weighted.coefficients, model.coef_, atol=1e-5)
    assert not np.allclose(plain.coefficients, weighted.coefficients, atol=1e-2)


def test_the_majority_counts_texts_as_they_are():
    """Weights would make another class the most frequent one."""
    texts = rare()
    plain, weighted = (
        fitted({"kind": "majority"}, texts, class_weights=one)[0] for one in (None, np.array([1.0, 99.0]))
    )
    assert torch.equal(plain.logarithms, weighted.logarithms)


@pytest.mark.parametrize(("metric", "kept"), [("accuracy", 0), ("macro-f1", 1)])
def test_the_metric_decides_which_strength_is_kept(metric, kept):
    """One feature; the strong penalty leaves class 0 only, the weak one tells them by the feature's sign.

    Of eight dev texts of class 0 and two of class 1, that is right on 6 and 1: accuracy 0.7, macro-F1 0.6.
    """
    train, labels = np.repeat([[-1.0], [1.0]], [12, 4], axis=0), np.repeat([0, 1], [12, 4])
    dev, dev_labels = np.array([[-1.0]] * 6 + [[1.0]] * 3 + [[-1.0]]), np.repeat([0, 1], [8, 2])
    weights, report = fit_linear(train, labels, dev, dev_labels, Classes(metric, 2), None, [1e3, 1e-9])
    found = [(one["strength"], one["dev_accuracy"], one["dev_macro_f1"]) for one in report["tried"]]
    assert found == [(1e-9, 0.8, pytest.approx(4 / 9)), (1e3, 0.7, pytest.approx(0.6))]
    assert (report["dev_accuracy"], report["dev_macro_f1"]) == found[kept][1:]
    assert (linear_scores(dev, **weights).argmax(1).sum() > 0) == (kept == 1)


@pytest.mark.parametrize("network", [{"kind": "majority"}, {"kind": "mean-vector"}, {"kind": "tf-idf"}])
def test_a_batch_is_described_once(network, monkeypatch):
    """What an evaluation counts and what it decides by come from one reading."""
    texts = corpus()
    classifier, _ = fitted(network, texts)
    seen, layout = [], type(classifier).layout
    monkeypatch.setattr(
        type(classifier), "layout", lambda self, batch: seen.append(batch) or layout(self, batch)
    )
    found = measure(classifier, texts, np.arange(10), [1], 1).predictions[0]
    assert len(seen) == 1
    assert (found == classifier.scores(texts.batch(np.arange(10)))[0].argmax(1).numpy()).all()


@pytest.mark.parametrize("network", [{"kind": "mean-vector"}, {"kind": "tf-idf"}])
@pytest.mark.parametrize(("classes", "present"), [(2, [0]), (2, [1]), (3, [0, 2]), (3, [1]), (4, [0, 1, 3])])
def test_a_class_without_training_texts_is_never_chosen(network, classes, present):
    """The others are."""
    texts = corpus()
    texts.labels[:] = np.array(present)[texts.labels % len(present)]
    classifier, _ = fitted(network, texts, classes)
    scores = classifier.scores(texts.batch(np.arange(60)))[0]
    assert scores.shape == (60, classes)
    assert set(scores.argmax(1).tolist()) <= set(present)
    assert (scores.argmax(1).numpy() == texts.labels)[:40].mean() > 0.85
    assert scores.abs().max() <= -NEVER


def test_only_n_grams_that_a_text_has_are_counted():
    """`fine film fine` has five n-grams of up to two words, four of them different."""
    texts = corpus()
    classifier, _ = fitted({"kind": "tf-idf", "min_texts": 1}, texts)
    one = Texts(np.array([2, 4, 2]), np.array([0, 3]), np.array([0]), 64)
    known = sum(
        name in classifier.vectoriser.vocabulary_ for name in ("fine", "film", "fine film", "film fine")
    )
    assert known >= 3
    counts = measure(classifier, one, np.array([0]), [1], 1).account.layers
    done = {(one.layer, one.operation): one.per_step.tolist() for one in counts if one.operation != "access"}
    assert done == {
        ("look-up", "look-up"): [5],
        ("weighting", "multiply"): [known],
        ("weighting", "MAC"): [known],
        ("readout", "MAC"): [known],
        ("bias", "AC"): [1],
    }
    roles = {one.layer: one.role for one in counts if one.operation != "access"}
    assert roles == {"look-up": "input", "weighting": "layer", "readout": "layer", "bias": "bias"}


def test_memories_of_characters_are_those_of_the_longest_word_of_the_study():
    """Texts of short words alone cost what they cost in the study; there are five n-grams at most a token."""
    network = {"kind": "tf-idf", "unit": "characters", "longest": 1, "min_texts": 1}
    classifier, _ = fitted(network, corpus())
    classifier.words = WordTable.of(np.zeros((3, WIDTH), np.float32), ["", "很", "好"], torch.device("cpu"))
    one = Texts(np.array([1, 2]), np.array([0, 2]), np.array([0]), 64)
    sources, _ = classifier.sources(classifier.layout(one.batch(np.array([0]))), 2)
    assert sources[-1].memory == 2 * (1 + len("dull"))


def test_every_value_of_a_token_is_added_once():
    """Then the means are read out, with one output for two classes."""
    texts = corpus()
    classifier, _ = fitted({"kind": "mean-vector"}, texts)
    counts = measure(classifier, texts, np.array([3, 5]), [1], 1).account.layers
    tokens = int(texts.lengths[[3, 5]].sum())
    done = {(one.layer, one.operation): one.per_step.tolist() for one in counts if one.operation != "access"}
    assert done == {
        ("embedding", "look-up"): [tokens * WIDTH],
        ("mean", "AC"): [tokens * WIDTH],
        ("mean", "multiply"): [2 * WIDTH],
        ("readout", "MAC"): [2 * WIDTH],
        ("bias", "AC"): [2],
    }


def test_the_majority_does_nothing():
    """No operation, so no energy."""
    texts = corpus()
    classifier, _ = fitted({"kind": "majority"}, texts)
    assert measure(classifier, texts, np.arange(5), [1], 1).account.layers == []


@pytest.mark.parametrize("kind", ["majority", "tf-idf", "mean-vector"])
def test_weights_of_another_classifier_are_refused(kind):
    """As of a network."""
    weights = {"kernel": torch.zeros(3, 4)}
    with pytest.raises(SpikeTextError, match="lacks"):
        assemble.alone(Method(network={"kind": kind}), words(), 2, weights)
