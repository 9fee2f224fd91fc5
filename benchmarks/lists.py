"""Every list of proposals at 10,000 and at 1,000,000: it should cost the same, for nobody waits for what others have.

A list is asked for as a screen asks: its first page of 50 lines together with its count, which stops at 1,000.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta

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
from benchmarks.places import KINDS, TITLES, Kind, empty
from benchmarks.population import NOW, OFFICERS, Law, check_room, fill
from store.database import Database, open_database
from store.lists import Inbox, Wanted
from store.migrations import upgrade
from store.queries import Queries
from tests.contract import PROCESS_TEXT, PROGRAMME_TEXT, TEMPLATES_SHA256, furnish, register_entry
from workflow.storage import Person

_SIZES, _QUICK = (10_000, 1_000_000), (1_000, 5_000)
#: A list that grew a hundredfold may cost so much more.
LIMIT = 2.0
#: How often a list is asked in one turn.
_OFTEN, _PAGE = 20, 50
_SOON = NOW + timedelta(days=7)
_MINE = Inbox(person="o-1-0", seats=("base_appraiser@sct-tinh-01", "funder@sct-tinh-01"))

LISTS: dict[str, Wanted] = {
    "inbox of a person (two seats)": Wanted(inbox=_MINE),
    "inbox of a seat": Wanted(holders=("base_appraiser@sct-tinh-01",)),
    "in charge": Wanted(officer="o-1-1"),
    "due soon": Wanted(due_after=NOW, due_by=_SOON),
    "due soon, of a person": Wanted(inbox=_MINE, due_after=NOW, due_by=_SOON),
    "overdue": Wanted(due_by=NOW),
    "overdue, of a seat": Wanted(holders=("base_appraiser@sct-tinh-01",), due_by=NOW),
    "waiting for supplement, of a province": Wanted(waiting=True, province="tinh-01"),
    "followed, of a province": Wanted(open=True, province="tinh-01", not_held_by=("base_appraiser@sct-tinh-01",)),
    "ended, of a province": Wanted(open=False, province="tinh-01"),
    "ended": Wanted(open=False),
    "all": Wanted(),
    "of a programme": Wanted(programme="tinh-01-2021"),
    "of a programme in a state": Wanted(programme="tinh-01-2021", state="submitted"),
}
SEARCHES: dict[str, Wanted] = {
    "the number in a code": Wanted(text="000777"),
    "the beginning of a code": Wanted(text="T01-2024"),
    "a year": Wanted(text="2024"),
    "a word that five have": Wanted(text="Ngọc"),
    "a word that one in a hundred has": Wanted(text="kiểu"),
    "a word that one in twenty has": Wanted(text="lụa"),
    "a word that one in three has": Wanted(text="gỗ"),
    "a word that half have": Wanted(text="máy"),
    "two words, one in forty": Wanted(text="may lua"),
    "a word of half in an inbox": Wanted(text="máy", inbox=_MINE),
    "a word of twenty in an inbox": Wanted(text="lụa", inbox=_MINE),
    "a word of a hundred in an inbox": Wanted(text="kiểu", inbox=_MINE),
    "a word of half among the overdue": Wanted(text="máy", due_by=NOW),
    "the beginning of a code among the ended": Wanted(text="T01-2024", open=False),
    "a word of five among the ended": Wanted(text="Ngọc", open=False),
    "a word of a hundred among the ended": Wanted(text="kiểu", open=False),
    "a word of half among the ended": Wanted(text="máy", open=False),
    "a word of half among a province's ended": Wanted(text="máy", open=False, province="tinh-01"),
    "a word of a hundred among a province's ended": Wanted(text="kiểu", open=False, province="tinh-01"),
}
Ask = Callable[[Queries], object]


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database, and the CPU that its server's backends have used."""

    database: Database
    backends: Callable[[], float]

    def turn(self, ask: Ask, often: int) -> Spent:
        """What asking so often cost, each time in a transaction of its own."""

        def work() -> int:
            for _ in range(often):
                with self.database.look() as lists:
                    ask(lists)
            return often

        return stopwatch(work, self.backends)


