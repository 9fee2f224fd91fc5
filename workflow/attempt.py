"""An attempt to act: everything that conditions, bounds and guards look at, in one frozen value."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import force_setattr

from definitions.process import Process, Transition
from definitions.programme import Activity, Programme
from definitions.registers import Ceiling
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.proposal import Actor, Document, FactValue, Proposal, legal_day


class Attempt(Struct, frozen=True, kw_only=True):
    """Someone means to make a move, or (``facts`` None) asks whether the move is open at all."""

    transition: Transition
    proposal: Proposal
    situation: Situation
    actor: Actor
    at: datetime
    #: None before anything was typed: conditions that need it are then left for the act itself.
    facts: Mapping[str, FactValue] | None = None
    documents: tuple[Document, ...] = ()
    #: The date on the paper.
    effective_on: date
    deadlines: tuple[Deadline, ...] = ()
    #: The day in Vietnam on which the attempt is recorded.
    today: date = date.min  # Worked out, whatever is given.

    def __post_init__(self) -> None:
        """Every condition asks for the day, so it is worked out once."""
        force_setattr(self, "today", legal_day(self.at))

    @property
    def process(self) -> Process:
        """The pinned process."""
        return self.situation.process

    @property
    def programme(self) -> Programme:
        """The pinned programme."""
        return self.situation.programme

    def value(self, key: str) -> FactValue | None:
        """A fact given now, else the proposal's current value, else None."""
        given = (self.facts or {}).get(key)
        return self.proposal.data.get(key) if given is None else given

    def amount(self, key: str) -> int | None:
        """A whole number given now or known of the proposal, else None."""
        value = self.value(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def given(self, key: str) -> FactValue | None:
        """A fact given now, or None."""
        return (self.facts or {}).get(key)

    def activity(self) -> Activity | None:
        """The supported activity that the proposal names, or None."""
        return self.programme.activity(str(self.value("activity") or ""))

    def ceiling(self) -> Ceiling | None:
        """The ceiling on record for the activity, in force on ``effective_on`` (architecture: dated, never pinned)."""
        track = self.programme.track(self.process.key)
        if track is None:
            return None
        register = self.situation.law.ceiling_register(track.ceilings)
        return register.find(str(self.value("activity") or ""), self.effective_on)

    def deadline(self, rule: str) -> Deadline | None:
        """The newest deadline of a rule, running or not, or None."""
        return next((d for d in reversed(self.deadlines) if d.rule == rule), None)
