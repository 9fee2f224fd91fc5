"""Every point of every use case, on both databases, with the counts of each; a part of ``make chaos``.

A line tells of how many of a case's points it was killed at, how many different leavings the next run went on from, and
whether all recovered. The exit status is 1 where one did not. Words choose cases.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests import postgres, smtp
from tests.crash.cases import BOTH, CASES, Case
from tests.crash.forker import Forker, Job, forking
from tests.crash.grounds import Ground, environment_of, ground_on
from tests.crash.trial import Trial, Unrecovered, spread
from tests.ending import end_in_order

#: What Linux keeps in memory, and how much of it is asked for: some hundred MiB for each kind of database.
_MEMORY, _ROOM = "/dev/shm", 2 * 1024**3  # noqa: S108 - a folder with a name of its own is made in it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that trials on one kind of database need."""

    ground: Ground
    forker: Forker
    mail: smtp.MailServer

    def trial(self, case: Case) -> Trial:
        """A trial of a case."""
        return Trial(ground=self.ground, forker=self.forker, case=case, mail=self.mail)


@contextmanager
def bench_on(kind: str, root: Path, server: postgres.Server | None, forker: Forker) -> Iterator[Bench]:
    """A furnished ground, kept as ``base`` (and as ``nothing`` before it was furnished)."""
    with ground_on(kind, root, server) as ground, smtp.running() as mail:
        ground.save("nothing")
        made = forker.run(Job(folder=ground.work, call="furnish", environment=environment_of(ground)))
        assert made.status == 0, made.err
        ground.save("base")
        yield Bench(ground=ground, forker=forker, mail=mail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How many points of each case are tried, and at how many instants it is killed besides."""

    most: int = sys.maxsize
    #: The number of this share, and of how many.
    share: tuple[int, int] = (1, 1)
    instants: int = 10

    def of(self, points: int) -> list[int]:
        """The points that are tried of so many. Shares together are all of them."""
        number, shares = self.share
        return spread(points, self.most)[number - 1 :: shares]


def main(words: Iterable[str] | None = None) -> int:
    """The exit status: 1 where a kill was not recovered from."""
    asked = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    asked.add_argument("cases", nargs="*", help="names of cases; default: all")
    asked.add_argument("--kind", choices=BOTH, help="default: both, beside each other")
    asked.add_argument("--most", type=_number, default=sys.maxsize, help="at most so many points of each case")
    asked.add_argument("--share", type=share, default=(1, 1), help="such as 3/20: that of twenty shares of the points")
    asked.add_argument("--instants", type=int, default=10, help="so many instants besides, in the middle of anything")
    given = list(sys.argv[1:] if words is None else words)
    chosen = asked.parse_args(given)
    if unknown := set(chosen.cases) - {case.name for case in CASES}:
        asked.error(f"no such case: {', '.join(sorted(unknown))}")
    _work_in_memory()
    if chosen.kind is None:
        return _both(given)
    cases = [case for case in CASES if (not chosen.cases or case.name in chosen.cases) and chosen.kind in case.kinds]
    amount = Amount(most=chosen.most, share=chosen.share, instants=chosen.instants)
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kc-crash-")))
        forker = stack.enter_context(forking())
        server = stack.enter_context(postgres.running()) if chosen.kind == "postgresql" else None
        bench = stack.enter_context(bench_on(chosen.kind, root / chosen.kind, server, forker))
        return 1 if _kill_all(bench, cases, amount) else 0


def _number(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _work_in_memory() -> None:
    """Folders and servers lie in memory where there is room: a process that dies takes nothing of the system's with it.

    Where TMPDIR says otherwise, they lie there.
    """
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("TMPDIR", _MEMORY)


def share(text: str) -> tuple[int, int]:
    """The number of a share, and of how many. Raises ValueError."""
    number, _, shares = text.partition("/")
    if not 1 <= int(number) <= int(shares):
        raise ValueError(text)
    return int(number), int(shares)


def _both(words: Iterable[str]) -> int:
    """Each kind of database in a process of its own, beside each other."""
    program = (sys.executable, "-m", "tests.crash", *words)
    with ExitStack() as stack:
        running = [stack.enter_context(_beside([*program, "--kind", kind])) for kind in BOTH]
        return max([process.wait() for process in running])


@contextmanager
def _beside(words: Iterable[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, in order; an interrupt from the keyboard is for this one alone."""
    with subprocess.Popen(list(words), start_new_session=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of points so far."""

    killed: int = 0
    points: int = 0
    leavings: int = 0
    faults: int = 0

    def add(self, other: "Tally") -> None:
        """Adds another one to this."""
        self.killed, self.points = self.killed + other.killed, self.points + other.points
        self.leavings, self.faults = self.leavings + other.leavings, self.faults + other.faults

    def tell(self, kind: str, name: str, since: float) -> None:
        """Says it in a line."""
        outcome = f"{self.faults} NOT RECOVERED" if self.faults else "all recovered"
        counted = f"{self.killed:>6} of {self.points:>6} points, {self.leavings:>5} leavings"
        _say(f"{kind:<11} {name:<28} {counted} {monotonic() - since:>7.1f} s  {outcome}")


def _kill_all(bench: Bench, cases: Iterable[Case], amount: Amount) -> int:
    """How many kills were not recovered from. Whoever interrupts it is told how far it came."""
    whole, kind, began = Tally(), bench.ground.kind, monotonic()
    try:
        for case in cases:
            since, tally = monotonic(), Tally()
            try:
                _kill_case(bench.trial(case), amount, tally)
            finally:
                tally.tell(kind, case.name, since)
                whole.add(tally)
    finally:
        whole.tell(kind, "ALL", began)
    return whole.faults


def _kill_case(trial: Trial, amount: Amount, tally: Tally) -> None:
    """Counts into ``tally``; what was not recovered from is said at once."""
    try:
        tally.points = len(trial.prepare().points)
    except AssertionError as wrong:
        _blame(tally, f"{trial.case.name!r} does not even run unharmed: {wrong}")
        return
    for point in amount.of(tally.points):
        try:
            trial.kill(point)
        except Unrecovered as wrong:
            _blame(tally, str(wrong))
        tally.killed, tally.leavings = tally.killed + 1, trial.different
    for number in range(1, amount.instants + 1):
        try:
            trial.kill_after(trial.model.seconds * number / amount.instants)
        except Unrecovered as wrong:
            _blame(tally, str(wrong))
        tally.leavings = trial.different


def _blame(tally: Tally, wrong: str) -> None:
    tally.faults += 1
    _say(f"    {wrong[:2000]}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
