"""What an attacker may write: points of a hull, and how they climb."""

import numpy as np
import pytest
import torch

from spiketext.inputs.perturbations import Hull
from spiketext.inputs.synonyms import Synonyms

# Row 0 is padding; word 1 has two synonyms, word 2 none, word 3 one.
SYNONYMS = Synonyms(np.array([0, 0, 2, 2, 3]), np.array([0, 1, 1]), torch.tensor([[4.0, 0.0], [0.0, 4.0]]))
IDS = np.array([1, 2, 3, 1])
VALUES = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])


@pytest.fixture
def hull():
    """Of four tokens, two of them the same word."""
    return Hull(VALUES, IDS, SYNONYMS)


def test_corners_are_the_word_and_its_synonyms(hull):
    """Each token has its own; a word without synonyms is its only corner."""
    own = [sorted(map(tuple, hull.corners[hull.token == i].tolist())) for i in range(4)]
    three = [(0.0, 0.0), (0.0, 4.0), (4.0, 0.0)]
    assert own == [three, [(1.0, 1.0)], [(0.0, 4.0), (2.0, 2.0)], three]


def test_random_points_are_inside_and_anywhere(hull):
    """Weights are shares of each token; the mean of uniform points is that of the corners."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([hull.random(generator) for _ in range(4000)])
    assert float(drawn.min()) >= 0
    sums = torch.zeros(4000, 4).index_add(1, hull.token, drawn)
    torch.testing.assert_close(sums, torch.ones(4000, 4))
    first = drawn[:, 0]  # the share of one of three corners: above a half in a quarter of the triangle
    assert float((first > 0.5).float().mean()) == pytest.approx(1 / 4, abs=0.03)
    means = torch.stack([hull.values(one) for one in drawn]).mean(0)
    expected = torch.tensor([[4 / 3, 4 / 3], [1.0, 1.0], [1.0, 3.0], [4 / 3, 4 / 3]])
    torch.testing.assert_close(means, expected, rtol=0, atol=0.1)


def test_the_first_step_ends_at_the_best_words_and_the_second_between(hull):
    """Step 0 goes all the way, step 1 two thirds: by hand, with a slope that turns round."""
    slopes = iter([torch.tensor([[1.0, 0.0]]).expand(4, 2), torch.tensor([[0.0, 1.0]]).expand(4, 2)])
    asked = []

    def slope(values):
        asked.append(values)
        return next(slopes)

    found = hull.climb(slope, 2, torch.Generator().manual_seed(1))
    torch.testing.assert_close(asked[1], torch.tensor([[4.0, 0.0], [1.0, 1.0], [2.0, 2.0], [4.0, 0.0]]))
    expected = asked[1] / 3 + 2 / 3 * torch.tensor([[0.0, 4.0], [1.0, 1.0], [0.0, 4.0], [0.0, 4.0]])
    torch.testing.assert_close(found, expected)


def test_equals_share(hull):
    """Without a gradient all corners are as good: their mean."""
    found = hull.values(hull.best(torch.zeros(4, 2)))
    torch.testing.assert_close(found[0], torch.tensor([4 / 3, 4 / 3]))


def test_a_concave_loss_is_climbed_to_its_peak(hull):
    """A peak inside the hull of word 1, outside that of word 3: the nearest point of the edge."""
    peak = torch.tensor([[1.0, 2.0], [0.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    found = hull.climb(lambda values: peak - values, 400, torch.Generator().manual_seed(2))
    expected = torch.tensor([[1.0, 2.0], [1.0, 1.0], [1.0, 3.0], [2.0, 2.0]])
    torch.testing.assert_close(found, expected, rtol=0, atol=0.05)
