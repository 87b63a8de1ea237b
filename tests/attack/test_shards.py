"""Jobs that share the texts of an attack find what one job finds."""

import json

import numpy as np
import pytest

from spiketext.attack.run import SampleAttack
from spiketext.attack.store import RowStore
from spiketext.config.attacks import Attack, find_recipe

pytestmark = pytest.mark.xdist_group("textattack")


class Sure:
    """Scores far apart, so that the temperature is that of the surest text; noise of each draw."""

    stochastic = True

    def __init__(self, plain, draw=0):
        self.plain, self.draw = plain, draw

    def drawn(self, draw, seed=None):
        return Sure(self.plain, draw + (seed or 0))

    def scores(self, token_lists):
        keys = [[self.draw, *"".join(text).encode()] for text in token_lists]
        noise = [[np.random.default_rng(key).normal()] for key in keys]
        return 40 * self.plain.scores(token_lists) + 10 * np.array(noise) * [-1, 1]


@pytest.mark.parametrize("mode", ["fixed", "fresh"])
def test_shards_of_any_size_find_the_same(english, tmp_path, mode):
    """Rows and figures to the letter, with the temperature of the whole sample; each shard is a job."""

    def job():
        scorer, recipe = Sure(english.train()), find_recipe("deepwordbug")
        return SampleAttack(recipe, scorer, english.tokenise, 64, english.examples, [], 64, 1, mode)

    found = []
    for size in (3, 5, 8):
        rows = []
        for first in range(0, 8, size):
            store = RowStore(tmp_path / f"{size}.{first}.partial.jsonl", "key")
            rows += json.loads(json.dumps(job().run(store, slice(first, first + size))))
        found.append((job().summary(rows), rows))
    assert found[0] == found[1] == found[2]
    figures, rows = found[0]
    assert [row["id"] for row in rows] == [example.id for example in english.examples]
    assert figures["temperature"] > 1 and figures["claimed_rate"] > 0


@pytest.mark.parametrize(("sample", "size", "jobs"), [(50, 100, 0), (100, 100, 0), (101, 100, 2), (7, 1, 7)])
def test_as_many_shards_as_needed(sample, size, jobs):
    """One job that takes all texts is no shard."""
    assert Attack(sample=sample, shard=size).shards == jobs
