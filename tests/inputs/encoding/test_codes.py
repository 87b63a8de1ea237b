"""Encoders: properties for any values."""

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spiketext.config.conversions import Conversion
from spiketext.config.encodings import Encoding, Learned, OnOff
from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.energy.prices import PRICES
from spiketext.errors import SpikeTextError
from spiketext.inputs.encoding import deterministic_rate, latency, on_off, phase, rate
from spiketext.inputs.encoding.base import make_encoder, stored_weights
from spiketext.inputs.encoding.draws import fresh_draws, keyed_draws
from spiketext.inputs.words import word_key
from spiketext.networks.textcnn import dnn
from spiketext.networks.textcnn.spiking import converted

ENCODERS = {one.model_fields["kind"].default: one for one in get_args(get_args(Encoding)[0])}
values_in_unit_interval = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8)


@given(values_in_unit_interval, st.integers(1, 70))
def test_deterministic_rate_sends_the_rounded_count(values, steps):
    """Spikes are 0 or 1, and after every step t their number is within half a spike of t·value."""
    x = torch.tensor(values, dtype=torch.float64)[None]
    spikes = deterministic_rate.Encoder().encode(x, steps)
    assert spikes.shape == (steps, 1, len(values))
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    sent = spikes.cumsum(0)
    expected = torch.arange(1, steps + 1)[:, None, None] * x
    assert ((sent.double() - expected).abs() <= 0.5 + 1e-9).all()


@given(values_in_unit_interval, st.integers(1, 40), st.integers(0, 2**31 - 1))
def test_rate_is_binary_and_keeps_zero_and_one(values, steps, seed):
    """Zero never fires, one always does."""
    x = torch.tensor([[*values, 0.0, 1.0]])
    draws = fresh_draws(1, steps, x.shape[1], torch.Generator().manual_seed(seed))
    spikes = rate.Encoder().encode(x, steps, draws)
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    assert spikes[..., -2].sum() == 0
    assert spikes[..., -1].sum() == steps


def test_rate_has_the_right_mean():
    """4,000 draws: within five standard errors."""
    x = torch.tensor([[0.1, 0.5, 0.9]])
    draws = fresh_draws(1, 4000, 3, torch.Generator().manual_seed(0))
    mean = rate.Encoder().encode(x, 4000, draws).double().mean((0, 1))
    error = (x[0] * (1 - x[0]) / 4000).sqrt()
    assert ((mean - x[0]).abs() < 5 * error).all()


def test_rate_without_random_numbers_is_an_error():
    """Silence would otherwise mean a deterministic encoder."""
    with pytest.raises(ValueError, match="random"):
        rate.Encoder().encode(torch.zeros(1, 1), 3, None)


@given(
    st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6, unique=True), st.integers(0, 2**31 - 1)
)
def test_keyed_draws_depend_on_word_and_seed_only(words, seed):
    """The same in any company, in any order, and for any number of steps."""
    keys = np.array([word_key(word) for word in words], dtype=np.uint64)
    together = keyed_draws(keys, 6, 5, seed)
    alone = keyed_draws(keys[-1:], 3, 5, seed)
    assert torch.equal(together[:3, -1], alone[:, 0])
    assert torch.equal(keyed_draws(keys[::-1].copy(), 6, 5, seed), together.flip(1))
    assert not torch.equal(keyed_draws(keys, 6, 5, seed + 1), together)
    assert not torch.equal(keyed_draws(keys, 6, 5, seed, 1), together)


