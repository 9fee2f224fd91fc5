"""The tables: one declaration of every column, from which schema, migrations and all statements are made.

``*Row`` classes are shapes of storage, never domain values: the unit of work turns rows into values of ``workflow``.
``entry``, ``publication``, ``definition`` and the sealed log are append-only; the database itself refuses to change
them (``store.history_guard``).
"""

import builtins
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.types import UTC, CanonicalJson, RowId, SignText, UtcInstant

#: ``proposal.due`` where nothing runs: later than every day that law can name, so that lists sort without nulls.
NO_DUE = datetime(9999, 1, 1, tzinfo=UTC)

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Row(SQLModel):
    """What all tables share: one metadata with predictable names for keys and constraints."""

    metadata = MetaData(naming_convention=_NAMES)


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of some rows; moves of the others never touch it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class DefinitionRow(Row, table=True):
    """The text of a definition, kept for ever by its hash."""

    __tablename__ = "definition"

    sha256: str = Field(primary_key=True)
    kind: str
    key: str
    version: str
    text: str


class EntryRow(Row, table=True):
    """One row of history; ``body`` is the exact bytes that were hashed."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("subject", "seq"), Index("ix_entry_kind_recorded_at", "kind", "recorded_at"))

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    subject: str
    #: None: outside every chain (a refusal).
    seq: int | None
    recorded_at: datetime = Field(sa_type=UtcInstant)
    body: bytes = Field(sa_type=LargeBinary)
    hash: str
    previous_hash: str | None
    format: int


class OpeningRow(Row, table=True):
    """A personal value that an entry holds as a commitment; the one change allowed is its erasure."""

    __tablename__ = "opening"

    entry_id: int = Field(primary_key=True, foreign_key="entry.id", sa_type=RowId)
    path: str = Field(primary_key=True)
    salt: bytes | None = Field(sa_type=LargeBinary)
    value: str | None
    #: The entry that erased it.
    erased_by: int | None = Field(foreign_key="entry.id", sa_type=RowId)


class UnsealedRow(Row, table=True):
    """An entry that no leaf of the sealed log covers yet."""

    __tablename__ = "unsealed"

    entry_id: int = Field(primary_key=True, foreign_key="entry.id", sa_type=RowId)


class LeafRow(Row, table=True):
    """An entry's place in the sealed log, and the bytes that its leaf is the hash of (``audit.leaves``)."""

    __tablename__ = "leaf"

    position: int = Field(primary_key=True, sa_type=RowId, sa_column_kwargs={"autoincrement": False})
    entry_id: int = Field(unique=True, foreign_key="entry.id", sa_type=RowId)
    data: bytes = Field(sa_type=LargeBinary)


class NodeRow(Row, table=True):
    """A complete node of the tree above its leaves (``audit.tree.Place``); it never changes again."""

    __tablename__ = "node"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=RowId, sa_column_kwargs={"autoincrement": False})
    hash: bytes = Field(sa_type=LargeBinary)


class CheckpointRow(Row, table=True):
    """What the log was at a size, signed."""

    __tablename__ = "checkpoint"
    __table_args__ = (Index("ix_checkpoint_made_at", "made_at"),)

    size: int = Field(primary_key=True, sa_type=RowId, sa_column_kwargs={"autoincrement": False})
    made_at: datetime = Field(sa_type=UtcInstant)
    #: The signed note.
    note: str


class CheckpointSentRow(Row, table=True):
    """The newest checkpoint that was mailed to an address, and when."""

    __tablename__ = "checkpoint_sent"

    address: str = Field(primary_key=True)
    size: int = Field(sa_type=RowId)
    sent_at: datetime = Field(sa_type=UtcInstant)


