"""Open connections, kept between transactions.

They are lent to one transaction at a time, the one given back last first: a thread that works on its own keeps the same
one. A new connection for every move would cost more than the move.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.engine import URL

from store import postgres, sqlite
from store.address import file_of


class Connections:
    """The connections of one kind (for writing or for reading) that nobody uses just now."""

    def __init__(self, url: URL, *, writes: bool) -> None:
        self._connect = _opener(url, writes=writes)
        self._idle: deque[Any] = deque()

    def take(self) -> tuple[Any, bool]:
        """A connection, and whether it is new."""
        try:
            return self._idle.pop(), False
        except IndexError:
            return self._connect(), True

    def give(self, connection: Any) -> None:
        """Keeps it for the next one."""
        self._idle.append(connection)

    def close(self) -> None:
        """Closes those that nobody uses."""
        while self._idle:
            self._idle.pop().close()


def _opener(url: URL, *, writes: bool) -> Callable[[], Any]:
    if url.get_backend_name() == "sqlite":
        return partial(sqlite.connect, file_of(url), writes=writes)
    return partial(postgres.connect, url, writes=writes)
