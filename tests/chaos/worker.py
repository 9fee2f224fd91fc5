"""A scheduler process as ``khuyencong scheduler run`` makes it, but that it ticks fast and gives up hanging mail soon.

It tells a log each mail whose acceptance it has recorded for good, so that a second one of the same mail is found out,
and counts what it has done.
"""

import gc
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from khuyencong import ticking
from khuyencong.settings import Settings, read_settings
from khuyencong.wiring import Installation
from notifications.channels import Channel, SmtpChannel
from notifications.scheduler import Counts, Job, Scheduler
from store.errors import StorageFault
from store.outbox import SqlOutbox
from store.reminders import DueReminders, SqlReminders
from store.undelivered import Undelivered
from tests.chaos.clock import Clock
from tests.chaos.progress import PASSED_OUTBOX, PASSED_REMINDERS, SENT, SETTLED, Progress
from tests.chaos.scene import fill
from tests.offices import morning_of
from tests.warmth import compile_statements
from workflow.changing import changed

#: The other jobs only keep them company.
_EVERY, _SELDOM = timedelta(milliseconds=200), timedelta(seconds=2)
_COUNTED: Mapping[str, int] = {ticking.REMINDERS: PASSED_REMINDERS, ticking.OUTBOX: PASSED_OUTBOX}
_PATIENCE = 1.0
#: Nobody listens there.
_NO_PORT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where a scheduler stands: the settings of its installation, the folder of the storm, and one place of many."""

    settings: Mapping[str, str]
    folder: Path
    places: int
    place: int = 0


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    """The settings of an installation in a storm."""
    return {
        "KHUYENCONG_DATABASE_URL": url,
        "KHUYENCONG_DOCUMENTS_DIR": str(folder / "documents"),
        "KHUYENCONG_IDENTITY_KEY_FILE": str(folder / "identity-key"),
        "KHUYENCONG_SMTP_HOST": "127.0.0.1",
        "KHUYENCONG_SMTP_PORT": str(port),
        "KHUYENCONG_MAIL_FROM": "khuyencong@so.example",
    }


def warm(folder: Path) -> None:
    """Does what every scheduler does first: reads the law and the templates, writes statements, composes mail."""
    fill(url := f"sqlite:///{folder / 'khuyencong.db'}", 1)
    installation = Installation.open(read_settings(environment(url, folder, _NO_PORT)))
    ticking.make_scheduler(installation, clock=lambda: morning_of(4, 24)).tick()
    installation.store.close()
    compile_statements()
    gc.freeze()


def run(post: Post) -> None:
    """Ticks until it is killed. Where the database is away it gives up at once; whoever started it starts it again."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # Ticks that come too early are meant to.
    with suppress(StorageFault):
        scheduler(post).run(Event())


def scheduler(post: Post) -> Scheduler:
    """The scheduler of the product on the clock of the storm."""
    made, recorded = ticking.make_channel, os.open(post.folder / "recorded.log", os.O_WRONLY | os.O_APPEND)
    progress = Progress(post.folder / "progress", post.places)

    def impatient(chosen: Settings) -> Channel:
        channel = made(chosen)
        assert isinstance(channel, SmtpChannel)
        return changed(channel, timeout=_PATIENCE)

    class Settling(SqlReminders):
        @contextmanager
        def claiming(self, *, at: datetime, limit: int) -> Iterator[DueReminders]:
            with super().claiming(at=at, limit=limit) as claim:
                yield claim
            progress.add(post.place, SETTLED, sum(map(len, claim.due.values())))

    class Telling(SqlOutbox):
        def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
            super().accepted(message_id, at=at, by=by)
            os.write(recorded, f"{message_id} {os.getpid()}\n".encode())
            progress.add(post.place, SENT)

        def lose(
            self,
            message_id: str,
            *,
            state: str,
            why: str,
            then: Callable[[Undelivered], int],
            lease: datetime | None = None,
        ) -> int:
            sent_on = super().lose(message_id, state=state, why=why, then=then, lease=lease)
            progress.add(post.place, SENT)
            return sent_on

    instead: dict[str, Any] = {"make_channel": impatient, "SqlOutbox": Telling, "SqlReminders": Settling}
    for name, value in instead.items():
        setattr(ticking, name, value)
    clock = Clock(post.folder / "clock").now
    whole = ticking.make_scheduler(Installation.open(read_settings(post.settings)), clock=clock)
    return changed(whole, jobs=tuple(_counted(job, progress, post.place) for job in whole.jobs))


def _counted(job: Job, progress: Progress, place: int) -> Job:
    field = _COUNTED.get(job.name)
    if field is None:
        return changed(job, every=_SELDOM)

    def run(at: datetime) -> Counts:
        counts = job.run(at)
        progress.add(place, field)
        return counts

    return changed(job, every=_EVERY, run=run)
