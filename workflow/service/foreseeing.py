"""What publishing would do to the deadlines that run: counted as the recount will count them, and nothing written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from definitions.bundle import Bundle
from definitions.errors import UnknownDefinition
from definitions.loading import DefinitionText
from workflow.changing import changed
from workflow.deadlines import Deadline, is_stale
from workflow.errors import UnknownProposal
from workflow.proposal import Actor
from workflow.recounting import count_anew, counts_plainly, is_news, plainly
from workflow.service.recounting import PAGE
from workflow.service.registering import looked_over
from workflow.service.situations import context_of, recorded_after, situation_of
from workflow.storage import Recount, Row, Store, UnitOfWork

_NOBODY = Actor(person="scheduler", name="", channel="scheduler")
#: What the rows of one proposal may raise while they are counted; the recount leaves these as they are.
_ITS_OWN_FAULT = (UnknownDefinition, UnknownProposal, LookupError, TypeError, ValueError, ArithmeticError)


class Change(Struct, frozen=True, kw_only=True):
    """A deadline as it stands and as it would be counted."""

    code: str
    label: str
    before: Deadline
    after: Deadline

    @property
    def moves(self) -> bool:
        """Whether its last day would be another; one that stands still has none until it goes on."""
        return self.before.state == "running" and self.before.last_day != self.after.last_day

    @property
    def becomes_final(self) -> bool:
        """Whether it would no longer be provisional."""
        return self.before.provisional and not self.after.provisional


@dataclass(slots=True, kw_only=True)
class Foreseen:
    """What would be published, how many live deadlines were looked at, and what would become of them."""

    #: Kind, key and version of each text that differs from the one in force.
    published: tuple[tuple[str, str, str], ...]
    seen: int = 0
    changed: int = 0
    #: Of these: get another last day; stand still with other days used; are provisional no longer; become provisional.
    moved: int = 0
    paused: int = 0
    final: int = 0
    provisional: int = 0
    #: Could not be counted; they would stay as they are.
    faults: int = 0
    #: The first of those that move, and of the others that change.
    moves: list[Change] = field(default_factory=list)
    others: list[Change] = field(default_factory=list)

    def add(self, change: Change, *, most: int) -> None:
        """Counts a deadline that changes and keeps it while there are few."""
        self.changed += 1
        self.moved += change.moves
        self.paused += change.before.state == "paused"
        self.final += change.becomes_final
        self.provisional += change.after.provisional and not change.before.provisional
        kept = self.moves if change.moves else self.others
        if len(kept) < most:
            kept.append(change)


def foresee_publication(
    store: Store,
    texts: tuple[DefinitionText, ...],
    *,
    at: datetime,
    most: int,
    told: Callable[[int], None] = lambda _: None,
) -> Foreseen:
    """What publishing these texts at ``at`` would do; ``most`` changes are kept, ``told`` hears how many were seen.

    Raises FaultyDefinitions as publishing them would. Writes nothing.
    """
    with store.read() as uow:
        plan = looked_over(uow, texts)
        found = Foreseen(published=tuple((kind, key, version) for kind, key, version, _ in plan.changed))
        if any(kind == "calendar" for kind, _, _ in found.published):
            for page in _live(uow, at):
                for row in page:
                    _count(found, uow, row, plan.law, at=at, most=most)
                told(found.seen)
        return found


def _live(uow: UnitOfWork, at: datetime) -> Iterator[tuple[Row, ...]]:
    recount = Recount(cause="calendar", created_at=at)
    while page := uow.to_recount(recount, limit=PAGE):
        yield page
        recount = changed(recount, cursor=page[-1].id)


def _count(found: Foreseen, uow: UnitOfWork, row: Row, law: Bundle, *, at: datetime, most: int) -> None:
    found.seen += 1
    try:
        change = _change(uow, row, law, at)
    except _ITS_OWN_FAULT:
        found.faults += 1
        return
    if change is not None:
        found.add(change, most=most)


def _change(uow: UnitOfWork, row: Row, law: Bundle, at: datetime) -> Change | None:
    """What would become of a deadline; None: nothing but the mark of its calendar."""
    deadline = row.deadline
    if deadline.is_held or not is_stale(deadline.calendar, law.calendar):
        return None
    rule = uow.process(row.process_sha256).rule(deadline.rule)
    again = plainly(deadline, rule, law.calendar) if counts_plainly(deadline, rule) else _by_history(uow, row, law, at)
    return Change(code=row.code, label=rule.label, before=deadline, after=again) if is_news(deadline, again) else None


def _by_history(uow: UnitOfWork, row: Row, law: Bundle, at: datetime) -> Deadline:
    proposal = uow.proposal(row.code)
    situation = changed(situation_of(uow, proposal), law=law)
    context = context_of(situation, proposal, by=_NOBODY, at=recorded_after(proposal, at))
    return count_anew(row.deadline, context, uow.history(row.code))
