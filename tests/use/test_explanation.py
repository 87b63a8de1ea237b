"""What words and neurons give to the classes: it adds up, and is right where it can be told by hand."""

import numpy as np
import pytest
import torch

from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.networks import assemble
from spiketext.networks.evidence import Evidence
from spiketext.networks.layers.windows import convolve
from spiketext.networks.textcnn.readout import evidence
from spiketext.use.explanation import by_leaving_out, by_read_out
from spiketext.use.show import as_html, as_text, shares
from tests.training_helpers import small_sentences, small_words
from tests.use.test_stopping import networks

CLASSES = ["a", "b", "c"]


def explained(classifier, row):
    """The explanation of a text of the small set, and the scores of the simulation."""
    classifier.network.eval()
    batch = small_sentences().batch(np.array([row]))
    fed = classifier.read(batch)
    found = evidence(classifier.network, classifier.currents(fed.inputs), fed.layout)
    tokens = [f"w{i}" for i in batch.ids]
    scale = classifier.scale(classifier.steps)
    one = by_read_out(CLASSES, tokens, [True] * len(tokens), found, scale, classifier.steps > 1)
    return one, classifier.scores(batch)[-1, 0].double().numpy() / scale


def dnns():
    """The convertible one and the ordinary one, whose biases are known."""
    torch.manual_seed(0)
    for pooling, bias in (("mean", False), ("max", True)):
        network = TextCNN(channels=6, pooling=pooling, bias=bias)
        method = Method(inputs=WordVectors(transform="standardised"), network=network)
        words = small_words(transform="standardised")
        weights = assemble.dnn(method, words, 3, None).network.weights()
        if bias:
            weights |= {"readout_bias": torch.tensor([0.1, -0.2, 0.3])}
        yield assemble.dnn(method, words, 3, weights)


@pytest.mark.parametrize("classifier", [*networks(), *dnns()])
@pytest.mark.parametrize("row", [0, 3, 7])
def test_words_and_rest_add_up_to_the_scores(classifier, row):
    """Of a read-out that integrates, without any rest but its bias."""
    one, scores = explained(classifier, row)
    np.testing.assert_allclose(one.scores, scores, rtol=1e-4, atol=1e-5)
    given = np.sum([word.gives for word in one.words], 0)
    assert abs(given).sum() > 0
    np.testing.assert_allclose(given + one.rest, one.scores, rtol=1e-6, atol=1e-9)
    network = classifier.network
    if not getattr(network, "spike_readout", False):
        bias = getattr(network, "readout_bias", None)
        expected = np.zeros(3) if bias is None else bias.detach().numpy()
        np.testing.assert_allclose(one.rest, expected, rtol=1e-4, atol=1e-4)
    assert max(abs(np.array(shares(one)))) == 1.0


