"""A scheduler process as ``khuyencong scheduler run`` makes it, but that it ticks fast and gives up hanging mail soon.

It tells a log each mail whose acceptance it has recorded for good, so that a second one of the same mail is found out.
"""

import logging
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from khuyencong import ticking
from khuyencong.settings import Settings, read_settings
from khuyencong.wiring import Installation
from notifications.channels import Channel, SmtpChannel
from notifications.scheduler import Scheduler
from store.errors import StorageFault
from store.outbox import SqlOutbox
from tests.chaos.clock import Clock

_EVERY = timedelta(milliseconds=200)
_PATIENCE = 1.0


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


def run(settings: Mapping[str, str], folder: Path) -> None:
    """Ticks until it is killed. Where the database is away it gives up at once; whoever started it starts it again."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # Ticks that come too early are meant to.
    with suppress(StorageFault):
        scheduler(settings, folder).run(Event())


def scheduler(settings: Mapping[str, str], folder: Path) -> Scheduler:
    """The scheduler of the product on the clock of the storm."""
    made, recorded = ticking.make_channel, os.open(folder / "recorded.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def impatient(chosen: Settings) -> Channel:
        channel = made(chosen)
        assert isinstance(channel, SmtpChannel)
        return replace(channel, timeout=_PATIENCE)

    class Telling(SqlOutbox):
        def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
            super().accepted(message_id, at=at, by=by)
            os.write(recorded, f"{message_id} {os.getpid()}\n".encode())

    changed: dict[str, Any] = {"make_channel": impatient, "SqlOutbox": Telling}
    for name, value in changed.items():
        setattr(ticking, name, value)
    whole = ticking.make_scheduler(Installation.open(read_settings(settings)), clock=Clock(folder / "clock").now)
    return replace(whole, jobs=tuple(replace(job, every=_EVERY) for job in whole.jobs))
