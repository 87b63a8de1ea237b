"""Which activation becomes a rate of one, by hand."""

import numpy as np
import pytest
import torch

from spiketext.conversion import rules
from spiketext.conversion.convert import find_thresholds
from spiketext.networks import assemble
from tests.training_helpers import small_method, small_sentences, small_words

ROWS = np.arange(40)


def test_the_rules_by_hand():
    """Of 1 … 101 the 90th percentile is 91, a tenth of the values lie above it; the maximum is 101."""
    values = torch.arange(1.0, 102.0)[torch.randperm(101, generator=torch.Generator().manual_seed(0))]
    settings = {"none": {}, "max": {}, "percentile": {"percentile": 90.0}}
    chosen = {kind: rules.found()[kind](**values) for kind, values in settings.items()}
    found = {kind: rule.threshold(values[:, None]) for kind, rule in chosen.items()}
    assert found == {"none": 1.0, "max": 101.0, "percentile": 91.0}
    assert rules.found()["percentile"](percentile=100.0).threshold(values[:, None]) == 101.0
    scaled = rules.found()["percentile"](percentile=90.0, scale=0.25)
    assert scaled.threshold(values[:, None]) == 22.75


def test_each_channel_is_looked_at_by_itself():
    """Two channels, the second with ten times the activations of the first."""
    values = torch.arange(1.0, 102.0)[:, None] * torch.tensor([1.0, 10.0])
    assert rules.found()["none"]().threshold(values).tolist() == [1.0, 1.0]
    assert rules.found()["max"]().threshold(values).tolist() == [101.0, 1010.0]
    assert rules.found()["percentile"](percentile=90.0).threshold(values).tolist() == [91.0, 910.0]


@pytest.mark.parametrize("percentile", [60.0, 99.9])
def test_the_percentile_is_of_the_positive_activations(percentile):
    """Of all windows and channels; zeros do not move it. By sorting, with straight lines between ranks."""
    words, texts = small_words(), small_sentences(40)
    torch.manual_seed(0)
    method = small_method(rule={"kind": "percentile", "percentile": percentile}, readout="spike-count")
    dnn = assemble.dnn(method, words, 2, None)
    network = dnn.network.eval()
    scales = find_thresholds(dnn, texts, ROWS, method.conversion.rule, assemble.balanced(method))
    fed = dnn.read(texts.batch(ROWS))
    with torch.no_grad():
        hidden = network.features(fed.inputs, fed.layout.windows)
        hidden["readout"] = hidden["pooled"] @ network.readout.T
    for name in ("convolution", "pooled", "readout"):
        positive = hidden[name][hidden[name] > 0].double().sort().values
        assert name != "convolution" or len(positive) < hidden[name].numel()
        place = percentile / 100 * (len(positive) - 1)
        low = int(place)
        expected = positive[low] + (place - low) * (positive[min(low + 1, len(positive) - 1)] - positive[low])
        assert scales[name].dtype == torch.float64
        assert scales[name].tolist() == [pytest.approx(float(expected), rel=1e-5)], name
