"""Bipolar neurons: spike by spike, settled, and beside spikingjelly's `STBIFNode`."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from spikingjelly.activation_based.neuron.spikezip import STBIFNode

from spiketext.networks.layers.quantisation import nearest
from spiketext.neurons.bipolar import BipolarNeurons


def run(charges, low, high):
    """Spikes of one neuron, by step, and its S at the end."""
    neurons = BipolarNeurons(low, high)
    spikes = [int(neurons(torch.tensor([charge]))) for charge in charges]
    return spikes, int(neurons.sent)


@pytest.mark.parametrize(
    ("charges", "low", "high", "expected"),
    [
        ([2.6] * 5, 0, 7, [1, 1, 1, 0, 0]),  # u: 3.1, 2.1, 1.1, 0.1
        ([2.6] * 4, 0, 2, [1, 1, 0, 0]),  # S_max
        ([2.6, 2.6, 0.2, 0.2, 0.2], 0, 7, [1, 1, -1, -1, 0]),  # too much was sent: u = −1.3, −0.3, 0.7
        ([1.0, -5.0, -5.0, -5.0], 0, 7, [1, -1, 0, 0]),  # S_min
        ([-5.0] * 4, -3, 3, [-1, -1, -1, 0]),
        ([0.5, 0.5], 0, 7, [1, 0]),  # u = θ fires
        ([math.nextafter(0.5, 0)] * 2, 0, 7, [0, 0]),  # in double precision too
        ([-0.5, -0.5], -3, 3, [0, 0]),  # u = 0 does not
        ([math.nextafter(-0.5, -1)] * 2, -3, 3, [-1, 0]),
    ],
)
def test_spikes_by_hand(charges, low, high, expected):
    """Thresholds θ and 0, both bounds, u[0] = θ/2."""
    spikes, total = run([torch.tensor(charge, dtype=torch.float64) for charge in charges], low, high)
    assert spikes == expected
    assert total == sum(expected)


@given(
    st.lists(st.floats(-40, 40, width=32), max_size=12),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.integers(-20, 0),
    st.integers(1, 300),
)
def test_they_settle_at_the_level_of_the_last_charge(before, last, low, high):
    """Whatever came before; within as many steps as there are levels, S moving by one at most."""
    span = high - low
    spikes, total = run([*before, *[last] * span], low, high)
    assert total == nearest(torch.tensor(last)).clamp(low, high)
    assert set(spikes) <= {-1, 0, 1}


@given(st.floats(-(2.0**24), 2.0**24, width=32))
def test_the_nearest_level_is_that_of_exact_arithmetic(value):
    """⌊v + 1/2⌋, halves upwards, for every number of single precision."""
    whole, rest = math.floor(value), value - math.floor(value)
    assert nearest(torch.tensor(value, dtype=torch.float32)) == whole + (rest >= 0.5)


def test_the_number_before_a_half_is_rounded_down():
    """In single precision its sum with 1/2 is 1."""
    below = torch.nextafter(torch.tensor(0.5), torch.tensor(0.0))
    assert below + 0.5 == 1
    assert nearest(below) == 0
    assert nearest(torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5])).tolist() == [1, 2, 3, 0, -1]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 15), (-3, 3), (-8, 7)])
@pytest.mark.parametrize("theta", [0.25, 2.0])
def test_spikes_are_those_of_spikingjellys_neuron(low, high, theta):
    """Bit by bit, where currents are sums of powers of two, so that adding them up is exact."""
    torch.manual_seed(high)
    currents = torch.randint(-40, 41, (60, 500)) / 16.0
    currents[40:] = 0
    theirs = STBIFNode(theta, level=high - low + 1, pos_max=high, neg_min=low)
    ours, arrived, seen = BipolarNeurons(low, high), torch.zeros(500), set()
    for current in currents:
        arrived = arrived + current
        spikes = ours(arrived / theta)
        assert torch.equal(theirs(current), spikes * theta)
        assert torch.equal(theirs.acc_q, ours.sent.float())
        seen |= set(spikes.tolist())
    assert seen == {-1, 0, 1}
    assert not ours(arrived / theta).any()  # settled


def test_counts_go_beyond_a_byte():
    """Of each neuron for itself."""
    neurons = BipolarNeurons(0, 300)
    for _ in range(300):
        neurons(torch.tensor([[1000.0, 130.4], [-1.0, 0.0]]))
    assert neurons.sent.tolist() == [[300, 130], [0, 0]]
