"""What every part shares: the options it is given, the tables it hands back, and how work is measured.

A part is a module with ``measure(options) -> Iterable[Table]``; ``benchmarks.__main__`` names them all.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol, TypeVar

import psycopg

from tests.postgres import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked for."""

    #: How often each contender has its turn; the figures are the medians.
    rounds: int
    #: Few operations, only to see that everything runs.
    quick: bool
    #: A folder on a real disk for files of this run; removed at the end.
    folder: Path
    #: A PostgreSQL server of this run's own, with ``fsync`` on (but for the quick form).
    server: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for people: the first column says what, the others how much."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: What one must know to read the figures.
    notes: tuple[str, ...] = ()


class Part(Protocol):
    """A module that measures one thing."""

    def measure(self, options: Options, /) -> Iterable[Table]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a number of operations cost, in seconds."""

    operations: int
    #: CPU of the process, or of all processes, that did the work.
    client: float
    #: CPU of the database's backends; 0 on SQLite, which has none.
    server: float
    wall: float

    def __add__(self, other: "Spent") -> "Spent":
        """What was done first, and then the other."""
        return Spent(
            operations=self.operations + other.operations,
            client=self.client + other.client,
            server=self.server + other.server,
            wall=self.wall + other.wall,
        )

    @property
    def cpu(self) -> float:
        """CPU seconds of one operation."""
        return (self.client + self.server) / self.operations

    @property
    def rate(self) -> float:
        """Operations in a second of wall time."""
        return self.operations / self.wall


Found = TypeVar("Found")


def interleave(contenders: Mapping[str, Callable[[int], Found]], rounds: int) -> dict[str, list[Found]]:
    """What each contender found in every round, the order reversed each time; turn 0 warms up and is left out."""
    found: dict[str, list[Found]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        turn = list(contenders) if number % 2 else list(contenders)[::-1]
        for name in turn:
            spent = contenders[name](number)
            if number:
                found[name].append(spent)
    return found


def middle(rounds: list[Spent], figure: Callable[[Spent], float]) -> float:
    """The median of a figure over the rounds."""
    return median(map(figure, rounds))


def times(ours: list[Spent], other: list[Spent], figure: Callable[[Spent], float]) -> float:
    """How often a figure of the one goes into that of the other: the median over the rounds, each with its own."""
    return median(figure(b) / figure(a) for a, b in zip(ours, other, strict=True))


def stopwatch(work: Callable[[], int], backends: Callable[[], float] = float) -> Spent:
    """What work cost that tells how many operations it was; ``backends`` tells the server's CPU so far."""
    server, wall, client = backends(), time.perf_counter(), time.process_time()
    operations = work()
    client, wall = time.process_time() - client, time.perf_counter() - wall
    return Spent(operations=operations, client=client, server=backends() - server, wall=wall)


class Backends:
    """The server's processes that work for one database; called, the CPU seconds that they have used so far.

    They are looked up at each call, so a connection has to stay open for as long as its work is measured.
    """

    _OF = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"

    def __init__(self, server: Server, url: str) -> None:
        self._database = url.rpartition("/")[2]
        self._connection = psycopg.connect(driver_url(server.url("postgres")), autocommit=True)

    def __call__(self) -> float:
        """CPU seconds up to now."""
        return sum(map(_cpu_left, (pid for (pid,) in self._connection.execute(self._OF, [self._database]))))

    def close(self) -> None:
        """Lets go of the connection that looks them up."""
        self._connection.close()


def backends_of(options: Options, url: str, stack: ExitStack) -> Callable[[], float]:
    """What tells the CPU seconds of the server for a database; always 0 for SQLite, which has no server."""
    if url.startswith("sqlite"):
        return float
    backends = Backends(options.server, url)
    stack.callback(backends.close)
    return backends


def _cpu_left(pid: int) -> float:
    """CPU seconds of a process; 0 of one that has just ended."""
    try:
        return cpu_of(pid)
    except FileNotFoundError:
        return 0


def cpu_of(pid: int) -> float:
    """CPU seconds of a process of one thread (Linux counts them in nanoseconds here)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def driver_url(url: str) -> str:
    """The URL as the driver itself wants it, without SQLAlchemy's word for the driver."""
    return url.replace("postgresql+psycopg", "postgresql", 1)


def microseconds(seconds: float) -> str:
    """A short time, as a table says it."""
    return f"{seconds * 1e6:,.0f}"


def share(part: float) -> str:
    """A ratio, as a table says it."""
    return f"{part:.2f}" if part < 10 else f"{part:.0f}"  # noqa: PLR2004 - two digits are enough above ten.


def cores() -> int:
    """How many processors this run may use."""
    return len(os.sched_getaffinity(0))
