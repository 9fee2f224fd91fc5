"""What workers of tests do: found by its name in another process, so it stands in a file that is quickly read."""

import os
import signal
from collections.abc import Iterator

from store.crew_member import Share
from store.queries import Queries
from store.statements import Transaction


def sees(transaction: Transaction, share: Share) -> Iterator[tuple[int, int]]:
    """How many proposals there are, by the number of the share."""
    yield share.number, Queries(transaction).count().number


def dies(transaction: Transaction, share: Share) -> Iterator[tuple[int, int]]:
    """The same, until the second worker is killed, as by a machine that runs out of memory."""
    yield from sees(transaction, share)
    if share.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def fails(transaction: Transaction, share: Share) -> Iterator[tuple[int, int]]:
    """The same, until each meets something that nobody thought of."""
    yield from sees(transaction, share)
    raise RuntimeError(f"share {share.number} of {share.of}")
