"""The values that travel: a proposal, its past, who acts, and the step that one move becomes."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

#: The law's days are counted here. Vietnam has had one offset and no daylight saving since 1975.
_AHEAD = timedelta(hours=7)
VIETNAM = timezone(_AHEAD, "Asia/Ho_Chi_Minh")
UTC = timezone.utc  # noqa: UP017 - the very object that instants read from a store carry.

#: The action of a step that brings a proposal in which was running before this system knew it.
OPENED = "opened"

#: What a fact can be. Money and numbers are whole; dates are the law's days.
FactValue = str | int | bool | date


def legal_day(instant: datetime) -> date:
    """The day in Vietnam on which an instant lies."""
    return (instant + _AHEAD if instant.tzinfo is UTC else instant.astimezone(VIETNAM)).date()


@lru_cache(maxsize=1024)
def midnight(day: date) -> datetime:
    """The instant at which a day begins in Vietnam, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)


class Seat(Struct, frozen=True, kw_only=True):
    """A person's place in a role of an agency, from day to day (both included)."""

    role: str
    agency: str
    since: date
    until: date | None = None
    #: ``head`` (the head of the agency), TM, KT, TL, TUQ, Q; empty: no signing capacity.
    capacity: str = ""

    def holds(self, on: date) -> bool:
        """Whether the seat is held on that day."""
        return self.since <= on and (self.until is None or on <= self.until)

    def __str__(self) -> str:
        return f"{self.role}@{self.agency}"


class Actor(Struct, frozen=True, kw_only=True):
    """A natural person who acts, with the seats that give the right to."""

    #: Pseudonymous and stable: what four-eyes compares and history keeps.
    person: str
    name: str
    seats: tuple[Seat, ...] = ()
    #: web, api, cli, import or scheduler.
    channel: str = "cli"
    #: For the command: the name by which the operating system knows who typed it; personal. Empty: no command.
    os_user: str = ""

    def seat(self, role: str, agency: str, on: date) -> Seat | None:
        """The seat ``role@agency`` that the actor holds on that day, or None."""
        return next((s for s in self.seats if s.role == role and s.agency == agency and s.holds(on)), None)


class Document(Struct, frozen=True, kw_only=True):
    """A paper kept by its content; ``key`` is the document field that it answers."""

    key: str
    name: str
    size: int
    sha256: str
    media_type: str = "application/octet-stream"
    #: Number of the entry by which it came to the case before the step that uses it; None: it came with the step.
    attached: int | None = None


class Filed(Struct, frozen=True, kw_only=True):
    """A paper on the case that waits for a step to use it. Its name is personal and stands in the entry alone."""

    key: str
    sha256: str
    size: int
    media_type: str
    #: Whose paper it is: it counts for a step of this agency only.
    agency: str
    #: Number of the entry by which it came.
    seq: int


class Opinion(Struct, frozen=True, kw_only=True):
    """Another agency's opinion that was asked for; ``seq`` is the number of the entry that asked."""

    seq: int
    agency: str
    last_day: date
    #: Number of the entry that answered; None: it is still awaited.
    answered_by: int | None = None


class Signature(Struct, frozen=True, kw_only=True):
    """Who signed a paper, for which agency in which capacity, on what day; ``seq`` is the number of the entry."""

    seq: int
    person: str
    agency: str
    capacity: str
    on: date


class Drawn(Struct, frozen=True, kw_only=True):
    """The number that a signed paper was given, of the series of agency, kind of paper and year."""

    seq: int
    agency: str
    year: int
    number: int
    text: str


