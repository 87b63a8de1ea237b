import math
import os

import pytest

from spiketext.errors import SpikeTextError
from spiketext.text.parallel import AHEAD, ordered_map


@pytest.mark.parametrize("workers", [1, 2])
def test_order_is_kept_and_only_a_few_items_are_taken_ahead(workers):
    taken = 0

    def items():
        nonlocal taken
        for number in range(40):
            taken += 1
            yield number

    results = []
    for result in ordered_map(math.sqrt, items(), workers):
        results.append(result)
        assert taken - len(results) <= AHEAD * workers
    assert results == [math.sqrt(number) for number in range(40)]


@pytest.mark.parametrize("count", [0, 1])
def test_few_items_start_no_process(count):
    # A lambda cannot be sent to another process.
    assert list(ordered_map(lambda item: item + 1, range(count), 4)) == [1][:count]


def test_a_killed_worker_is_one_line():
    with pytest.raises(SpikeTextError, match="memory"):
        list(ordered_map(os._exit, [9, 9, 9], 2))
