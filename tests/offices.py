"""An office at work on a database: a proposal that waits at the Sở, the sweep, the outbox, what the tables say."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from khuyencong.demo.acts import Story, at
from khuyencong.demo.samples import phong_tho_line
from khuyencong.demo.stage import Stage, play, scenes
from notifications.at_once import AtOnce
from notifications.channels import Channel, EmlFolder
from notifications.outbox import Delivered, Posting, deliver
from notifications.reminders import Swept, sweep
from notifications.rendering import TemplateSet
from store.database import Database, open_database
from store.outbox import SqlOutbox
from store.reminders import SqlReminders
from store.statements import Statement
from store.tables import EntryRow, MessageRow, NoticeRow, Row, table
from tests.delivering import DESK
from tests.postgres import Server
from tests.staging import house, kept, staged
from workflow.changing import changed
from workflow.house import House

#: Handed in on Monday 10/04/2017; its base appraisal may take ten working days, until Monday 24/04.
LAST_DAY = date(2017, 4, 24)
APPRAISER, DIRECTOR = "tham-dinh@sct-lai-chau.example", "giam-doc@sct-lai-chau.example"


def story(code: str = "LC-02") -> Story:
    """A proposal that was handed in and waits for the Sở."""
    return changed(phong_tho_line().until("submit"), code=code)


def morning_of(month: int, day: int) -> datetime:
    """08:00 of a day of 2017."""
    return at(date(2017, month, day), 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A database with a proposal in it, and what works on it."""

    url: str
    store: Database
    house: House
    folder: Path

    def sweep(self, at: datetime, at_once: AtOnce | None = None) -> Swept:
        """The reminder job; without a way for its mails it leaves them to the outbox."""
        return sweep(SqlReminders(self.store), self.house, at=at, domain=DESK.domain, at_once=at_once)

    def at_once(self, channel: Channel | None = None, *, patience: float = 20.0, **posting: Any) -> AtOnce:
        """How the mails of a sweep leave: into the folder unless another channel is given."""
        return AtOnce(
            outbox=SqlOutbox(self.store),
            channel=channel or EmlFolder(folder=self.folder),
            templates_of=self.templates,
            posting=Posting(desk=DESK, **posting),
            patience=patience,
        )

    def deliver(self, at: datetime, channel: Channel | None = None, **posting: Any) -> Delivered:
        """The outbox job, into the folder unless another channel is given."""
        into = channel or EmlFolder(folder=self.folder)
        return deliver(SqlOutbox(self.store), into, self.templates, at=at, posting=Posting(desk=DESK, **posting))

    def templates(self, sha256: str) -> TemplateSet:
        """A published set."""
        with self.store.look() as queries:
            return _set(queries.text(sha256))

    def rows(self, row: type[Row]) -> list[Any]:
        """A table, oldest first."""
        columns = table(row)
        with self.store.transaction(writes=False) as transaction:
            found = transaction.rows(Statement(select(columns)))
        return sorted(found, key=lambda one: one.id)

    def notices(self, *keys: str, to: str = "") -> list[Any]:
        """The notices of these keys."""
        found = self.rows(NoticeRow)
        return [row for row in found if (not keys or row.notice in keys) and to in ("", row.to_address)]

    def reminders(self, code: str = "LC-02") -> dict[tuple[str, str], Any]:
        """The reminders of the base appraisal by rung and role."""
        with self.store.look() as queries:
            rows = [row for row in queries.reminders(code) if row.rule == "base_appraisal"]
        return {(row.offset, row.seat.partition("@")[0]): row for row in rows}

    def entries(self, kind: str) -> list[Any]:
        """History of a kind."""
        return [row for row in self.rows(EntryRow) if row.kind == kind]

    def messages(self) -> list[Any]:
        """The mails that are kept."""
        columns = table(MessageRow)
        with self.store.transaction(writes=False) as transaction:
            return transaction.rows(Statement(select(columns).order_by(columns.c.id)))

    def change(self, statement: Statement, **values: Any) -> None:
        """Meddles with a table."""
        with self.store.transaction(writes=True) as transaction:
            assert transaction.run(statement, values)


@cache
def _set(text: str) -> TemplateSet:
    return TemplateSet.from_text(text)


def fill(url: str) -> None:
    """Migrates an empty database and plays the proposal until it is handed in."""
    from store.migrations import upgrade  # noqa: PLC0415 - Alembic is heavy, and the processes of a test need it not.

    upgrade(url)
    database = open_database(url)
    stage: Stage = staged(database)
    for scene in scenes([story()]):
        play(stage, scene)
    database.close()


@contextmanager
def office_at(url: str, folder: Path) -> Iterator[Office]:
    """The office on a filled database."""
    database = open_database(url)
    try:
        yield Office(url=url, store=database, house=house(), folder=folder)
    finally:
        database.close()


@contextmanager
def copied(filled: Path, server: Server | None, folder: Path) -> Iterator[str]:
    """The URL of a filled database of its own."""
    if server is None:
        shutil.copy(filled, folder / "khuyencong.db")
        yield f"sqlite:///{folder / 'khuyencong.db'}"
        return
    with server.database(template=server.template("office", fill)) as url:
        yield url


def stage_of(office: Office) -> Stage:
    """The sandbox's people in an office."""
    from khuyencong.demo.cast import players  # noqa: PLC0415 - as above.

    with office.store.read() as uow:
        found = [uow.actor(player.username, channel="cli") for player in players()]
    return Stage(store=office.store, house=office.house, cast=tuple(actor for actor in found if actor), keep=kept)
