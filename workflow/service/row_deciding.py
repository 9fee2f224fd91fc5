"""What deciding about a row of a list needs to know, and what the decision is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.changing import changed
from workflow.errors import Refused, Unmet
from workflow.guards.registry import GUARDS
from workflow.house import House
from workflow.incoming import Incoming, Outcome, Paper
from workflow.proposal import Actor, Document
from workflow.service.contracts import Contracts
from workflow.service.situations import implementer_only
from workflow.storage import UnitOfWork

#: Whose keys the rows of lists are remembered under.
ROWS = "import"
#: All money paid so far, in one sum.
PAID_IN_ALL = "paid_in_all"
#: Guards of the first step that say nothing about a row: only time lifts them, or its own faults say it.
_NOT_OF_A_ROW = ("before_last_day",)


class Into(Struct, frozen=True, kw_only=True):
    """Where the rows of a list go."""

    programme: str
    process: str
    #: For rows that name none.
    implementer: str
    province: str | None
    file_sha256: str


@dataclass(slots=True, kw_only=True)
class Listed:
    """What is the same for every row."""

    house: House
    into: Into
    by: Actor
    at: datetime
    situation: Situation
    keep: Callable[[Paper], Document]
    #: Key of a row to its number.
    seen: dict[str, int] = field(default_factory=dict)
    #: What the contracts of running rows say, where all rows come in by one transaction.
    contracts: Contracts | None = None


class Decided(Struct, frozen=True):
    """What a row is, and how it is written: that gives the code. None: nothing is to be written."""

    outcome: Outcome
    write: Callable[[UnitOfWork], str] | None = None


def refused(row: Incoming, unmet: Iterable[Unmet], *, code: str = "") -> Outcome:
    """The outcome of a row that cannot come in."""
    return Outcome(
        number=row.number,
        status="refused",
        title=row.title,
        code=code or row.code,
        unmet=tuple(unmet),
        remarks=row.remarks,
    )


def not_theirs(context: Attempt, implementer: str) -> tuple[Unmet, ...]:
    """Why the actor may not register or edit for that implementer; nothing where they may."""
    try:
        implementer_only(context.situation, implementer, action="import", by=context.actor, at=context.at)
    except Refused as error:
        return error.unmet
    return ()


def asked_later(context: Attempt) -> tuple[Unmet, ...]:
    """What the first step will ask for and the row does not have: a remark, since a draft may be filled in later."""
    process = context.process
    move = next((move for move in process.transitions_from(process.initial) if move.main), None)
    if move is None:
        return ()
    attempt = changed(context, transition=move)
    found: list[Unmet] = []
    for named in move.guards:
        name, _, argument = named.partition(":")
        if name not in _NOT_OF_A_ROW:
            found += GUARDS[name](attempt, argument)
    return tuple(_about_the_row(found, context))


def _about_the_row(found: list[Unmet], context: Attempt) -> Iterator[Unmet]:
    """What guards say of values that are not there at all is said as: not there."""
    data, process = context.proposal.data, context.process
    for unmet in found:
        if unmet.code == "unmet.commune_unknown" and not data.get("commune"):
            yield Unmet("unmet.missing_data", {"field": "commune", "label": process.fields["commune"].label})
        elif unmet.code != "unmet.sums_match" or data.get("total_cost"):
            yield unmet


def for_running_only(row: Incoming) -> tuple[Unmet, ...]:
    """Remarks on what a row gives that a draft does not take."""
    found = [Unmet("unmet.facts_of_a_draft", {"fields": len(row.facts)})] if row.facts else []
    found += [Unmet("unmet.papers_of_a_draft", {"papers": len(row.papers)})] if row.papers else []
    return tuple(found)
