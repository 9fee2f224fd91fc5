"""What is asked for twice under one key is done once, and answered twice."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from msgspec import Struct

from workflow.entries import canonical
from workflow.errors import CodeTaken, KeyReused, NotOwner, StaleProposal, Unmet
from workflow.proposal import Actor, Seat, legal_day
from workflow.storage import Answered, Store, UnitOfWork
from workflow.values import read_text

Done = TypeVar("Done")
#: How an act ends that another one outran, which may have been the very same.
OUTRUN = (StaleProposal, KeyReused, CodeTaken)


class Key(Struct, frozen=True, kw_only=True):
    """A caller's idempotency key, with the hash of all that they ask for under it."""

    action: str
    text: str
    sha256: str

    def answered(self, answer: Mapping[str, object], *, by: Actor, seat: Seat, at: datetime) -> Answered:
        """The answer as it is kept, with the seat that it was given to."""
        kept = {**answer, "role": seat.role, "agency": seat.agency}
        request = self.sha256
        return Answered(actor=by.person, key=self.text, request_sha256=request, answer=canonical(kept), recorded_at=at)


def key_of(action: str, text: str | None, asked: Mapping[str, object]) -> Key | None:
    """The key of a request, or None where the caller gave none. Raises BadValue."""
    if text is None:
        return None
    return Key(action=action, text=read_text("key", text), sha256=sha256(canonical(dict(asked))).hexdigest())


def once(
    store: Store,
    key: Key | None,
    do: Callable[[UnitOfWork], Done],
    replay: Callable[[UnitOfWork, Mapping[str, Any]], Done],
    *,
    by: Actor,
    at: datetime,
) -> Done:
    """What ``do`` gives in a transaction of its own, or for a key that was used before what ``replay`` makes of it.

    A replay is authorised again. Raises KeyReused for another request under the key, NotOwner for one whose seat has
    ended; of two equal requests at the same moment the second gets the answer of the first.
    """
    try:
        with store.write() as uow:
            known = _earlier(uow, key, by=by, at=at)
            return do(uow) if known is None else replay(uow, known)
    except OUTRUN:
        with store.read() as uow:
            known = _earlier(uow, key, by=by, at=at)
            if known is None:
                raise
            return replay(uow, known)


def _earlier(uow: UnitOfWork, key: Key | None, *, by: Actor, at: datetime) -> Mapping[str, Any] | None:
    found = uow.answer(by.person, key.text) if key else None
    if found is None or key is None:
        return None
    if found.request_sha256 != key.sha256:
        raise KeyReused(key.text)
    answer: dict[str, Any] = orjson.loads(found.answer)
    seat = {"role": answer["role"], "agency": answer["agency"]}
    if by.seat(**seat, on=legal_day(at)) is None:
        raise NotOwner(key.action, [Unmet("unmet.not_owner", seat)])
    return answer
