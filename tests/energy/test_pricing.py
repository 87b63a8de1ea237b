"""From counts to picojoules: every operation, narrow factors, memories, files."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from spiketext.config.energy import CostTable
from spiketext.config.load import load_config
from spiketext.energy.prices import PRICES, energy_uj, terms
from spiketext.evaluation.account import Account, Count
from tests.energy_helpers import TABLE

MEMORY = [{"bytes": 8192, "pj": 10}, {"bytes": 32768, "pj": 20}, {"bytes": 1048576, "pj": 100}]


def table(**values):
    """A table like Horowitz's, with changes."""
    return CostTable(**{"title": "t", "citation": "c", "mac_pj": 4.6, "ac_pj": 0.9, **values})


def price(operation, cost=TABLE, **about):
    """One operation, pJ."""
    return energy_uj([Count("encoder", operation, np.ones(1), 1.0, **about)], 1, 1, cost) * 1e6


def test_prices_that_follow_from_others():
    """Multiplication = MAC − AC; a comparison and a draw cost an addition, an update two."""
    found = {name: price(name, words=1) for name in PRICES}
    assert found == pytest.approx(
        {
            "MAC": 4.6, "AC": 0.9, "multiply": 3.7, "compare": 0.9, "update": 1.8, "draw": 0.9,
            "look-up": 0, "access": 0,
        }
    )  # fmt: skip


def test_prices_that_are_given():
    """A table's own figures win."""
    given = {"multiply_pj": 1, "compare_pj": 2, "update_pj": 3, "draw_pj": 4}
    cost = table(**given)
    assert [price(name, cost) for name in ("multiply", "compare", "update", "draw")] == [1, 2, 3, 4]
    assert CostTable(**cost.model_dump()) == cost


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ac_pj": 5}, "let `mac_pj` exceed `ac_pj`"),
        ({"memory": MEMORY[::-1]}, "must rise"),
        ({"memory": [MEMORY[0], MEMORY[0]]}, "must rise"),
        ({"memory": [{"bytes": 1, "pj": 2}, {"bytes": 2, "pj": 1}]}, "must rise"),
        ({"update_pj": 0}, "greater than 0"),
        ({"reuse": "text"}, "give `memory`"),
    ],
)
def test_impossible_tables_are_refused(values, message):
    """A MAC that costs less than its addition, memories out of order, free updates."""
    with pytest.raises(ValidationError, match=message):
        table(**values)


def test_narrow_factors_make_products_cheaper():
    """3 of 32 bits: the adder and 2 of the 31 further partial products; never more than the full product."""
    assert price("MAC", bits=3) == pytest.approx(0.9 + 3.7 * 2 / 31)
    assert price("MAC", bits=32) == price("MAC", bits=40) == price("MAC")
    assert price("MAC", table(word_bits=8), bits=4) == pytest.approx(0.9 + 3.7 * 3 / 7)


