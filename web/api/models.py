"""The documents of the interface as types: what its OpenAPI document says, held against the answers by tests."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

#: A fact: text, whole number, day (ISO 8601) or truth; money is whole đồng.
Fact = StrictStr | StrictInt | StrictBool
Facts = dict[str, Fact]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Shape(BaseModel):
    """A document in which nothing stands that is not said here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lifter(Shape):
    """Who can lift a condition."""

    role: str | None
    agency: str | None
    label: str


class Unmet(Shape):
    """A condition that does not hold."""

    code: str = Field(examples=["unmet.missing_fact"])
    params: dict[str, str | int | bool | None]
    sentence: str
    lifted_by: list[Lifter]


class Problem(Shape):
    """Why something was not done (RFC 9457)."""

    type: str = Field(examples=["/problems/conditions-unmet"])
    title: str
    status: int
    detail: str
    unmet: list[Unmet]
    revision: int | None = Field(default=None, description="Of the proposal now, where the caller's was an older one.")


class ProblemType(Shape):
    """What a type of problem means."""

    type: str
    title: str
    status: int
    about: str | None


class ProposalLine(Shape):
    """A proposal in a list."""

    code: str = Field(examples=["LC-2026-0001"])
    title: str
    programme: str
    process: str = Field(examples=["kcdp@2021.1"])
    state: str
    state_label: str
    milestone: str
    milestone_label: str
    revision: int
    open: bool
    holder: str | None = Field(examples=["base_appraiser@sct-lai-chau"])
    holder_role: str | None
    holder_agency: str | None
    holder_agency_name: str | None
    officer: str | None
    officer_name: str | None
    implementer: str
    implementer_name: str
    province: str
    plan_year: int
    activity: str
    due: datetime | None = Field(description="The first instant that is too late for its next deadline.")
    last_day: date | None = Field(description="The last day of that deadline.")
    created_at: datetime
    last_at: datetime


class ProposalPage(Shape):
    """A page of proposals."""

    proposals: list[ProposalLine]
    count: int = Field(description="How many there are on all pages, counted up to 1000.")
    count_exact: bool
    after: str | None
    next: str | None = Field(description="The address of the next page; null: this was the last.")


class NewProposal(Shape):
    """A proposal to be registered as a draft."""

    programme: str = Field(examples=["lai-chau-2021-2025"])
    process: str | None = Field(default=None, description="Needed where the programme has several.")
    implementer: str | None = Field(default=None, description="Default: the agency where the caller sits as one.")
    province: str | None = Field(default=None, description="Needed where the programme is national.")
    code: str | None = Field(default=None, description="Default: the next free one.")
    data: Facts = Field(default={}, examples=[{"name": "Máy chế biến chè", "plan_year": 2026}])


class Registered(Shape):
    """A proposal that was registered."""

    code: str
    programme: str
    process: str
    implementer: str
    province: str
    created_at: datetime


class Edit(Shape):
    """A change of a draft's data; null empties a field."""

    data: dict[str, Fact | None] = Field(min_length=1)
    reason: str = ""


class NewStep(Shape):
    """A step to be taken."""

    action: str = Field(examples=["submit"])
    facts: Facts = {}
    note: str = ""
    effective_on: date | None = Field(default=None, description="The date on the paper; may only repeat it.")


class Done(Shape):
    """A step that was taken."""

    code: str
    seq: int
    action: str
    source: str
    target: str
    milestone: str
    revision: int
    hash: Hash
    recorded_at: datetime
    role: str
    agency: str
    deadlines: list[tuple[str, date]] = Field(description="Rule and last day of each that runs from now on.")
    notices: list[tuple[str, str]] = Field(description="Key and recipient of each notice that was written with it.")


class Attached(Shape):
    """Papers that were put on a case."""

    code: str
    documents: list["Given"]


class Given(Shape):
    """A paper that was taken in."""

    key: str
    name: str
    size: int
    sha256: Hash
    media_type: str


class Kept(Shape):
    """A paper of a case."""

    key: str
    name: str | None = Field(description="Null: it was erased.")
    size: int
    sha256: Hash
    seq: int = Field(description="Number of the entry that tells of it.")
    href: str


class Papers(Shape):
    """Every paper of a case, those that were replaced too."""

    code: str
    documents: list[Kept]


class Recipient(Shape):
    """Whom a notice is for."""

    seat: str
    person: str | None
    name: str
    address: str
    wants: str


class Notice(Shape):
    """A notice and where it stands."""

    id: int
    key: str
    code: str
    seq: int | None
    reminder_id: int | None
    notice: str
    to: Recipient
    channel: str
    variables: dict[str, Any]
    templates_sha256: Hash
    send_after: datetime
    state: Literal["scheduled", "sending", "accepted", "bounced", "failed", "cancelled", "to_print"]
    attempts: int
    next_attempt_at: datetime
    last_error: str
    message_id: str | None
    delivered_to: str


class NoticeText(Notice):
    """A notice with its exact text."""

    sent: bool
    subject: str
    text: str
    html: str
    mail: str | None
    sha256: Hash | None


class NoticePage(Shape):
    """A page of notices."""

    notices: list[Notice]
    after: str | None
    next: str | None


class SeatHeld(Shape):
    """A place in a role of an agency."""

    seat: str
    role: str
    agency: str
    capacity: str
    since: date
    until: date | None


class Me(Shape):
    """Who asks, by their token."""

    username: str
    person: str
    name: str
    seats: list[SeatHeld]
    token: "TokenTold"


class TokenTold(Shape):
    """The token by which they ask."""

    prefix: str
    label: str
    expires_at: datetime | None


class Checkpoint(Shape):
    """The newest signed checkpoint of the log: keep it where this server cannot reach."""

    size: int
    root: Hash
    origin: str
    note: str
    keys: list[str]


class DefinitionLine(Shape):
    """A definition in force."""

    kind: str
    key: str
    version: str
    label: str
    sha256: Hash


class DefinitionList(Shape):
    """The definitions in force."""

    definitions: list[DefinitionLine]


class ProgrammeLine(Shape):
    """A programme in short."""

    key: str
    label: str
    first_year: int
    last_year: int
    province: str | None
    processes: list[str]


class ProgrammeList(Shape):
    """The programmes in force."""

    programmes: list[ProgrammeLine]
