"""When each job of each process last ran, and how that ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, bindparam, func, literal_column, select, update

from store.database import Database
from store.statements import Statement, inserting
from store.tables import HeartbeatRow, table

_BEAT = table(HeartbeatRow)


def _start(dialect: str) -> ClauseElement:
    one: ColumnElement[int] = literal_column("1")
    row: dict[str, Any] = {"job": bindparam("job"), "process": bindparam("process"), "last_started": bindparam("at")}
    statement = inserting(_BEAT, dialect).values(**row, last_error=literal_column("''"), ticks=one)
    again: ClauseElement = statement.on_conflict_do_update(
        index_elements=["job", "process"],
        set_={"last_started": statement.excluded.last_started, "ticks": _BEAT.c.ticks + one},
    )
    return again


_START = Statement(_start)
_FINISH = Statement(
    update(_BEAT)
    .where(_BEAT.c.job == bindparam("of_job"), _BEAT.c.process == bindparam("of_process"))
    .values(last_finished=bindparam("at"), last_error=bindparam("error"))
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

    def started(self, job: str, process: str, *, at: datetime) -> None:
        """A tick began."""
        with self._database.transaction(writes=True) as transaction:
            transaction.run(_START, {"job": job, "process": process, "at": at})

    def finished(self, job: str, process: str, *, at: datetime, error: str) -> None:
        """It ended; ``error`` is empty where all went well."""
        with self._database.transaction(writes=True) as transaction:
            transaction.run(_FINISH, {"of_job": job, "of_process": process, "at": at, "error": error})

    def last(self, job: str) -> datetime | None:
        """When the job last ended well in any process; None: never."""
        with self._database.transaction(writes=False) as transaction:
            row = transaction.first(_LAST, {"of_job": job})
        return row.last if row else None
