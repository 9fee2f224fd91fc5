"""Running deadlines counted anew when a calendar is announced: what one costs, however many run."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

from sqlalchemy import Table as Rows

from benchmarks.measuring import Options, Spent, Table, backends_of, microseconds, stopwatch
from benchmarks.places import KINDS, TITLES, Kind, copy, empty
from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.acts import at
from khuyencong.recounting import recount_all
from store.database import open_database
from store.migrations import upgrade
from store.tables import DeadlineRow, EntryRow, OpeningRow, ProposalRow, ReminderRow, table
from tests.moving import Works
from tests.staging import house, staged
from workflow.administration import operator
from workflow.service.registering import publish

NOON = at(date(2022, 3, 1), 12).astimezone(UTC)
CODE = "B-00000"
#: Numbers of copies lie so far apart.
APART = 1000
#: Tables of a proposal, each with its columns that hold the number of a row.
_OWN: tuple[tuple[Rows, tuple[str, ...]], ...] = (
    (table(ProposalRow), ("id",)),
    (table(EntryRow), ("id",)),
    (table(OpeningRow), ("entry_id",)),
    (table(DeadlineRow), ("id", "proposal_id")),
    (table(ReminderRow), ("id", "deadline_id")),
)
_OF = {
    "proposal": "code = '{code}'",
    "entry": "subject = '{code}'",
    "opening": "entry_id IN (SELECT id FROM entry WHERE subject = '{code}')",
    "deadline": "proposal_id = (SELECT id FROM proposal WHERE code = '{code}')",
    "reminder": "deadline_id IN (SELECT d.id FROM deadline d JOIN proposal p ON p.id = d.proposal_id "
    "WHERE p.code = '{code}')",
}
NOTES = (
    "Every deadline is that of a dossier at the Sở with ten working days. `all move`: a day off is announced among "
    "them, so each gets another last day, an entry in its chain, other reminders and a line in the day's digest, in "
    "batches that are each a commit. `none moves`: a day off months later, so each only learns the calendar's version.",
    "The peak is that of the whole process, with the server's own memory left out.",
)
_MOVES, _STAYS = date(2022, 3, 7), date(2022, 12, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a recount cost, and the resident memory of the process before it and at its peak, in MiB."""

    spent: Spent
    before: float
    peak: float


def measure(options: Options) -> Iterable[Table]:
    """How much CPU and wall time a deadline takes among few and among many, and how much memory."""
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        with one(options, kind) as url:
            for number in (20, 200) if options.quick else (1_000, 100_000):
                rows += _rows(options, kind, url, number)
    columns = ("", "deadlines", "CPU µs a deadline", "whole, in s", "MiB before", "MiB at most")
    yield Table(title="Deadlines counted anew", columns=columns, rows=tuple(rows), notes=NOTES)


def _rows(options: Options, kind: Kind, url: str, number: int) -> Iterator[tuple[str, ...]]:
    with copy(options, url) as many:
        multiply(many, number)
        for name, day in (("none moves", _STAYS), ("all move", _MOVES)):
            with copy(options, many) as fresh:
                found = recount(options, fresh, day)
            spent = found.spent
            said = (microseconds(spent.cpu), f"{spent.wall:,.1f}", f"{found.before:,.0f}", f"{found.peak:,.0f}")
            yield f"{TITLES[kind]}, {name}", f"{spent.operations:,}", *said


@contextmanager
def one(options: Options, kind: Kind) -> Iterator[str]:
    """A database with one proposal at the Sở."""
    with empty(options, kind) as url:
        upgrade(url)
        store = open_database(url)
        Works(stage=staged(store)).bring(CODE, "submitted", NOON)
        store.close()
        yield url


def multiply(url: str, number: int) -> None:
    """Makes so many of the one proposal: rows with numbers and codes of their own."""
    store = open_database(url)
    with store.transaction(writes=True) as transaction:
        for rows, numbers in _OWN:
            transaction.execute(_copies(rows, numbers, number))
            if transaction.dialect == "postgresql" and "id" in numbers:
                last = f"setval(pg_get_serial_sequence('{rows.name}', 'id'), {APART * (number + 1)})"
                transaction.execute(f"SELECT {last}")
    with store.transaction(writes=True) as transaction:
        transaction.execute("ANALYZE")
    store.close()


def _copies(rows: Rows, numbers: tuple[str, ...], number: int) -> str:
    names = [f'"{column.name}"' for column in rows.columns]
    values = [_value(rows, column.name, numbers) for column in rows.columns]
    where = _OF[rows.name].format(code=CODE)
    return (
        f"INSERT INTO {rows.name} ({', '.join(names)}) "
        f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number - 1}) "
        f"SELECT {', '.join(values)} FROM n, (SELECT * FROM {rows.name} WHERE {where}) AS one"
    )


def _value(rows: Rows, name: str, numbers: tuple[str, ...]) -> str:
    if name in numbers:
        return f'one."{name}" + i * {APART}'
    own = {"proposal": ("code", "title"), "entry": ("subject", "hash")}
    return f"one.\"{name}\" || '-' || i" if name in own.get(rows.name, ()) else f'one."{name}"'


def recount(options: Options, url: str, day: date) -> Found:
    """Announces a day off and counts everything anew."""
    store = open_database(url)
    publish(store, house(), (_with(day),), by=operator(), at=NOON)
    with ExitStack() as stack:
        backends = backends_of(options, url, stack)
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # The peak begins anew.
        spent = stopwatch(lambda: recount_all(store, house(), at=NOON).seen, backends)
        found = Found(spent=spent, before=before, peak=resident("VmHWM"))
    store.close()
    return found


def resident(which: str) -> float:
    """A figure of this process's memory, in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(which)).split()[1]) / 1024


def _with(day: date) -> DefinitionText:
    """The shipped year with one more day off."""
    text = next(one for one in find_texts() if one.kind == "calendar" and f"year = {day.year}" in one.text)
    lines = ("version = 2" if line.startswith("version") else line for line in text.text.splitlines())
    basis = 'basis = { text = "Quyết định giả định", confidence = "OWN" }'
    more = f'[[off]]\nday = {day}\nname = "Nghỉ thử"\nwhy = "swapped"\n{basis}\n'
    return DefinitionText(text.kind, text.name, "\n".join((*lines, more)))
