"""The options by which lists are narrowed, and what they ask of a store."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call
from shapes import views
from shapes.errors import NotFound, WrongUsage
from shapes.listing import seats_at
from shapes.views import OF_NOBODY, SOON, Viewer
from store.lists import Wanted
from workflow.proposal import Actor

InboxOption = Annotated[
    bool, typer.Option("--inbox", help="Only those that wait for you: yours, and nobody's at your seats.")
]
FollowedOption = Annotated[
    bool, typer.Option("--followed", help="Only open ones of your province or agency that others move on.")
]
WaitingOption = Annotated[
    bool, typer.Option("--waiting", help="Only those sent back for a supplement, so that a clock stands still.")
]
EndedOption = Annotated[bool, typer.Option("--ended", help="Only ended ones, those that moved last at the top.")]
DueSoonOption = Annotated[
    bool, typer.Option("--due-soon", help="Only those due within some working days, not yet overdue.")
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=100, help="How many working days are soon.")]
OverdueOption = Annotated[bool, typer.Option("--overdue", help="Only those with a deadline that has passed.")]
ProgrammeOption = Annotated[str | None, typer.Option("--programme", help="Only of this programme.")]
StateOption = Annotated[str | None, typer.Option("--state", help="Only in this state.")]
HolderOption = Annotated[str | None, typer.Option("--holder", help="Only those that this agency has to move on.")]
SeatOption = Annotated[
    str | None, typer.Option("--seat", metavar="ROLE@AGENCY", help="Only those that this seat has to move on.")
]
OfficerOption = Annotated[
    str | None, typer.Option("--officer", metavar="USER", help="Only those that this person handles.")
]
SearchOption = Annotated[
    str | None, typer.Option("--search", help="Only those with words in code, title or implementer that begin so.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The options of a list as they were given."""

    inbox: bool
    followed: bool
    waiting: bool
    ended: bool
    due_soon: bool
    days: int
    overdue: bool
    programme: str | None
    state: str | None
    holder: str | None
    seat: str | None
    officer: str | None
    search: str | None

    def given(self) -> dict[str, str | bool]:
        """Those that narrow, by name."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "days"}
        found = {name: value for name, value in named.items() if value not in (None, False)}
        return found | ({"due_soon": str(self.days)} if self.due_soon else {})

    def wanted(self, call: Call) -> Wanted:
        """What they ask for. Raises Denied, NotFound, UnknownDefinition, WrongUsage."""
        narrowings = ["mine"] if self.inbox else []
        narrowings += ["ours", "elsewhere"] if self.followed else []
        narrowings += [name for name in ("waiting", "ended", "due_soon", "overdue") if getattr(self, name)]
        return wanted(
            call,
            narrowings,
            days=self.days,
            programme=self.programme,
            state=self.state,
            holders=_seats_of(call, self.holder, self.seat),
            officer=person_of(call, self.officer) if self.officer else None,
            text=self.search,
        )


def wanted(call: Call, narrowings: Iterable[str], *, days: int = SOON, **more: Any) -> Wanted:
    """What a list of these narrowings asks for; ``more`` are further filters. Raises Denied where nobody is known."""
    named = tuple(narrowings)
    actor = call.actor if set(named) - OF_NOBODY else Actor(person="", name="")
    return views.wanted(Viewer(actor=actor, law=call.law(), now=call.now), named, days=days, **more)


def person_of(call: Call, username: str) -> str:
    """The person behind an account. Raises NotFound."""
    with call.home.store.read() as uow:
        found = uow.actor(username, channel="cli")
    if found is None:
        raise NotFound("not_found.user", user=username)
    return found.person


def _seats_of(call: Call, holder: str | None, seat: str | None) -> tuple[str, ...] | None:
    """The seats that an agency and a seat leave to choose from; None: any."""
    if seat is None:
        return seats_at(call.law(), holder) if holder else None
    if seat not in seats_at(call.law(), seat.partition("@")[2]):
        raise WrongUsage("usage.unknown_seat", word=seat)
    return (seat,) if holder is None or seat in seats_at(call.law(), holder) else ()
