"""Balls, PGD and APGD on losses whose maximum is known."""

import math

import pytest
import torch

from spiketext.attack.white_box.ascent import RULES, apgd, checkpoints
from spiketext.inputs.perturbations import Ball, direction_of

FREE = torch.tensor([[True], [True], [False]])


def ball(radius=0.5, low=-math.inf, high=math.inf):
    """Around three words of two values, the last of which cannot be moved."""
    return Ball(torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), radius, low, high, FREE)


def test_projection_by_hand():
    """(3, 4) has length 5; a point within stays; a word that is not free goes back."""
    points = torch.tensor([[[3.0, 4.0], [1.1, 1.0], [0.1, 0.0]]])
    found = ball().project(points)[0]
    torch.testing.assert_close(found, torch.tensor([[0.3, 0.4], [1.1, 1.0], [0.0, 0.0]]))


def test_projection_keeps_to_the_range_and_to_the_ball():
    own = ball(low=0.0, high=1.0)
    generator = torch.Generator().manual_seed(1)
    for points in (own.random(50, generator), own.surface(50, generator)):
        assert float(points.min()) >= 0 and float(points.max()) <= 1
        assert float((points - own.centre).norm(dim=-1).max()) <= 0.5 + 1e-6
    open_end = ball().surface(20, generator) - ball().centre
    assert torch.allclose(open_end.norm(dim=-1)[:, :2], torch.tensor(0.5))
    assert not open_end[:, 2].any()


@pytest.mark.parametrize("rule", RULES)
def test_a_linear_loss_is_climbed_to_the_surface(rule):
    """Its maximum is the radius along each word's gradient; a fixed step has almost reached it."""
    slope, own = torch.tensor([[3.0, 4.0], [0.0, -2.0], [1.0, 1.0]]), ball()

    def climb(values):
        return (values * slope).sum((1, 2)), slope.expand_as(values)

    start = own.random(4, torch.Generator().manual_seed(2))
    *_, last = RULES[rule](climb, own, start, steps=20)
    risen = ((last - own.centre) * slope).sum((1, 2))
    assert risen.tolist() == pytest.approx([0.5 * (5 + 2)] * 4, rel={"pgd": 0.02, "apgd": 1e-4}[rule])


def test_checkpoints_are_those_of_the_paper():
    """0.22, then 0.41, 0.57, 0.70, 0.80, 0.87, 0.93 and 0.99 of the steps."""
    assert checkpoints(100) == [22, 41, 57, 70, 80, 87, 93, 99]
    assert checkpoints(10) == [3, 5, 6, 7, 8, 9, 10, 10]


def test_apgd_halves_its_step_where_it_would_jump_to_and_fro():
    """A peak within the ball: the first steps, twice the radius long, jump across; the last are near it."""
    own, peak = ball(radius=1.0), torch.tensor([[0.21, -0.13], [1.4, 0.9], [0.0, 0.0]])

    def climb(values):
        away = values - peak
        return -away.square().sum((1, 2)), -2 * away

    start = own.random(3, torch.Generator().manual_seed(3))
    heights = [climb(at)[0] for at in apgd(climb, own, start, steps=100)]
    assert len(heights) == 101
    best = torch.stack(heights).amax(0)
    assert float(best.min()) > -1e-3
    assert float(torch.stack(heights[:20]).amax(0).max()) < -1e-3  # not so before the first checkpoint


def test_words_without_a_gradient_stay():
    assert not direction_of(torch.zeros(2, 3, 4)).any()
