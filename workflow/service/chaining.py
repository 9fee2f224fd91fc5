"""Entries of the chains beside the proposals, and how they name who wrote them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.entries import Entry, Salt, make_entry
from workflow.house import House
from workflow.ledger import typed_by
from workflow.proposal import Actor, Seat
from workflow.storage import UnitOfWork

#: The chain that register entries stand in.
REGISTERS = "registers"


def chained_entry(
    uow: UnitOfWork,
    kind: str,
    content: Mapping[str, Any],
    *,
    at: datetime,
    salt: Salt,
    private: Mapping[str, str] | None = None,
    subject: str = REGISTERS,
) -> Entry:
    """The next entry of a chain beside the proposals."""
    tail = uow.tail(subject)
    recorded = max(at, tail.recorded_at) if tail else at
    return make_entry(
        kind,
        subject,
        seq=tail.seq + 1 if tail else 1,
        recorded_at=recorded,
        content=content,
        private=private or {},
        previous_hash=tail.hash if tail else None,
        salt=salt,
    )


def signed_entry(
    uow: UnitOfWork,
    house: House,
    kind: str,
    content: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    seat: Seat | None = None,
    private: Mapping[str, str] | None = None,
) -> Entry:
    """The next register entry with who wrote it: person, seat (where the act needs one), channel, typed by whom."""
    hat = {"by_role": seat.role, "by_agency": seat.agency, "by_capacity": seat.capacity} if seat else {}
    who = {"person": by.person, "channel": by.channel, **hat}
    return chained_entry(
        uow, kind, {**content, **who}, at=at, salt=house.salt, private={**(private or {}), **typed_by(by.os_user)}
    )
