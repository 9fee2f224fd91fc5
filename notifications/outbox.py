"""The outbox: claims notices, keeps each mail as bytes, sends with no transaction open, records the outcome.

A crash at any point leaves rows that go again when their lease is over, with the very same bytes and Message-ID.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from notifications.channels import Accepted, Channel, Letter, Outcome, PermanentFailure, Unreachable
from notifications.composing import Composed, Desk, Unsendable, Waiting, gathered, single
from notifications.rendering import TemplateSet
from notifications.retrying import Retry
from workflow.firing import GATHERED

#: Gives a set of templates by its hash.
TemplatesOf = Callable[[str], TemplateSet]


class Claim(Protocol):
    """Notices claimed in an open transaction."""

    @property
    def waiting(self) -> Sequence[Waiting]:
        """Them: all that one person gathers, and single ones, oldest first."""

    def composed(self, message_id: str) -> bool:
        """Whether a mail of that Message-ID is kept already."""

    def keep(self, letters: Iterable[Letter]) -> None:
        """Keeps the bytes of mails with their hashes."""

    def lease(self, mails: Mapping[str, Iterable[int]]) -> None:
        """Takes the notices that each mail (by its Message-ID) carries, until the lease ends."""

    def close(self, notices: Iterable[int], state: str, why: str) -> None:
        """Ends notices that no mail is sent for."""


class Outbox(Protocol):
    """What delivery reads and writes; every method is a transaction of its own."""

    def claiming(self, *, at: datetime, until: datetime, limit: int) -> AbstractContextManager[Claim]:
        """Notices that are due at ``at`` and in nobody's hands; what is leased of them is ours until ``until``."""

    def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
        """Records that a mail was taken over; ``by``: in whose words."""

    def failed(self, message_id: str, *, lease: datetime, why: str) -> None:
        """Records that a mail will not be sent again."""

    def retry(self, message_id: str, *, lease: datetime, why: str, again_at: datetime) -> None:
        """Records an attempt that came to nothing, and when the next one is due."""

    def release(self, message_id: str, *, lease: datetime, again_at: datetime) -> None:
        """Gives a mail back that was not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """How mail leaves the house."""

    desk: Desk
    retry: Retry = field(default_factory=Retry)
    #: How long a mail is ours; a batch stops sending at half of it, so that nobody else begins meanwhile.
    lease: timedelta = timedelta(minutes=10)
    #: Notices taken in one transaction.
    limit: int = 50
    #: Seconds that pass, for measuring how long a batch has been sending.
    seconds: Callable[[], float] = monotonic


def passing(clock: Callable[[], datetime]) -> Callable[[], float]:
    """Seconds from now on, by the machine or by the clock that leases are counted in, whichever says more.

    Whose lease a jump of the clock has ended (the machine slept, its time was put right) sends nothing more.
    """
    begun, since = clock(), monotonic()
    return lambda: max((clock() - begun).total_seconds(), monotonic() - since)


@dataclass(slots=True, kw_only=True)
class Delivered:
    """How many mails were accepted, failed or wait for another attempt, and notices that needed none."""

    accepted: int = 0
    failed: int = 0
    retried: int = 0
    released: int = 0
    shown: int = 0
    cancelled: int = 0
    #: What is wrong with the channel itself; empty: nothing.
    unreachable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leased:
    letter: Letter
    #: The notices that it carries.
    notices: tuple[int, ...]
    #: The number of this attempt.
    attempts: int
    #: Composed just now; else its bytes are those of an earlier attempt.
    fresh: bool


def deliver(
    outbox: Outbox, channel: Channel, templates_of: TemplatesOf, *, at: datetime, posting: Posting
) -> Delivered:
    """Sends everything that is due, batch by batch, until nothing is or the channel does not work.

    A notice that cannot be composed fails with its reason and delays no other. Mails of 5xx replies fail for good;
    others are tried again later. Raises only what the database raises.
    """
    done = Delivered()
    while not done.unreachable:
        leased = _claim(outbox, templates_of, done, at=at, posting=posting)
        if leased is None:
            break
        _send_all(outbox, channel, leased, done, at=at, posting=posting)
        if done.released:
            break
    return done


def _claim(
    outbox: Outbox, templates_of: TemplatesOf, done: Delivered, *, at: datetime, posting: Posting
) -> list[_Leased] | None:
    """The batch to send, committed; None where nothing was due."""
    with outbox.claiming(at=at, until=at + posting.lease, limit=posting.limit) as claim:
        rows = (
            _lease(claim, notices, templates_of, done, at=at, posting=posting) for notices in _bundles(claim.waiting)
        )
        leased = [row for row in rows if row]
        claim.keep(row.letter for row in leased if row.fresh)
        claim.lease({row.letter.id: row.notices for row in leased})
        return leased if claim.waiting else None


def _bundles(waiting: Iterable[Waiting]) -> Iterator[Sequence[Waiting]]:
    """The notices of one mail together: those of an earlier attempt, all that one address gathers, or a single one."""
    found: dict[str, list[Waiting]] = {}
    for notice in waiting:
        together = f"to {notice.to_address}" if notice.channel in GATHERED and not notice.void else f"no {notice.id}"
        found.setdefault(notice.message_id or together, []).append(notice)
    yield from found.values()


def _lease(
    claim: Claim,
    notices: Sequence[Waiting],
    templates_of: TemplatesOf,
    done: Delivered,
    *,
    at: datetime,
    posting: Posting,
) -> _Leased | None:
    first = notices[0]
    if first.message_id is not None and first.content is not None:
        letter = Letter(id=first.message_id, recipient=first.to_address, content=first.content)
        return _taken(notices, letter, fresh=False)
    if first.void:
        claim.close([first.id], "cancelled", "the deadline ended or moved before it went out")
        done.cancelled += 1
        return None
    if first.channel == "app":
        claim.close([first.id], "accepted", "shown in the application")
        done.shown += 1
        return None
    mail = _compose(claim, notices, templates_of, at=at, desk=posting.desk)
    for notice, why in mail.unsendable:
        claim.close([notice.id], "failed", why)
        done.failed += 1
    return _taken(mail.notices, mail.letter, fresh=True) if mail.letter else None


def _compose(
    claim: Claim, notices: Sequence[Waiting], templates_of: TemplatesOf, *, at: datetime, desk: Desk
) -> Composed:
    try:
        if notices[0].channel in GATHERED:
            return gathered(notices, templates_of, at=at, desk=desk, taken=claim.composed)
        return single(notices[0], templates_of, at=at, desk=desk)
    except Unsendable as problem:
        return Composed(unsendable=tuple((notice, problem.why) for notice in notices))


def _taken(notices: Sequence[Waiting], letter: Letter, *, fresh: bool) -> _Leased:
    attempts = max(notice.attempts for notice in notices) + 1
    return _Leased(letter=letter, notices=tuple(notice.id for notice in notices), attempts=attempts, fresh=fresh)


def _send_all(
    outbox: Outbox, channel: Channel, leased: Sequence[_Leased], done: Delivered, *, at: datetime, posting: Posting
) -> None:
    """Sends a batch; what there is no time or no way left for is given back untried."""
    end = posting.seconds() + posting.lease.total_seconds() / 2
    for row in leased:
        if done.unreachable or posting.seconds() > end:
            outbox.release(row.letter.id, lease=at + posting.lease, again_at=at)
            done.released += 1
        else:
            _record(outbox, row, channel.send(row.letter), done, at=at, posting=posting)


def _record(outbox: Outbox, row: _Leased, outcome: Outcome, done: Delivered, *, at: datetime, posting: Posting) -> None:
    lease, retry = at + posting.lease, posting.retry
    if isinstance(outcome, Accepted):
        outbox.accepted(row.letter.id, at=at, by=outcome.said)
        done.accepted += 1
    elif isinstance(outcome, PermanentFailure):
        outbox.failed(row.letter.id, lease=lease, why=outcome.why)
        done.failed += 1
    elif not isinstance(outcome, Unreachable) and retry.gives_up(row.attempts):
        outbox.failed(row.letter.id, lease=lease, why=f"given up after {row.attempts} attempts: {outcome.why}")
        done.failed += 1
    else:
        again_at = at + retry.wait(row.attempts, row.letter.id)
        outbox.retry(row.letter.id, lease=lease, why=outcome.why, again_at=again_at)
        done.retried += 1
        done.unreachable = outcome.why if isinstance(outcome, Unreachable) else ""
