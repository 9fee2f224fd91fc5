"""Mails of reminders that fire now: composed and taken in the very transaction that fires them, and sent after it.

A notice so goes into the tables once, with its mail, and need not be found, read and changed by the outbox a moment
later. Whatever asks for more than that (another channel, another hour, an address or a template that is not in order,
an agency whose own software listens) waits for the outbox; of its proposal then all do, and so do those of a proposal
of which an older mail waits there, so that none overtakes another.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Protocol

from notifications.channels import Channel, Letter
from notifications.composing import TemplatesOf, Unsendable, letter_of
from notifications.hooking import hooks_of
from notifications.outbox import Outbox, send_all
from notifications.posting import Delivered, Leased, Posting
from workflow.firing import Fired
from workflow.storage import Notice, UnitOfWork

#: Mails of one transaction; what is beyond waits for the outbox, which takes its own share.
_MOST = 250


class Claim(Protocol):
    """An open transaction in which reminders fire."""

    @property
    def uow(self) -> UnitOfWork: ...

    def told(self, keys: Sequence[str]) -> Collection[str]:
        """Those of the keys under which a notice stands already."""

    def awaited(self, codes: Collection[str]) -> Collection[str]:
        """Those of the proposals of which an older mail waits that may go now."""

    def refusing(self, addresses: Collection[str]) -> Collection[str]:
        """Those of the addresses at which nobody is, in small letters."""


@dataclass(slots=True, kw_only=True)
class AtOnce:
    """How the mails of a sweep leave; as soon as sending takes long or fails, the rest is left to the outbox."""

    outbox: Outbox
    channel: Channel
    templates_of: TemplatesOf
    posting: Posting
    #: Seconds that a batch may send; a sweep has more to do than to wait for a mail server.
    patience: float = 20.0
    done: Delivered = field(default_factory=Delivered)
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        """Begins the pass. A set is known by its hash, and its text is long."""
        self._end, self.templates_of = self.posting.end(), cache(self.templates_of)

    def letters(self, claim: Claim, fired: Mapping[str, Sequence[Fired]], *, at: datetime) -> Mapping[str, Letter]:
        """The letters to keep and to take with the notices of these keys; ``fired``: the rows by proposal."""
        if self.done.unreachable or self.done.released or self.posting.seconds() > self._end:
            return {}
        closed = self.posting.office.closed_since(at) if self.posting.office else None
        found: dict[str, Letter] = {}
        behind = claim.awaited(fired.keys())
        ripe = [_ripe(rows, at, closed) for code, rows in fired.items() if code not in behind]
        for mails in _free(claim, ripe):
            if len(found) + len(mails) > _MOST:
                break
            found |= self._composed(mails, at)
        return found

    def until(self, at: datetime) -> datetime:
        """How long what is taken at ``at`` is ours."""
        return at + self.posting.lease

    def send(self, letters: Iterable[Letter], *, at: datetime) -> None:
        """Sends what was taken; nothing is in a transaction any more."""
        leased = [Leased(letter=letter, fresh=True, attempts=1, official=False) for letter in letters]
        end = min(self._end, self.posting.seconds() + self.patience)
        send_all(self.outbox, self.channel, leased, self.done, at=at, posting=self.posting, end=end)

    def _composed(self, mails: Sequence[Notice], at: datetime) -> dict[str, Letter]:
        try:
            return {one.key: letter_of(one, self.templates_of, at=at, desk=self.posting.desk) for one in mails}
        except Unsendable:
            return {}  # The outbox finds the same, and records it.


def _ripe(rows: Sequence[Fired], at: datetime, closed: datetime | None) -> list[Notice]:
    """The mails of a proposal, where all of them may go now; ``closed``: since when offices are."""
    mails = [one for row in rows for one in row.notices if one.channel == "mail" and not one.withheld]
    ripe = all(one.send_after <= at and (closed is None or one.send_after >= closed) for one in mails)
    return mails if ripe else []


def _free(claim: Claim, ripe: Sequence[Sequence[Notice]]) -> Iterator[Sequence[Notice]]:
    """The mails of proposals of which none is told already, goes to a dead address, or is heard of by a webhook."""
    known = claim.told([one.key for mails in ripe for one in mails])
    refusing = claim.refusing({one.to.address.lower() for mails in ripe for one in mails})
    hooks = hooks_of(claim.uow) if ripe else {}
    for mails in ripe:
        if not any(
            one.key in known or one.to.address.lower() in refusing or one.to.seat.partition("@")[2] in hooks
            for one in mails
        ):
            yield mails
