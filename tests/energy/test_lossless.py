"""Operations of the lossless twin and of quantised weights, on networks small enough to count by hand."""

import math

import pytest
import torch

from spiketext.config.energy import CostTable
from spiketext.config.methods import Method
from spiketext.networks import assemble
from spiketext.networks.wiring import Synapses
from tests.energy_helpers import (
    KERNEL,
    READOUT,
    WORDS,
    account_of,
    one_sentence,
    operations,
    steps_of,
    traffic,
    word_table,
)

STEPS = 4
# Windows (a, b) and (b, a) sum up to 1 and 1.5: levels 2 and 3 of a step of 0.5.
TEXT = one_sentence([1, 2, 1])
TABLE = CostTable(title="test", citation="test", mac_pj=3.2, ac_pj=0.1, memory=[{"bytes": 8, "pj": 10}])


def built(stage, **network):
    """The tiny quantised DNN of three levels, or its lossless twin for four steps."""
    conversion = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}, "steps": [STEPS]}
    shape = {"widths": [2], "channels": 1, "levels": 3, "quantised_inputs": False, **network}
    method = Method(network=shape, conversion=conversion)
    weights = {"kernel": torch.tensor(KERNEL), "readout": torch.tensor(READOUT)}
    weights["convolution.log_step"] = torch.tensor(0.5).log()
    if method.network.quantised_inputs:
        weights["inputs.log_step"] = torch.tensor(1.0).log()
    if method.network.bias:
        weights |= {"kernel_bias": torch.zeros(1), "readout_bias": torch.zeros(2)}
    if method.network.weight_bits:
        weights |= {f"{name}.log_step": torch.tensor(0.5).log() for name in ("kernel", "readout")}
    if stage == "dnn":
        return assemble.dnn(method, word_table(WORDS), 2, weights)
    return assemble.spiking(method, word_table(WORDS), weights, STEPS, seed=0, classes=2)


def of_synapses(account, layer, operation):
    """Operations at each step that are no neuron's own."""
    found = [(c.layer, c.operation, c.role, c.per_step.tolist()) for c in account.layers]
    return [per_step for *what, per_step in found if what == [layer, operation, "layer"]]


def test_spikes_and_operations_by_hand():
    """8 products, once; then 2, 2, 1 and 0 spikes, each added to 2 scores; 2 neurons move at every step."""
    account = account_of(built("spiking"), TEXT)
    assert account.spikes["convolution"].tolist() == [2, 2, 1, 0]
    assert steps_of(account.layers, "convolution", "MAC") == [8, 0, 0, 0]
    assert steps_of(account.layers, "readout", "AC") == [4, 4, 2, 0]
    assert steps_of(account.layers, "convolution", "update") == [2] * STEPS
    assert steps_of(account.layers, "convolution", "compare") == [4] * STEPS  # with 0, and S with a bound
    assert steps_of(account.layers, "convolution", "AC") == [2] * STEPS  # S
    assert steps_of(account.layers, "pooling", "multiply") == [2] * STEPS  # by 1 / windows
    assert account.padding == {"MAC": 0}
    assert built("spiking").scores(TEXT)[-1].tolist() == [[1.25, -1.25]]  # 0.5 · (2 + 3) / 2


def test_memory_by_hand():
    """Potentials are written once, then they and S are read and written at every step; spikes once each."""
    account = account_of(built("spiking"), TEXT)
    found = traffic(account.layers)
    assert found["convolution", 4] == 8  # weights
    assert found["convolution", 6] == 8  # inputs
    assert found["convolution", 2] == 2 + STEPS * 2 * (2 + 2) + 5
    assert found["readout", 2] == 10 + 5 + 2 * 10  # weights, spikes, potentials
    bits = {count.bits for count in account.layers if (count.layer, count.words) == ("convolution", 2)}
    assert bits == {None, 2}  # S has four values


def test_a_maximum_and_biases_by_hand():
    """Two sums are compared, one neuron at level 3; biases are added once a text: 2 sums and 2 scores."""
    account = account_of(built("spiking", pooling="max", bias=True), TEXT)
    assert account.spikes["pooled"].tolist() == [1, 1, 1, 0]
    assert steps_of(account.layers, "pooling", "update") == [1] * STEPS
    assert steps_of(account.layers, "readout", "AC") == [2, 2, 2, 0]
    assert operations(account.layers)["bias", "AC"] == 4
    compared = [c.per_step.tolist() for c in account.layers if c.operation == "compare"]
    assert sorted(compared) == [[2, 0, 0, 0], [2, 2, 2, 2]]


def test_inputs_that_spike_by_hand():
    """No product: words (1, 0) and (1, 1) send 1 and 2 spikes at the first step.

    The two places of a are read by one window each, the one of b by both.
    """
    account = account_of(built("spiking", quantised_inputs=True), TEXT)
    assert ("convolution", "MAC") not in operations(account.layers)
    assert account.spikes["input"].tolist() == [1 + 2 + 1, 0, 0, 0]
    assert of_synapses(account, "convolution", "AC") == [[1 * 2 + 2 * 2, 0, 0, 0]]
    assert steps_of(account.layers, "encoder", "update") == [3 * 2] * STEPS
    assert account.spikes["convolution"].tolist() == [2, 2, 1, 0]
    assert account.padding == {"AC": 0}
    account = account_of(built("spiking", quantised_inputs=True, pooling="max"), TEXT)
    assert of_synapses(account, "pooling", "compare") == [[2] * STEPS]  # spikes change the sums


@pytest.mark.parametrize("stage", ["dnn", "spiking"])
def test_bits_are_those_of_what_was_scored(stage):
    """A product costs what its narrower factor has; the memories hold what their values have, a sign too."""
    for network, factor, weight, value in (
        ({}, None, None, None),
        ({"weight_bits": 8}, 8, 8, None),
        ({"weight_bits": 8, "quantised_inputs": True}, 2, 8, 3),
        ({"quantised_inputs": True}, 2, None, 3),
    ):
        if stage == "spiking" and network.get("quantised_inputs"):
            continue  # spikes are added
        layers = account_of(built(stage, **network), TEXT).layers
        (product,) = [c for c in layers if (c.layer, c.operation) == ("convolution", "MAC")]
        assert product.bits == factor
        weights = [c for c in layers if c.weights]
        assert len(weights) == 2 and {c.bits for c in weights} == {weight}
        (fetched,) = [c for c in layers if c.operation == "look-up"]
        assert fetched.bits == value


def test_narrow_weights_cost_less():
    """7 of 31 partial products; a memory of bytes instead of words."""
    assert TABLE.mac(8) == pytest.approx(0.1 + 3.1 * 7 / 31)
    assert Synapses("a", "b", 1.0, bits=4, weight_bits=8).product_bits == 4
    assert Synapses("a", "b", 1.0).product_bits is None
    assert math.isclose(TABLE.access(2, 8), 10 / 4)
