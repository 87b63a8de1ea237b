"""An ordered, bounded map over a process pool."""

import logging
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from spiketext.errors import SpikeTextError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items under way for each worker: one that it works on, one that waits for it.
AHEAD = 2


def ordered_map(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield `function(item)` in the order of the items, at most `2 · workers` of them under way.

    Neither items nor results pile up: the next item is taken only when a result has been handed
    over. A single item, or a single worker, needs no pool. New interpreters are started rather than
    forked, as a fork of a process with threads may hang, so a script that gets here must guard its
    call with `if __name__ == "__main__"`.

    Args:
        function: a function of a module; it and the items must be picklable.

    Raises:
        SpikeTextError: a worker was ended from outside, as when memory runs out.
    """
    rest = iter(items)
    first = list(islice(rest, 2)) if workers > 1 else []
    if len(first) < 2:
        yield from map(function, first)
        yield from map(function, rest)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_quieten)
    try:
        pending: deque[Future[Result]] = deque(pool.submit(function, item) for item in first)
        pending.extend(pool.submit(function, item) for item in islice(rest, AHEAD * workers - len(first)))
        while pending:
            yield pending.popleft().result()
            pending.extend(pool.submit(function, item) for item in islice(rest, 1))
    except BrokenProcessPool as error:
        raise SpikeTextError(
            "a worker process was ended from outside, most likely for lack of memory; "
            "give the rule more `mem_mb` or fewer `threads`"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _quieten() -> None:
    logging.getLogger("jieba").setLevel(logging.WARNING)
