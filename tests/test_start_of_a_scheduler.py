"""The start of a scheduler: nothing that waits is loaded, and any number of them share what is due."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from khuyencong.demo.stage import play, scenes
from khuyencong.settings import Settings
from khuyencong.ticking import make_scheduler
from khuyencong.wiring import Installation
from notifications.reminders import sweep
from store.reminders import SqlReminders
from store.statements import Statement, Transaction, put
from store.tables import NoticeRow, ReminderRow, table
from tests.delivering import DESK
from tests.offices import Office, morning_of, stage_of, story

pytest_plugins = ("tests.office_fixtures",)
_REMINDER = table(ReminderRow)


def _wait(workplace: Office, number: int) -> None:
    """So many more reminders, which fire years later."""
    with workplace.store.transaction(writes=True) as transaction:
        row = transaction.rows(Statement(select(_REMINDER).limit(1)))[0]._asdict()
        row |= {"state": "scheduled", "fire_at": morning_of(4, 24) + timedelta(days=3_650)}
        many = [row | {"seat": f"waiting@{place}", "offset": f"+{number}wd"} for place in range(number)]
        transaction.run_many(put(_REMINDER), [{key: one[key] for key in one if key != "id"} for one in many])


def _tick(workplace: Office) -> dict[str, Any]:
    settings = Settings(
        database_url=workplace.url,
        documents_dir=workplace.folder / "documents",
        identity_key_file=workplace.folder / "identity-key",
        mail_dir=workplace.folder,
    )
    home = Installation.open(settings)
    done = make_scheduler(home, clock=lambda: morning_of(4, 24)).tick()
    home.store.close()
    return done


def test_a_start_loads_no_reminder_that_waits(workplace: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two thousand reminders more the first tick runs the same statements and reads the same rows."""
    _tick(workplace)
    read: list[int] = []
    rows: Callable[..., list[Any]] = Transaction.rows

    def counted(self: Transaction, *args: Any) -> list[Any]:
        found = rows(self, *args)
        read.append(len(found))
        return found

    monkeypatch.setattr(Transaction, "rows", counted)
    _wait(workplace, 10)
    read.clear()
    _tick(workplace)
    few = list(read)
    _wait(workplace, 2_000)
    read.clear()
    _tick(workplace)

    assert few
    assert read == few


def test_four_workers_share_what_is_due(workplace: Office) -> None:
    """Each batch is one worker's: all rungs fire, none twice, and every reader is told once of each."""
    stage = stage_of(workplace)
    for scene in scenes(story(f"LC-{80 + number}") for number in range(8)):
        play(stage, scene)
    start, reminders = Barrier(4), SqlReminders(workplace.store)

    def work(_: int) -> int:
        start.wait()
        return sweep(reminders, workplace.house, at=morning_of(4, 24), domain=DESK.domain, limit=2).fired

    with ThreadPoolExecutor(4) as pool:
        fired = list(pool.map(work, range(4)))

    due = [row for row in workplace.rows(ReminderRow) if row.fire_at <= morning_of(4, 24)]
    told = [(row.proposal_id, row.reminder_id, row.to_person) for row in workplace.rows(NoticeRow) if row.reminder_id]
    assert sum(fired) == sum(row.state == "fired" for row in due)
    assert not any(row.state == "scheduled" for row in due)
    assert len(told) == len(set(told))
