"""The same step for many proposals: each on its own, and a retry that touches only those that failed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from definitions.errors import UnknownDefinition
from workflow.changing import changed
from workflow.entries import BrokenHistory
from workflow.errors import BadValue, Refused, UnknownProposal
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.acting import Done, Request, act
from workflow.storage import Store

#: What is one row's own fault; a database that fails is not among them and stops the batch.
ROW_FAULTS: tuple[type[Exception], ...] = (Refused, UnknownProposal, UnknownDefinition, BadValue, BrokenHistory)
Prepare = Callable[[], Request]


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one proposal of a batch: what was done (``replayed``: in an earlier run), or why it was not."""

    code: str
    done: Done | None = None
    error: Exception | None = None


def act_many(
    store: Store,
    house: House,
    rows: Iterable[tuple[str, Prepare]],
    *,
    batch: str,
    by: Actor,
    at: datetime,
    faults: tuple[type[Exception], ...] = ROW_FAULTS,
) -> Iterator[Outcome]:
    """Takes each row's step in a transaction of its own, in the order given; one that fails blocks no other.

    ``batch`` names the whole: the same batch again answers what it did before and tries only what failed. ``prepare``
    of a row may raise one of ``faults`` too. Raises what the database raises; rows done until then stay done.
    """
    for code, prepare in rows:
        try:
            request = changed(prepare(), key=row_key(batch, code))
            yield Outcome(code=code, done=act(store, house, request, by=by, at=at))
        except faults as error:
            yield Outcome(code=code, error=error)


def row_key(batch: str, code: str) -> str:
    """The idempotency key of a batch's row."""
    return f"batch:{batch}:{code}"
