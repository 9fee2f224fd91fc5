"""The sealed log: what checking costs beside reading, what sealing adds to a move, how many nodes a proof reads."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from subprocess import PIPE, run
from sys import executable
from typing import Any

from audit import proving
from audit.sealing import seal
from benchmarks.bare_reading import LOG, REST, connect, read_all
from benchmarks.copied_cases import LATE, SIGNER, copy_to_postgres, kept
from benchmarks.measuring import (
    Options,
    Spent,
    Table,
    backends_of,
    cores,
    interleave,
    microseconds,
    middle,
    share,
    stopwatch,
    times,
)
from benchmarks.places import KINDS, TITLES, Kind, empty
from benchmarks.whole_check import check, cpu_of_all
from khuyencong.demo.samples import tea_roaster
from khuyencong.demo.stage import play, scenes
from store.database import Database, open_database
from store.log import verify
from store.log_reading import LogReading
from store.migrations import upgrade
from store.sealed_log import SqlSealedLog
from tests.staging import staged
from workflow.changing import changed

#: Entries that are checked, and the same for seeing that all runs.
ENTRIES, FEW = 1_000_000, 2_000
#: Turns of each; a check of a million entries takes minutes.
ROUNDS = 3
NOTES = (
    "`reading` scans the same rows through the bare driver and hashes their bytes; nothing is joined or compared. That "
    "of the log: entries, leaves, openings, nodes, checkpoints; of all: besides proposals, deadlines, attachments, "
    "documents, mails, people and registers.",
    "`the log` is what `audit verify` does first: bodies, columns, chains, openings, leaves, nodes, roots, signatures. "
    "`whole` is all of it: it also tells every proposal again from its entries and holds all that is stored against "
    "that. The files of papers are left out.",
    "Entries are those of the sandbox's 66 proposals, copied with hashes of their own (`benchmarks/copied_cases.py`). "
    "CPU is that of the client and its workers, on PostgreSQL with the server's backend, but for those of the workers. "
    "Wall counts the start of the workers; of it each takes its share of the cases while their leader checks the log.",
)


def measure(options: Options) -> Iterable[Table]:
    """How checking compares with reading on both databases, and the rest on SQLite."""
    folder = options.folder if options.quick else options.folder.parent
    source = kept(folder, FEW if options.quick else ENTRIES)
    for kind in KINDS:
        with ExitStack() as stack:
            url = source
            if kind == "postgresql":
                url = stack.enter_context(empty(options, kind))
                copy_to_postgres(source, url)
            yield _rates(options, kind, url, stack)
    yield _memory(source)
    yield _proofs(options, source)


def _rates(options: Options, kind: Kind, url: str, stack: ExitStack) -> Table:
    database = open_database(url)
    stack.callback(database.close)
    bare = stack.enter_context(closing(connect(url)))
    backends, entries = backends_of(options, url, stack), count(database)
    together = f"whole, {cores()} workers"
    work: Mapping[str, Callable[[Database], int]] = {
        "reading the log": lambda _: _read(bare, {**LOG}, entries),
        "the log": the_log,
        "reading all": lambda _: _read(bare, {**LOG, **REST}, entries),
        "whole": whole,
        together: lambda database: check(database, url, cores()),
    }
    contenders = {name: partial(_turn, of, database, backends) for name, of in work.items()}
    found = interleave(contenders, 1 if options.quick else min(options.rounds, ROUNDS))
    of_base = {"the log": "reading the log", "whole": "reading all", together: "reading all"}
    rows = [_line(name, spent, found.get(of_base.get(name, ""), [])) for name, spent in found.items()]
    columns = ("", "CPU µs an entry", "of reading, CPU", "wall µs an entry", "of reading, wall")
    return Table(title=f"Checking {entries:,} entries, {TITLES[kind]}", columns=columns, rows=tuple(rows), notes=NOTES)


def _turn(work: Callable[[Database], int], database: Database, backends: Callable[[], float], _: int) -> Spent:
    """What it cost, with what its workers cost, but for their backends, which end with them."""
    cpu = cpu_of_all()
    spent = stopwatch(lambda: work(database), backends)
    return replace(spent, client=cpu_of_all() - cpu)


def _line(name: str, spent: list[Spent], reading: list[Spent]) -> tuple[str, ...]:
    cpu, wall = microseconds(middle(spent, _cpu)), microseconds(middle(spent, _wall))
    if not reading:
        return name, cpu, "", wall, ""
    return name, cpu, share(times(spent, reading, _cpu)), wall, share(times(spent, reading, _wall))


def _cpu(spent: Spent) -> float:
    return spent.cpu


def _wall(spent: Spent) -> float:
    return spent.wall / spent.operations


def _read(bare: Any, tables: Mapping[str, Any], entries: int) -> int:
    read_all(bare, tables)
    return entries


def count(database: Database) -> int:
    """How many entries there are."""
    with database.transaction(writes=False) as transaction:
        return SqlSealedLog(transaction).size()


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
    if found.findings:
        raise AssertionError(found.findings[:3])
    return found.entries


def _memory(url: str) -> Table:
    """The most memory of processes of their own, and how long they took, once."""
    rows, entries = [], 0
    for workers in sorted({1, cores()}):
        words = [executable, "-m", "benchmarks.whole_check", url, str(workers)]
        used = json.loads(run(words, stdout=PIPE, check=True, text=True, cwd=Path(__file__).parent.parent).stdout)
        entries = used["entries"]
        rows.append((f"whole, {workers} workers", str(used["mib"]), f"{used['wall']:,.0f}", f"{used['cpu']:,.0f}"))
    columns = ("", "MiB at most, all processes", "seconds", "of CPU")
    return Table(
        title=f"One check of {entries:,} entries from beginning to end, SQLite", columns=columns, rows=tuple(rows)
    )


def _proofs(options: Options, url: str) -> Table:
    database = open_database(url)
    with database.transaction(writes=False) as transaction:
        log = SqlSealedLog(transaction)
        size = log.size()
        proving.inclusion(log, size // 3, size)
        one, log.nodes_read = log.nodes_read, 0
        proving.consistency(log, size // 3 + 1, size)
        two = log.nodes_read
    database.close()
    moved, sealed = _sealing(options)
    rows = (
        ("sealing, CPU µs an entry", microseconds(sealed.cpu)),
        ("a step of these proposals, CPU µs", microseconds(moved.cpu)),
        ("sealing, of a step", f"{sealed.cpu / moved.cpu:.1%}"),
        (f"nodes read for an inclusion proof in {size:,}", str(one)),
        (f"nodes read for a consistency proof in {size:,}", str(two)),
    )
    return Table(title="Sealing and proving", columns=("", ""), rows=rows)


def _sealing(options: Options) -> tuple[Spent, Spent]:
    """What the steps of proposals that are paid out cost, and sealing the entries of these steps."""
    with empty(options, "sqlite") as url:
        upgrade(url)
        database = open_database(url)
        stage = staged(database)
        stories = [changed(tea_roaster(), code=f"X-{number}") for number in range(4 if options.quick else 20)]
        for story in stories:
            stage.draft(story)

        def steps() -> int:
            for story in stories:
                for scene in list(scenes([story]))[1:]:
                    play(stage, scene)
            return sum(len(story.acts) for story in stories)

        def seals() -> int:
            with database.transaction(writes=True) as transaction:
                batch = seal(SqlSealedLog(transaction), lambda: SIGNER, at=LATE, most=100_000, sandbox=False)
            return len(batch.leaves) if batch else 0

        moved, sealed = stopwatch(steps), stopwatch(seals)
        database.close()
    return moved, sealed