class PublicationRow(Row, table=True):
    """A definition text became the one in force of its (kind, key); the newest id holds."""

    __tablename__ = "publication"
    __table_args__ = (Index("ix_publication_kind_key", "kind", "key", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    key: str
    sha256: str = Field(foreign_key="definition.sha256")
    recorded_at: datetime = Field(sa_type=UtcInstant)
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class PersonRow(Row, table=True):
    """A natural person; ``identity_hash`` is the keyed hash of the identity number, which four-eyes compares."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    name: str
    address: str
    identity_hash: str | None = Field(unique=True)
    #: Which reminders the person wants by mail: ``all``, ``digest`` (once a day) or ``mute``.
    mail: str = Field(sa_column_kwargs={"server_default": "all"})
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class AccountRow(Row, table=True):
    """A name to sign in with; a person may have several."""

    __tablename__ = "account"

    username: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    #: False: deactivated.
    active: bool
    created_at: datetime = Field(sa_type=UtcInstant)
    #: argon2id, with its parameters and salt; empty: nobody signs in with a password.
    password_hash: str
    #: Wrong passwords since ``failing_since``; a lock and a right password set both back.
    failures: int
    failing_since: datetime | None = Field(sa_type=UtcInstant)
    #: Until then no password opens it.
    locked_until: datetime | None = Field(sa_type=UtcInstant)
    #: The random name from which the secret of its second factor is made; empty: there is none.
    factor: str = Field(sa_column_kwargs={"server_default": ""})
    #: The last half minute whose code was used.
    factor_step: int = Field(sa_type=RowId, sa_column_kwargs={"server_default": "0"})
    #: Which codes for a lost telephone were used, a bit for each.
    spent_codes: int = Field(sa_column_kwargs={"server_default": "0"})
    #: Keyed hash of the provider and of its name for the person; None: not linked with single sign-on.
    single_sign_on: str | None = Field(index=True, unique=True)


class TokenRow(Row, table=True):
    """A bearer token of an account; only its hash is kept."""

    __tablename__ = "token"

    sha256: str = Field(primary_key=True)
    username: str = Field(foreign_key="account.username", index=True)
    label: str
    created_at: datetime = Field(sa_type=UtcInstant)
    expires_at: datetime | None = Field(sa_type=UtcInstant)
    revoked_at: datetime | None = Field(sa_type=UtcInstant)
    #: Its first letters, by which people tell it from others.
    prefix: str
    #: The last day on which it opened something; None: never.
    last_used_on: date | None
    #: None: it opens everything. Else the calendar that it reads: of an agency, a ``role@agency``, or the person ('').
    feed: str | None


class WebSessionRow(Row, table=True):
    """Somebody is signed in to the pages; only the hash of what the browser keeps is kept."""

    __tablename__ = "web_session"

    sha256: str = Field(primary_key=True)
    username: str = Field(foreign_key="account.username", index=True)
    #: The agency, or ``role@agency``, that they act from; empty: from every seat of theirs.
    seat: str
    created_at: datetime = Field(sa_type=UtcInstant, index=True)
    #: When it last opened a page, to the minute.
    seen_at: datetime = Field(sa_type=UtcInstant)
    #: What the next page tells, as JSON; empty: nothing.
    told: str


class SeatRow(Row, table=True):
    """A person's place in a role of an agency, from day to day (both included)."""

    __tablename__ = "seat"
    __table_args__ = (Index("ix_seat_role_agency", "role", "agency"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    person_id: str = Field(foreign_key="person.id", index=True)
    role: str
    agency: str
    since: date
    until: date | None
    capacity: str
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class AppointmentRow(Row, table=True):
    """An agency wears a role, recorded at run time beside the register's appointments."""

    __tablename__ = "appointment"

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    agency: str
    role: str
    programme: str | None
    process: str | None
    province: str | None
    since: date | None
    until: date | None
    basis: Any = Field(sa_type=CanonicalJson, nullable=False)
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class GuidanceRow(Row, table=True):
    """A dated letter that sets another last day for a fixed deadline of a plan year."""

    __tablename__ = "guidance"
    __table_args__ = (Index("ix_guidance_programme", "programme"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    programme: str
    rule: str
    plan_year: int
    last_day: date
    agency: str
    paper: str
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class ProposalRow(Row, table=True):
    """A running đề án as it stands; everything here can be rebuilt from its entries."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index("ix_proposal_programme_due", "programme", "due", "id", "state"),
        _partial("ix_proposal_parent", "parent", where="parent IS NOT NULL"),
        _partial("ix_proposal_open_due", "due", "id", "state", where="open"),
        _partial("ix_proposal_open_holder", "holder", "due", "id", "officer", where="open"),
        _partial("ix_proposal_open_officer", "officer", "due", "id", where="open AND officer IS NOT NULL"),
        _partial("ix_proposal_open_province", "province", "due", "id", "implementer", "holder", where="open"),
        _partial("ix_proposal_waiting", "due", "id", where="waiting"),
        _partial("ix_proposal_waiting_province", "province", "due", "id", "implementer", where="waiting"),
        _partial("ix_proposal_ended_due", "due", "id", "state", where="NOT open"),
        _partial("ix_proposal_ended", "last_at", "id", where="NOT open"),
        _partial("ix_proposal_ended_province", "province", "last_at", "id", "implementer", where="NOT open"),
        _partial("ix_proposal_paper_since", "paper_since", "id", where="paper_since IS NOT NULL"),
        _partial("ix_proposal_contract", "contract", where="contract IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    code: str = Field(unique=True, sa_type=SignText)
    title: str
    #: The words of code, title and implementer in small letters without marks, a blank before each (``store.words``).
    search: str
    programme: str
    #: ``key@version``.
    process: str
    process_sha256: str = Field(foreign_key="definition.sha256")
    programme_sha256: str = Field(foreign_key="definition.sha256")
    templates_sha256: str = Field(foreign_key="definition.sha256")
    implementer: str
    province: str
    state: str
    milestone: str
    revision: int
    #: The seat that must take it out of its state, ``role@agency``; None at an end, or where nobody is appointed.
    holder: str | None
    #: False in an end state.
    open: bool
    #: In a state in which somebody's clock stands still, because what was sent back has to be supplemented first.
    waiting: bool
    #: The next due instant of its running deadlines; NO_DUE where none runs.
    due: datetime = Field(sa_type=UtcInstant)
    plan_year: int
    activity: str
    data: Any = Field(sa_type=CanonicalJson, nullable=False)
    past: Any = Field(sa_type=CanonicalJson, nullable=False)
    #: The person in charge at the agency that holds it; None: nobody in particular.
    officer: str | None
    #: Papers that wait for a step, and opinions that were asked for.
    papers: Any = Field(sa_type=CanonicalJson, nullable=False)
    opinions: Any = Field(sa_type=CanonicalJson, nullable=False)
    #: Papers of steps on their way to a signature, and since when the one that waits longest does; None: none waits.
    signings: Any = Field(sa_type=CanonicalJson, nullable=False)
    paper_since: datetime | None = Field(sa_type=UtcInstant)
    #: The deadlines that the newest step changed, as they were before; no history, only what taking it back needs.
    replaced: Any = Field(sa_type=CanonicalJson, nullable=False)
    #: Year and number of the contract it stands under; None: none that could cover others.
    contract: str | None
    parent: int | None = Field(foreign_key="proposal.id", sa_type=RowId)
    created_at: datetime = Field(sa_type=UtcInstant)
    last_at: datetime = Field(sa_type=UtcInstant)
    last_on: date | None
    last_seq: int
    last_hash: str


class DeadlineRow(Row, table=True):
    """A due day with what explains it; one row per (proposal, rule, period), replaced when it changes."""

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("proposal_id", "rule", "period"),
        CheckConstraint("state IN ('running', 'paused', 'met', 'lapsed')", name="state"),
        Index(
            "ix_deadline_running_due",
            "due",
            "id",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_deadline_seat_due", "seat", "due"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    proposal_id: int = Field(foreign_key="proposal.id", sa_type=RowId)
    rule: str
    #: Empty where the rule is not periodic.
    period: str
    epoch: int
    seat: str
    allowance: int | None
    unit: str
    #: Number of the entry that started it.
    started_by: int
    started_on: date
    consumed: int
    running_since: date | None
    last_day: date
    #: The first instant that is too late.
    due: datetime = Field(sa_type=UtcInstant)
    provisional: bool
    calendar: str
    state: str
    reason: str


class RecountRow(Row, table=True):
    """Running deadlines that a publication or a letter may have moved; how far they are counted anew."""

    __tablename__ = "recount"
    __table_args__ = (
        CheckConstraint("cause IN ('calendar', 'guidance')", name="cause"),
        _partial("ix_recount_open", "id", where="finished_at IS NULL"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    cause: str
    #: Empty: of every programme, of every rule.
    programme: str
    rule: str
    #: The last deadline that was looked at.
    cursor: int = Field(sa_type=RowId)
    seen: int
    changed: int
    created_at: datetime = Field(sa_type=UtcInstant)
    finished_at: datetime | None = Field(sa_type=UtcInstant)


class ReminderRow(Row, table=True):
    """Something to fire at an instant for a deadline; of one epoch, one rung and one seat there is one."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("deadline_id", "epoch", "offset", "seat"),
        CheckConstraint("state IN ('scheduled', 'fired', 'cancelled', 'superseded')", name="state"),
        Index(
            "ix_reminder_scheduled",
            "fire_at",
            "id",
            sqlite_where=text("state = 'scheduled'"),
            postgresql_where=text("state = 'scheduled'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    deadline_id: int = Field(foreign_key="deadline.id", sa_type=RowId)
    epoch: int
    #: Which rung of the ladder: ``start``, ``-5wd``, ``+3wd``, ``day-10-01``.
    offset: str
    #: ``role@agency``; never empty.
    seat: str
    notice: str
    channel: str
    fire_at: datetime = Field(sa_type=UtcInstant)
    missed: str
    escalation: bool
    repeat_every: int | None
    state: str
    #: Why it will not fire, or how it did.
    reason: str
    fired_at: datetime | None = Field(sa_type=UtcInstant)


class MessageRow(Row, table=True):
    """One mail as composed; a retry sends the same bytes. It carries one notice, or a digest of several."""

    __tablename__ = "message"
    __table_args__ = (_partial("ix_message_unrecorded", "id", where="accepted_at IS NOT NULL AND entry_id IS NULL"),)

    #: The Message-ID.
    id: str = Field(primary_key=True)
    bytes: builtins.bytes = Field(sa_type=LargeBinary)
    sha256: str
    composed_at: datetime = Field(sa_type=UtcInstant)
    accepted_at: datetime | None = Field(sa_type=UtcInstant)
    #: The entry that keeps its hash; None: history does not say yet that it was sent.
    entry_id: int | None = Field(sa_type=RowId)


class NoticeRow(Row, table=True):
    """A message about something that happened to one recipient, with the variables it was decided with."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled', 'sending', 'accepted', 'bounced', 'failed', 'cancelled', 'to_print')", name="state"
        ),
        Index(
            "ix_notice_unsent",
            "next_attempt_at",
            "id",
            sqlite_where=text("state IN ('scheduled', 'sending')"),
            postgresql_where=text("state IN ('scheduled', 'sending')"),
        ),
        Index(
            "ix_notice_troubled",
            "state",
            "id",
            sqlite_where=text("state IN ('failed', 'bounced', 'to_print')"),
            postgresql_where=text("state IN ('failed', 'bounced', 'to_print')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    #: The same event is told to the same person on the same channel once.
    key: str = Field(unique=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True, sa_type=RowId)
    #: Number of the entry that it announces, or else the reminder that fired it.
    seq: int | None
    reminder_id: int | None = Field(foreign_key="reminder.id", index=True, sa_type=RowId)
    notice: str
    to_seat: str
    to_person: str | None = Field(foreign_key="person.id")
    to_name: str
    to_address: str
    channel: str
    variables: Any = Field(sa_type=CanonicalJson, nullable=False)
    templates_sha256: str = Field(foreign_key="definition.sha256")
    send_after: datetime = Field(sa_type=UtcInstant)
    state: str
    attempts: int
    next_attempt_at: datetime = Field(sa_type=UtcInstant)
    #: Until when the process that took it has it to itself.
    lease_until: datetime | None = Field(sa_type=UtcInstant)
    last_error: str
    message_id: str | None = Field(foreign_key="message.id", index=True)


class BadAddressRow(Row, table=True):
    """An address at which mail is refused: nothing more is sent there, and somebody has to mend it."""

    __tablename__ = "bad_address"
    __table_args__ = (
        Index(
            "ix_bad_address_open",
            "address",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    #: In small letters.
    address: str
    #: Whom the mail was for, ``role@agency``.
    seat: str
    #: Whose administrator has to mend it.
    agency: str
    person_id: str | None = Field(foreign_key="person.id")
    reason: str
    since: datetime = Field(sa_type=UtcInstant)
    cleared_at: datetime | None = Field(sa_type=UtcInstant)
    #: The person who cleared it.
    cleared_by: str | None


class WebhookRow(Row, table=True):
    """Where an agency's own software hears of its notices. The secret of its signatures stands nowhere."""

    __tablename__ = "webhook"

    id: str = Field(primary_key=True)
    agency: str
    url: str
    created_at: datetime = Field(sa_type=UtcInstant)
    removed_at: datetime | None = Field(sa_type=UtcInstant)
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)


class DocumentRow(Row, table=True):
    """The content of a paper, kept as a file named by its hash."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=RowId)
    media_type: str
    recorded_at: datetime = Field(sa_type=UtcInstant)


class AttachmentRow(Row, table=True):
    """A paper of an entry. Its file name is personal and stands only in the entry's opening ``documents.N.name``."""

    __tablename__ = "attachment"

    entry_id: int = Field(primary_key=True, foreign_key="entry.id", sa_type=RowId)
    number: int = Field(primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True, sa_type=RowId)
    #: The document field that it answers.
    key: str
    sha256: str = Field(foreign_key="document.sha256", index=True)


class IdempotencyRow(Row, table=True):
    """What was answered to a key of an actor."""

    __tablename__ = "idempotency"

    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: str
    answer: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=UtcInstant)


class AccessRow(Row, table=True):
    """Somebody who had signed in opened a case on a day."""

    __tablename__ = "access"

    day: date = Field(primary_key=True)
    code: str = Field(primary_key=True)
    #: The person.
    reader: str = Field(primary_key=True)
    #: The entry that keeps it; None: history does not say so yet.
    entry_id: int | None = Field(foreign_key="entry.id", index=True, sa_type=RowId)


class CounterRow(Row, table=True):
    """The last number given out of a series of codes."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int


class PaperNumberRow(Row, table=True):
    """A number that an agency gave to a paper; it is never given again, and a cancelled paper keeps it."""

    __tablename__ = "paper_number"
    __table_args__ = (UniqueConstraint("agency", "kind", "year", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    agency: str
    kind: str
    year: int
    number: int
    #: The number as it is printed: ``12/QĐ-SCT``.
    text: str
    proposal_id: int | None = Field(foreign_key="proposal.id", index=True, sa_type=RowId)
    issued_on: date
    person: str
    entry_id: int = Field(foreign_key="entry.id", sa_type=RowId)
    #: The entry that cancelled the paper.
    cancelled_by: int | None = Field(foreign_key="entry.id", sa_type=RowId)


class HeartbeatRow(Row, table=True):
    """When a job of a process last ran, and how that ended."""

    __tablename__ = "heartbeat"

    job: str = Field(primary_key=True)
    process: str = Field(primary_key=True)
    last_started: datetime = Field(sa_type=UtcInstant)
    last_finished: datetime | None = Field(sa_type=UtcInstant)
    last_error: str
    ticks: int = Field(sa_type=RowId)
    #: Of these, the ones that began long after the one before should have been followed.
    late_ticks: int = Field(sa_type=RowId, sa_column_kwargs={"server_default": "0"})
    #: Rows that the job took to itself.
    claimed: int = Field(sa_type=RowId, sa_column_kwargs={"server_default": "0"})


class SandboxRow(Row, table=True):
    """Present only in a sandbox, from the day it was made; it cannot be changed or removed."""

    __tablename__ = "sandbox"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since: datetime = Field(sa_type=UtcInstant)
    clock_start: datetime = Field(sa_type=UtcInstant)


def table(row: type[Row]) -> Table:
    """The Core table of a row class."""
    return Row.metadata.tables[str(row.__tablename__)]