def test_a_network_that_settles_is_not_divided_by_its_steps():
    """Its scores are the quantised DNN's, whatever T is."""
    conversion = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}, "steps": [4]}
    method = Method(
        inputs=WordVectors(transform="standardised"),
        network=TextCNN(channels=6, levels=3, quantised_inputs=False),
        conversion=conversion,
    )
    words = small_words(transform="standardised")
    dnn = assemble.dnn(method, words, 3, None)
    dnn.scores(small_sentences().batch(np.arange(20)))
    twin = assemble.spiking(method, words, assemble.converted(method, dnn, {}, 4), 4, seed=0, classes=3)
    one, scores = explained(twin, 3)
    expected = dnn.scores(small_sentences().batch(np.array([3])))[-1, 0].double().numpy()
    np.testing.assert_allclose(one.scores, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_neuron_shares_its_part_among_the_words_that_drove_it():
    """Three words; neuron 0 reads two of them, neuron 1 three, one of which is padding."""
    drive = torch.zeros(3, 3, 2)
    drive[0, :2, 0] = torch.tensor([3.0, 1.0])
    drive[1, :3, 1] = torch.tensor([2.0, -5.0, 2.0])  # the last is of padding
    found = Evidence(
        torch.tensor([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]),
        [2, 3],
        drive,
        torch.tensor([[8.0, 0.0], [0.0, 4.0], [0.0, 0.0]]),
        torch.tensor([[1.0, -1.0], [0.0, 1.0]]),
        torch.tensor([3.0, 4.0]),
    )
    one = by_read_out(["a", "b"], ["x", "y", "z"], [True, True, False], found, 2, True)
    np.testing.assert_allclose([word.gives for word in one.words], [[3, 0], [-1, 2], [0, 0]])
    np.testing.assert_allclose(one.rest, [-0.5, 0.0])
    assert (one.first, one.second) == (1, 0)
    assert [(n.number, n.words, n.fired) for n in one.neurons] == [(0, ("x", "y"), 3), (1, ("y", "z"), 2)]
    text = as_text(1, one)
    assert "text 1: b, ahead of a by +0.500" in text
    assert "z  (no vector)" in text
    assert "neuron 0, 3 spikes for a (-4.000): x y" in text


@pytest.mark.parametrize("classifier", [*networks(), *dnns()])
def test_what_drives_a_neuron_is_its_whole_current(classifier):
    """Summed over the words of its window: what the convolution gives."""
    network = classifier.network.eval()
    fed = classifier.read(small_sentences().batch(np.array([0, 1])))
    found = evidence(network, classifier.currents(fed.inputs), fed.layout)
    with torch.no_grad():
        currents = convolve(classifier.currents(fed.inputs).float(), network.kernel(), fed.layout.windows, 6)
    expected = fed.layout.placed(currents.sum(0))
    for span in set(found.spans):
        own = [n for n, other in enumerate(found.spans) if other == span]
        inside = slice(len(expected) - span + 1)
        np.testing.assert_allclose(
            found.drive[inside, :, own].sum(1), expected[inside][:, own], rtol=1e-4, atol=1e-4
        )


def test_the_largest_window_gets_all_of_a_maximum():
    """Of the ordinary DNN: the window with the largest activation of each feature."""
    *_, classifier = dnns()
    classifier.network.eval()
    fed = classifier.read(small_sentences().batch(np.array([0])))
    found = evidence(classifier.network, classifier.currents(fed.inputs), fed.layout)
    features = classifier.network.features(fed.inputs, fed.layout.windows)
    np.testing.assert_allclose(found.amounts.sum(0), features["pooled"][0, 0].detach(), rtol=1e-6)
    assert ((found.amounts > 0).sum(0) <= 1).all()


def test_a_word_left_out_takes_its_part_with_it():
    """Where scores count words, each is worth one."""

    def scores(lists):
        return np.array([[len(tokens), tokens.count("x")] for tokens in lists])

    one = by_leaving_out(["a", "b"], ["x", "y"], [True, True], scores)
    np.testing.assert_allclose([word.gives for word in one.words], [[1, 1], [1, 0]])
    assert one.rest is None
    assert one.neurons == []
    assert by_leaving_out(["a", "b"], [], [], scores).words == []


def test_texts_are_escaped():
    """On the page and on the terminal; nothing is loaded from elsewhere."""

    def scores(lists):
        return np.array([[len(tokens), 0.0] for tokens in lists])

    nasty = ["<script>alert(1)</script>", "\x1b[31m", '"onmouseover="x', "&"]
    one = by_leaving_out(["<b>", "\x1b]0;b"], nasty, [True] * 4, scores)
    page = "".join(as_html("<title>\x1b", [one, by_leaving_out(["<b>", "b"], [], [], scores)]))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>" not in page
    assert '"onmouseover' not in page
    assert "\x1b" not in page + as_text(1, one)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert not [mark for mark in ("http:", "https:", "src=", "url(") if mark in page]
    assert "No words." in page
