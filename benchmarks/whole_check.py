"""All of ``audit verify`` but the files of papers, with its workers: ``python -m benchmarks.whole_check URL WORKERS``.

Prints as JSON how many entries that were, what it cost in seconds, and the most memory in MiB that all of its processes
held together: what they share counts once (Linux's proportional set size, looked at five times a second).
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from store.cases_shared import checking_crew
from store.database import Database, open_database
from store.log import verify

_BETWEEN = 0.2


def check(database: Database, url: str, workers: int) -> int:
    """Checks everything with so many processes; how many entries that were."""
    with checking_crew(database, url, workers) as (transaction, crew):
        found = verify(transaction, crew=crew)
    if found.findings:
        raise AssertionError(found.findings[:3])
    return found.entries


def cpu_of_all() -> float:
    """CPU seconds of this process, and of those that it started and waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Memory:
    """The most memory that this process and those that it started held together, while it is looked at."""

    def __init__(self) -> None:
        self.most, self._done = 0, Event()
        self._looking = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Memory":
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._done.wait(_BETWEEN):
            self.most = max(self.most, sum(map(_kib_of, (os.getpid(), *_started(os.getpid())))) // 1024)


def _started(process: int) -> Iterator[int]:
    """The processes that it started, and theirs."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return  # It ended meanwhile.
    for child in map(int, children):
        yield child
        yield from _started(child)


def _kib_of(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # It ended meanwhile.
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main(url: str, workers: int) -> None:
    """Checks once, and prints what it took."""
    wall, cpu = time.perf_counter(), cpu_of_all()
    with Memory() as memory:
        entries = check(open_database(url), url, workers)
    wall, cpu = time.perf_counter() - wall, cpu_of_all() - cpu
    print(json.dumps({"entries": entries, "wall": wall, "cpu": cpu, "mib": memory.most}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