@pytest.mark.parametrize("name", load_config({}).define.cost_tables)
def test_a_product_with_one_bit_is_an_accumulate(name):
    """A ±1 or 0 times a weight adds, subtracts or does nothing: the same work as for a spike."""
    cost = load_config({}).define.cost_tables[name]
    assert cost.mac(1) == cost.ac_pj


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, 10),
        (8192, 10),
        (20480, 15),  # half way to 32 KB
        (32768, 20),
        ((32768 + 1048576) // 2, 60),
        (1048576, 100),
        (1048576 + (1048576 - 32768), 180),  # the last slope goes on
    ],
)
def test_memories_between_the_given_sizes(size, expected):
    """Straight lines between the sizes; the smallest memory is the cheapest."""
    assert price("access", table(memory=MEMORY), words=size // 4) == pytest.approx(expected, rel=1e-4)


def test_narrow_values_share_a_word():
    """8 bits of 32: a quarter of the energy, in a memory of a quarter of the size."""
    cost = table(memory=MEMORY)
    assert price("access", cost, words=32768, bits=8) == pytest.approx(20 / 4)
    assert price("look-up", cost, words=8192) == pytest.approx(20)
    assert price("access", table(memory=MEMORY[:1]), words=10**9) == 10


def test_traffic_needs_the_size_of_its_memory():
    """Else it would be free unnoticed."""
    with pytest.raises(ValueError, match="size of the memory"):
        price("access", table(memory=MEMORY))


def test_the_terms_add_up_to_the_energy():
    """Counts of one layer, operation and role are one term; steps beyond the asked ones are left out."""
    counts = [
        Count("convolution", "AC", np.array([4.0, 8.0]), 16.0, spikes=True, by_value=8.0),
        Count("convolution", "AC", np.array([1.0, 1.0]), 1.0, role="neurons"),
        Count("convolution", "access", np.array([4.0, 8.0]), 16.0, words=8192),
        Count("convolution", "access", np.array([1.0, 0.0]), 1.0, words=2),
        Count("embedding", "look-up", np.array([6.0, 0.0]), 6.0, words=8192, role="input"),
    ]
    cost = table(memory=MEMORY)
    rows = terms(counts, 1, 2, cost)
    assert [(row["layer"], row["operation"]) for row in rows] == [
        ("convolution", "AC"), ("convolution", "AC"), ("convolution", "access"), ("embedding", "look-up"),
    ]  # fmt: skip
    assert [row["role"] for row in rows] == ["layer", "neurons", "memory", "input"]
    assert [row["per_sentence"] for row in rows] == [2, 0.5, 2.5, 3]
    assert [row["rate"] for row in rows] == [1 / 4, None, None, None]
    assert [row["by_value"] for row in rows] == [4 / 8, None, None, None]
    assert [row["energy_uj"] * 1e6 for row in rows] == pytest.approx([1.8, 0.45, (4 * 20 + 10) / 2, 60])
    assert sum(row["energy_uj"] for row in rows) == pytest.approx(energy_uj(counts, 1, 2, cost))
    assert terms(counts, 2, 2, cost)[0]["rate"] == 12 / 32


def test_every_table_of_the_catalogue_prices_every_operation():
    """Titles and citations are there; only tables with a memory price its traffic."""
    tables = load_config({}).priced
    assert next(iter(tables)) == "horowitz-fp32"
    assert set(tables) == {
        "horowitz-fp32", "horowitz-int8", "flop-sop", "lemaire-2022", "lemaire-2022-text",
        "lemaire-2022-cached", "gpu-loihi", "arm-spinnaker2",
    }  # fmt: skip
    for name, cost in tables.items():
        for operation in PRICES:
            free = operation in ("access", "look-up") and not name.startswith("lemaire-2022")
            assert (price(operation, cost, words=100) == 0) == free, (name, operation)


def test_the_figures_of_the_catalogue():
    """As the sources state them, pJ."""
    tables = load_config({}).priced
    shown = {
        name: (price("MAC", cost), price("AC", cost), price("multiply", cost), price("update", cost))
        for name, cost in tables.items()
    }
    assert shown["horowitz-fp32"] == pytest.approx((4.6, 0.9, 3.7, 1.8))
    assert shown["horowitz-int8"] == pytest.approx((0.23, 0.03, 0.2, 0.06))
    assert shown["flop-sop"][:2] == pytest.approx((12.5, 0.077))
    assert shown["lemaire-2022"] == pytest.approx((3.2, 0.1, 3.1, 0.2))
    assert shown["gpu-loihi"][0] == 300
    assert shown["gpu-loihi"][1::2] == pytest.approx((23.6 + 3.5, 81))
    assert shown["arm-spinnaker2"][0] == 900
    assert shown["arm-spinnaker2"][1::2] == pytest.approx((450, 2190))
    sizes = [8192 // 4, 32768 // 4, 1048576 // 4]
    assert [price("access", tables["lemaire-2022"], words=n) for n in sizes] == pytest.approx([10, 20, 100])


def test_counts_survive_their_file():
    """The estimate is made of what another rule has written."""
    counts = [
        Count("convolution", "AC", np.array([1.0, 2**53 - 1]), 3.0),
        Count("readout", "access", np.array([1.0, 2.0]), 3.0, bits=3, words=7),
    ]
    cost = table(memory=MEMORY)
    for account in (
        Account(counts, None, None, {"AC": 2.0}, {"input": np.array([1.0, 4.0])}),
        Account(counts, counts[:1], counts[1:], {"MAC": 2.0}),
    ):
        read = Account.of(json.loads(json.dumps({"n": 7, **account.as_json()})))
        assert read.as_json() == account.as_json()
        for name, found in account.accountings().items():
            assert terms(read.accountings()[name], 2, 7, cost) == terms(found, 2, 7, cost)


def test_accounts_add_up():
    """Batch by batch."""
    counts = [Count("pooling", "AC", np.array([1.0, 2.0]), 3.0, bits=None, words=None)]
    one = Account(counts, counts, counts, {"AC": 2.0}, {"input": np.array([1.0, 4.0])})
    both = one + one
    for found in (both.layers, both.zero_skipping, both.tabulated):
        assert (found[0].per_step.tolist(), found[0].possible) == ([2, 4], 6)
    assert both.padding == {"AC": 4}
    assert both.spikes["input"].tolist() == [2, 8]
