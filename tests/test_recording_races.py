"""What was opened and mailed is told to history by several processes at once, and each thing once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from khuyencong.sealing import record_mails, record_readings
from khuyencong.wiring import Installation
from notifications.channels import Letter
from store.mails import keep
from store.outbox import SqlOutbox
from store.readings import Reading, ReadingsCheck, note_reading
from store.sent import SentCheck
from tests.crash.calls import OPENING
from tests.tampering import settings_in
from workflow.changing import changed

ROUNDS, EACH = 8, 60


@pytest.fixture
def homes(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Installation, ...]]:
    """Two processes' views of one installation."""
    settings = changed(settings_in(tmp_path), database_url=postgres_url)
    both = Installation.prepare(settings, clock_start=OPENING), Installation.open(settings)
    yield both
    for home in both:
        home.store.close()


def happen(home: Installation, number: int) -> None:
    """Cases are opened and mails are taken, that history does not know yet."""
    day = OPENING.date() + timedelta(days=number)
    letters = [Letter(id=f"<{number}.{n}@x>", recipient="x@x.example", content=b"x") for n in range(EACH)]
    with home.store.transaction(writes=True) as transaction:
        for n in range(EACH):
            note_reading(transaction, Reading(day=day, code=f"LC-{n}", reader="p-1"))
        keep(transaction, letters, composed_at=OPENING)
    for letter in letters:
        SqlOutbox(home.store).accepted(letter.id, at=OPENING, by="250 ok")


def together(record: Callable[..., int], gate: Barrier, home: Installation) -> int:
    """Records as soon as everybody is about to."""
    gate.wait(30)
    return record(home, at=OPENING)


def test_two_processes_tell_each_thing_once(homes: tuple[Installation, ...]) -> None:
    """Whoever comes second gives way, so that a log that nobody touched never alarms."""
    told = []
    with ThreadPoolExecutor(len(homes)) as pool:
        for number in range(ROUNDS):
            happen(homes[0], number)
            for record in (record_readings, record_mails):
                start = partial(together, record, Barrier(len(homes)))
                told.append(sum(pool.map(start, homes)))

    with homes[0].store.transaction(writes=False) as transaction:
        opened, sent = ReadingsCheck(transaction), SentCheck(transaction)
        assert [*opened.findings(), *sent.findings()] == []
    assert (opened.compared, sent.compared) == (ROUNDS * EACH, ROUNDS * EACH)
    assert told == [EACH] * ROUNDS * 2
