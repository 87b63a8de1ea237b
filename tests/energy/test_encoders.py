"""What every encoder does for one sentence, counted by hand from how it works."""

from collections import Counter

import numpy as np
import pytest
import torch

from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.schedules import Finetuning
from spiketext.inputs.encoding.base import make_encoder, stored_weights
from spiketext.networks import assemble
from tests.energy_helpers import (
    KERNEL,
    READOUT,
    WORDS,
    account_of,
    one_sentence,
    operations,
    traffic,
    word_table,
)

VALUES, STEPS = 6, 2  # three words of two values


def account(encoder, steps=STEPS):
    """The sentence (a, b, a) through the tiny spiking network with the encoder of the given kind."""
    signed = encoder in ("on-off", "learned")
    settings = {"kind": encoder} | ({"full_scale": 1.0, "dead_zone": 0.1} if signed else {})
    method = Method(
        inputs=WordVectors(transform="standardised" if signed else "positive"),
        network=TextCNN(widths=[2], channels=1, dropout=0.0),
        conversion={"encoder": settings, "steps": [steps]},
        finetuning=Finetuning(steps=steps),
    )
    kernel, made = torch.tensor(KERNEL), make_encoder(method.conversion.encoder, 2, steps)
    weights = {
        "kernel": torch.cat([kernel, -kernel], 1) if signed else kernel,
        "pool_gain": torch.tensor(2.0),
        "readout": torch.tensor(READOUT),
        **stored_weights(made),
    }
    classifier = assemble.spiking(method, word_table(WORDS), weights, steps, seed=0)
    return account_of(classifier, one_sentence([1, 2, 1]))


# Once a value, then at each step; reading the value at each step is counted apart, as traffic.
BY_HAND = {
    # A random number, compared with the value.
    "rate": ({}, {"draw": 1, "compare": 1}),
    # The value is added to what is due; compared with one spike and reduced by it.
    "deterministic-rate": ({}, {"AC": 1, "update": 1}),
    # T · value is the time of the spike; every step compares it with its own number.
    "latency": ({"multiply": 1}, {"compare": 1}),
    # The digit is compared with the rest and taken from it.
    "phase": ({}, {"update": 1}),
    # Silent or not; then as deterministic-rate does.
    "on-off": ({"compare": 1}, {"AC": 1, "update": 1}),
    # ⟨gate, x⟩ multiplies and adds every value; x + a and −x + a; then both against their thresholds.
    "learned": ({"MAC": 1, "AC": 2}, {"compare": 2}),
}


@pytest.mark.parametrize("encoder", BY_HAND)
def test_operations_of_the_encoder(encoder):
    once, each_step = BY_HAND[encoder]
    expected = Counter({name: n * VALUES for name, n in once.items()})
    expected.update({name: n * VALUES * STEPS for name, n in each_step.items()})
    found = operations(account(encoder).layers)
    assert {name: n for (layer, name), n in found.items() if layer == "encoder"} == expected


@pytest.mark.parametrize(
    ("encoder", "accesses"),
    [
        ("rate", 1 * STEPS),  # the value
        ("deterministic-rate", 3 * STEPS),  # the value; the sum, read and written
        ("latency", 1 * STEPS),
        ("phase", 3 * STEPS),
        ("on-off", 3 * STEPS),
        ("learned", 2 + 3 * STEPS),  # gate and value; then the value and both thresholds
    ],
)
def test_memory_of_the_encoder(encoder, accesses):
    """In the memory of a sentence's values; the spikes that are written are counted beside it."""
    found = account(encoder)
    memory = traffic(found.layers)
    written = found.spikes["input"].sum()
    if encoder in ("on-off", "learned"):
        assert memory["encoder", 12] == written  # twice as many lines as values
        written = 0
    assert memory["encoder", 6] == VALUES * accesses + written


def test_work_done_once_stands_at_the_first_step():
    """More steps need no more products with the gate."""
    per_step = {
        count.operation: count.per_step for count in account("learned", 3).layers if count.layer == "encoder"
    }
    assert per_step["MAC"].tolist() == [6, 0, 0]
    assert per_step["AC"].tolist() == [12, 0, 0]
    assert per_step["compare"].tolist() == [12, 12, 12]
    assert isinstance(per_step["MAC"], np.ndarray)
