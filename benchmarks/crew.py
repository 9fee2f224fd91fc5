"""Processes that work side by side, each on connections of its own."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any

from benchmarks.measuring import Spent, stopwatch

#: Does what an order says and tells how many operations that was.
Worker = Callable[[Any], int]
#: Makes a worker inside its process; it is given its number.
Start = Callable[[int], Worker]


class WorkerFailed(Exception):
    """A worker could not do what it was told; the message is its traceback."""


class Crew:
    """So many workers; they were forked, so what the caller had prepared is theirs too."""

    def __init__(self, pipes: list["Connection[Any, Any]"]) -> None:
        self._pipes = pipes

    def work(self, order: Any, backends: Callable[[], float] = float) -> Spent:
        """Lets all of them begin at once; CPU is the sum, wall time that of the slowest."""
        before = backends()
        for pipe in self._pipes:
            pipe.send(order)
        spent = [_answer(pipe) for pipe in self._pipes]
        return Spent(
            operations=sum(one.operations for one in spent),
            client=sum(one.client for one in spent),
            server=backends() - before,
            wall=max(one.wall for one in spent),
        )


@contextmanager
def crew(number: int, start: Start) -> Iterator[Crew]:
    """A crew for as long as the block lasts. The caller has no connection open when it begins."""
    context = get_context("fork")
    pairs = [context.Pipe() for _ in range(number)]
    processes = [context.Process(target=_serve, args=(pair[1], start, place)) for place, pair in enumerate(pairs)]
    for process in processes:
        process.start()
    try:
        yield Crew([ours for ours, _ in pairs])
    finally:
        for ours, _ in pairs:
            ours.send(None)
        for process in processes:
            process.join()


def _answer(pipe: "Connection[Any, Any]") -> Spent:
    """What a worker spent. Raises WorkerFailed with what it died of."""
    answer: Spent | str = pipe.recv()
    if isinstance(answer, str):
        raise WorkerFailed(answer)
    return answer


def _serve(pipe: "Connection[Any, Any]", start: Start, place: int) -> None:
    try:
        worker = start(place)
        gc.freeze()  # What was prepared is no garbage of the work that is measured.
        while (order := pipe.recv()) is not None:
            pipe.send(stopwatch(partial(worker, order)))
    except Exception:  # It is told where somebody waits for an answer.
        pipe.send(format_exc())
