"""Makes the weather: kills schedulers, restarts their database, moves the clock, and waits for the calm."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.chaos import worker
from tests.chaos.clock import Clock
from tests.chaos.counting import Figures, count, waits
from tests.chaos.mail import stormy
from tests.chaos.scene import ground
from tests.offices import morning_of

#: To when the clock is set, one after the other, each time while all schedulers run: the fourth jump crosses three
#: days and two due dates.
MOMENTS = (morning_of(4, 17), morning_of(4, 20), morning_of(4, 23), morning_of(4, 26), morning_of(4, 27))
#: Longer than a lease.
_LATER = timedelta(minutes=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How bad it gets."""

    kind: str
    seed: str
    proposals: int
    schedulers: int
    moments: tuple[datetime, ...] = MOMENTS
    #: Seconds of storm after each jump of the clock.
    seconds: float = 2.0
    #: Seconds between two kills, on average.
    kill_every: float = 0.5
    #: How many of a hundred commands to the mail server go wrong.
    wild: int = 6
    #: Seconds without progress after which all is thought to be done that can be done now.
    still: float = 1.0
    #: The most seconds that a calm may take.
    patience: float = 600.0


@dataclass(slots=True, kw_only=True)
class Weather:
    """What happened."""

    #: Single processes that were killed.
    kills: int = 0
    #: Times at which all were killed at once, to start again later.
    cuts: int = 0
    restarts: int = 0
    jumps: int = 0


@dataclass(slots=True)
class _Crew:
    """The schedulers that run; each place is taken again when its process is gone."""

    start: Callable[[], Any]
    processes: list[Any] = field(default_factory=list)

    def kill(self, place: int) -> None:
        """Ends one where it stands, and starts another."""
        _end(self.processes[place])
        self.processes[place].join()
        self.processes[place] = self.start()

    def mend(self) -> None:
        """Starts again whichever ended by itself, as the service manager does."""
        self.processes = [one if one.is_alive() else self.start() for one in self.processes]

    def leave(self) -> None:
        """Ends all at once."""
        for process in self.processes:
            _end(process)
        for process in self.processes:
            process.join()
        self.processes = []

    def man(self, number: int) -> None:
        """Starts so many."""
        self.processes = [self.start() for _ in range(number)]


def _end(process: Any) -> None:
    """Kills it unless it is gone: by then its number may be another's."""
    if process.is_alive():
        process.kill()


def weather(plan: Plan, folder: Path) -> tuple[Figures, Weather]:
    """Lets a storm pass over schedulers and counts what is left. Raises TimeoutError where it never gets calm."""
    dice, seen = random.Random(plan.seed), Weather()  # noqa: S311 - weather, no secret.
    clock = Clock(folder / "clock")
    clock.set(plan.moments[0])
    (folder / "recorded.log").touch()
    with ExitStack() as stack:
        url, restart = stack.enter_context(ground(plan.kind, folder, plan.proposals))
        server = stack.enter_context(stormy(folder, plan.seed, plan.wild))
        crew = _Crew(partial(_started, worker.environment(url, folder, server.port), folder))
        stack.callback(crew.leave)
        crew.man(plan.schedulers)
        for moment in plan.moments:
            clock.set(moment)
            seen.jumps += 1
            _blow(plan, crew, dice, seen, restart)
            _calm(url, clock, plan, crew, seen)
        crew.leave()
        until, recorded = clock.now(), folder / "recorded.log"
        return count(url, until=until, taken=server.taken(), recorded=recorded, seed=plan.seed, wild=plan.wild), seen


def _started(settings: dict[str, str], folder: Path) -> Any:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.worker"])
    process = context.Process(target=worker.run, args=(settings, folder), daemon=True)
    process.start()
    return process


def _blow(plan: Plan, crew: _Crew, dice: random.Random, seen: Weather, restart: Callable[[], None] | None) -> None:
    """Kills at random moments; the server restarts once, in the middle."""
    begun, restarted = monotonic(), restart is None
    while (passed := monotonic() - begun) < plan.seconds:
        sleep(dice.expovariate(1 / plan.kill_every))
        crew.kill(dice.randrange(plan.schedulers))
        crew.mend()
        seen.kills += 1
        if restart and not restarted and passed > plan.seconds / 2:
            restart()
            restarted, seen.restarts = True, seen.restarts + 1


def _calm(url: str, clock: Clock, plan: Plan, crew: _Crew, seen: Weather) -> None:
    """Waits until nothing waits. What the dead held, and what has to be tried again, is waited for by a power cut.

    The clock is not set while a mail may be under way: to whoever sends it that would be the end of a lease.
    """
    end = monotonic() + plan.patience
    while left := _still(url, clock, plan.still):
        if monotonic() > end:
            raise TimeoutError(f"{left} still waits after {plan.patience} seconds of calm")
        crew.leave()
        clock.set(clock.now() + _LATER)
        crew.man(plan.schedulers)
        seen.cuts += 1


def _still(url: str, clock: Clock, seconds: float) -> tuple[int, ...]:
    """What waits, when that has not changed for a while."""
    left, since = waits(url, clock.now()), monotonic()
    while left and monotonic() - since < seconds:
        sleep(0.2)
        now = waits(url, clock.now())
        if now != left:
            left, since = now, monotonic()
    return left
