"""What a demonstration proposal goes through, as data: who drafts it, then each act with its instant and facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from definitions.bundle import shipped
from workflow.changing import changed
from workflow.deadlines import assume
from workflow.proposal import VIETNAM, FactValue

TRIEU = 1_000_000


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An hour of a day in Vietnam."""
    return datetime.combine(day, time(hour, minute), VIETNAM)


def office_day(day: date) -> date:
    """That day, or the next on which offices work."""
    return assume(shipped().calendar, day.year, day.year + 1).on_or_after(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One action at an instant; who may take it follows from the process."""

    when: datetime
    action: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWay:
    """The paper of a step that goes its way inside the agency which decides, before the step is taken."""

    when: datetime
    action: str
    #: Whose step it is.
    role: str
    agency: str
    kind: str
    symbol: str
    title: str
    facts: Mapping[str, FactValue]
    #: False: it waits for its signature.
    signed: bool
    #: Nơi nhận.
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A proposal from its registration on."""

    code: str
    programme: str
    process: str
    implementer: str
    drafted: datetime
    data: Mapping[str, FactValue]
    acts: tuple[Act, ...] = ()
    province: str | None = None
    papers: tuple[OnTheWay, ...] = ()

    def until(self, action: str, *, times: int = 1) -> "Story":
        """The story broken off after the given action happened so many times."""
        kept: list[Act] = []
        for act in self.acts:
            kept.append(act)
            times -= act.action == action
            if times == 0:
                return changed(self, acts=tuple(kept))
        raise ValueError(f"{self.code} never comes to {action}")

    def then(self, *acts: Act) -> "Story":
        """The story with more acts at its end."""
        return changed(self, acts=(*self.acts, *acts))

    def without(self, *actions: str) -> "Story":
        """The story without these actions."""
        return changed(self, acts=tuple(act for act in self.acts if act.action not in actions))
