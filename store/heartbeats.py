"""When each job of each process last ran, and how that ended."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, bindparam, case, func, literal_column, select, update

from store.database import Database
from store.statements import Statement, inserting
from store.tables import HeartbeatRow, table

_BEAT = table(HeartbeatRow)
#: Before everything that was ever begun.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _start(dialect: str) -> ClauseElement:
    one: ColumnElement[int] = literal_column("1")
    row: dict[str, Any] = {"job": bindparam("job"), "process": bindparam("process"), "last_started": bindparam("at")}
    row |= {"last_error": literal_column("''"), "ticks": one, "late_ticks": _late(), "claimed": literal_column("0")}
    statement = inserting(_BEAT, dialect).values(**row)
    changed: dict[str, Any] = {
        "last_started": statement.excluded.last_started,
        "ticks": _BEAT.c.ticks + one,
        "late_ticks": _BEAT.c.late_ticks + statement.excluded.late_ticks,
    }
    again: ClauseElement = statement.on_conflict_do_update(index_elements=["job", "process"], set_=changed)
    return again


def _late() -> Any:
    """One where no process has begun the job since it should have been."""
    other = _BEAT.alias("other")
    newest = select(func.max(other.c.last_started)).where(other.c.job == bindparam("job")).scalar_subquery()
    overdue = newest < bindparam("late_before", type_=_BEAT.c.last_started.type)
    return case((overdue, literal_column("1")), else_=literal_column("0"))


_START = Statement(_start)
_FINISH = Statement(
    update(_BEAT)
    .where(_BEAT.c.job == bindparam("of_job"), _BEAT.c.process == bindparam("of_process"))
    .values(
        last_finished=bindparam("at"),
        last_error=bindparam("error"),
        claimed=_BEAT.c.claimed + bindparam("more", type_=_BEAT.c.claimed.type),
    )
)
_LAST = Statement(
    select(func.max(_BEAT.c.last_finished).label("last")).where(
        _BEAT.c.job == bindparam("of_job"), _BEAT.c.last_error == literal_column("''")
    )
)


class SqlHeartbeats:
    """The heartbeats of a database; satisfies ``notifications.scheduler.Heartbeats``. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def started(self, job: str, process: str, *, at: datetime, late_before: datetime | None) -> None:
        """A tick began; it was late where no process had begun one since ``late_before`` (None: nobody waited)."""
        with self._database.transaction(writes=True) as transaction:
            values = {"job": job, "process": process, "at": at, "late_before": late_before or _NEVER}
            transaction.run(_START, values)

    def finished(self, job: str, process: str, *, at: datetime, error: str, claimed: int = 0) -> None:
        """It ended; ``error`` is empty where all went well. ``claimed``: rows that it took to itself."""
        with self._database.transaction(writes=True) as transaction:
            done = {"of_job": job, "of_process": process, "at": at, "error": error, "more": claimed}
            transaction.run(_FINISH, done)

    def last(self, job: str) -> datetime | None:
        """When the job last ended well in any process; None: never."""
        with self._database.transaction(writes=False) as transaction:
            row = transaction.first(_LAST, {"of_job": job})
        return row.last if row else None
