"""The life of worker processes, each of which serves the leader at the other end of a pipe.

They are copies of one process that has read this software, so that it is read, and stands in memory, once for all.

Told where the database is and what its share is, it begins to read when it is told to, as often as it takes until all
of its crew read one moment; then it works, tells what it finds, and ends.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import select

from store.database import Database, open_tables
from store.statements import Statement, Transaction
from store.tables import EntryRow, table

Pipe: TypeAlias = "Connection[Any, Any]"
#: On SQLite a transaction begins to read with its first statement.
FIRST_LOOK = Statement(select(table(EntryRow).c.id).limit(1))


#: Added to the number of the signal that killed a process.
_KILLED = 128


class Share(NamedTuple):
    """Which part of a work is a worker's: every ``of``-th piece, from the one of that number on."""

    number: int
    of: int


#: What a worker does with its share, and tells piece by piece. It is found by its name in another process.
Work = Callable[[Transaction, Share], Iterator[Any]]


class Order(NamedTuple):
    """What a worker is hired for."""

    url: str
    work: Work
    share: Share


class Failed(NamedTuple):
    """What a worker says last when it cannot go on."""

    why: str


def serve(pipe: Pipe) -> None:
    """Does what the leader says, until the work is done or there is no leader any more."""
    gc.disable()  # As in the leader: nothing that is read makes cycles.
    try:
        order: Order = pipe.recv()
        database = open_tables(order.url)
        while not _served(database, order, pipe):
            pass
    except (EOFError, BrokenPipeError):
        return
    except Exception as error:  # Whatever it is, the leader says it.
        pipe.send(Failed(f"{type(error).__name__}: {error}"))


def _served(database: Database, order: Order, pipe: Pipe) -> bool:
    """One beginning; whether it was that of the moment that all read, and the work is done."""
    snapshot = pipe.recv()
    with database.transaction(writes=False) as transaction:
        if snapshot:
            transaction.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        transaction.first(FIRST_LOOK)
        pipe.send("begun")
        if not pipe.recv():
            return False
        for found in order.work(transaction, order.share):
            pipe.send(found)
        pipe.send(None)
        return True


def main() -> None:
    """Makes a worker for each pipe whose number the process was given, behind the module of their work.

    It ends when they have, with the status that a shell gives where one was killed.
    """
    import_module(sys.argv[1])
    gc.freeze()
    pipes = {int(number): Connection(int(number)) for number in sys.argv[2:]}
    for number, pipe in pipes.items():
        if os.fork() == 0:
            for other in pipes.keys() - {number}:
                pipes[other].close()
            serve(pipe)
            os._exit(0)
    for pipe in pipes.values():
        pipe.close()
    for _ in pipes:
        _, status = os.wait()
        if status:
            code = os.waitstatus_to_exitcode(status)
            sys.exit(code if code > 0 else _KILLED - code)
