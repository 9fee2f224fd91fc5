"""The sealed log: what checking costs beside reading, what sealing adds to a move, how many nodes a proof reads."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE, run
from sys import executable
from typing import Any

from audit import proving
from audit.notes import Signer
from audit.sealing import seal
from benchmarks.measuring import Options, Spent, Table, interleave, microseconds, middle, share, stopwatch, times
from benchmarks.places import empty
from khuyencong.demo.samples import tea_roaster
from khuyencong.demo.stage import play, scenes
from store.database import Database, open_database
from store.history_guard import guards
from store.log import verify
from store.log_reading import LogReading
from store.migrations import upgrade
from store.sealed_log import SqlSealedLog
from tests.staging import staged
from workflow.changing import changed
from workflow.entries import canonical

SIGNER = Signer(name="khuyencong-bench/log", seed=bytes(32))
CODE = "B-000000"
#: After every step.
LATE = datetime(2030, 1, 1, tzinfo=UTC)
NOTES = (
    "`reading` runs the same statements through the bare driver (entries with their leaves, openings, nodes) and "
    "hashes the bytes of every body, salt and value; nothing is compared. `the log` is what `audit verify` does first: "
    "bodies, columns, chains, openings, leaves, nodes, roots and signatures. `whole` also tells every proposal again "
    "from its entries and compares states, deadlines, holders, attachments and papers.",
    "Sealing is measured on the same entries, in batches of 1,000; the move beside it is a step of the same proposals.",
)


#: Copies of one proposal: for the log alone, and for the whole check, of which a step costs more.
MANY, SOME, FEW = 43_000, 2_000, 20


def measure(options: Options) -> Iterable[Table]:
    """How checking compares with reading, and the rest, on SQLite."""
    everything = (FEW if options.quick else SOME, ("reading", "the log", "whole"))
    for copies, checks in [everything] if options.quick else [(MANY, ("reading", "the log")), everything]:
        with empty(options, "sqlite") as url:
            moved = _filled(url)
            entries = _multiplied(url, copies)
            database = open_database(url)
            try:
                sealed = _sealed(database)
                yield _rates(options, database, entries, checks)
                yield _memory(url, checks[-1], entries)
                yield _proofs(database, moved, sealed)
            finally:
                database.close()


def _filled(url: str) -> Spent:
    """A proposal that was paid out; what its steps cost."""
    upgrade(url)
    database = open_database(url)
    stage = staged(database)
    stories = [changed(tea_roaster(), code=f"X-{number}") for number in range(4)]
    for story in stories:
        stage.draft(story)

    def steps() -> int:
        for story in stories:
            for scene in list(scenes([story]))[1:]:
                play(stage, scene)
        return sum(len(story.acts) for story in stories)

    spent = stopwatch(steps)
    stage.draft(changed(tea_roaster(), code=CODE))
    for scene in list(scenes([changed(tea_roaster(), code=CODE)]))[1:]:
        play(stage, scene)
    database.close()
    return spent


def _multiplied(url: str, number: int) -> int:
    """Copies of the proposal with chains of their own, in the order of time; how many entries there are."""
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("BEGIN")
    for guard in guards("sqlite"):
        raw.execute(f"DROP TRIGGER {guard.name}")  # Back below: they are measured with the moves.
    tables = {name: _copied(raw, name, where) for name, where in _OWN.items()}
    for copy in range(1, number):
        _put(raw, tables, copy)
    for guard in guards("sqlite"):
        raw.execute(guard.statement)
    raw.execute("COMMIT")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found: int = raw.execute("SELECT count(*) FROM entry").fetchone()[0]
    raw.close()
    return found


_OWN = {
    "proposal": f"code = '{CODE}'",
    "entry": f"subject = '{CODE}' AND seq IS NOT NULL",
    "opening": f"entry_id IN (SELECT id FROM entry WHERE subject = '{CODE}' AND seq IS NOT NULL)",
    "deadline": f"proposal_id = (SELECT id FROM proposal WHERE code = '{CODE}')",
    "attachment": f"proposal_id = (SELECT id FROM proposal WHERE code = '{CODE}')",
}
_NUMBERED = ("id", "entry_id", "proposal_id")
Copied = tuple[str, list[str], list[dict[str, Any]]]


def _copied(raw: sqlite3.Connection, name: str, where: str) -> Copied:
    found = raw.execute(f"SELECT * FROM {name} WHERE {where} ORDER BY 1")
    columns = [column[0] for column in found.description]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", columns, rows


def _put(raw: sqlite3.Connection, tables: dict[str, Copied], copy: int) -> None:
    code, apart = f"B-{copy:06d}", copy * 1000
    hashes = list(_chain(tables["entry"][2], code))
    for name, (sql, columns, rows) in tables.items():
        made = []
        for place, row in enumerate(rows):
            one = row | {key: row[key] + apart for key in _NUMBERED if key in row}
            if name == "entry":
                body, hash_, previous = hashes[place]
                one |= {"subject": code, "body": body, "hash": hash_, "previous_hash": previous}
            if name == "proposal":
                one |= {"code": code, "last_hash": hashes[-1][1], "contract": None}
                one["search"] = row["search"].replace(CODE.lower(), code.lower())
            made.append([one[column] for column in columns])
        raw.executemany(sql, made)
    raw.executemany("INSERT INTO unsealed VALUES (?)", [(row["id"] + apart,) for row in tables["entry"][2]])


def _chain(entries: list[dict[str, Any]], code: str) -> Iterator[tuple[bytes, str, str | None]]:
    previous: str | None = None
    for entry in entries:
        body = canonical({**json.loads(entry["body"]), "subject": code, "previous": previous})
        hash_ = sha256(body).hexdigest()
        yield body, hash_, previous
        previous = hash_


def _sealed(database: Database) -> Spent:
    """What sealing costs an entry."""

    def all_of_it() -> int:
        done = 0
        while True:
            with database.transaction(writes=True) as transaction:
                batch = seal(SqlSealedLog(transaction), SIGNER, at=LATE, most=1000, sandbox=False)
            if batch is None:
                return done
            done += len(batch.leaves)

    return stopwatch(all_of_it)


def _cpu(spent: Spent) -> float:
    return spent.cpu


def _rates(options: Options, database: Database, entries: int, checks: tuple[str, ...]) -> Table:
    work = {"reading": reading, "the log": the_log, "whole": whole}
    found = interleave(
        {name: partial(lambda of, _: stopwatch(lambda: of(database)), work[name]) for name in checks},
        min(options.rounds, 3),
    )
    rows = tuple(
        (
            name,
            microseconds(middle(spent, lambda one: one.cpu)),
            share(times(spent, found["reading"], lambda one: one.cpu)),
        )
        for name, spent in found.items()
    )
    columns = ("", "CPU µs an entry", "of reading, CPU")
    return Table(title=f"Checking {entries:,} entries", columns=columns, rows=rows, notes=NOTES)


_LEAVES = (
    "SELECT l.position, l.data, e.id, e.kind, e.subject, e.seq, e.recorded_at, e.body, e.hash, e.previous_hash, "
    "e.format FROM leaf l LEFT JOIN entry e ON e.id = l.entry_id WHERE l.position >= ? ORDER BY l.position LIMIT 2000"
)
_OPENINGS = "SELECT entry_id, path, salt, value FROM opening WHERE entry_id >= ? AND entry_id <= ?"


def reading(database: Database) -> int:
    """Every row that checking the log reads, and a hash over the bytes of each."""
    raw = sqlite3.connect(database.url.removeprefix("sqlite:///"))
    beyond = seen = 0
    while rows := raw.execute(_LEAVES, (beyond,)).fetchall():
        for row in rows:
            sha256(row[7]).digest()
        for _, _, salt, value in raw.execute(_OPENINGS, (rows[0][2], rows[-1][2])).fetchall():
            if value is not None:
                sha256(salt + value.encode()).digest()
        beyond, seen = rows[-1][0] + 1, seen + len(rows)
    for (hash_,) in raw.execute("SELECT hash FROM node"):
        sha256(hash_).digest()
    raw.close()
    return seen


def the_log(database: Database) -> int:
    """The entries, chains, tree and checkpoints."""
    wrong: list[Any] = []
    with database.transaction(writes=False) as transaction:
        log = LogReading(transaction, [SIGNER.verifier], wrong.append, lambda _, __: None)
        log.run()
    if wrong:
        raise AssertionError(wrong[:3])
    return log.check.coverage.entries


def whole(database: Database) -> int:
    """All that ``audit verify`` does, but for the files of papers."""
    with database.transaction(writes=False) as transaction:
        found = verify(transaction)
    return found.entries


def _memory(url: str, check: str, entries: int) -> Table:
    """In a process of its own."""
    code = (
        "import resource, sys\nfrom benchmarks import verifying\nfrom store.database import open_database\n"
        f"database = open_database({url!r})\nverifying.{check.replace(' ', '_')}(database)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    done = run([executable, "-c", code], stdout=PIPE, check=True, text=True, cwd=Path(__file__).parent.parent)
    title = f"Memory of checking {entries:,} entries"
    return Table(title=title, columns=("", "MiB at most"), rows=((check, done.stdout.strip()),))


def _proofs(database: Database, moved: Spent, sealed: Spent) -> Table:
    with database.transaction(writes=False) as transaction:
        log = SqlSealedLog(transaction)
        size = log.size()
        proving.inclusion(log, size // 3, size)
        one, log.nodes_read = log.nodes_read, 0
        proving.consistency(log, size // 3 + 1, size)
        two = log.nodes_read
    rows = (
        ("sealing, CPU µs an entry", microseconds(sealed.cpu)),
        ("a step of these proposals, CPU µs", microseconds(moved.cpu)),
        ("sealing, of a step", f"{sealed.cpu / moved.cpu:.1%}"),
        (f"nodes read for an inclusion proof in {size:,}", str(one)),
        (f"nodes read for a consistency proof in {size:,}", str(two)),
    )
    return Table(title="Sealing and proving", columns=("", ""), rows=rows)
