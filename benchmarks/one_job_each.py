"""One APScheduler job for each reminder, as its documents describe: a lasting job store in the same database.

A job renders its mail and records it in a transaction of its own. What the words are was decided beforehand, so it does
less than the product, which decides when it fires.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from queue import SimpleQueue
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, event, insert, select, update
from sqlalchemy.engine import Engine

from notifications import composing
from notifications.channels import Letter
from notifications.rendering import TemplateSet
from store.outbox import WaitingNotice
from store.tables import MessageRow, NoticeRow, ReminderRow, table
from tests.delivering import DESK

_NOTICE, _MESSAGE, _REMINDER = table(NoticeRow), table(MessageRow), table(ReminderRow)
#: A notice that was never tried, and what of it stands in its own row.
_UNTRIED: dict[str, Any] = dict.fromkeys(WaitingNotice.__struct_fields__) | {"void": False}
_SAID = tuple(name for name in _UNTRIED if name in _NOTICE.c)
#: What jobs of this process find; a job in a store is a name and arguments.
_around: dict[str, Any] = {}


def fire(notice: int, at: datetime) -> None:
    """The job: one mail, rendered and recorded."""
    engine: Engine = _around["engine"]
    sets: Mapping[str, TemplateSet] = _around["sets"]
    with engine.begin() as connection:
        row = connection.execute(select(_NOTICE).where(_NOTICE.c.id == notice)).mappings().one()
        letter = _letter(untried(dict(row)), sets, at)
        digest = sha256(letter.content).hexdigest()
        kept = {"id": letter.id, "bytes": letter.content, "sha256": digest, "composed_at": at, "accepted_at": None}
        connection.execute(insert(_MESSAGE).values(kept))
        changed = {"state": "sending", "message_id": letter.id, "attempts": 1}
        connection.execute(update(_NOTICE).where(_NOTICE.c.id == notice).values(changed))
        fired = {"state": "fired", "fired_at": at}
        connection.execute(update(_REMINDER).where(_REMINDER.c.id == row["reminder_id"]).values(fired))


def untried(row: Mapping[str, Any]) -> WaitingNotice:
    """The notice of a row of its table."""
    about: dict[str, Any] = _UNTRIED | {name: row[name] for name in _SAID}
    return WaitingNotice(**about)


def _letter(notice: WaitingNotice, sets: Mapping[str, TemplateSet], at: datetime) -> Letter:
    found = composing.single(notice, sets.__getitem__, at=at, desk=DESK).letter
    if found is None:
        raise LookupError(notice.key)
    return found


def prepare(url: str, notices: list[int], at: datetime, sets: Mapping[str, TemplateSet]) -> BackgroundScheduler:
    """A scheduler with a job for each notice in its store, not yet running."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    _around.update(engine=engine, sets=sets)
    options = {"coalesce": True, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(engine=engine)}, job_defaults=options)
    scheduler.start(paused=True)
    for notice in notices:
        scheduler.add_job(fire, "date", run_date=at, args=(notice, at))
    return scheduler


def _durable(connection: Any, _: Any) -> None:
    """The same promises as the product's."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def close(scheduler: BackgroundScheduler) -> None:
    """Ends it, and closes its connections."""
    scheduler.shutdown()
    _around.pop("engine").dispose()


def work_off(scheduler: BackgroundScheduler, jobs: int) -> int:
    """Lets the scheduler run until every job was executed; how many that were. Raises what a job raises."""
    done: SimpleQueue[Exception | None] = SimpleQueue()
    scheduler.add_listener(lambda event: done.put(event.exception), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    scheduler.resume()
    for _ in range(jobs):
        if problem := done.get(timeout=60):
            raise problem
    return jobs
