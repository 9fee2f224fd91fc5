"""Reminders and notices under the worst weather, in short; the long form is ``make chaos``."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from notifications.channels import Accepted, Letter, Outcome
from notifications.outbox import passing
from tests.chaos.crew import Crew, standing
from tests.chaos.scene import KINDS, ground
from tests.chaos.storm import Plan, weather
from tests.offices import morning_of, office_at

ROOT = Path(__file__).parents[1]
#: The jump between them crosses three days and two due dates.
MOMENTS: tuple[datetime, ...] = (morning_of(4, 24), morning_of(4, 27))


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Where schedulers come from."""
    with standing() as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
def test_every_reminder_fires_once_and_every_mail_arrives(kind: str, tmp_path: Path, crew: Crew) -> None:
    """Killed schedulers, a restarted database, 421, 450, 550, silence, a cut line, a clock that jumps: none lost."""
    plan = Plan(kind=kind, seed="short", proposals=5, schedulers=3, moments=MOMENTS, wild=8)

    figures, seen = weather(plan, tmp_path, crew)

    assert figures.faults == {}, (figures, seen)
    assert figures.rungs == 45
    assert figures.mails + figures.refused >= 50
    assert seen.kills > 3
    assert seen.restarts > 0 or kind == "sqlite"


def test_a_storm_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a scheduler nor whoever forks them nor the mail server: all of them held the line that ends here."""
    words = (*(sys.executable, "-m", "tests.chaos", "sqlite"), *("--proposals", "1", "--schedulers", "2"))
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, cwd=ROOT, env=env, stderr=subprocess.PIPE) as storm:
        while not any(any(file.read_bytes()) for file in tmp_path.glob("*/progress")):
            assert storm.poll() is None
            sleep(0.05)

        storm.terminate()
        storm.communicate(timeout=30)

    assert storm.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_an_acceptance_is_recorded_though_the_database_was_away(tmp_path: Path) -> None:
    """What the mail server said is known to nobody else: it is kept in mind until the database answers again."""
    with ground("postgresql", tmp_path, 1) as (url, restart), office_at(url, tmp_path / "mail") as office:
        assert restart is not None
        channel = Restarting(restart)

        done = office.deliver(morning_of(4, 10) + timedelta(hours=2), channel)

        assert done.accepted == len(channel.sent) == len(set(channel.sent))
        assert {row.state for row in office.notices() if row.channel == "mail"} == {"accepted"}


class Restarting:
    """A channel that accepts; at the first mail the database goes away, and comes back a little later."""

    def __init__(self, restart: Callable[[], None]) -> None:
        self.sent: list[str] = []
        self._restart = restart

    def send(self, letter: Letter) -> Outcome:
        """Accepts it."""
        if not self.sent:
            Thread(target=self._restart).start()
            sleep(0.3)
        self.sent.append(letter.id)
        return Accepted("taken")


def test_a_clock_that_jumps_ends_what_was_leased_by_it() -> None:
    """Whoever sends for longer than half a lease, by the machine or by the clock of leases, gives the rest back."""
    moments = iter((morning_of(4, 24), morning_of(4, 24), morning_of(4, 27)))

    seconds = passing(lambda: next(moments))

    assert seconds() < 60
    assert seconds() == timedelta(days=3).total_seconds()
