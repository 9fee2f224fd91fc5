"""Worker processes that read one moment of a database together with their leader, each its share.

PostgreSQL lets the leader hand on its snapshot. SQLite has none to hand on: there all of them begin to read, and begin
anew where somebody wrote between the first that began and the last.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import wait
from signal import SIGKILL
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import Any, NamedTuple, cast

from sqlalchemy import func, select

from store import sqlite
from store.address import file_of, parse
from store.crew_member import FIRST_LOOK, Failed, Order, Pipe, Share, Work
from store.database import Database
from store.errors import DatabaseBusy, WorkerLost
from store.statements import Statement, Transaction

#: How often a crew begins anew before it says that the database never stood still; a beginning takes milliseconds.
_TRIES = 200
#: How long a worker that closed its pipe may take to end, in seconds.
_ENDING = 5
_PROGRAM = "from store.crew_member import main; main()"
_EXPORT = Statement(select(func.pg_export_snapshot().label("name")))


class _Worker(NamedTuple):
    #: That of all workers.
    process: "Popen[bytes]"
    pipe: Pipe

    def answer(self) -> Any:
        """What it says next. Raises WorkerLost."""
        try:
            said = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        if isinstance(said, Failed):
            raise WorkerLost(said.why)
        return said

    def order(self, order: object) -> None:
        """Tells it what to do. Raises WorkerLost."""
        try:
            self.pipe.send(order)
        except OSError as error:
            raise self._lost() from error

    def _lost(self) -> WorkerLost:
        try:
            return WorkerLost(f"exit status {self.process.wait(_ENDING)}")
        except TimeoutExpired:
            return WorkerLost("it closed its pipe")


class Crew:
    """Workers at work on one moment."""

    def __init__(self, workers: Sequence[_Worker]) -> None:
        self._busy = {worker.pipe: worker for worker in workers}

    @property
    def is_busy(self) -> bool:
        """Whether one of them is still at work, or was not heard to the end."""
        return bool(self._busy)

    def told(self, *, awaited: bool) -> Iterator[Any]:
        """What they have found since this was asked last; ``awaited``: at least one thing more. Raises WorkerLost."""
        for pipe in cast("list[Pipe]", wait([*self._busy], None if awaited else 0)):
            while pipe in self._busy and (awaited or pipe.poll()):
                awaited = False
                said = self._busy[pipe].answer()
                if said is None:
                    del self._busy[pipe]
                else:
                    yield said


@contextmanager
def crew_at_work(database: Database, url: str, work: Work, *, workers: int) -> Iterator[tuple[Transaction, Crew]]:
    """The leader's transaction, and a crew of so many that does ``work`` on the very same moment.

    ``url`` is that of ``database``, with its password. However the block is left, no worker is left behind. Raises
    WorkerLost, DatabaseBusy.
    """
    pairs = [multiprocessing.Pipe() for _ in range(workers)]
    process = _started(work, [theirs for _, theirs in pairs])
    try:
        crew = [_Worker(process, ours) for ours, _ in pairs]
        for number, worker in enumerate(crew):
            worker.order(Order(url, work, Share(number, workers)))
        with _at_one_moment(database, url, crew) as transaction:
            at_work = Crew(crew)
            yield transaction, at_work
        if not at_work.is_busy:
            with suppress(TimeoutExpired):
                process.wait(_ENDING)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)  # Whatever they are at: they only read.
        process.wait()
        for ours, _ in pairs:
            ours.close()


def _started(work: Work, pipes: Sequence[Pipe]) -> "Popen[bytes]":
    """The process of the workers, in a session of its own: Ctrl-C is for the leader, who ends them."""
    numbers = [pipe.fileno() for pipe in pipes]
    process = Popen(  # noqa: S603 - this very software.
        [sys.executable, "-c", _PROGRAM, work.__module__, *map(str, numbers)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=DEVNULL,
        stdout=DEVNULL,  # What this command says is for its leader to say.
        pass_fds=numbers,
        start_new_session=True,
    )
    for pipe in pipes:
        pipe.close()
    return process


@contextmanager
def _at_one_moment(database: Database, url: str, crew: Sequence[_Worker]) -> Iterator[Transaction]:
    if database.dialect != "sqlite":
        with database.transaction(writes=False) as transaction:
            exported: Any = transaction.first(_EXPORT)
            _begin(crew, exported.name)
            _go(crew, is_same=True)
            yield transaction
        return
    with closing(sqlite.connect(file_of(parse(url)), writes=False)) as watcher:
        for _ in range(_TRIES):
            with database.transaction(writes=False) as transaction:
                before = _version(watcher)
                transaction.first(FIRST_LOOK)
                _begin(crew, "")
                is_same = _version(watcher) == before
                _go(crew, is_same=is_same)
                if is_same:
                    yield transaction
                    return
    raise DatabaseBusy(database.url, "somebody wrote whenever the check began")


def _version(watcher: Any) -> int:
    """A number that another one follows whenever somebody else wrote."""
    return int(watcher.execute("PRAGMA data_version").fetchone()[0])


def _begin(crew: Sequence[_Worker], snapshot: str) -> None:
    """Lets all of them begin to read, and returns when they have."""
    for worker in crew:
        worker.order(snapshot)
    for worker in crew:
        worker.answer()


def _go(crew: Sequence[_Worker], *, is_same: bool) -> None:
    for worker in crew:
        worker.order(is_same)
