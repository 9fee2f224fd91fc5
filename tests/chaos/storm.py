"""Makes the weather: kills schedulers, restarts their database, moves the clock, and waits for the calm.

Its pace is that of the schedulers: a kill comes after so much work, and what waits is thought to be stuck when each of
them has looked for work in vain. So a slow machine makes a storm longer, and never endless.
"""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from tests.chaos import worker
from tests.chaos.clock import Clock
from tests.chaos.counting import Figures, count, waits
from tests.chaos.crew import Crew
from tests.chaos.mail import stormy
from tests.chaos.progress import Progress
from tests.chaos.scene import ground
from tests.offices import morning_of

#: To when the clock is set, one after the other, each time while all schedulers run: the fourth jump crosses three
#: days and two due dates.
MOMENTS = (morning_of(4, 17), morning_of(4, 20), morning_of(4, 23), morning_of(4, 26), morning_of(4, 27))
#: Longer than a lease.
_LATER = timedelta(minutes=25)
#: How often each scheduler looks for work in vain, until nothing more can be done at this hour.
_IN_VAIN = 2
_KILLS_BEFORE_RESTART = 2
_LOOK, _BLINK = 0.02, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How bad it gets."""

    kind: str
    seed: str
    proposals: int
    schedulers: int
    moments: tuple[datetime, ...] = MOMENTS
    #: The most kills after each jump of the clock; before the third of them the database server restarts.
    kills: int = 6
    #: Reminders and mails that are worked off between two kills, on average.
    pace: float = 4.0
    #: How many of a hundred commands to the mail server go wrong.
    wild: int = 6
    #: The most seconds that it may take after a jump of the clock until all is done.
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


@dataclass(slots=True, kw_only=True)
class _Storm:
    plan: Plan
    url: str
    restart: Callable[[], None] | None
    crew: Crew
    post: worker.Post
    clock: Clock
    progress: Progress
    dice: random.Random
    seen: Weather
    _end: float = 0.0

    def pass_over(self, moment: datetime) -> None:
        """Jumps there and lets it blow until nothing waits. What the dead held, and what has to be tried again, is
        waited for by a power cut.

        The clock is not set while a mail may be under way: to whoever sends it that would be the end of a lease.
        """
        self._end = monotonic() + self.plan.patience
        self.clock.set(moment)
        self.seen.jumps += 1
        left = self._blow(self.plan.kills)
        while waits(self.url, self.clock.now()):
            self.crew.leave()
            self.clock.set(self.clock.now() + _LATER)
            self.crew.man(self.post)
            self.seen.cuts += 1
            left = self._blow(left)

    def _blow(self, kills: int) -> int:
        """Kills at random places, each time after some work, until there is none; how many kills were not needed."""
        while self._worked(self.plan.pace * self.dice.expovariate(1) if kills else None):
            sleep(self.dice.uniform(0, _BLINK))
            if self.restart and kills == self.plan.kills - _KILLS_BEFORE_RESTART:
                self.restart()
                self.seen.restarts += 1
            self.crew.kill(self.dice.randrange(self.plan.schedulers))
            self.seen.kills += 1
            kills -= 1
        return kills

    def _worked(self, amount: float | None) -> bool:
        """Waits until so much more is done (None: all that there is); False where nobody finds anything more to do."""
        begun = last = self.progress.done()
        passes = self.progress.passes()
        while any(now < then + _IN_VAIN for now, then in zip(self.progress.passes(), passes, strict=True)):
            if monotonic() > self._end:
                raise TimeoutError(f"{waits(self.url, self.clock.now())} still wait after {self.plan.patience} seconds")
            sleep(_LOOK)
            self.crew.mend()
            done = self.progress.done()
            if amount is not None and done > begun + amount:
                return True
            if done > last:
                last, passes = done, self.progress.passes()
        return False


def weather(plan: Plan, folder: Path, crew: Crew) -> tuple[Figures, Weather]:
    """Lets a storm pass over schedulers and counts what is left. Raises TimeoutError where it never gets calm."""
    clock, recorded = Clock(folder / "clock"), folder / "recorded.log"
    clock.set(plan.moments[0])
    recorded.touch()
    progress = Progress(folder / "progress", plan.schedulers)
    with ExitStack() as stack:
        url, restart = stack.enter_context(ground(plan.kind, folder, plan.proposals))
        server = stack.enter_context(stormy(folder, plan.seed, plan.wild))
        post = worker.Post(settings=worker.environment(url, folder, server.port), folder=folder, places=plan.schedulers)
        stack.callback(crew.leave)
        storm = _Storm(
            plan=plan,
            url=url,
            restart=restart,
            crew=crew,
            post=post,
            clock=clock,
            progress=progress,
            dice=random.Random(plan.seed),  # noqa: S311 - weather, no secret.
            seen=Weather(),
        )
        crew.man(post)
        for moment in plan.moments:
            storm.pass_over(moment)
        crew.leave()
        figures = count(url, until=clock.now(), taken=server.taken(), recorded=recorded, seed=plan.seed, wild=plan.wild)
    return figures, storm.seen
