"""From claimed notices to letters, in one transaction: composed or found again, sent on, or closed without any mail."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from notifications.channels import Letter
from notifications.composing import Composed, Desk, Unsendable, Waiting, gathered, single
from notifications.hooking import Hooks, event_notices, event_of, hooks_of
from notifications.posting import Delivered, Leased, Posting
from notifications.rendering import TemplateSet
from notifications.rerouting import Undelivered, send_on
from workflow.firing import GATHERED

#: Gives a set of templates by its hash.
TemplatesOf = Callable[[str], TemplateSet]
_OVER = "the deadline ended or moved before it went out"


class Claim(Undelivered, Protocol):
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


class HookClaim(Claim, Protocol):
    """Notices to webhooks, and those that no webhook has heard of because they go out on paper."""

    @property
    def on_paper(self) -> Sequence[Waiting]: ...


def lease_all(
    claim: Claim, templates_of: TemplatesOf, done: Delivered, *, at: datetime, posting: Posting
) -> list[Leased]:
    """The letters of a claim, each with the notices that it carries; webhooks are told of what is new."""
    hooks = hooks_of(claim.uow) if claim.waiting else {}
    found = (
        _lease(claim, notices, templates_of, hooks, done, at=at, posting=posting) for notices in _bundles(claim.waiting)
    )
    return _leased(claim, found, done)


def lease_hooks(claim: HookClaim, done: Delivered, *, at: datetime, posting: Posting) -> list[Leased]:
    """The events of a claim; webhooks are told of what goes out on paper."""
    _tell_hooks(claim, claim.on_paper, hooks_of(claim.uow), at=at)
    found = (_lease_hook(claim, one, done, posting.desk) for one in claim.waiting)
    return _leased(claim, found, done)


def _leased(claim: Claim, found: Iterable[Leased | None], done: Delivered) -> list[Leased]:
    """The letters, kept and taken together."""
    rows = [row for row in found if row]
    claim.keep(row.letter for row in rows if row.fresh)
    claim.lease({row.letter.id: row.notices for row in rows})
    done.claimed += sum(len(row.notices) for row in rows)
    return rows


def _lease_hook(claim: Claim, notice: Waiting, done: Delivered, desk: Desk) -> Leased | None:
    if notice.message_id is not None and notice.content is not None:
        letter = Letter(id=notice.message_id, recipient=notice.to_address, content=notice.content, about=notice.to_name)
        return _taken([notice], letter, fresh=False)
    if notice.void:
        claim.close([notice.id], "cancelled", _OVER)
        done.cancelled += 1
        return None
    letter = event_of(notice, desk.domain)
    return _taken([notice], letter, fresh=True)


def _tell_hooks(claim: Claim, notices: Iterable[Waiting], hooks: Hooks, *, at: datetime) -> None:
    """Writes for each notice what the webhooks of its agency hear of it."""
    for notice in notices:
        told = event_notices(notice, hooks, at=at)
        if told:
            claim.add(notice.proposal_id, told, reminder_id=notice.reminder_id)


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
    hooks: Hooks,
    done: Delivered,
    *,
    at: datetime,
    posting: Posting,
) -> Leased | None:
    first = notices[0]
    if first.void:
        claim.close([first.id], "cancelled", _OVER)
        done.cancelled += 1
        return None
    if first.message_id is None:
        _tell_hooks(claim, notices, hooks, at=at)
    if first.refused is not None and first.channel != "app":
        _divert(claim, notices, done, at=at, posting=posting)
        return None
    if first.message_id is not None and first.content is not None:
        letter = Letter(id=first.message_id, recipient=first.to_address, content=first.content)
        return _taken(notices, letter, fresh=False)
    if first.channel == "app":
        claim.close([first.id], "accepted", "shown in the application")
        done.shown += 1
        return None
    mail = _compose(claim, notices, templates_of, at=at, desk=posting.desk)
    for notice, why in mail.unsendable:
        claim.close([notice.id], "failed", why)
        done.failed += 1
    if mail.letter is None:
        return None
    return _taken(mail.notices, mail.letter, fresh=True)


def _divert(claim: Claim, notices: Sequence[Waiting], done: Delivered, *, at: datetime, posting: Posting) -> None:
    """Sends on what was meant for an address at which nobody is."""
    numbers = [notice.id for notice in notices]
    lost = claim.lost(numbers)
    claim.close(numbers, "cancelled", f"nobody is at the address: {notices[0].refused}")
    send_on(claim, lost, at=at, send_after=posting.opens(at))
    done.rerouted += len(lost)


def _compose(
    claim: Claim, notices: Sequence[Waiting], templates_of: TemplatesOf, *, at: datetime, desk: Desk
) -> Composed:
    try:
        if notices[0].channel in GATHERED:
            return gathered(notices, templates_of, at=at, desk=desk, taken=claim.composed)
        return single(notices[0], templates_of, at=at, desk=desk)
    except Unsendable as problem:
        return Composed(unsendable=tuple((notice, problem.why) for notice in notices))


def _taken(notices: Sequence[Waiting], letter: Letter, *, fresh: bool) -> Leased:
    return Leased(
        letter=letter,
        notices=tuple(notice.id for notice in notices),
        fresh=fresh,
        attempts=max(notice.attempts for notice in notices) + 1,
        official=all(notice.reminder_id is None for notice in notices),
    )
