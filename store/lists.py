"""What lists show: flat values for screens, commands and exports, and the filters they are asked with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.deadlines import Deadline
from workflow.proposal import Seat
from workflow.seeing import Scope
from workflow.storage import Recipient

#: So far a list is counted for people; whoever finds more has to narrow it.
MOST_COUNTED = 1_000
#: More than any list has: count them all.
ALL = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What waits for a person: proposals in their charge, and those at their seats that nobody is in charge of."""

    person: str
    #: ``role@agency``.
    seats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which proposals to list; what is None does not narrow.

    Whoever asks for a holder, an officer, an inbox, a due instant, a waiting proposal or one that stands still asks for
    open proposals only.
    """

    programme: str | None = None
    state: str | None = None
    implementer: str | None = None
    province: str | None = None
    #: The milestone that was reached last.
    milestone: str | None = None
    plan_year: int | None = None
    #: The key of the process, in whatever version.
    process: str | None = None
    activity: str | None = None
    #: The programme's target that they were counted to when they were evaluated.
    target: str | None = None
    inbox: Inbox | None = None
    #: Held by one of these seats (``role@agency``).
    holders: tuple[str, ...] | None = None
    #: Held by none of these seats.
    not_held_by: tuple[str, ...] = ()
    #: The person in charge.
    officer: str | None = None
    #: False: in an end state; those that moved last come first there.
    open: bool | None = None
    #: True: in a state in which a clock stands still, because something has to be supplemented first.
    waiting: bool | None = None
    #: With a running deadline that is due later than this instant.
    due_after: datetime | None = None
    #: With a running deadline that is due at this instant or before.
    due_by: datetime | None = None
    #: About which nothing was recorded after this instant.
    last_by: datetime | None = None
    #: Words that words of the code, the title or the implementer begin with, with or without marks.
    text: str | None = None
    #: What whoever asks may look at; None: everything.
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many proposals a list has."""

    number: int
    #: False: there are more; it was not counted further.
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """A proposal in a list."""

    code: str
    title: str
    programme: str
    process: str
    state: str
    milestone: str
    revision: int
    implementer: str
    province: str
    #: The seat it waits for; None at an end.
    holder: str | None
    #: The person in charge there, and that person's name; None: nobody in particular.
    officer: str | None
    officer_name: str | None
    open: bool
    #: A clock stands still, because something has to be supplemented first.
    waiting: bool
    #: The next due instant; None where no deadline runs.
    due: datetime | None
    plan_year: int
    activity: str
    created_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a list."""

    lines: tuple[ProposalLine, ...]
    #: What to give as ``after`` for the next page; None: this was the last.
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineLine:
    """A live deadline with the proposal it belongs to."""

    code: str
    title: str
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLine:
    """A reminder and what became of it."""

    id: int
    code: str
    #: The version of the process that the proposal runs by.
    process_sha256: str
    rule: str
    period: str
    epoch: int
    offset: str
    seat: str
    notice: str
    channel: str
    fire_at: datetime
    missed: str
    escalation: bool
    repeat_every: int | None
    state: str
    reason: str
    fired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A notice and where it stands."""

    id: int
    key: str
    code: str
    seq: int | None
    reminder_id: int | None
    notice: str
    to: Recipient
    channel: str
    variables: Mapping[str, Any]
    templates_sha256: str
    send_after: datetime
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPage:
    """A stretch of a list of reminders; ``after`` as in ``Page``."""

    lines: tuple[ReminderLine, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A stretch of a list of notices; ``after`` as in ``Page``."""

    lines: tuple[NoticeLine, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """When a job of a process last ran."""

    job: str
    process: str
    last_started: datetime
    last_finished: datetime | None
    last_error: str
    ticks: int
    #: Ticks that began long after the one before should have been followed, and rows taken, both since it was born.
    late_ticks: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """An account, the person behind it and the seats, past ones too."""

    username: str
    person: str
    name: str
    address: str
    active: bool
    #: Until then no password opens it.
    locked_until: datetime | None = None
    has_password: bool = False
    seats: tuple[Seat, ...]
