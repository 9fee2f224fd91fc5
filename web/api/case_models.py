"""The documents of one case as types."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from web.api.models import Fact, Facts, Hash, Shape, Unmet


class DeadlineShort(Shape):
    """A deadline of a case."""

    rule: str
    label: str
    period: str
    state: Literal["running", "paused", "met", "lapsed"]
    reason: str
    seat: str
    role: str
    agency: str
    agency_name: str
    last_day: date
    due: datetime
    days_left: int | None = Field(description="Working days, negative when late; null when it does not run.")
    days_left_provisional: bool = Field(description="They are counted through a year whose calendar is a draft.")
    provisional: bool
    is_law: bool
    by_contract: bool
    held: bool


class Decision(Shape):
    """Which step gave a value."""

    key: str
    seq: int
    action: str
    label: str
    on: date


class Waiting(Shape):
    """A paper on the case that waits for a step."""

    key: str
    label: str
    name: str | None
    size: int
    sha256: Hash
    agency: str
    agency_name: str
    seq: int


class Opinion(Shape):
    """Another agency's opinion that was asked for."""

    asked: int
    agency: str
    agency_name: str
    last_day: date
    answered_by: int | None


class Proposal(Shape):
    """A proposal as it stands."""

    code: str
    title: str
    programme: str
    programme_label: str
    process: str
    process_sha256: Hash
    state: str
    state_label: str
    milestone: str
    milestone_label: str
    revision: int
    open: bool
    holder: str | None
    holder_role: str | None
    holder_agency: str | None
    holder_agency_name: str | None
    officer: str | None
    officer_name: str | None
    if_nobody_acts: str | None
    implementer: str
    implementer_name: str
    province: str
    plan_year: int
    data: Facts
    labels: dict[str, str]
    types: dict[str, str]
    choice_labels: dict[str, str]
    decisions: list[Decision]
    papers: list[Waiting]
    opinions: list[Opinion]
    signings: list[dict[str, Any]]
    deadlines: list[DeadlineShort]
    created_at: datetime
    last_at: datetime
    last_on: date | None
    last_hash: Hash


class Owner(Shape):
    """Whose step it is."""

    role: str | None
    role_label: str | None
    agency: str | None
    agency_name: str | None


class ActionField(Shape):
    """A fact or a paper that an action takes, with the values that it accepts now."""

    key: str
    type: Literal["text", "money", "date", "number", "choice", "bool", "document"]
    label: str
    required: bool
    required_when: str | None
    on_case: bool = Field(default=False, description="A paper that is on the case answers it.")
    min: Fact | None
    max: Fact | None
    min_of: list[str] = Field(default_factory=list)
    max_of: list[str] = Field(default_factory=list)
    choices: list[Fact] | None
    choice_labels: dict[str, str] = Field(default_factory=dict)
    pattern: str | None
    unique: bool = False
    default: Fact | None
    example: Fact | None
    is_effective: bool = False
    basis: dict[str, Any] | None


class Moved(Shape):
    """A deadline that an action would start or end."""

    rule: str
    period: str
    label: str
    state: str
    seat: str
    last_day: date
    provisional: bool


class Notified(Shape):
    """Whom an action would tell."""

    notice: str
    name: str
    role: str
    agency: str | None
    agency_name: str | None
    address: str | None
    channel: str


class Consequence(Shape):
    """What an action would do."""

    target: str
    target_label: str
    deadlines_stopped: list[Moved]
    deadlines_started: list[Moved]
    notified: list[Notified]
    sentence: str


class Action(Shape):
    """An action of the present state."""

    action: str
    label: str
    main: bool
    allowed: bool
    reasons: list[Unmet]
    owner: Owner
    fields: list[ActionField]
    consequence: Consequence
    basis: dict[str, Any] | None


class Actions(Shape):
    """Every action of a proposal's present state."""

    code: str
    state: str
    state_label: str
    revision: int
    actions: list[Action]


class StepPaper(Shape):
    """A paper of a step."""

    key: str
    name: str | None
    size: int
    sha256: Hash
    attached: int | None = None


class Step(Shape):
    """A step that was taken."""

    seq: int
    action: str
    label: str
    source: str
    source_label: str
    target: str
    target_label: str
    milestone: str
    revision: int
    actor: str
    person: str
    role: str
    agency: str
    agency_name: str
    capacity: str
    on_behalf_of: str | None
    effective_on: date
    recorded_at: datetime
    note: str
    facts: Facts
    documents: list[StepPaper]
    process: str
    channel: Literal["web", "api", "cli", "import", "scheduler"]
    previous_hash: Hash | None
    hash: Hash
    corrected_by: int | None = Field(description="Number of the entry that took it back.")


class Act(Shape):
    """What was done beside the steps."""

    seq: int
    kind: str
    recorded_at: datetime
    person: str | None
    actor: str | None
    role: str | None
    agency: str | None
    details: dict[str, Any]
    documents: list[StepPaper]
    changes: list[dict[str, Any]]


class Link(Shape):
    """An entry of the chain."""

    seq: int
    kind: str
    recorded_at: datetime
    previous_hash: Hash | None
    hash: Hash


class History(Shape):
    """The history of a proposal."""

    code: str
    steps: list[Step]
    acts: list[Act]
    entries: list[Link]


class Day(Shape):
    """A day of a duration."""

    day: date
    counts: bool
    number: int | None
    name: str
    provisional: bool
    working: bool


class Explanation(DeadlineShort):
    """A deadline with all that is needed to count it again by hand."""

    code: str
    kind: Literal["days", "fixed", "monthly", "fact"]
    basis: dict[str, Any]
    started_by: dict[str, Any]
    started_on: date
    counts_from: str | None
    allowance: int | None
    unit: Literal["working", "calendar"]
    standing: dict[str, Any] | None
    not_after: date | None
    fixed: dict[str, Any] | None
    fact: dict[str, Any] | None
    lines: list[Day]
    pauses: list[dict[str, Any]]
    counted: int | None
    agrees: bool
    extensions: list[dict[str, Any]]
    recounts: list[dict[str, Any]]
    contract: dict[str, Any] | None
    promises: list[dict[str, Any]]
    extendable: dict[str, Any] | None
    calendar: str
    calendar_now: str
    waits_for_recount: bool
    if_missed: str | None


class Explanations(Shape):
    """Every deadline of a proposal, explained."""

    code: str
    today: date
    deadlines: list[Explanation]
