"""Spike codes: properties for any values."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spiketext.coding.codes import CODES, deterministic_rate, rate
from spiketext.coding.draws import fresh_draws, keyed_draws, word_key

values_in_unit_interval = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8)


@given(values_in_unit_interval, st.integers(1, 70))
def test_deterministic_rate_sends_the_rounded_count(values, steps):
    """Spikes are 0 or 1, and after every step t their number is within half a spike of t·value."""
    x = torch.tensor(values, dtype=torch.float64)[None]
    spikes = deterministic_rate(x, steps)
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
    spikes = rate(x, steps, draws)
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    assert spikes[..., -2].sum() == 0
    assert spikes[..., -1].sum() == steps


def test_rate_has_the_right_mean():
    """4,000 draws: within five standard errors."""
    x = torch.tensor([[0.1, 0.5, 0.9]])
    mean = rate(x, 4000, fresh_draws(1, 4000, 3, torch.Generator().manual_seed(0))).double().mean((0, 1))
    error = (x[0] * (1 - x[0]) / 4000).sqrt()
    assert ((mean - x[0]).abs() < 5 * error).all()


def test_rate_without_random_numbers_is_an_error():
    """Silence would otherwise mean a deterministic code."""
    with pytest.raises(ValueError, match="random"):
        rate(torch.zeros(1, 1), 3, None)


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


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_code_declares_what_it_is(name):
    """Spiking codes give zeros and ones only; zero values stay silent in all."""
    code = CODES[name]
    x = torch.tensor([[0.0, 0.3, 0.8]])
    out = code.encode(x, 5, torch.full((5, 1, 3), 2**14, dtype=torch.int16) if code.stochastic else None)
    assert out.shape == (5, 1, 3)
    assert out[..., 0].sum() == 0
    assert code.spiking == (set(out.unique().tolist()) <= {0.0, 1.0})
    assert code.spiking == (out.dtype == torch.uint8)
