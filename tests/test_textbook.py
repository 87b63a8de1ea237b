"""Our network against the textbook one on spikingjelly: the same function, the same gradients."""

import torch
import torch.nn.functional as F

from benchmarks.measure import padded
from benchmarks.textbook import Textbook
from spiketext.training import assemble
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words


def test_outputs_and_gradients_equal_the_textbook():
    """Sentences of several lengths, six steps, from the same weights and spikes."""
    method = small_method()
    method = method.model_copy(update={"network": method.network.model_copy(update={"dropout": 0.0})})
    words, sentences = small_words(), small_sentences(12)
    torch.manual_seed(0)
    kernel = assemble.dnn(method, words, 2, None).module.weights()["kernel"]
    weights = {"kernel": kernel, "pool_gain": torch.tensor(3.0), "readout": torch.randn(2, 18)}
    classifier = assemble.spiking(method, words, weights, 6, seed=1)
    textbook = Textbook(weights, WIDTHS, method.network.channels, classifier.neuron.slope)
    batch = sentences.batch(torch.arange(12).numpy(), WIDTHS)
    spikes = classifier.encode(batch.words)
    labels = batch.labels.repeat(6)
    ours = classifier.module(spikes, batch.windows, classifier.neuron)
    theirs = textbook(*padded(batch, spikes))
    assert ours.abs().sum() > 0
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    F.cross_entropy(ours.flatten(0, 1), labels).backward()
    F.cross_entropy(theirs.flatten(0, 1), labels).backward()
    torch.testing.assert_close(classifier.module.readout.grad, textbook.readout.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        classifier.module.pool_gain.grad, textbook.pool_gain.grad, rtol=1e-3, atol=1e-6
    )
    # The chain rule through the kernel's parametrisation: its derivative along the pattern.
    rows = [k.grad.permute(2, 0, 1).reshape(-1, kernel.shape[1]) for k in textbook.kernels]
    full = torch.cat(rows)
    along = 6 * (full - full.mean(1, keepdim=True))
    torch.testing.assert_close(classifier.module.kernel.pattern.grad, along, rtol=1e-3, atol=1e-6)
