"""The product beside its peers, on work that is the same for all: ``benchmarks.lean`` and ``benchmarks.peers``."""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import environment, lean
from benchmarks.crew import Crew, crew
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
from benchmarks.moves import Arena, arena, start
from benchmarks.places import KINDS, TITLES, Kind, empty

_ROOT = Path(__file__).parent.parent
#: What each is called, its module among the peers, and how many rows it writes in a step.
_PEERS = (
    ("four rows, no law, no guards", "four_rows", 4),
    ("django-fsm-2 + log model", "django_fsm_log", 4),
    ("SpiffWorkflow, serialised each step", "spiff", 4),
    ("django-viewflow", "viewflow_tasks", 5),
)
NOTES = (
    "The same work for all: load by number, check whose turn it is, the state and the version, move, one row of "
    "history, of the outbox and of a deadline, commit. Ten steps in a row; ours by a plain process (`lean.py`).",
    "`rows` are those written in a step. Ours has besides an opening (the actor's name, which can be erased), the "
    "entry's place in the sealed log and the end of the last deadline. viewflow's history is its tasks.",
    "`four rows` (`benchmarks/peers/four_rows.py`) is hand-written SQL on tables with keys and nothing else: the least "
    "that a durable step can cost on this machine. `floor, as ours` is hand-written SQL too, with our rows and guards.",
    "Every peer runs in an environment of its own (`benchmarks/peers/`), on one lasting connection, as its documents "
    "advise. `ours is cheaper` says how often our CPU goes into theirs.",
)


def measure(options: Options) -> Iterable[Table]:
    """A table for each database."""
    python = environment.python()
    for kind in KINDS:
        with ExitStack() as stack:
            each = 1 if options.quick else 5
            made = stack.enter_context(
                arena(options, kind, processes=1, each=each, told=lean.courses, texts=lean.texts())
            )
            contenders, rows = {}, {}
            for name, turn, written in _contenders(stack, options, kind, made, python):
                contenders[name], rows[name] = turn, written
            found = interleave(contenders, options.rounds)
        yield Table(
            title=f"Beside peers, {TITLES[kind]}",
            columns=("", "rows", "CPU µs a step", "ours is cheaper, CPU", "wall", "steps per second"),
            rows=tuple(_row(name, rows[name], spent, found["ours"]) for name, spent in found.items()),
            notes=NOTES if kind == KINDS[-1] else (),
        )


def _row(name: str, written: float, spent: list[Spent], ours: list[Spent]) -> tuple[str, ...]:
    return (
        name,
        f"{written:.1f}",
        microseconds(middle(spent, lambda one: one.cpu)),
        f"{share(times(ours, spent, lambda one: one.cpu))}x",
        f"{share(times(ours, spent, lambda one: one.wall / one.operations))}x",
        f"{middle(spent, lambda one: one.rate):,.0f}",
    )


Turn = Callable[[int], Spent]


def _contenders(
    stack: ExitStack, options: Options, kind: Kind, made: Arena, python: Path
) -> Iterator[tuple[str, Turn, float]]:
    """The name of each, how it has its turn, and the rows that it writes in a step."""
    hands = stack.enter_context(crew(1, partial(start, made)))
    steps = list(range(len(made.courses[0])))
    written = sum(job.written.rows for job in made.courses[0]) / len(steps)
    for title, name in (("floor, as ours", "floor"), ("ours", "ours")):
        backends = backends_of(options, getattr(made, name), stack)
        yield title, partial(_turn, hands, backends, name, steps), written
    for title, name, rows in _PEERS:
        url = stack.enter_context(empty(options, kind))
        yield title, stack.enter_context(_peer(options, python, name, url, made)), rows


def _turn(hands: Crew, backends: Callable[[], float], name: str, steps: list[int], number: int) -> Spent:
    return hands.work((name, number, steps), backends)


@contextmanager
def _peer(options: Options, python: Path, name: str, url: str, made: Arena) -> Iterator[Turn]:
    """A peer at work in its own environment."""
    words = [str(python), "-m", "benchmarks.peers", name, driver_url(url), str(len(made.courses)), str(made.each)]
    process = subprocess.Popen(words, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with ExitStack() as stack, process:
        heard(process)
        backends = backends_of(options, url, stack)

        def turn(number: int) -> Spent:
            before = backends()
            print(number, file=process.stdin, flush=True)
            answer = json.loads(heard(process))
            return Spent(server=backends() - before, **answer)

        yield turn


def heard(process: subprocess.Popen[str]) -> str:
    """The next line that it says. Raises EOFError where it ended instead; it told why on standard error."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise EOFError(f"{process.args!r} ended")
    return line
