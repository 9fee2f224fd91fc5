"""What is done about a mail that did not arrive: its notices take the next way, and somebody is asked to mend it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import Final, Protocol

from workflow.addresses import BadAddress
from workflow.proposal import legal_day
from workflow.rerouting import Lost, mending, next_way, task_notices
from workflow.service.situations import people_of
from workflow.storage import Notice, UnitOfWork

#: What no person reads, and so takes no other way.
WEBHOOK: Final = "webhook"


class Undelivered(Protocol):
    """Notices that did not arrive, in an open transaction."""

    @property
    def uow(self) -> UnitOfWork: ...
    @property
    def notices(self) -> Sequence[Lost]: ...
    @property
    def content(self) -> bytes:
        """The mail that carried them."""

    def lost(self, ids: Iterable[int]) -> tuple[Lost, ...]:
        """The notices of these numbers."""

    def add(self, proposal_id: int, notices: Iterable[Notice], *, reminder_id: int | None = None) -> None:
        """Writes notices of a proposal; one whose key is known stays as it is."""


def reroute(undelivered: Undelivered, *, why: str, nobody: bool, at: datetime, send_after: datetime) -> int:
    """Sends every notice of a lost mail on by its next way, and says how many.

    ``nobody``: nobody is at the address, which is marked, so that what comes later takes the next way at once.
    """
    lost = [one for one in undelivered.notices if one.channel != WEBHOOK]
    if not lost:
        return 0
    first, uow = lost[0], undelivered.uow
    marked = nobody and uow.mark_address(_bad(first, why, at))
    send_on(undelivered, lost, at=at, send_after=send_after)
    if marked or not nobody:
        told = task_notices(
            first,
            subject=_subject(undelivered.content),
            why=why,
            law=uow.law(),
            on=legal_day(at),
            people=people_of(uow, legal_day(at)),
            templates=uow.templates_sha256(),
            at=at,
        )
        undelivered.add(first.proposal_id, told)
    return len(lost)


def send_on(undelivered: Undelivered, lost: Iterable[Lost], *, at: datetime, send_after: datetime) -> None:
    """Writes each notice again for its next way."""
    uow = undelivered.uow
    is_bad: Callable[[str], bool] = lambda address: uow.bad_address(address) is not None  # noqa: E731 - one line for one question.
    for one in lost:
        again = next_way(one, law=uow.law(), on=legal_day(at), is_bad=is_bad, send_after=send_after)
        undelivered.add(one.proposal_id, [again], reminder_id=one.reminder_id)


def _bad(lost: Lost, why: str, at: datetime) -> BadAddress:
    return BadAddress(
        address=lost.to.address, seat=lost.to.seat, agency=mending(lost), person=lost.to.person, reason=why, since=at
    )


def _subject(content: bytes) -> str:
    return str(message_from_bytes(content, policy=default)["Subject"] or "")
