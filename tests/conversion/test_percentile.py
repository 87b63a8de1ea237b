"""Which activation becomes a rate of one, by hand."""

import numpy as np
import pytest
import torch

from spiketext.conversion.balance import RULES, find_scales
from spiketext.training import assemble
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words

ROWS = np.arange(40)


def test_the_rules_by_hand():
    """Of 1 … 101 the 90th percentile is 91, a tenth of the values lie above it; the maximum is 101."""
    values = torch.arange(1.0, 102.0)[torch.randperm(101, generator=torch.Generator().manual_seed(0))]
    found = {name: rule(values, 90.0) for name, rule in RULES.items()}
    assert found == {"none": 1.0, "max": 101.0, "percentile": 91.0}
    assert RULES["percentile"](values, 100.0) == 101.0


@pytest.mark.parametrize("percentile", [60.0, 99.9])
def test_the_percentile_is_of_the_positive_activations(percentile):
    """Of all windows and channels; zeros do not move it. By sorting, with straight lines between ranks."""
    words, sentences = small_words(), small_sentences(40)
    torch.manual_seed(0)
    method = small_method(percentile=percentile, readout="spike-count")
    network = assemble.dnn(method, words, 2, None).module.eval()
    scales = find_scales(network, words, sentences, ROWS, method.conversion)
    batch = sentences.batch(ROWS, WIDTHS)
    inputs = words.values[torch.from_numpy(batch.words)][None]
    with torch.no_grad():
        hidden = network.features(inputs, batch.windows)
        hidden["readout"] = hidden["pooled"] @ network.readout.T
    for name in ("convolution", "pooled", "readout"):
        positive = hidden[name][hidden[name] > 0].double().sort().values
        assert name != "convolution" or len(positive) < hidden[name].numel()
        place = percentile / 100 * (len(positive) - 1)
        low = int(place)
        expected = positive[low] + (place - low) * (positive[min(low + 1, len(positive) - 1)] - positive[low])
        assert getattr(scales, name) == pytest.approx(float(expected), rel=1e-5), name