def measure(options: Options) -> Iterable[Table]:
    """A table for each database."""
    sizes = _QUICK if options.quick else _SIZES
    check_room(options.folder, sum(sizes))
    for kind in KINDS:
        with ExitStack() as stack:
            small, big = (_filled(options, kind, size, stack) for size in sizes)
            yield _table(kind, sizes, small, big, options)


def _filled(options: Options, kind: Kind, size: int, stack: ExitStack) -> Place:
    url = stack.enter_context(empty(options, kind))
    upgrade(url)
    with closing(open_database(url)) as unfilled:
        _furnish(unfilled)
    fill(url, size, Law(process=PROCESS_TEXT.sha256, programme=PROGRAMME_TEXT.sha256, templates=TEMPLATES_SHA256))
    database = stack.enter_context(closing(open_database(url)))
    return Place(database, backends_of(options, url, stack))


def _furnish(database: Database) -> None:
    furnish(database)
    with database.write() as uow:
        for number in range(OFFICERS):
            name = f"o-1-{number}"
            uow.add_person(Person(id=name, name=f"Cán bộ {number}"), username=name, entry=register_entry(uow))


def _table(kind: Kind, sizes: tuple[int, int], small: Place, big: Place, options: Options) -> Table:
    often = 2 if options.quick else _OFTEN
    rows = []
    for name, (here, there) in _asks(small, big).items():
        rounds = interleave({"small": _turns(small, here, often), "big": _turns(big, there, often)}, options.rounds)
        rows.append((name, *_figures(rounds)))
    return Table(
        title=f"Lists, {TITLES[kind]}: CPU and time of a list, µs",
        columns=("list", *(f"{size:,} {what}" for size in sizes for what in ("CPU", "wall")), "ratio of CPU", ""),
        rows=tuple(rows),
        notes=_NOTES,
    )


def _turns(place: Place, ask: Ask, often: int) -> Callable[[int], Spent]:
    return lambda _: place.turn(ask, often)


def _figures(rounds: Mapping[str, list[Spent]]) -> tuple[str, ...]:
    figures = [
        microseconds(middle(rounds[size], figure))
        for size in ("small", "big")
        for figure in (lambda spent: spent.cpu, lambda spent: spent.wall / spent.operations)
    ]
    ratio = times(rounds["small"], rounds["big"], lambda spent: spent.cpu)
    return *figures, share(ratio), "OVER" if ratio > LIMIT else ""


def _asks(small: Place, big: Place) -> dict[str, tuple[Ask, Ask]]:
    """Each list as a screen asks for it, then its page in the middle; the middle is elsewhere in each database."""
    asks = {name: (_screen(wanted), _screen(wanted)) for name, wanted in (LISTS | _named(SEARCHES)).items()}
    here, there = (_screen(Wanted(text=_code(place.database))) for place in (small, big))
    asks["search: a whole code"] = here, there
    for name, wanted in (LISTS | _named(SEARCHES)).items():
        middles = [_middle(place.database, wanted) for place in (small, big)]
        if None not in middles:
            here, there = (_page(wanted, after) for after in middles)
            asks[f"{name}: a page from its middle"] = here, there
    return asks


def _named(searches: dict[str, Wanted]) -> dict[str, Wanted]:
    return {f"search: {name}": wanted for name, wanted in searches.items()}


def _screen(wanted: Wanted) -> Ask:
    return lambda lists: (lists.proposals(wanted, limit=_PAGE), lists.count(wanted))


def _page(wanted: Wanted, after: str | None) -> Ask:
    return lambda lists: lists.proposals(wanted, after=after, limit=_PAGE)


def _code(database: Database) -> str:
    """A code; each database has its own."""
    with database.look() as lists:
        return lists.proposals(Wanted(text="000777")).lines[0].code


def _middle(database: Database, wanted: Wanted) -> str | None:
    """The token of the page after half of the list (of its first 100,000); None for a list of less than four pages."""
    with database.look() as lists:
        half = lists.count(wanted, most=100_000).number // 2
        if half < 2 * _PAGE:
            return None
        after: str | None = None
        while half > 0 and (page := lists.proposals(wanted, after=after, limit=min(half, 1_000))).after:
            after, half = page.after, half - len(page.lines)
        return after


_NOTES = (
    "A list is its first page of 50 lines with its count, which stops at 1,000; OVER: more than twice the CPU.",
    "One proposal in five is open; the appraiser of the greatest province holds three of a hundred.",
)
