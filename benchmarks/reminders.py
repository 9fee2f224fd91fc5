"""Due reminders: claimed, rendered and recorded by the product, beside rendering alone and one job for each."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from statistics import median

from benchmarks import environment, one_job_each
from benchmarks.comparing import heard
from benchmarks.crew import Worker, crew
from benchmarks.measuring import (
    Options,
    Spent,
    Table,
    backends_of,
    driver_url,
    interleave,
    microseconds,
    middle,
    share,
    stopwatch,
    times,
)
from benchmarks.places import KINDS, TITLES, Kind, copy, empty
from khuyencong.demo.stage import play, scenes
from notifications import composing
from notifications.at_once import AtOnce
from notifications.channels import Accepted, Letter, Outcome
from notifications.composing import Waiting
from notifications.outbox import Posting, deliver
from notifications.reminders import sweep
from notifications.rendering import TemplateSet
from store.database import Database, open_database
from store.migrations import upgrade
from store.outbox import SqlOutbox
from store.reminders import SqlReminders
from store.tables import ReminderRow, table
from tests.delivering import DESK
from tests.offices import morning_of, story
from tests.staging import house, staged
from workflow.changing import changed

#: On these mornings the rungs of one deadline fire: two days before its last day, on it, and one and three days after.
MORNINGS = tuple(morning_of(4, day) for day in (20, 24, 25, 27))
BEFORE = morning_of(4, 19)
ROOT = Path(__file__).parent.parent
NOTES = (
    "An operation is one due rung of a deadline: the ladder of one working limit on its four mornings, six rungs to "
    "two seats, each a mail of about 13 kB from the shipped templates, one in six an escalation in history; of 320 "
    "proposals, so that what a process reads and plans but once in its life weighs little.",
    "Ours is `sweep` (claim, decide, render, keep the bytes, notices and leases, in batches of 100 deadlines) and "
    "`deliver` as the scheduler calls them. `rendering alone` makes the same mails of the notices in memory.",
    "Mail is left out: the channel accepts at once. `and accepted` records besides what the mail server said, in a "
    "commit of its own for each mail, so that a crash sends at most the mail under way again.",
    "`one APScheduler job each` (`benchmarks/one_job_each.py`): a lasting SQLAlchemyJobStore in the same database, ten "
    "threads, the same bytes rendered and recorded in a transaction a job; it decides nothing, which ours does.",
    "`one procrastinate task each` (`benchmarks/peers/procrastinate_jobs.py`): its own worker, ten "
    "at a time, the same rows on a pool of psycopg; it decides nothing either. `beyond rendering` leaves out the "
    "rendering, which costs all of them the same.",
)


class Taking:
    """A mail server that costs nothing."""

    def send(self, letter: Letter) -> Outcome:
        """Accepts it."""
        return Accepted(f"250 {len(letter.content)}")


class UpToTheMail(SqlOutbox):
    """The outbox of the product up to where the mail server begins: that it accepted is not recorded."""

    def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
        """Left out; a lease that outlasts the mornings keeps the mail from going again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An open database with its reminders and outbox."""

    store: Database
    reminders: SqlReminders
    outbox: SqlOutbox

    def templates(self, sha256: str) -> TemplateSet:
        """A published set, as the scheduler finds it."""
        with self.store.look() as queries:
            return _set(queries.text(sha256))

    def morning(self, at: datetime, *, post: bool = True, limit: int = 100) -> int:
        """What the scheduler does at a tick; how many rungs fired."""
        posting = Posting(desk=DESK, lease=timedelta(days=30), limit=limit)
        leaving = AtOnce(outbox=self.outbox, channel=Taking(), templates_of=self.templates, posting=posting)
        done = sweep(self.reminders, house(), at=at, domain=DESK.domain, limit=limit, at_once=leaving if post else None)
        if post:
            deliver(self.outbox, Taking(), self.templates, at=at, posting=posting)
        return done.fired


@cache
def _set(text: str) -> TemplateSet:
    return TemplateSet.from_text(text)


@contextmanager
def opened(url: str, outbox: Callable[[Database], SqlOutbox] = SqlOutbox) -> Iterator[House]:
    """The house on a database."""
    store = open_database(url)
    yield House(store=store, reminders=SqlReminders(store), outbox=outbox(store))
    store.close()


@contextmanager
def filled(options: Options, kind: Kind, proposals: int) -> Iterator[str]:
    """A database with so many proposals, whose mail is out up to the day before the first of the mornings."""
    with empty(options, kind) as url:
        upgrade(url)
        store = open_database(url)
        stage = staged(store)
        for scene in scenes(story(f"B-{number:05d}") for number in range(proposals)):
            play(stage, scene)
        store.close()
        with opened(url) as made:
            made.morning(BEFORE)
        yield url


def measure(options: Options) -> Iterable[Table]:
    """How much of the work is rendering; what several workers do; what a start costs."""
    rows: list[tuple[str, ...]] = []
    starts: list[tuple[str, ...]] = []
    for kind in KINDS:
        with filled(options, kind, 5 if options.quick else 320) as url:
            rows += _beside_others(options, kind, url)
            if kind == "postgresql":
                rows.append(_several(options, url))
            starts += _starts(options, kind, url)
    columns = (
        "",
        "CPU µs a rung",
        "of it rendering",
        "ours is cheaper, CPU",
        "beyond rendering",
        "wall",
        "rungs per second",
    )
    yield Table(title="Due reminders", columns=columns, rows=tuple(rows), notes=NOTES)
    columns_of_start = ("", "reminders that wait", "ms to the end of the first tick", "MiB at most")
    yield Table(title="Start of a scheduler", columns=columns_of_start, rows=tuple(starts))


def _beside_others(options: Options, kind: Kind, url: str) -> Iterator[tuple[str, ...]]:
    contenders: dict[str, Callable[[int], Spent]] = {
        "rendering alone": _rendering(options, url),
        "ours": partial(_ours, options, url, UpToTheMail),
        "ours, and accepted": partial(_ours, options, url, SqlOutbox),
        "one APScheduler job each": partial(_jobs, options, url),
    }
    if kind == "postgresql" and not options.quick:  # A peer is fetched first.
        contenders["one procrastinate task each"] = partial(_tasks, options, url, environment.python())
    found = interleave(contenders, options.rounds)
    for name, spent in found.items():
        yield (
            f"{TITLES[kind]}, {name}",
            microseconds(middle(spent, lambda one: one.cpu)),
            share(times(spent, found["rendering alone"], lambda one: one.cpu)),
            f"{share(times(found['ours'], spent, lambda one: one.cpu))}x",
            _beyond(spent, found["ours"], found["rendering alone"]) if spent is not found["rendering alone"] else "",
            f"{share(times(found['ours'], spent, lambda one: one.wall / one.operations))}x",
            f"{middle(spent, lambda one: one.rate):,.0f}",
        )


def _jobs(options: Options, url: str, _: int) -> Spent:
    """A job for each notice of the four mornings; which of them there are was decided beforehand."""
    with copy(options, url) as fresh, ExitStack() as stack:
        with opened(fresh) as made:
            fired = sum(made.morning(at, post=False) for at in MORNINGS)
            waiting = _waiting(made)
            sets = {row.templates_sha256: made.templates(row.templates_sha256) for row in waiting}
        scheduler = one_job_each.prepare(fresh, [row.id for row in waiting], MORNINGS[-1], sets)
        spent = stopwatch(lambda: one_job_each.work_off(scheduler, len(waiting)), backends_of(options, fresh, stack))
        one_job_each.close(scheduler)
        return changed(spent, operations=fired)


def _tasks(options: Options, url: str, python: Path, _: int) -> Spent:
    """A task for each notice, by procrastinate's worker; its Python finds the product's packages after its own."""
    with copy(options, url) as fresh, ExitStack() as stack:
        with opened(fresh) as made:
            fired = sum(made.morning(at, post=False) for at in MORNINGS)
        words = [str(python), "-m", "benchmarks.peers.procrastinate_jobs", driver_url(fresh), MORNINGS[-1].isoformat()]
        found = os.pathsep.join((str(ROOT), sysconfig.get_path("purelib")))
        process = stack.enter_context(
            subprocess.Popen(
                words,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": found},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        heard(process)
        backends = backends_of(options, fresh, stack)
        before = backends()
        print(file=process.stdin, flush=True)
        answer = json.loads(heard(process))
        server = backends() - before
        return Spent(operations=fired, client=answer["client"], server=server, wall=answer["wall"])


def _several(options: Options, url: str) -> tuple[str, ...]:
    """Four workers beside one, in wall time."""
    gains, rates = [], []
    for _ in range(options.rounds):
        one, four = (_crew(options, url, number) for number in (1, 4))
        gains.append(one.wall / four.wall)
        rates.append(four.operations / four.wall)
    return "PostgreSQL, four workers", "", "", "", "", f"{share(median(gains))}x one", f"{median(rates):,.0f}"


def _crew(options: Options, url: str, number: int) -> Spent:
    with copy(options, url) as fresh, crew(number, partial(_worker, fresh)) as hands:
        return hands.work("all mornings")


def _worker(url: str, _: int) -> Worker:
    store = open_database(url)
    made = House(store=store, reminders=SqlReminders(store), outbox=UpToTheMail(store))
    made.morning(BEFORE)
    return lambda _: sum(made.morning(at, limit=10) for at in MORNINGS)


def _starts(options: Options, kind: Kind, url: str) -> Iterator[tuple[str, ...]]:
    for number in (10, 1_000 if options.quick else 100_000):
        with copy(options, url) as fresh:
            _wait(fresh, number)
            found = [_start(options, fresh) for _ in range(options.rounds)]
        wall, memory = (median(column) for column in zip(*found, strict=True))
        yield TITLES[kind], f"{number:,}", f"{wall:.0f}", f"{memory:.0f}"


def _wait(url: str, number: int) -> None:
    """So many reminders besides that fire years later."""
    columns = ", ".join(f'"{column.name}"' for column in table(ReminderRow).columns if column.name not in _OWN)
    later = f"""INSERT INTO reminder ({columns}, seat, state, fire_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
        SELECT {columns}, 'waiting@' || i, 'scheduled', '2099-01-01T00:00:00.000000Z'
        FROM n, (SELECT * FROM reminder ORDER BY id LIMIT 1) AS one"""
    store = open_database(url)
    with store.transaction(writes=True) as transaction:
        transaction.execute(later)
    store.close()


_OWN = ("id", "seat", "state", "fire_at")


def _start(options: Options, url: str) -> tuple[float, float]:
    words = [sys.executable, "-m", "benchmarks.starting", url, str(options.folder)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    wall, memory = map(float, done.stdout.split())
    return wall, memory


def _beyond(other: list[Spent], ours: list[Spent], rendering: list[Spent]) -> str:
    """How often the CPU that ours takes beside rendering goes into that of another."""
    rounds = zip(other, ours, rendering, strict=True)
    return f"{share(median((one.cpu - least.cpu) / (our.cpu - least.cpu) for one, our, least in rounds))}x"


def _ours(options: Options, url: str, outbox: Callable[[Database], SqlOutbox], _: int) -> Spent:
    """All four mornings on a copy that begins alike."""
    with copy(options, url) as fresh, opened(fresh, outbox) as made, ExitStack() as stack:
        made.morning(BEFORE)
        return stopwatch(lambda: sum(map(made.morning, MORNINGS)), backends_of(options, fresh, stack))


def _rendering(options: Options, url: str) -> Callable[[int], Spent]:
    """Makes the mails of the four mornings from notices in memory."""
    with copy(options, url) as fresh, opened(fresh) as made:
        fired = sum(made.morning(at, post=False) for at in MORNINGS)
        waiting = _waiting(made)
        sets = {row.templates_sha256: made.templates(row.templates_sha256) for row in waiting}

    def work() -> int:
        for notice in waiting:
            composing.single(notice, sets.__getitem__, at=MORNINGS[-1], desk=DESK)
        return fired

    return lambda _: stopwatch(work)


def _waiting(made: House) -> tuple[Waiting, ...]:
    at = MORNINGS[-1]
    with made.outbox.claiming(at=at, until=at + timedelta(minutes=10), limit=1_000_000) as claim:
        return tuple(claim.waiting)
