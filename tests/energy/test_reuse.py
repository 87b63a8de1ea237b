"""Weights that are kept, and a first layer that is read from a table: by hand on the tiny networks."""

import pytest

from spiketext.config.energy import CostTable
from spiketext.energy.prices import energy_uj
from spiketext.evaluation.account import Account
from tests.energy_helpers import account_of, one_sentence, steps_of, tiny_dnn, tiny_spiking, traffic

SENTENCE = [1, 2, 1]  # a, b, a: two windows of width 2


def memory(reuse="none"):
    """All memory accesses cost 1 pJ, all arithmetic next to nothing."""
    prices = {"mac_pj": 2e-9, "ac_pj": 1e-9, "word_bits": 32, "memory": [{"bytes": 1, "pj": 1}]}
    return CostTable(title="t", citation="t", reuse=reuse, **prices)


def picojoules(account, steps, reuse, accounting="layers"):
    return energy_uj(getattr(account, accounting), steps, 1, memory(reuse)) * 1e6


def dnn():
    return account_of(tiny_dnn(), one_sentence(SENTENCE))


def spiking(encoder="deterministic-rate"):
    return account_of(tiny_spiking(encoder={"kind": encoder}), one_sentence(SENTENCE))


def test_each_weight_of_a_dnn_is_read_once_a_text():
    """8 products of 4 weights of the convolution: 4 reads fewer; the read-out's two are read once anyway."""
    assert picojoules(dnn(), 1, "text") == pytest.approx(picojoules(dnn(), 1, "none") - 4, rel=1e-6)


def test_every_text_reads_them_anew():
    two = dnn() + dnn()
    energies = [energy_uj(one.layers, 1, n, memory("text")) for one, n in ((dnn(), 1), (two, 2))]
    assert energies[0] == pytest.approx(energies[1], rel=1e-9)


def test_a_cache_is_filled_once_and_read_by_every_operation():
    """Convolution: 4 reads, 4 writes and 8 reads in place of 8; read-out: 2, 2 and 2 in place of 2."""
    expected = picojoules(dnn(), 1, "none") + (4 + 4 + 8 - 8) + (2 + 2 + 2 - 2)
    assert picojoules(dnn(), 1, "cached") == pytest.approx(expected, rel=1e-6)


def test_a_spiking_network_keeps_its_weights_alike():
    """Of 6 accumulates a step, 12 in all, 4 weights are read; after the first step alone, 4 of 6."""
    account = spiking()
    kernel = [c for c in account.layers if c.weights and c.layer == "convolution"]
    assert steps_of(kernel, "convolution", "access") == [6, 6]
    readout = sum(c.per_step.sum() for c in account.layers if c.weights and c.layer == "readout")
    pooling = sum(c.per_step.sum() for c in account.layers if c.weights and c.layer == "pooling")
    saved = (12 - 4) + max(0, readout - 2) + max(0, pooling - 1)
    assert picojoules(account, 2, "none") - picojoules(account, 2, "text") == pytest.approx(saved, rel=1e-6)


def test_never_more_reads_than_operations():
    """A text whose spikes need fewer weights than there are reads those alone."""
    account = account_of(tiny_spiking(), one_sentence([1, 1]))  # one window, 2 accumulates a step
    assert picojoules(account, 1, "text") == picojoules(account, 1, "none")


def test_a_tabulated_dnn_adds_one_value_for_each_word_of_a_window():
    """Two windows of two words and one channel: 4 additions and 4 reads, no product and no vector fetched."""
    counts = dnn().tabulated
    assert not [c for c in counts if c.operation == "MAC" and c.layer == "convolution"]
    assert not [c for c in counts if c.layer == "embedding"]
    assert steps_of(counts, "convolution", "AC") == [4]
    assert traffic(counts)["convolution", 3 * 2 * 1] == 4  # three words, two kernel rows, one channel


def test_a_tabulated_spiking_network_adds_as_much_at_each_step():
    """What a word's spikes cause at a step is one number for each kernel row; no encoder, no vectors."""
    account = spiking()
    assert steps_of(account.layers, "convolution", "AC") == [6, 6]
    assert steps_of(account.tabulated, "convolution", "AC") == [4, 4]
    assert traffic(account.tabulated)["convolution", 3 * 2 * 1] == 8  # a table for each of two steps
    assert not [c for c in account.tabulated if c.layer in ("embedding", "encoder")]
    updates = [steps_of(counts, "convolution", "update") for counts in (account.layers, account.tabulated)]
    assert updates[0] == updates[1]


def test_what_is_drawn_each_time_cannot_be_tabulated():
    assert spiking("rate").tabulated is None
    assert "tabulated" not in spiking("rate").accountings()


def test_accounts_are_added_and_written_with_their_tables():
    account = dnn()
    again = Account.of((account + account).as_json())
    assert list(again.accountings()) == ["dense", "zero-skipping", "tabulated"]
    assert picojoules(again, 1, "none", "tabulated") == pytest.approx(
        2 * picojoules(account, 1, "none", "tabulated")
    )
    assert [c.weights for c in again.layers] == [c.weights for c in account.layers]
