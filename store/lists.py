"""What lists show: flat values for screens, commands and exports, and the filters they are asked with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.deadlines import Deadline
from workflow.proposal import Seat
from workflow.storage import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which proposals to list; what is None does not narrow."""

    programme: str | None = None
    state: str | None = None
    implementer: str | None = None
    #: Held by one of these seats (``role@agency``).
    holders: tuple[str, ...] | None = None
    #: The person in charge.
    officer: str | None = None
    #: False: in an end state.
    open: bool | None = None
    #: With a running deadline that was due at this instant or before.
    overdue_at: datetime | None = None
    #: Words in the code, the title or the implementer, with or without marks.
    text: str | None = None


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
    #: The next due instant; None where no deadline runs.
    due: datetime | None
    plan_year: int
    activity: str
    created_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a list, most urgent first."""

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
