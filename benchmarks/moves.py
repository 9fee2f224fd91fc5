"""The durable move: the production path, beside the floor that writes the very same rows."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial, reduce
from itertools import groupby
from operator import add
from typing import Any

from benchmarks.crew import Crew, Worker, crew
from benchmarks.floor import PostgresFloor, SqliteFloor
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
    times,
)
from benchmarks.places import TITLES, Kind, copy, empty
from benchmarks.rehearsal import Job, Rehearsal, courses, watching
from definitions.loading import DefinitionText
from khuyencong.demo.acts import Story
from khuyencong.demo.stage import Stage
from store.address import file_of, parse
from store.database import open_database
from store.migrations import upgrade
from tests.staging import staged
from workflow.changing import changed
from workflow.house import House
from workflow.service.acting import act

#: An act that moves nothing on: the plainest of all.
PLAIN = "report"
#: Databases, and how many processes share one.
_SETTINGS: tuple[tuple[Kind, int], ...] = (("sqlite", 1), ("postgresql", 1), ("postgresql", 4))
_QUICK: tuple[tuple[Kind, int], ...] = (("sqlite", 1), ("postgresql", 2))
NOTES = (
    "An operation is one act of the whole course of a local and of a national proposal, 22 acts each: proposal, entry, "
    "openings, papers, deadlines, reminders and notices in one commit; `rows` says how many rows that is.",
    "Ours is `workflow.service.acting.act` with fresh randomness. The floor (`benchmarks/floor.py`) writes the same "
    "rows by hand, its values prepared beforehand and nothing decided: on PostgreSQL in one round trip.",
    "CPU is that of the client, on PostgreSQL with the server's backends. Every process has proposals of its own.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Two databases that begin alike, and the courses to be acted out on both."""

    ours: str
    floor: str
    #: Where the acts were rehearsed: what the product wrote for the very values that the floor writes.
    rehearsed: str
    house: House
    courses: tuple[tuple[Job, ...], ...]
    processes: int
    #: How many of them a process acts out in a turn.
    each: int

    def of(self, place: int, turn: int) -> range:
        """The numbers of the courses that a process acts out in a turn."""
        first = (turn * self.processes + place) * self.each
        return range(first, first + self.each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a turn of a contender cost: all its acts, and the plain ones among them."""

    whole: Spent
    plain: Spent


def measure(options: Options) -> Iterable[Table]:
    """The table of moves."""
    rows: list[tuple[str, ...]] = []
    for kind, processes in _QUICK if options.quick else _SETTINGS:
        with arena(options, kind, processes=processes, each=1 if options.quick else 2) as made:
            rows += _rows(options, made, f"{TITLES[kind]}, {processes} process{'es' * (processes > 1)}")
    columns = ("", "rows", "floor, CPU µs", "ours, CPU µs", "of floor, CPU", "of floor, wall", "ours per second")
    yield Table(title="Durable move", columns=columns, rows=tuple(rows), notes=NOTES)


@contextmanager
def arena(
    options: Options,
    kind: Kind,
    *,
    processes: int,
    each: int,
    told: Callable[[int], Iterable[Story]] = courses,
    texts: tuple[DefinitionText, ...] | None = None,
) -> Iterator[Arena]:
    """Drafts as many proposals as are needed, and rehearses all that is to happen to them."""
    stories = tuple(told(processes * (options.rounds + 1) * each))
    with ExitStack() as stack:
        drafted = stack.enter_context(empty(options, kind))
        upgrade(drafted)
        store = open_database(drafted)
        stage = staged(store, texts)
        for story in stories:
            stage.draft(story)
        store.close()
        ours, floor = (stack.enter_context(copy(options, drafted)) for _ in range(2))
        yield Arena(
            ours=ours,
            floor=floor,
            rehearsed=drafted,
            house=changed(stage.house, salt=partial(secrets.token_bytes, 16)),
            courses=_rehearsed(stage, drafted, stories),
            processes=processes,
            each=each,
        )


def _rehearsed(stage: Stage, url: str, stories: Iterable[Story]) -> tuple[tuple[Job, ...], ...]:
    store = open_database(url)
    with watching(url) as raw:
        rehearsal = Rehearsal(changed(stage, store=store), raw)
        found = tuple(tuple(rehearsal.act_out(story)) for story in stories)
    store.close()
    return found


def _rows(options: Options, made: Arena, title: str) -> Iterator[tuple[str, ...]]:
    with ExitStack() as stack:
        hands = stack.enter_context(crew(made.processes, partial(start, made)))
        contenders = {name: _turns(stack, options, hands, made, name) for name in ("ours", "floor")}
        found = interleave(contenders, options.rounds)
    acts = [job for course in made.courses for job in course]
    plain = [job for job in acts if job.request.action == PLAIN]
    yield _row(title, acts, [one.whole for one in found["ours"]], [one.whole for one in found["floor"]])
    yield _row(f"  `{PLAIN}` alone", plain, [one.plain for one in found["ours"]], [one.plain for one in found["floor"]])


def _row(title: str, acts: Sequence[Job], ours: list[Spent], floor: list[Spent]) -> tuple[str, ...]:
    written = sum(job.written.rows for job in acts) / len(acts)
    return (
        title,
        f"{written:.1f}",
        microseconds(middle(floor, lambda spent: spent.cpu)),
        microseconds(middle(ours, lambda spent: spent.cpu)),
        share(times(ours, floor, lambda spent: spent.cpu)),
        share(times(ours, floor, lambda spent: spent.wall)),
        f"{middle(ours, lambda spent: spent.rate):,.0f}",
    )


def _turns(stack: ExitStack, options: Options, hands: Crew, made: Arena, name: str) -> Callable[[int], Turn]:
    backends = backends_of(options, getattr(made, name), stack)
    stretches = _stretches(made.courses[0])

    def turn(number: int) -> Turn:
        spent = [hands.work((name, number, acts), backends) for acts, _ in stretches]
        plain = [one for one, (_, is_plain) in zip(spent, stretches, strict=True) if is_plain]
        return Turn(whole=reduce(add, spent), plain=reduce(add, plain))

    return turn


def _stretches(course: tuple[Job, ...]) -> list[tuple[list[int], bool]]:
    """The numbers of a course's acts, those that follow each other and are plain (or not) together."""
    grouped = groupby(range(len(course)), key=lambda number: course[number].request.action == PLAIN)
    return [(list(acts), is_plain) for is_plain, acts in grouped]


def start(made: Arena, place: int) -> Worker:
    """A process with both contenders, each on a connection of its own."""
    store = open_database(made.ours)
    floor = floor_at(made.floor)
    ready: dict[int, list[Any]] = {}
    for turn in range(len(made.courses) // made.processes // made.each):
        ready |= {one: [floor.prepare(job.written) for job in made.courses[one]] for one in made.of(place, turn)}

    def work(order: tuple[str, int, list[int]]) -> int:
        name, turn, acts = order
        for course in made.of(place, turn):
            for number in acts:
                if name == "floor":
                    floor.move(ready[course][number])
                else:
                    job = made.courses[course][number]
                    act(store, made.house, job.request, by=job.by, at=job.at)
        return made.each * len(acts)

    return work


def floor_at(url: str) -> Any:
    """The floor of a database."""
    return SqliteFloor(file_of(parse(url))) if url.startswith("sqlite") else PostgresFloor(driver_url(url))
