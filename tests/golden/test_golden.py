"""Results stay what they were, bit by bit, however the code is rebuilt.

Energies are sums of many prices; the order of the addends follows that of the declarations, so they are equal
to rounding only.
"""

import pytest

from tests.golden.study import CELLS, in_a_process, read


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The cells as this code makes them, and as they were."""
    before, now = read(CELLS), in_a_process(tmp_path_factory.mktemp("golden") / "cells.json")
    if now["arithmetic"] != before["arithmetic"]:
        pytest.skip(f"this machine's libraries (torch {now['torch']}) add up in another order")
    for about in ("torch", "arithmetic"):
        del before[about], now[about]
    return before, now


@pytest.mark.slow
def test_weights_accuracies_operations_and_energies_are_what_they_were(found):
    """Of every cell and stage, each number and each weight."""
    before, now = found
    assert now.keys() == before.keys()
    for cell, stages in before.items():
        assert now[cell].keys() == stages.keys(), cell
        for stage, values in stages.items():
            assert now[cell][stage].keys() >= values.keys(), (cell, stage)  # there may be more cost tables
            for name, value in values.items():
                wanted = pytest.approx(value, rel=1e-13) if stage == "energy" else value
                assert now[cell][stage][name] == wanted, (cell, stage, name)


@pytest.mark.slow
def test_the_cells_differ(found):
    """No two methods have the same weights and the same energies: each is a case of its own."""
    for dataset in ("tiny_en", "tiny_zh"):
        cells = [str(cell) for name, cell in found[0].items() if name.startswith(dataset)]
        assert len(cells) == len(set(cells)) == 10
