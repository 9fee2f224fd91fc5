"""A store in memory with the same promises as a database: for tests, ours and those of whoever builds on this.

A transaction works on a copy; leaving it normally makes the copy the truth, leaving it by an exception forgets it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256 as hash_of
from threading import Lock
from typing import Any, Literal

from definitions.bundle import Bundle
from definitions.calendar import CalendarYear
from definitions.errors import UnknownDefinition
from definitions.loading import DefinitionText
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Appointment
from store.memory_addresses import KeptAddresses, MemoryAddresses
from store.memory_people import KeptPeople
from store.memory_recounts import MemoryRecounts
from store.memory_rows import Kept, KeptNotice, after_effects
from store.moves import action_of
from store.pinned import as_process, as_programme, as_years, assembled, named_text
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.entries import BrokenHistory, Entry
from workflow.errors import CodeTaken, KeyReused, StaleProposal, UnknownProposal
from workflow.paper_numbers import PaperNumber
from workflow.proposal import Proposal
from workflow.storage import Answered, Letter, Move, Recipient, Recount, Replaced, Tail


@dataclass(slots=True)
class _State:
    """Everything that is kept; the values inside are never changed, only replaced."""

    texts: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    published: dict[tuple[str, str], str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    tails: dict[str, Tail] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answered] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    numbers: dict[tuple[str, int], PaperNumber] = field(default_factory=dict)
    recounts: dict[int, Recount] = field(default_factory=dict)
    people: KeptPeople = field(default_factory=KeptPeople)
    addresses: KeptAddresses = field(default_factory=KeptAddresses)
    appointments: tuple[Appointment, ...] = ()
    guidance: tuple[Guidance, ...] = ()

    def copy(self) -> "_State":
        """A state of its own; what stands in it is shared."""
        names = self.__dataclass_fields__
        return _State(**{name: _copied(getattr(self, name)) for name in names})


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


class MemoryStore:
    """Satisfies ``workflow.storage.Store``. Threads may share it; writers follow each other."""

    def __init__(self) -> None:
        self._state = _State()
        self._writing = Lock()

    @contextmanager
    def write(self) -> Iterator["MemoryUnitOfWork"]:
        """A transaction that may write; commits when left normally, rolls back when left by an exception."""
        with self._writing:
            state = self._state.copy()
            yield MemoryUnitOfWork(state)
            self._state = state

    @contextmanager
    def read(self) -> Iterator["MemoryUnitOfWork"]:
        """A transaction that only reads one consistent moment; what is written in it is forgotten."""
        yield MemoryUnitOfWork(self._state.copy())

    def entries(self, subject: str) -> tuple[Entry, ...]:
        """The entries of a subject in the order they were written, those outside its chain too."""
        return tuple(entry for entry in self._state.entries if entry.subject == subject)

    def kept(self, code: str) -> Kept:
        """What the moves of a proposal left behind: deadlines, reminders, notices, papers."""
        return self._state.kept[code]


class MemoryUnitOfWork(MemoryRecounts, MemoryAddresses):
    """One transaction in memory; satisfies ``workflow.storage.UnitOfWork``."""

    _state: _State

    def __init__(self, state: _State) -> None:
        self._state = state

    def law(self) -> Bundle:
        """The definitions published last, assembled."""
        return assembled(dict(self.published()))

    def templates_sha256(self) -> str:
        """Hash of the notice templates published last. Raises UnknownDefinition where there are none."""
        found = [sha256 for (kind, _), sha256 in self._state.published.items() if kind == "templates"]
        if not found:
            raise UnknownDefinition("templates", "notices")
        return found[-1]

    def process(self, sha256: str) -> Process:
        """The process of that text, whether or not it was followed by another. Raises UnknownDefinition."""
        return as_process(self._text("process", sha256), sha256)

    def programme(self, sha256: str) -> Programme:
        """The programme of that text. Raises UnknownDefinition."""
        return as_programme(self._text("programme", sha256), sha256)

    def _text(self, wanted: str, sha256: str) -> DefinitionText:
        if sha256 not in self._state.texts:
            raise UnknownDefinition(wanted, sha256)
        kind, key, text = self._state.texts[sha256]
        return named_text(kind, key, sha256, text)

    def proposal(self, code: str) -> Proposal:
        """The proposal as it stands. Raises UnknownProposal."""
        if code not in self._state.proposals:
            raise UnknownProposal(code)
        return self._state.proposals[code]

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""
        found = self._state.kept[code].deadlines.values() if code in self._state.kept else ()
        return tuple(sorted(found, key=lambda deadline: deadline.started_by))

    def appointments(self) -> tuple[Appointment, ...]:
        """Appointments recorded at run time, oldest first."""
        return self._state.appointments

    def guidance(self, programme: str) -> tuple[Guidance, ...]:
        """Guidance letters for a programme, oldest first."""
        return tuple(letter for letter in self._state.guidance if letter.programme == programme)

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order, with their openings."""
        return tuple(entry for entry in self._state.entries if entry.subject == subject and entry.seq is not None)

    def replaced(self, code: str) -> Replaced:
        """What the newest step of a proposal changed of its deadlines, as it was before. Raises UnknownProposal."""
        self.proposal(code)
        return self._state.kept[code].replaced

    def told(self, code: str, seq: int) -> tuple[Recipient, ...]:
        """Whom an entry of a proposal was announced to, each once."""
        notices = self._state.kept[code].notices if code in self._state.kept else ()
        return tuple(dict.fromkeys(row.notice.to for row in notices if row.notice.seq == seq))

    def answer(self, actor: str, key: str) -> Answered | None:
        """What was answered to this actor's key before, or None."""
        return self._state.answers.get((actor, key))

    def tail(self, subject: str) -> Tail | None:
        """The newest chained entry of a subject, or None."""
        return self._state.tails.get(subject)

    def take_code(self, prefix: str, year: int) -> str:
        """The next free code ``PREFIX-YEAR-0001``, drawn inside this transaction."""
        name = f"{prefix}-{year}"
        while True:
            code = f"{name}-{self.draw(name):04d}"
            if code not in self._state.proposals:
                return code

    def draw(self, series: str) -> int:
        """The next number of a series, from 1 on; nobody else gets one of it before this transaction ends."""
        number = self._state.counters[series] = self._state.counters.get(series, 0) + 1
        return number

    def add_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Writes a paper's number that was drawn in this transaction, with its entry. Raises StaleProposal."""
        self.append(entry) if move is None else self.record(move)
        self._state.numbers[given.series.name, given.number] = given

    def cancel_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Marks a numbered paper as cancelled. Raises StaleProposal."""
        self.append(entry) if move is None else self.record(move)
        self._state.numbers[given.series.name, given.number] = changed(given, cancelled=True)

    def numbers(self, agency: str, year: int) -> tuple[PaperNumber, ...]:
        """The numbers that an agency gave in a year, by kind and number."""
        found = (row for row in self._state.numbers.values() if (row.series.agency, row.series.year) == (agency, year))
        return tuple(sorted(found, key=lambda row: (row.series.kind, row.number)))

    def add(self, move: Move) -> None:
        """Writes a new proposal. Raises CodeTaken."""
        if move.after.code in self._state.proposals:
            raise CodeTaken(move.after.code)
        self.process(move.after.process_sha256)
        self._write(move)

    def record(self, move: Move) -> None:
        """Writes a move onto the revision it was decided on. Raises StaleProposal when another came first."""
        before, standing = move.before or move.after, self.proposal(move.after.code)
        if (standing.revision, standing.last_seq) != (before.revision, before.last_seq):
            raise StaleProposal(action_of(move.entry), expected=before.revision, actual=standing.revision)
        self._write(move)

    def _write(self, move: Move) -> None:
        code = move.after.code
        self._state.proposals[code] = move.after
        self._put(move.entry)
        self._state.kept[code] = after_effects(self._state.kept.get(code, Kept()), move)
        if move.answered is not None:
            key = (move.answered.actor, move.answered.key)
            if key in self._state.answers:
                raise KeyReused(move.answered.key)
            self._state.answers[key] = move.answered

    def letter(self, number: int) -> Letter | None:
        """The notice of that number, its place among all, or None."""
        places = self._letters()
        if not 0 < number <= len(places):
            return None
        code, kept = places[number - 1]
        notice, implementer = kept.notice, self._state.proposals[code].implementer
        return Letter(
            number=number,
            code=code,
            implementer=implementer,
            notice=notice.notice,
            seq=notice.seq,
            to=notice.to,
            state=kept.state,
        )

    def move_letter(
        self,
        number: int,
        state: Literal["scheduled", "accepted"],
        *,
        at: datetime,  # noqa: ARG002 - memory sends nothing.
        entry: Entry,
    ) -> None:
        """Makes a notice wait again, or says that it went on paper. Raises StaleProposal."""
        code, wanted = self._letters()[number - 1]
        kept = self._state.kept[code]
        rows = tuple(changed(row, state=state) if row is wanted else row for row in kept.notices)
        self._state.kept[code] = changed(kept, notices=rows)
        self.append(entry)

    def _letters(self) -> list[tuple[str, KeptNotice]]:
        return [(code, row) for code, kept in self._state.kept.items() for row in kept.notices]

    def append(self, entry: Entry) -> None:
        """Writes an entry that moves no proposal. Raises StaleProposal where its chain has grown meanwhile."""
        standing = self._state.proposals.get(entry.subject)
        if entry.seq is not None and standing is not None:
            if standing.last_seq != entry.seq - 1:
                raise StaleProposal(entry.kind, expected=standing.revision, actual=standing.revision)
            self._state.proposals[entry.subject] = changed(
                standing, last_seq=entry.seq, last_hash=entry.hash, last_at=entry.recorded_at
            )
        self._put(entry)

    def _put(self, entry: Entry) -> None:
        if entry.seq is not None:
            tail = self._state.tails.get(entry.subject)
            if tail is not None and tail.seq >= entry.seq:
                raise BrokenHistory(entry.subject, entry.seq, "finding.number_taken")
            self._state.tails[entry.subject] = Tail(seq=entry.seq, hash=entry.hash, recorded_at=entry.recorded_at)
        self._state.entries = (*self._state.entries, entry)

    def publish(self, kind: str, key: str, version: str, text: str, entry: Entry) -> None:  # noqa: ARG002 - only lists show a version.
        """Keeps a definition text by its hash and makes it the newest of its key."""
        sha256 = hash_of(text.encode()).hexdigest()
        self.append(entry)
        self._state.texts.setdefault(sha256, (kind, key, text))
        self._state.published.pop((kind, key), None)
        self._state.published[kind, key] = sha256

    def has_text(self, sha256: str) -> bool:
        """Whether a definition text of that hash was ever published here."""
        return sha256 in self._state.texts

    def calendar_years(self, year: int) -> tuple[CalendarYear, ...]:
        """Every text of a calendar year that was ever published here, oldest first."""
        return as_years(
            named_text(kind, key, sha256, text)
            for sha256, (kind, key, text) in self._state.texts.items()
            if (kind, key) == ("calendar", str(year))
        )

    def published(self) -> Mapping[tuple[str, str], DefinitionText]:
        """The newest text of every (kind, key), templates too."""
        return {place: self._text(place[0], sha256) for place, sha256 in self._state.published.items()}

    def add_appointment(self, appointment: Appointment, entry: Entry) -> None:
        """Writes an appointment made at run time."""
        self.append(entry)
        self._state.appointments = (*self._state.appointments, appointment)

    def add_guidance(self, guidance: Guidance, entry: Entry) -> None:
        """Writes a guidance letter."""
        self.append(entry)
        self._state.guidance = (*self._state.guidance, guidance)
