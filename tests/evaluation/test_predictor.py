"""The predictor that attacks query: any words, the same answer each time."""

import numpy as np
import pytest
import torch

from spiketext.config.data import Embedding, VectorSource
from spiketext.evaluation.predictor import Predictor
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.words import InputTransform, word_key
from spiketext.networks import assemble
from spiketext.networks.native import build
from tests.training_helpers import VOCABULARY, small_method, small_sentences, small_words


def predictor():
    words = small_words()
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), words, 2, None).network
    weights = network.weights() | {"pool_gain": torch.tensor(3.0)}
    classifier = assemble.spiking(small_method(), words, weights, 6, seed=1)
    raw = words.values.numpy() * 6 - 3  # the positive transform with mean 0 and deviation 1 gives them back
    covered = np.arange(VOCABULARY) > 0
    spec = Embedding(sources=[VectorSource(kind="text", path="absent.txt")])
    embedder = Embedder([f"w{i}" for i in range(VOCABULARY)], raw, covered, {}, spec, [])
    transform = InputTransform("positive", mean=0.0, std=1.0)
    return classifier, Predictor(classifier, embedder, transform, max_length=10)


def test_known_sentences_get_the_scores_of_the_evaluation():
    """The predictor's own word table makes no difference."""
    sentences = small_sentences(12)
    classifier, ours = predictor()
    rows = np.arange(12)
    expected = classifier.scores(sentences.batch(rows))[-1].numpy() / classifier.steps
    ends = np.append(sentences.starts[1:], len(sentences.ids))
    tokens = [[f"w{i}" for i in sentences.ids[a:b]] for a, b in zip(sentences.starts, ends, strict=True)]
    np.testing.assert_allclose(ours.scores(tokens), expected, rtol=1e-4, atol=1e-4)


def test_queries_do_not_disturb_each_other():
    """Asked alone, again, or in company: the same scores."""
    _, ours = predictor()
    tokens = [["w1", "w2", "w3", "w4", "w5", "w6"], ["w9", "w9", "w8"], []]
    together = ours.scores(tokens)
    np.testing.assert_array_equal(ours.scores(tokens), together)
    for i, one in enumerate(tokens):
        np.testing.assert_allclose(ours.scores([one])[0], together[i], rtol=1e-5, atol=1e-5)


def test_words_met_before_change_no_digit():
    """A text with one word changed, time and again, under each draw: as if it were the first."""
    classifier, ours = predictor()
    base = [f"w{i}" for i in range(1, 11)]
    texts = [[*base[:place], f"w{word}", *base[place + 1 :]] for place in range(10) for word in (3, 15, 19)]
    memory = classifier.memory()
    assert (memory is None) == (build.find_compiler() is None)
    for draw in (0, 1, 0):
        classifier.draw = draw
        for some in (texts[:7], texts[7:20], [[], base], texts[20:]):
            batch = ours.batch(some)
            found = classifier.last_scores(batch, memory)
            assert torch.equal(found, classifier.scores(batch)[-1])
            assert found.any()


def test_a_word_masked_in_a_short_text_is_padding():
    """Texts shorter than the widest window are padded, with what stands for a masked word."""
    classifier, ours = predictor()
    memory = classifier.memory()
    texts = [["w1", "", "w3"], [""], ["w1", "w2", "w3", "w4", "", "w6"]]
    batch = ours.batch(texts)
    found = classifier.last_scores(batch, memory)
    assert torch.equal(found, classifier.scores(batch)[-1])
    assert found[0].any()
    assert not found[1].any()


def test_an_empty_sentence_and_words_without_vectors_are_silent():
    """No vector, no spikes, no evidence: all scores zero."""
    _, ours = predictor()
    assert not ours.scores([[]]).any()


def test_keys_tell_words_apart():
    """Otherwise two words would share their noise."""
    assert len({word_key(f"w{i}") for i in range(10_000)}) == 10_000


@pytest.mark.skipif(build.find_compiler() is None, reason="words are remembered by the C core")
def test_words_whose_encoding_fails_are_not_remembered(monkeypatch):
    """As when memory runs out: asked again, the scores are those of words that were never met."""
    classifier, ours = predictor()
    batch, memory = ours.batch([["w1", "w2", "w3", "w4", "w5"]]), classifier.memory()

    def full(*_):
        raise RuntimeError("can't allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr(type(classifier), "currents", full)
        with pytest.raises(RuntimeError):
            classifier.last_scores(batch, memory)
    assert torch.equal(classifier.last_scores(batch, memory), classifier.scores(batch)[-1])
