"""The same DNN run more cleverly, counted by hand on the tiny network."""

import pytest

from benchmarks.rivals import AS_REPORTED, ONCE, TABULATED, Shape, ratios, tabulated, weights_read_once
from spiketext.config.energy import CostTable
from spiketext.energy.prices import energy_uj
from tests.energy_helpers import LONGEST, account_of, one_sentence, tiny_dnn

TINY = Shape(vocabulary=3, width=2, longest=LONGEST, rows=2)
# All memory accesses cost 1 pJ, all arithmetic next to nothing.
MEMORY = CostTable(
    title="t", citation="t", mac_pj=2e-9, ac_pj=1e-9, word_bits=32, memory=[{"bytes": 1, "pj": 1}]
)
ARITHMETIC = CostTable(title="t", citation="t", mac_pj=10, ac_pj=1, compare_pj=1e-9, update_pj=1e-9)


def account():
    """Of the DNN on (a, b, a): two windows of width 2, so 8 products."""
    return account_of(tiny_dnn(), one_sentence([1, 2, 1]))


def counts():
    return account().layers


def total(layers, operation, layer="convolution"):
    return sum(c.per_step.sum() for c in layers if (c.layer, c.operation) == (layer, operation))


def test_weights_are_read_once_a_text():
    """8 reads of weights become 4; the 8 reads of inputs and the 2 of written maps stay."""
    before, after = counts(), weights_read_once(counts(), texts=1, kernels=TINY.kernels)
    assert total(before, "access") == 8 + 8 + 2
    assert total(after, "access") == 4 + 8 + 2
    assert total(after, "MAC") == total(before, "MAC") == 8


def test_a_tabulated_layer_adds_one_value_for_each_word_of_a_window():
    """Two windows of two words and one channel: 4 additions and 4 reads, no product and no vector fetched."""
    after = tabulated(counts(), TINY)
    assert (total(after, "MAC"), total(after, "AC"), total(after, "access")) == (0, 4, 4 + 2)
    assert not [count for count in after if count.layer == "embedding"]
    (read,) = [c for c in after if c.operation == "access" and c.per_step.sum() == 4]
    assert read.words == 3 * 2 * 1  # three words, two kernel rows, one channel


def test_ratios_of_a_network_to_itself():
    """With the DNN in the spiking network's place the report's ratio is 1, the others are savings by hand."""
    own = account()
    found = ratios(own, 1, own, 1, TINY, {"memory": MEMORY, "arithmetic": ARITHMETIC})
    assert found[AS_REPORTED] == pytest.approx({"memory": 1, "arithmetic": 1})
    whole = energy_uj(own.layers, 1, 1, MEMORY) * 1e6
    assert found[ONCE]["memory"] == pytest.approx((whole - 4) / whole, rel=1e-6)
    assert found[ONCE]["arithmetic"] == pytest.approx(1)
    priced = energy_uj(own.layers, 1, 1, ARITHMETIC) * 1e6
    assert found[TABULATED]["arithmetic"] == pytest.approx((priced - 80 + 4) / priced, rel=1e-6)
