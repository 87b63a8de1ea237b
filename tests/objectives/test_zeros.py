"""Training for zeros: the loss by hand, and what comes of it."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from spiketext.config.methods import Method
from spiketext.config.objectives import CrossEntropy, Zeros
from spiketext.networks import assemble
from spiketext.objectives.base import make_objective
from tests.training_helpers import small_sentences, small_words

LEVELS = 3
METHOD = Method(
    inputs={"transform": "standardised"}, network={"channels": 6, "levels": LEVELS, "dropout": 0.0}
)


def dnn(pooling="mean"):
    """A quantised DNN whose steps the first batch has set, and that batch."""
    torch.manual_seed(1)
    network = METHOD.network.model_copy(update={"pooling": pooling})
    method = METHOD.model_copy(update={"network": network})
    classifier = assemble.dnn(method, small_words(transform="standardised"), 2, None)
    batch = small_sentences().batch(np.arange(64))
    classifier.forward(classifier.read(batch))
    return classifier, batch


def loss(settings, classifier, batch):
    return make_objective(settings).loss(classifier, batch, torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("pooling", "multiplied"), [("mean", "convolution"), ("max", "pooled")])
def test_the_loss_by_hand(pooling, multiplied):
    """The cross-entropy, and λ times the mean over both layers of the mean level over the highest.

    Of maxima the read-out multiplies one a feature; those below it are no values of the network.
    """
    classifier, batch = dnn(pooling)
    fed = classifier.read(batch)
    features = classifier.network.features(fed.inputs, fed.layout.windows)
    sizes = []
    for layer, name in (("inputs", "vectors"), ("convolution", multiplied)):
        levels = features[name] / classifier.network.quantisers[layer].log_step.exp()
        assert torch.allclose(levels, levels.round(), atol=1e-4)
        sizes.append(levels.abs().mean().item() / LEVELS)
    plain = loss(CrossEntropy(), classifier, batch).item()
    assert loss(Zeros(weight=0.5), classifier, batch).item() == pytest.approx(plain + 0.5 * np.mean(sizes))
    assert loss(CrossEntropy(), classifier, batch).item() == plain  # nothing is left behind


def test_more_values_are_zero():
    """After some steps of training, in both layers, than without; the inputs' by a larger step alone."""
    shares = {}
    for settings in (CrossEntropy(), Zeros(weight=1.0)):
        classifier, batch = dnn()
        optimiser = torch.optim.AdamW(classifier.network.parameters(), lr=0.02)
        for _ in range(40):
            optimiser.zero_grad()
            loss(settings, classifier, batch).backward()
            optimiser.step()
        fed = classifier.read(batch)
        features = classifier.network.features(fed.inputs, fed.layout.windows)
        shares[settings.kind] = [(features[name] == 0).double().mean() for name in ("vectors", "convolution")]
    for plain, zeros in zip(shares["cross-entropy"], shares["zeros"], strict=True):
        assert zeros > plain + 0.05


@pytest.mark.parametrize("network", [{}, {"kind": "crnn", "levels": 3}])
def test_it_needs_a_network_whose_layers_round(network):
    with pytest.raises(ValidationError, match=r"needs `kind: textcnn` with `levels`"):
        Method(network=network, training={"objective": {"kind": "zeros"}})
