"""What the use cases need of storage, and the values that cross over. Stores implement this; nothing here knows how.

One unit of work is one transaction: left normally it commits, left by an exception it rolls back and nothing stays.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct, field

from definitions.bundle import Bundle
from definitions.calendar import CalendarYear
from definitions.errors import KhuyencongError
from definitions.loading import DefinitionText
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Appointment
from workflow.accounts import Account, Token
from workflow.addresses import BadAddress
from workflow.authority import Guidance
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.paper_numbers import PaperNumber
from workflow.proposal import Actor, Document, Proposal, Seat
from workflow.webhooks import Webhook


class Reminder(Struct, frozen=True, kw_only=True):
    """A row that fires at an instant for a deadline; unique by (proposal, rule, period, epoch, offset, seat)."""

    rule: str
    period: str
    epoch: int
    #: ``start``, ``-5wd``, ``+3wd``, ``-30cd``, ``day-10-01``: which rung of the ladder; ``promised-2026-10-07-12``.
    offset: str
    #: ``role@agency``; never empty.
    seat: str
    notice: str
    channel: Literal["mail", "digest", "list", "app"]
    fire_at: datetime
    missed: Literal["late", "collapse", "skip"]
    escalation: bool = False
    repeat_every: int | None = None


class Cancelled(Struct, frozen=True, kw_only=True):
    """Reminders of a deadline that will not fire: its (rule, period), why, and whether new ones stand for them."""

    rule: str
    period: str
    reason: str
    superseded: bool = False


#: Reminders by mail as they come, gathered once a day, or none; what the process sends as official is not asked.
MailWish = Literal["all", "digest", "mute"]


class Recipient(Struct, frozen=True, kw_only=True):
    """Whom a notice reaches: a person in a seat, an agency's mailbox (no person), or an address of the proposal's."""

    seat: str
    #: None: the mailbox of the agency, or an address that the proposal gives.
    person: str | None
    name: str
    #: Empty: there is none; the notice is printed and sent as paper.
    address: str
    #: Which reminders that person wants by mail.
    wants: MailWish = "all"


class Notice(Struct, frozen=True, kw_only=True):
    """A message about something that happened, frozen: what it says is a function of template and variables."""

    notice: str
    #: Number of the entry that it announces; None where a reminder speaks.
    seq: int | None
    to: Recipient
    channel: Literal["mail", "digest", "list", "app", "paper", "webhook"]
    variables: Mapping[str, object]
    templates_sha256: str
    #: Not before this instant.
    send_after: datetime
    #: Unique: the same event is told to the same person on the same channel once.
    key: str
    #: Why it is written down and not sent; empty: it is sent.
    withheld: str = ""


class Effects(Struct, frozen=True, kw_only=True):
    """What follows from a move, as rows of the same transaction."""

    #: New and changed deadlines, by (rule, period).
    deadlines: tuple[Deadline, ...] = ()
    #: Those of ``deadlines`` that were there already, as they were before.
    replaced: tuple[Deadline, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    cancelled: tuple[Cancelled, ...] = ()
    notices: tuple[Notice, ...] = ()


class Replaced(Struct, frozen=True, kw_only=True):
    """What the newest step changed of the deadlines, for taking it back: its entry, and each as it was before."""

    #: None: there is no step that could be taken back.
    seq: int | None = None
    #: By (rule, period); None: the step started it.
    before: Mapping[tuple[str, str], Deadline | None] = field(default_factory=dict)


class Answered(Struct, frozen=True, kw_only=True):
    """An idempotency key of an actor, with the hash of the request that used it and the answer given (JSON bytes)."""

    actor: str
    key: str
    request_sha256: str
    answer: bytes
    recorded_at: datetime


class Move(Struct, frozen=True, kw_only=True):
    """Everything that one act writes: the proposal's new state, its entry, what follows, and the caller's key."""

    #: None: the proposal is new.
    before: Proposal | None
    after: Proposal
    entry: Entry
    effects: Effects = field(default_factory=Effects)
    #: The seat that takes the proposal out of its new state, for the lists; empty at an end.
    holder: str = ""
    documents: tuple[Document, ...] = ()
    answered: Answered | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """A notice that is kept: which, of which proposal and entry, for whom, and where it stands."""

    number: int
    code: str
    #: The agency that implements its proposal.
    implementer: str
    notice: str
    #: Number of the entry that it announces; None: a reminder fired it.
    seq: int | None
    to: "Recipient"
    state: str


class Recount(Struct, frozen=True, kw_only=True):
    """Running deadlines that a publication or a letter may have moved, to be counted anew batch by batch."""

    #: None: it is not kept yet.
    id: int | None = None
    cause: Literal["calendar", "guidance"]
    #: Of which programme and rule; empty: of all.
    programme: str = ""
    rule: str = ""
    #: The number of the last deadline that was looked at; the next batch goes on behind it.
    cursor: int = 0
    seen: int = 0
    changed: int = 0
    created_at: datetime
    finished_at: datetime | None = None


class Row(Struct, frozen=True, kw_only=True):
    """A live deadline with the number of its row, the code of its proposal and the process that this pinned."""

    id: int
    code: str
    process_sha256: str
    deadline: Deadline


class Person(Struct, frozen=True, kw_only=True):
    """A natural person. The name is personal; ``id`` is what history keeps."""

    id: str
    name: str
    address: str = ""
    #: Which reminders they want by mail.
    mail: MailWish = "all"


class Tail(Struct, frozen=True, kw_only=True):
    """The newest entry of a chain."""

    seq: int
    hash: str
    recorded_at: datetime


class UsernameTaken(KhuyencongError):
    """An account of that name exists already."""

    def __init__(self, username: str) -> None:
        self.username = username
        super().__init__(f"the username {username!r} is taken")


class UnitOfWork(Protocol):
    """One transaction, as the use cases see it. Reads raise UnknownProposal and UnknownDefinition."""

    def law(self) -> Bundle:
        """The definitions published last, assembled."""

    def templates_sha256(self) -> str:
        """Hash of the notice templates published last."""

    def process(self, sha256: str) -> Process:
        """The process of that text, whether or not it was followed by another."""

    def programme(self, sha256: str) -> Programme:
        """The programme of that text."""

    def proposal(self, code: str) -> Proposal:
        """The proposal as it stands."""

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""

    def appointments(self) -> tuple[Appointment, ...]:
        """Appointments recorded at run time."""

    def guidance(self, programme: str) -> tuple[Guidance, ...]:
        """Guidance letters for a programme, oldest first."""

    def people(self, seat: str, on: date) -> tuple[Person, ...]:
        """Who holds ``role@agency`` on that day and has an account that is not deactivated, by name."""

    def signers(self, seat: str, on: date) -> tuple[Person, ...]:
        """Those of them who hold it in a signing capacity."""

    def actor(self, username: str, *, channel: str) -> Actor | None:
        """The person of an active account with all seats, past ones too; None where there is none."""

    def home(self) -> str | None:
        """The agency whose administrator was the first; None while there is none."""

    def known_person(self, identity_hash: str) -> Person | None:
        """The person of that keyed identity hash, or None."""

    def account(self, username: str) -> Account | None:
        """The account of that name, whatever its state, or None."""

    def username_linked(self, identity: str) -> str | None:
        """The name of the account that single sign-on knows by that keyed hash, whatever its state, or None."""

    def seats_of(self, person: str) -> tuple[Seat, ...]:
        """Every seat of a person, past and future ones too, in the order they were given."""

    def waiting(self, seats: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The open proposals that wait for one of these seats, as (code, seat) by code."""

    def under_contract(self, contract: str, *, beside: str) -> tuple[Proposal, ...]:
        """The proposals but that one whose data name that contract, in the order they came.

        Until the transaction ends nobody else moves any of them, or brings another one under the contract.
        """

    def one_under_contract(self, contract: str, states: Collection[str], *, beside: str) -> Proposal | None:
        """The first of them that stands in one of these states, or None; nobody enters or leaves these meanwhile."""

    def held_fast(self, codes: Sequence[str]) -> tuple[Proposal, ...]:
        """The proposals of these codes, in the order they came; nobody else moves them meanwhile."""

    def any_running(self) -> bool:
        """Whether any deadline runs."""

    def marks(self) -> tuple[str, ...]:
        """The calendar marks of all running deadlines, each once."""

    def add_recount(self, recount: Recount) -> None:
        """Remembers that running deadlines are to be counted anew."""

    def open_recount(self) -> Recount | None:
        """The oldest recount that is not finished, or None; two processes never get the same one at once."""

    def move_recount(self, recount: Recount) -> None:
        """Writes how far a recount has come."""

    def to_recount(self, recount: Recount, *, limit: int) -> tuple[Row, ...]:
        """The next live deadlines that it concerns, behind its cursor."""

    def put_marks(self, rows: Sequence[tuple[Row, str]]) -> None:
        """Writes other calendar marks on deadlines that nobody changed meanwhile."""

    def answer(self, actor: str, key: str) -> Answered | None:
        """What was answered to this actor's key before, or None."""

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order, with their openings."""

    def replaced(self, code: str) -> Replaced:
        """What the newest step of a proposal changed of its deadlines, as it was before."""

    def told(self, code: str, seq: int) -> tuple[Recipient, ...]:
        """Whom an entry of a proposal was announced to, each once."""

    def tail(self, subject: str) -> Tail | None:
        """The newest chained entry of a subject, or None."""

    def take_code(self, prefix: str, year: int) -> str:
        """The next free code ``PREFIX-YEAR-0001``, drawn inside this transaction."""

    def draw(self, series: str) -> int:
        """The next number of a series, from 1 on; nobody else gets one of it before this transaction ends."""

    def add_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Writes a paper's number that was drawn in this transaction, with its entry. Raises StaleProposal.

        ``move``: the entry changes its proposal too, and this is all that it writes.
        """

    def cancel_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Marks a numbered paper as cancelled; ``move`` as above. Raises StaleProposal."""

    def numbers(self, agency: str, year: int) -> tuple[PaperNumber, ...]:
        """The numbers that an agency gave in a year, by kind and number."""

    def add(self, move: Move) -> None:
        """Writes a new proposal. Raises CodeTaken."""

    def record(self, move: Move) -> None:
        """Writes a move onto the revision it was decided on. Raises StaleProposal when another came first."""

    def append(self, entry: Entry) -> None:
        """Writes an entry that moves no proposal."""

    def calendar_years(self, year: int) -> tuple[CalendarYear, ...]:
        """Every text of a calendar year that was ever published here, oldest first."""

    def publish(self, kind: str, key: str, version: str, text: str, entry: Entry) -> None:
        """Keeps a definition text by its hash and makes it the newest of its key."""

    def has_text(self, sha256: str) -> bool:
        """Whether a definition text of that hash was ever published here."""

    def published(self) -> Mapping[tuple[str, str], DefinitionText]:
        """The newest text of every (kind, key)."""

    def add_person(self, person: Person, *, username: str, entry: Entry, identity_hash: str | None = None) -> None:
        """Writes a person with an account of that name. Raises UsernameTaken."""

    def letter(self, number: int) -> Letter | None:
        """The notice of that number, or None."""

    def move_letter(self, number: int, state: Literal["scheduled", "accepted"], *, at: datetime, entry: Entry) -> None:
        """Makes a notice wait again from ``at`` on, or says that it went on paper; with the entry of its proposal.

        Raises StaleProposal where the proposal's history has grown meanwhile.
        """

    def person(self, id_: str) -> Person:
        """The person of that id, who is known to exist."""

    def change_person(self, person: Person, entry: Entry) -> None:
        """Writes a person's new address or wish; what waits for them, uncomposed, goes to the new address."""

    def readdress(self, code: str, seat: str, address: str) -> None:
        """Sends what waits for a seat of a proposal that no person holds, uncomposed, to another address."""

    def bad_address(self, address: str) -> BadAddress | None:
        """What is wrong with an address, or None."""

    def bad_addresses(self) -> tuple[BadAddress, ...]:
        """The addresses that wait to be mended, oldest first."""

    def mark_address(self, bad: BadAddress) -> bool:
        """Marks an address as bad; False where it is already."""

    def clear_address(self, address: str, *, at: datetime, by: str, entry: Entry | None) -> None:
        """Ends the mark of an address; without an entry where another entry of this transaction tells of it."""

    def webhooks(self) -> tuple[Webhook, ...]:
        """The webhooks that are not removed, oldest first."""

    def add_webhook(self, webhook: Webhook, entry: Entry) -> None:
        """Writes a webhook."""

    def remove_webhook(self, id_: str, *, at: datetime, entry: Entry) -> None:
        """Ends a webhook; its row stays."""

    def add_account(self, username: str, person: str, entry: Entry) -> None:
        """Writes another account of a person. Raises UsernameTaken."""

    def change_account(self, account: Account, entry: Entry | None) -> None:
        """Writes the new state of an account; without an entry only its count of wrong passwords."""

    def add_seat(self, person: str, seat: Seat, entry: Entry) -> None:
        """Writes a seat of a person."""

    def end_seat(self, person: str, seat: Seat, until: date, entry: Entry) -> None:
        """Gives a seat of a person a last day; the row stays."""

    def token(self, sha256: str) -> Token | None:
        """The token of that hash, whether or not it still opens anything."""

    def tokens(self, username: str) -> tuple[Token, ...]:
        """Every token of an account, oldest first."""

    def add_token(self, token: Token, entry: Entry) -> None:
        """Writes a token."""

    def revoke_token(self, sha256: str, at: datetime, entry: Entry) -> None:
        """Closes a token for good."""

    def use_token(self, sha256: str, on: date) -> None:
        """Remembers that a token opened something on that day; only the day is kept."""

    def add_appointment(self, appointment: Appointment, entry: Entry) -> None:
        """Writes an appointment made at run time."""

    def add_guidance(self, guidance: Guidance, entry: Entry) -> None:
        """Writes a guidance letter."""


class Store(Protocol):
    """Where units of work come from."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that may write; commits when left normally, rolls back when left by an exception."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that only reads one consistent moment."""