def test_draws_of_a_word_are_independent():
    """Two draws of 40,000 numbers have no correlation beyond five standard errors."""
    keys = np.array([word_key("film")], dtype=np.uint64)
    one, two = (keyed_draws(keys, 100, 400, 7, draw).double().flatten() for draw in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / 200


@given(values_in_unit_interval, st.integers(1, 40))
def test_latency_sends_one_spike_whose_time_tells_the_value(values, steps):
    """Zero sends none; the weight of the spike's time is within half a step of T times the value."""
    x = torch.tensor([values])
    encoder = latency.Encoder()
    spikes = encoder.encode(x, steps)
    assert torch.equal(spikes.sum(0), (x > 0).to(torch.uint8))
    told = (spikes * encoder.step_weights(steps)[:, None, None]).sum(0)
    assert ((told - steps * x).abs()[x > 0] <= 0.5 + 1e-4).all()


@given(values_in_unit_interval, st.integers(1, 12))
def test_phase_sends_binary_digits(values, steps):
    """The weighted sum is the value, rounded to T digits; 1 is all digits."""
    x = torch.tensor([values])
    encoder = phase.Encoder()
    told = (encoder.encode(x, steps) * encoder.step_weights(steps)[:, None, None]).sum(0) / steps
    assert ((told - x).abs() <= 0.5 ** (steps + 1) + (x > 1 - 0.5**steps) * 0.5**steps + 1e-6).all()
    assert encoder.encode(torch.ones(1, 1), steps).sum() == steps


def test_on_off_by_hand():
    """Full scale 2, dead zone 0.8, T = 2: from 0.8 one spike, from 1.5 two; the sign chooses the neuron."""
    x = torch.tensor([[0.7, 0.9, 1.6, -0.9, -5.0, 0.0]])
    counts = on_off.Encoder(full_scale=2.0, dead_zone=0.8).encode(x, 2).sum(0)[0]
    assert counts.tolist() == [0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0]


SIGNED = torch.tensor([[0.0, 0.0, 0.0], [0.4, -1.2, 2.5], [-0.6, 1.1, -3.0]])


def test_learned_encoder_starts_as_the_on_off_one_with_one_step():
    """Before training only `dead_zone` and `full_scale` speak; words without a vector are silent."""
    encoder = make_encoder(Learned(full_scale=2.0, dead_zone=1.0), 3, 1)
    with torch.no_grad():
        expected = on_off.Encoder(full_scale=2.0, dead_zone=1.0).encode(SIGNED, 1)
        assert torch.equal(encoder.encode(SIGNED, 1), expected)


def test_learned_encoder_by_hand():
    """Attention shifts both polarities of all values of a word; zero rows stay silent whatever it is."""
    weights = {
        "encoder.on": torch.tensor([[1.0, 1.0, 1.0]]),
        "encoder.off": torch.tensor([[1.0, 2.0, 1.0]]),
        "encoder.gate": torch.tensor([0.0, 3.0**0.5, 0.0]),  # attention = the second value + bias
        "encoder.bias": torch.tensor([1.5]),
    }
    encoder = make_encoder(Learned(), 3, 1, weights)
    with torch.no_grad():
        spikes = encoder.encode(SIGNED, 1)[0]
    assert spikes.dtype == torch.uint8
    # attention: 0.3 and 2.6; ON: value + attention > 1, OFF: −value + attention > (1, 2, 1).
    assert spikes.tolist() == [[0] * 6, [0, 0, 1, 0, 0, 0], [1, 1, 0, 1, 0, 1]]
    assert stored_weights(encoder).keys() == weights.keys()
    with pytest.raises(SpikeTextError, match="1 steps, not for 2"):
        encoder.encode(SIGNED, 2)


def test_learned_encoder_passes_gradients():
    """More spikes wanted: thresholds fall, attention rises; silent rows pull at nothing."""
    encoder = make_encoder(Learned(), 3, 2)
    spikes = encoder.encode(SIGNED, 2)
    spikes.sum().backward()
    assert spikes.requires_grad
    assert (encoder.on.grad < 0).all()
    assert (encoder.off.grad < 0).all()
    assert encoder.bias.grad > 0
    encoder.zero_grad()
    encoder.encode(torch.zeros(2, 3), 2).sum().backward()
    assert not encoder.on.grad.any()


def test_off_neurons_start_with_the_opposite_weights():
    """Both populations together read a value as the DNN did, in units of the encoder's full scale."""
    encoder = make_encoder(OnOff(full_scale=2.0, dead_zone=0.0), 3, 200)
    kernel = torch.tensor([[0.3, -0.2, 0.5]])
    weights = {"kernel": kernel, "readout": torch.ones(1, 1)}
    shape, inputs = TextCNN(widths=[1], channels=1), WordVectors(transform="standardised")
    thresholds = dict.fromkeys(("convolution", "pooled"), torch.ones(1, dtype=torch.float64))
    conversion = Conversion(encoder={"kind": "on-off"}, rule={"kind": "none"})
    weights = converted(dnn.TextCNN(shape, inputs, 3, 1, weights), thresholds, conversion, encoder)
    assert weights["kernel"].shape == (1, 6)
    x = SIGNED.clamp(-2, 2)
    current = encoder.encode(x, 200).float().mean(0) @ weights["kernel"].T
    torch.testing.assert_close(current, x @ kernel.T, rtol=0, atol=0.02)
    assert torch.equal(weights["readout"], torch.ones(1, 1))


@pytest.mark.parametrize("kind", sorted(ENCODERS))
def test_every_encoder_declares_what_it_is(kind):
    """Spiking ones give zeros and ones only; zero values stay silent; operations have a price."""
    settings = ENCODERS[kind](**({"dead_zone": 0.2} if ENCODERS[kind].signed else {}))
    encoder = make_encoder(settings, 3, 5)
    x = torch.tensor([[0.0, 0.3, 0.8], [0.0, 0.0, 0.0]])
    draws = torch.full((5, 2, 3), 2**14, dtype=torch.int16) if encoder.evaluated else None
    with torch.no_grad():
        out = encoder.encode(x, 5, draws)
    assert out.shape == (5, 2, 3 * encoder.polarities)
    assert out[:, 0, 0].sum() == out[:, 1].sum() == 0
    assert out[:, 0].sum() > 0
    assert encoder.spiking == (set(out.unique().tolist()) <= {0.0, 1.0})
    assert encoder.spiking == (out.dtype == torch.uint8)
    assert (encoder.polarities == 2) == bool(settings.signed)
    assert encoder.spiking == (not settings.direct)
    weights = encoder.step_weights(5)
    assert weights is None or weights.shape == (5,)
    assert set(encoder.once) | set(encoder.each_step) <= set(PRICES)


def test_draws_are_needed_where_an_evaluation_averages_over_some():
    """Rate coding alone; its numbers depend on the word's key, or on the generator."""
    keys = np.array([word_key("film")], dtype=np.uint64)
    for kind, settings in ENCODERS.items():
        encoder = make_encoder(settings(), 3, 5)
        frozen = encoder.frozen_draws(keys, 5, 3, seed=1, draw=0)
        fresh = encoder.fresh_draws(1, 5, 3, torch.Generator())
        assert bool(encoder.evaluated) == (kind == "rate")
        assert (frozen is not None) == (fresh is not None) == bool(encoder.evaluated)
        assert frozen is None or torch.equal(frozen, keyed_draws(keys, 5, 3, 1, 0))