class Signing(Struct, frozen=True, kw_only=True):
    """A paper on its way inside the agency that acts: presented, signed, numbered, issued.

    ``seq`` is the number of the entry that presented it. It decides nothing until the step is taken with it.
    """

    seq: int
    #: The action that it is the paper of.
    action: str
    agency: str
    #: Kind of paper, and the sign behind its number.
    kind: str
    symbol: str
    #: Who prepared it.
    person: str
    #: What it says, as JSON has it; free text stands in the entry alone.
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)
    papers: tuple[Filed, ...] = ()
    signed: Signature | None = None
    drawn: Drawn | None = None
    #: Number of the entry by which it was issued.
    issued_by: int | None = None
    #: When the newest of these was recorded.
    since: datetime
    #: Number of the entry that ended its way, and how: used (by the step), sent_back, cancelled, left (the proposal
    #: moved on without it). None: it is on its way.
    ended_by: int | None = None
    end: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is on its way: no step used it and nobody ended it."""
        return self.ended_by is None


class Past(Struct, frozen=True, kw_only=True):
    """What later decisions need of a step that happened: who, when, from where, and its facts but for free text."""

    action: str
    source: str
    #: None: a self-step.
    target: str | None
    person: str
    agency: str
    role: str
    on: date
    at: datetime
    #: Each a ``FactValue``; said so loosely that a store can read a step straight from JSON.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: It was a mistake and a later entry took it back: only four eyes still see it.
    undone: bool = False


class Proposal(Struct, frozen=True, kw_only=True):
    """A running đề án. ``data`` holds the current value of every field; the definitions it started with stay pinned."""

    code: str
    process: str
    process_sha256: str
    programme: str
    programme_sha256: str
    #: The set of notice templates that speaks for this proposal.
    templates_sha256: str
    implementer: str
    #: The province it was registered for; after a merger its successor answers.
    province: str
    state: str
    milestone: str
    revision: int
    data: Mapping[str, FactValue] = field(default_factory=dict)
    past: tuple[Past, ...] = ()
    created_at: datetime
    #: ``recorded_at`` of its newest entry, and that entry's number and hash.
    last_at: datetime
    last_on: date | None = None
    last_seq: int
    last_hash: str
    #: The person in charge at the agency that holds it (người xử lý); empty: nobody in particular.
    officer: str = ""
    papers: tuple[Filed, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    #: Papers of steps on their way to a signature and a number, oldest first, those that ended too.
    signings: tuple[Signing, ...] = ()

    @property
    def title(self) -> str:
        """Its name."""
        return str(self.data.get("name", ""))

    @property
    def plan_year(self) -> int:
        """The budget year it asks money of; 0 where not given yet."""
        return self.amount("plan_year")

    @property
    def budget_year(self) -> int:
        """The year whose end closes its accounts: the plan year, or a later one that its contract was carried into."""
        end = self.day("contract_end")
        return max(self.plan_year, end.year) if end else self.plan_year

    def amount(self, key: str) -> int:
        """A whole number among its data; 0 where not given."""
        value = self.data.get(key)
        return value if isinstance(value, int) else 0

    def day(self, key: str) -> date | None:
        """A date among its data, or None."""
        value = self.data.get(key)
        return value if isinstance(value, date) else None

    def flag(self, key: str) -> bool:
        """Whether something was declared true."""
        return self.data.get(key) is True

    def did(self, *actions: str) -> Iterator[Past]:
        """Its steps of those actions, oldest first."""
        return (past for past in self.past if past.action in actions and not past.undone)

    def tried(self, *actions: str) -> Iterator[Past]:
        """The steps of these actions with those that were taken back, oldest first."""
        return (past for past in self.past if past.action in actions)

    def total(self, action: str, key: str) -> int:
        """The sum of a money fact over all steps of an action, in đồng, with what a running proposal brought along.

        What was done before this system knew it stands in its opening step as ``action.key``.
        """
        named = {action: key, OPENED: f"{action}.{key}"}
        found = [past.facts.get(named[past.action]) for past in self.past if past.action in named and not past.undone]
        return sum(value for value in found if isinstance(value, int))

    def entered_from(self) -> str:
        """The state from which it entered its present one; empty for the first state."""
        return next((p.source for p in reversed(self.past) if p.target == self.state and not p.undone), "")


class Step(Struct, frozen=True, kw_only=True):
    """One move that happened: the history row, the event and the answer to the caller, all in one."""

    code: str
    seq: int
    action: str
    source: str
    target: str
    #: False: a self-step; the state stays.
    moves: bool
    milestone: str
    revision: int
    person: str
    actor: str
    agency: str
    #: The agency's name on that day, which later renamings do not touch.
    agency_name: str
    role: str
    capacity: str = ""
    on_behalf_of: str | None = None
    #: The date on the signed paper, or the day of recording.
    effective_on: date
    #: The server's clock; nobody sets it.
    recorded_at: datetime
    note: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
    #: ``key@version`` of the process, and the hash of its text.
    process: str
    process_sha256: str
    channel: str
    #: The officer in charge after it.
    officer: str = ""
    #: Who typed the command, by the operating system's name; personal. Empty: it came another way, or was erased.
    os_user: str = ""
    #: Number of the entry that presented its paper for signature; None: it was signed outside.
    presented: int | None = None
