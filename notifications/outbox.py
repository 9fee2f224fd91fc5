"""The outbox: claims notices, keeps each mail as bytes, sends with no transaction open, records the outcome.

A crash at any point leaves rows that go again when their lease is over, with the very same bytes and Message-ID.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Protocol

from notifications.bounces import Report
from notifications.channels import Accepted, Channel, Outcome, PermanentFailure, TemporaryFailure, Unreachable
from notifications.claiming import Claim, HookClaim, TemplatesOf, lease_all, lease_hooks
from notifications.posting import Delivered, Leased, Posting, passing
from notifications.rerouting import Undelivered, reroute
from workflow.addresses import without_addresses

__all__ = ["Delivered", "Outbox", "Posting", "deliver", "deliver_hooks", "passing", "send_all", "take_report"]


class Outbox(Protocol):
    """What delivery reads and writes; every method is a transaction of its own."""

    def claiming(
        self, *, at: datetime, until: datetime, limit: int, closed_since: datetime | None = None
    ) -> AbstractContextManager[Claim]:
        """Notices that are due at ``at`` and in nobody's hands; what is leased of them is ours until ``until``.

        ``closed_since``: offices are closed from then on, so only what was planned for these hours is taken, and
        official letters that were begun before.
        """

    def claiming_hooks(self, *, at: datetime, until: datetime, limit: int) -> AbstractContextManager[HookClaim]:
        """The same of what goes to webhooks."""

    def lose(
        self,
        message_id: str,
        *,
        state: str,
        why: str,
        then: Callable[[Undelivered], int],
        lease: datetime | None = None,
    ) -> int:
        """Records that a mail is lost, and in the same transaction what ``then`` makes of what it carried.

        ``lease``: of who was sending it; None: a report came back, whatever was recorded of the mail so far. A mail
        that is recorded as lost already carries nothing any more.
        """

    def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
        """Records that a mail was taken over; ``by``: in whose words."""

    def retry(self, message_id: str, *, lease: datetime, why: str, again_at: datetime) -> None:
        """Records an attempt that came to nothing, and when the next one is due."""

    def release(self, message_id: str, *, lease: datetime, again_at: datetime) -> None:
        """Gives a mail back that was not tried."""


def deliver(
    outbox: Outbox, channel: Channel, templates_of: TemplatesOf, *, at: datetime, posting: Posting
) -> Delivered:
    """Sends everything that is due, batch by batch, until nothing is or the channel does not work.

    A notice that cannot be composed fails with its reason and delays no other. Mails of 5xx replies fail for good;
    others are tried again later. Raises only what the database raises.
    """
    done, templates_of = Delivered(), cache(templates_of)  # A set is known by its hash, and its text is long.
    end = posting.end()
    while not (done.unreachable or done.released) and posting.seconds() <= end:
        leased = _claim(outbox, templates_of, done, at=at, posting=posting)
        if leased is None:
            break
        send_all(outbox, channel, leased, done, at=at, posting=posting, end=end)
    return done


def deliver_hooks(outbox: Outbox, channel: Channel, *, at: datetime, posting: Posting) -> Delivered:
    """Sends everything that is due to webhooks, at any hour: no person reads it. Raises what the database raises."""
    done, end = Delivered(), posting.end()
    while not done.released and posting.seconds() <= end:
        leased = _claim_hooks(outbox, done, at=at, posting=posting)
        if leased is None:
            break
        send_all(outbox, channel, leased, done, at=at, posting=posting, end=end)
    return done


def take_report(outbox: Outbox, report: Report, *, at: datetime, opens: Callable[[datetime], datetime]) -> str:
    """What a report changes: ``bounced``, ``unknown`` for no mail of ours (or one that is done with), else its kind.

    The notices of a lost mail take their next way. A second report of the same mail changes nothing.
    """
    if report.kind != "lost":
        return report.kind
    then = partial(reroute, why=report.why, nobody=report.nobody, at=at, send_after=opens(at))
    sent_on = outbox.lose(report.message_id, state="bounced", why=report.why, then=then)
    return "bounced" if sent_on else "unknown"


def _claim(
    outbox: Outbox, templates_of: TemplatesOf, done: Delivered, *, at: datetime, posting: Posting
) -> list[Leased] | None:
    """The batch to send, committed; None where nothing was due."""
    closed = posting.office.closed_since(at) if posting.office else None
    with outbox.claiming(at=at, until=at + posting.lease, limit=posting.limit, closed_since=closed) as claim:
        leased = lease_all(claim, templates_of, done, at=at, posting=posting)
        return leased if claim.waiting else None


def _claim_hooks(outbox: Outbox, done: Delivered, *, at: datetime, posting: Posting) -> list[Leased] | None:
    with outbox.claiming_hooks(at=at, until=at + posting.lease, limit=posting.limit) as claim:
        unheard = claim.on_paper
        leased = lease_hooks(claim, done, at=at, posting=posting)
        return leased if claim.waiting or unheard else None


def send_all(
    outbox: Outbox,
    channel: Channel,
    leased: Sequence[Leased],
    done: Delivered,
    *,
    at: datetime,
    posting: Posting,
    end: float,
) -> None:
    """Sends a batch; what there is no way or no time for (``end``: in ``posting.seconds``) is given back untried."""
    dead: set[str] = set()
    for row in leased:
        line = row.letter.recipient if posting.own_lines else ""
        if line in dead or posting.seconds() > end:
            # Who alone does not answer is left alone for a while, so that the others come to their turn.
            again_at = at + posting.retry.first if line and line in dead else at
            outbox.release(row.letter.id, lease=at + posting.lease, again_at=again_at)
            done.released += 1
            continue
        outcome = channel.send(row.letter)
        _record(outbox, row, outcome, done, at=at, posting=posting)
        if isinstance(outcome, Unreachable):
            dead.add(line)
            done.unreachable = "" if posting.own_lines else outcome.why


def _record(outbox: Outbox, row: Leased, outcome: Outcome, done: Delivered, *, at: datetime, posting: Posting) -> None:
    if isinstance(outcome, Accepted):
        outbox.accepted(row.letter.id, at=at, by=outcome.said)
        done.accepted += 1
    elif isinstance(outcome, PermanentFailure):
        _lose(outbox, row, outcome, done, at=at, posting=posting)
    elif posting.retry.gives_up(row.attempts) and (posting.own_lines or not isinstance(outcome, Unreachable)):
        why = f"given up after {row.attempts} attempts: {outcome.why}"
        _lose(outbox, row, PermanentFailure(why), done, at=at, posting=posting)
    else:
        again_at = _again_at(row, outcome, at=at, posting=posting)
        outbox.retry(row.letter.id, lease=at + posting.lease, why=outcome.why, again_at=again_at)
        done.retried += 1


def _again_at(row: Leased, outcome: TemporaryFailure | Unreachable, *, at: datetime, posting: Posting) -> datetime:
    """When it is tried again. What reminds waits for the office; what announces a step has begun and goes on."""
    asked = outcome.wait if isinstance(outcome, TemporaryFailure) else 0
    wait = max(posting.retry.wait(row.attempts, row.letter.id), timedelta(seconds=asked))
    moment = at + min(wait, posting.retry.longest)
    return moment if row.official else posting.opens(moment)


def _lose(
    outbox: Outbox, row: Leased, outcome: PermanentFailure, done: Delivered, *, at: datetime, posting: Posting
) -> None:
    """Records a letter that will not be sent again; unless the house itself refused it, it takes the next way."""
    nobody, why = outcome.about == "address", without_addresses(outcome.why)
    on = partial(reroute, why=why, nobody=nobody, at=at, send_after=posting.opens(at))
    then = _leave if outcome.about == "house" else on
    done.rerouted += outbox.lose(row.letter.id, state="failed", why=outcome.why, then=then, lease=at + posting.lease)
    done.failed += 1


def _leave(_: Undelivered) -> int:
    return 0
