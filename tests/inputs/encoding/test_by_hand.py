"""Spike trains, weights of steps and first thresholds, worked out by hand."""

import pytest
import torch

from spiketext.config.conversions import Conversion
from spiketext.config.encodings import Learned
from spiketext.inputs.encoding import analog_once, latency, phase, rate
from spiketext.inputs.encoding.base import CHOOSING, make_encoder
from spiketext.inputs.encoding.draws import EVALUATED, keyed_draws


@pytest.mark.parametrize(
    ("kind", "steps", "expected"),
    [
        # The middles of the intervals of values that fire at each step, times T: 7/8, 5/8, 3/8 and 1/8.
        ("latency", 4, [3.5, 2.5, 1.5, 0.5]),
        ("phase", 3, [1.5, 0.75, 0.375]),  # T times 1/2, 1/4, 1/8
        ("rate", 4, None),
        ("deterministic-rate", 4, None),
        ("analog", 4, None),
        ("on-off", 4, None),
        ("learned", 4, None),
    ],
)
def test_what_a_spike_weighs_at_each_step(kind, steps, expected):
    settings = Conversion(encoder={"kind": kind}).encoder
    weights = make_encoder(settings, 3, steps).step_weights(steps)
    assert (weights if weights is None else weights.tolist()) == expected


def test_first_thresholds_of_the_learned_encoder():
    """Four levels up to σ = 2 are 1/4, 3/4, 5/4 and 7/4; those below the dead zone are moved to its edge."""
    encoder = make_encoder(Learned(full_scale=2.0, dead_zone=0.6), 2, 4)
    for thresholds in (encoder.on, encoder.off):
        torch.testing.assert_close(thresholds.T, torch.tensor([[0.6, 0.75, 1.25, 1.75]] * 2))
    assert not encoder.gate.any() and not encoder.bias.any()
    assert encoder.full_scale == 2.0


def test_trains_of_one_spike_and_of_digits():
    """T = 4: 1 fires first, 1/4 last; 5/8 = 0.101 in binary digits."""
    values = torch.tensor([[1.0, 0.8, 0.5, 0.25, 0.0]])
    spikes = latency.Encoder().encode(values, 4)
    assert spikes.argmax(0).tolist() == [[0, 0, 2, 3, 0]]
    assert spikes.sum(0).tolist() == [[1, 1, 1, 1, 0]]
    assert phase.Encoder().encode(torch.tensor([[5 / 8]]), 3).flatten().tolist() == [1, 0, 1]


def test_rate_coding_compares_with_its_draw():
    """v = 1/2: the lower half of the draws fires, to the last one."""
    draws = torch.tensor([0, 2**14 - 1, 2**14, 2**15 - 1], dtype=torch.int16)[:, None, None]
    assert rate.Encoder().encode(torch.tensor([[0.5]]), 4, draws).flatten().tolist() == [1, 1, 0, 0]


def test_the_draw_that_chooses_plays_no_part_in_the_evaluation():
    """Ten others do, and all differ."""
    assert CHOOSING not in EVALUATED
    assert len(EVALUATED) == len(set(EVALUATED)) == 10
    keys = torch.tensor([5]).numpy().astype("uint64")
    found = {tuple(keyed_draws(keys, 2, 3, 1, draw).flatten().tolist()) for draw in (CHOOSING, *EVALUATED)}
    assert len(found) == 11
    assert all(0 <= number < 2**15 for train in found for number in train)


def test_an_analog_value_arrives_once():
    """At the first of three steps, of either sign; nothing at the others."""
    values = torch.tensor([[0.5, -2.0]])
    sent = analog_once.Encoder().encode(values, 3)
    assert sent.tolist() == [[[0.5, -2.0]], [[0.0, 0.0]], [[0.0, 0.0]]]
    assert analog_once.Encoder().encode(values, 1).tolist() == [[[0.5, -2.0]]]
