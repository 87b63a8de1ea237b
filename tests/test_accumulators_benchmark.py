"""Sums of spikes beside levels: the count of those that differ, where some do and where none may."""

import numpy as np
import pytest
import torch

from benchmarks.accumulators import differing, main
from spiketext.config.methods import Method
from spiketext.files import write_json
from spiketext.inputs.encoding.analog_once import Encoder
from spiketext.networks.classifier import Classifier
from spiketext.networks.crnn.bipolar import BipolarCRNN
from spiketext.neurons.bipolar import BipolarNeurons
from tests.networks.test_bipolar_textcnn import TEXTS, method, pair
from tests.networks.test_crnn import convolution, table, texts, trained
from tests.training_helpers import WIDTH

LEVELS = 3
BATCH = TEXTS.batch(np.arange(12))
NETWORKS = [{"pooling": "mean"}, {"pooling": "max"}, {"pooling": "mean", "quantised_inputs": True}]


def recurrent(steps):
    """A CRNN, its twin after so many steps, and sequences of four lengths."""
    dnn, words = trained(3, convolutions=[convolution(5, 3)], levels=LEVELS), table(3)
    twin = Classifier(BipolarCRNN(dnn, Encoder()), words, steps)
    return Classifier(dnn, words), twin, texts([1, 9, 4, 14], 3).batch(np.arange(4))


@pytest.mark.parametrize("network", NETWORKS)
def test_none_differs_after_all_steps_and_some_do_before(network):
    steps = 2 * LEVELS - 1 if network.get("quantised_inputs") else LEVELS
    definition = method(levels=LEVELS, bias=True, **network)
    dnn, twin = pair(definition, steps=steps)
    found = differing(dnn, twin, BATCH)
    lengths = BATCH.lengths.clip(5)  # shorter texts are padded
    expected = 5 * (12 * 3 if network["pooling"] == "max" else sum(3 * lengths - (3 + 4 + 5) + 3))
    if network.get("quantised_inputs"):
        expected += WIDTH * len(dnn.layout(BATCH).words)
    assert (found.neurons, found.of_neurons, found.scores, found.of_scores) == (0, expected, 0, 12 * 3)
    early = differing(*pair(definition, steps=1), BATCH)
    assert 0 < early.neurons < early.of_neurons == found.of_neurons
    assert 0 < early.scores <= early.of_scores


def test_every_element_of_a_recurrent_layer_is_looked_at():
    found = differing(*recurrent(LEVELS))
    assert (found.neurons, found.scores) == (0, 0)
    # 14 elements less 2 are left by windows of 3: 5 channels, 6 states, four texts.
    assert found.of_neurons == 4 * 12 * (5 + 6)
    early = differing(*recurrent(1))
    assert early.neurons > 0 and early.of_neurons == found.of_neurons


def test_one_neuron_that_counts_wrongly_is_seen(monkeypatch):
    """The first neuron of the layer, in every text's first window; the other neurons stay as they are."""
    dnn, twin, batch = recurrent(LEVELS)
    counted = BipolarNeurons.__call__

    def wrong(self, charge):
        spikes = counted(self, charge)
        if self.low == 0:  # those of the convolution
            self.sent[:, 0, 0] = torch.where(self.sent[:, 0, 0] < self.high, self.high, 0)
        return spikes

    monkeypatch.setattr(BipolarNeurons, "__call__", wrong)
    found = differing(dnn, twin, batch)
    assert found.neurons >= 4


@pytest.mark.parametrize("written", [False, True])
def test_where_nothing_is_lossless_nothing_is_shown(tmp_path, capsys, written):
    """An unfinished study, and one of a DNN alone."""
    if written:
        define = {"methods": {"dnn": Method().model_dump(mode="json")}, "datasets": {}}
        settings = {"define": define, "methods": ["dnn"], "datasets": [], "seeds": [1]}
        write_json(tmp_path / "summary/provenance.json", {"settings": settings})
    assert main(tmp_path) == 1
    assert ("is not a finished study" in capsys.readouterr().out) != written


def test_networks_that_were_not_kept_are_named_in_one_line(tmp_path, capsys):
    """Of a study whose summary alone is there."""
    define = {
        "methods": {"own": method(levels=LEVELS).model_dump(mode="json")},
        "datasets": {"d": {"classes": ["a", "b"], "max_length": 64}},
    }
    settings = {"define": define, "methods": ["own"], "datasets": ["d"], "seeds": [1]}
    write_json(tmp_path / "summary/provenance.json", {"settings": settings})
    assert main(tmp_path) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert str(tmp_path / "d/embeddings") in line
