"""Who is signed in to the pages: one row for each browser, known by the hash of its secret."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from store.statements import Statement, Transaction, put
from store.tables import WebSessionRow, table

_SESSION = table(WebSessionRow)
_THIS = _SESSION.c.sha256 == bindparam("of_sha256")
_FOUND = Statement(select(_SESSION).where(_THIS))
_PUT = put(_SESSION)
_SEEN = Statement(update(_SESSION).where(_THIS).values(seen_at=bindparam("at", type_=_SESSION.c.seen_at.type)))
_SEAT = Statement(update(_SESSION).where(_THIS).values(seat=bindparam("to_seat")))
_TOLD = Statement(update(_SESSION).where(_THIS).values(told=bindparam("to_tell")))
_DROP = Statement(delete(_SESSION).where(_THIS))
_DROP_OTHERS = Statement(
    delete(_SESSION).where(_SESSION.c.username == bindparam("of_username"), _SESSION.c.sha256 != bindparam("but"))
)
_DROP_OLD = Statement(
    delete(_SESSION).where(_SESSION.c.created_at < bindparam("before", type_=_SESSION.c.created_at.type))
)


class Session(NamedTuple):
    """A browser in which somebody is signed in."""

    sha256: str
    username: str
    #: The agency, or ``role@agency``, that they act from; empty: from every seat of theirs.
    seat: str
    created_at: datetime
    seen_at: datetime
    #: What the next page tells, as JSON; empty: nothing.
    told: str


def find_session(transaction: Transaction, sha256: str) -> Session | None:
    """The session of that hash, whether or not it is too old."""
    row: Any = transaction.first(_FOUND, {"of_sha256": sha256})
    return Session(**row._asdict()) if row else None


def put_session(transaction: Transaction, session: Session) -> None:
    """Writes a new session."""
    transaction.run(_PUT, session._asdict())


def touch_session(transaction: Transaction, sha256: str, at: datetime) -> None:
    """Remembers when it was last used."""
    transaction.run(_SEEN, {"of_sha256": sha256, "at": at})


def seat_session(transaction: Transaction, sha256: str, seat: str) -> None:
    """Changes what they act from."""
    transaction.run(_SEAT, {"of_sha256": sha256, "to_seat": seat})


def tell_session(transaction: Transaction, sha256: str, told: str) -> None:
    """Keeps what the next page tells; empty: nothing."""
    transaction.run(_TOLD, {"of_sha256": sha256, "to_tell": told})


def drop_session(transaction: Transaction, sha256: str) -> None:
    """Signs a browser out."""
    transaction.run(_DROP, {"of_sha256": sha256})


def drop_other_sessions(transaction: Transaction, username: str, but: str) -> None:
    """Signs an account out of every browser but one."""
    transaction.run(_DROP_OTHERS, {"of_username": username, "but": but})


def drop_old_sessions(transaction: Transaction, before: datetime) -> None:
    """Forgets those that began before an instant."""
    transaction.run(_DROP_OLD, {"before": before})
