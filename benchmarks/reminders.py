"""Due reminders: claimed, decided, rendered and recorded by the product, beside rendering alone and one job for each."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from benchmarks.crew import Worker, crew
from benchmarks.measuring import (
    Options,
    Spent,
    Table,
    backends_of,
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
from notifications.channels import Accepted, Letter, Outcome
from notifications.composing import Waiting
from notifications.outbox import Posting, deliver
from notifications.reminders import sweep
from notifications.rendering import TemplateSet
from store.database import Database, open_database
from store.migrations import upgrade
from store.outbox import SqlOutbox
from store.reminders import SqlReminders
from tests.delivering import DESK
from tests.offices import morning_of, story
from tests.staging import house, staged

#: On these mornings the rungs of one deadline fire: two days before its last day, on it, and one and three days after.
MORNINGS = tuple(morning_of(4, day) for day in (20, 24, 25, 27))
BEFORE = morning_of(4, 19)
RUNGS = 6
NOTES = (
    "An operation is one due rung of a deadline: the ladder of one working limit on its four mornings, six rungs to two "
    "seats, each a mail of about 13 kB from the shipped templates, one in six an escalation in history.",
    "Ours is `sweep` (claim, decide, notices in batches of 100 deadlines) and `deliver` (claim, render, keep the bytes, "
    "lease) as the scheduler calls them. `rendering alone` makes the same mails of the same notices from memory.",
    "Mail is left out: the channel accepts at once. `and accepted` records besides what the mail server said, in a "
    "commit of its own for each mail, so that a crash sends at most the mail under way again.",
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
    outbox: SqlOutbox

    def templates(self, sha256: str) -> TemplateSet:
        """A published set, as the scheduler finds it."""
        with self.store.look() as queries:
            return _set(queries.text(sha256))

    def morning(self, at: datetime, *, post: bool = True) -> int:
        """What the scheduler does at a tick; how many rungs fired."""
        fired = sweep(SqlReminders(self.store), house(), at=at, domain=DESK.domain).fired
        if post:
            posting = Posting(desk=DESK, lease=timedelta(days=30))
            deliver(self.outbox, Taking(), self.templates, at=at, posting=posting)
        return fired


@cache
def _set(text: str) -> TemplateSet:
    return TemplateSet.from_text(text)


@contextmanager
def opened(url: str, outbox: Callable[[Database], SqlOutbox] = SqlOutbox) -> Iterator[House]:
    """The house on a database."""
    store = open_database(url)
    yield House(store=store, outbox=outbox(store))
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
    """How much of the work is rendering."""
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        with filled(options, kind, 5 if options.quick else 150) as url:
            rows += _beside_rendering(options, kind, url)
    columns = ("", "CPU µs a rung", "rendering is", "rungs per second, wall")
    yield Table(title="Due reminders", columns=columns, rows=tuple(rows), notes=NOTES)


def _beside_rendering(options: Options, kind: Kind, url: str) -> Iterator[tuple[str, ...]]:
    render = _rendering(options, url)
    contenders = {
        "rendering alone": render,
        "ours": partial(_ours, options, url, UpToTheMail),
        "ours, and accepted": partial(_ours, options, url, SqlOutbox),
    }
    found = interleave(contenders, options.rounds)
    for name, spent in found.items():
        yield (
            f"{TITLES[kind]}, {name}",
            microseconds(middle(spent, lambda one: one.cpu)),
            share(times(spent, found["rendering alone"], lambda one: one.cpu)),
            f"{middle(spent, lambda one: one.rate):,.0f}",
        )


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
