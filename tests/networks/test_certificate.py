"""Bounds of margins: below whatever words are substituted, and tight where there is no choice."""

import numpy as np
import pytest
import torch

from spiketext.config.methods import Method
from spiketext.conversion.convert import find_thresholds
from spiketext.errors import SpikeTextError
from spiketext.inputs.perturbations import Hull
from spiketext.inputs.synonyms import Synonyms
from spiketext.networks import assemble
from spiketext.networks.occurrences import batch_of, table_of, with_words
from spiketext.networks.textcnn.certificate import least_margins
from tests.training_helpers import VOCABULARY, WIDTH, small_sentences, small_words

STEPS = 4
ANALOG = {"encoder": {"kind": "analog"}}
TWINS = {
    "direct": ANALOG | {"neuron": {"initial": 0.5}},
    "trained thresholds": ANALOG
    | {"neuron": {"least_threshold": 0.03}, "rule": {"kind": "percentile", "scale": 0.3}},
    "no pooled neurons": ANALOG | {"pooled_neurons": False},
    "evenly spaced": {"encoder": {"kind": "deterministic-rate"}},
    "on-off": {"encoder": {"kind": "on-off", "dead_zone": 0.3}, "pooled_neurons": False},
}


def classifier_of(name):
    """A DNN with either pooling, or a spiking twin."""
    transform = "standardised" if "on-off" in name else "positive"
    network = {"pooling": "max", "bias": True} if name == "max" else {}
    twin = (
        {"conversion": {"steps": [STEPS], **TWINS[name]}, "finetuning": {"steps": STEPS}}
        if name in TWINS
        else {}
    )
    method = Method(inputs={"transform": transform}, network={"channels": 6, **network}, **twin)
    words = small_words(transform=transform)
    torch.manual_seed(1)
    dnn = assemble.dnn(method, words, 2, None)
    if name == "max":
        torch.nn.init.normal_(dnn.network.kernel_bias, std=0.2)
        torch.nn.init.normal_(dnn.network.readout_bias, std=0.2)
    if name not in TWINS:
        return dnn
    found = find_thresholds(
        dnn, small_sentences(), np.arange(60), method.conversion.rule, assemble.balanced(method)
    )
    weights = assemble.converted(method, dnn, found, STEPS)
    return assemble.spiking(method, words, weights, STEPS, seed=1, classes=2)


def hull_of(classifier, batch, each):
    """So many synonyms of every word, drawn at random."""
    generator = np.random.default_rng(2)
    other = (torch.from_numpy(generator.random((20, WIDTH), dtype=np.float32)) - 0.5) * 0.6
    near = small_words().values[:20].mean(0) + other
    members = generator.integers(0, 20, VOCABULARY * each)
    synonyms = Synonyms(np.arange(VOCABULARY + 1) * each, members, near.clamp(0, 1))
    own = classifier.words.values[torch.from_numpy(batch.ids.astype(np.int64))]
    return Hull(own, batch.ids, synonyms)


def margins(classifier, values, batch):
    """Of the right class over the other, of real scores."""
    table = table_of(values, np.zeros(len(values), dtype=np.uint64))
    scores = with_words(classifier, table).scores(batch_of(batch.lengths))[-1]
    sign = 2 * batch.labels - 1
    return (scores[:, 1] - scores[:, 0]) * sign


@pytest.mark.parametrize("name", ["mean", "max", *TWINS])
def test_no_choice_of_words_is_below_the_bound(name):
    """500 random choices and the points between words where the network reads values; and it is not idle."""
    classifier, batch = classifier_of(name), small_sentences().batch(np.arange(12))
    hull = hull_of(classifier, batch, 2)
    bound = least_margins(classifier, hull, torch.from_numpy(batch.lengths), batch.labels)
    generator = torch.Generator().manual_seed(3)
    least = torch.full((12,), torch.inf)
    for i in range(500):
        weights = hull.random(generator)
        if i % 2 or classifier.network.encoder.spiking:
            weights = hull.best(torch.randn(hull.tokens, WIDTH, generator=generator))
        least = torch.minimum(least, margins(classifier, hull.values(weights), batch))
    assert (bound <= least + 1e-4).all()
    assert (least < margins(classifier, hull.corners[: hull.tokens], batch) - 1e-6).any()


@pytest.mark.parametrize("name", ["mean", "max", *TWINS])
def test_without_a_choice_the_bound_is_the_margin(name):
    """Added up over all steps."""
    classifier, batch = classifier_of(name), small_sentences().batch(np.arange(12))
    hull = hull_of(classifier, batch, 0)
    bound = least_margins(classifier, hull, torch.from_numpy(batch.lengths), batch.labels)
    expected = margins(classifier, hull.corners, batch)
    torch.testing.assert_close(bound, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"encoder": {"kind": "rate"}}, "drawn"),
        (ANALOG | {"neuron": {"beta": 0.9}}, "neurons leak"),
        (ANALOG | {"readout": "spike-count"}, "read-out fires"),
        (ANALOG | {"delay": 1}, "steps are left out"),
    ],
)
def test_where_no_bound_is_known_there_is_one_line(settings, said, monkeypatch):
    monkeypatch.setitem(TWINS, "other", settings)
    classifier, batch = classifier_of("other"), small_sentences().batch(np.arange(2))
    with pytest.raises(SpikeTextError, match=said):
        least_margins(
            classifier, hull_of(classifier, batch, 1), torch.from_numpy(batch.lengths), batch.labels
        )
