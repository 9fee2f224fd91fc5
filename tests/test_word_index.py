"""The words that a search finds are those of the proposals, and moves that change none leave them alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, insert
from sqlalchemy import text as sql

from store.database import Database
from store.lists import Wanted
from store.migrations import connected, upgrade
from tests import contract
from tests.contract import creation, furnish, move
from tests.crowd import row
from workflow.changing import changed

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """One proposal."""
    with contract.opened(request.param, request, tmp_path) as opened:
        assert isinstance(opened, Database)
        furnish(opened)
        with opened.write() as uow:
            uow.add(creation(name="Chế biến gỗ"))
        yield opened


def found(database: Database, text: str) -> int:
    with database.look() as lists:
        return lists.count(Wanted(text=text)).number


def kept(database: Database) -> list[Any]:
    """What the index holds, and on PostgreSQL which transaction wrote it."""
    statement = {
        "sqlite": "SELECT id, block FROM proposal_words_data ORDER BY id",
        "postgresql": "SELECT proposal_id, words, xmin FROM proposal_words",
    }
    with database.transaction(writes=False) as transaction:
        transaction._execute(statement[database.dialect], ())
        return list(transaction._cursor.fetchall())


def test_a_move_leaves_the_words_alone(database: Database) -> None:
    """Only a title that changes is worth writing an index for."""
    before = kept(database)

    with database.write() as uow:
        uow.record(move(uow.proposal("TT-2021-0001")))

    assert kept(database) == before


def test_a_new_title_is_found_and_the_old_is_not(database: Database) -> None:
    """In the same transaction that changes it, or not at all."""
    with database.write() as uow:
        step = move(uow.proposal("TT-2021-0001"))
        uow.record(changed(step, after=changed(step.after, data={**step.after.data, "name": "Dệt thổ cẩm"})))

    assert (found(database, "go"), found(database, "tho cam")) == (0, 1)


def test_a_title_of_endless_words_is_kept(database: Database) -> None:
    """PostgreSQL takes no word of more than 2,046 bytes; the title stands, and is found by its beginning."""
    endless = "Máy " + "ồ" * 5000 + " " + " ".join(f"w{number}" for number in range(3000))

    with database.write() as uow:
        uow.add(creation("TT-2021-0002", name=endless))

    assert found(database, "TT-2021-0002 may oooooo") == found(database, "o" * 5000) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_registered_before_is_found(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """An upgrade parts the words of old proposals, and knows which of them wait."""
    url = f"sqlite:///{tmp_path}/khuyencong.db" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    upgrade(url, to="0003_daily_work")
    with connected(url) as connection:
        tables = MetaData()
        tables.reflect(connection, only=("definition", "proposal", "deadline"))
        for name, values in _old_rows():
            table = tables.tables[name]
            connection.execute(insert(table), {key: value for key, value in values.items() if key in table.columns})

    upgrade(url)

    with connected(url) as connection:
        rows = connection.execute(sql("SELECT search, waiting FROM proposal ORDER BY id")).all()
    assert [(one.search, bool(one.waiting)) for one in rows] == [
        (" tt 2021 0001 che bien go so cu", False),
        (" tt 2021 0002 che bien go so cu", True),
    ]


def _old_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """A definition, two proposals as they were kept before, and a deadline of the second that stands still."""
    at = "2021-03-01T05:00:00.000000Z"
    yield "definition", {"sha256": "a", "kind": "process", "key": "x", "version": "1", "text": ""}
    for number in (1, 2):
        hashes = dict.fromkeys(("process_sha256", "programme_sha256", "templates_sha256"), "a")
        old = {"search": f"tt-2021-000{number} che bien go; so-cu", "due": at, "created_at": at, "last_at": at}
        yield "proposal", row(number) | hashes | old
    days = {"started_on": date(2021, 3, 1), "last_day": date(2021, 3, 15), "due": at}
    deadline = {"id": 1, "proposal_id": 2, "rule": "r", "period": "", "epoch": 1, "seat": "s", "unit": "working"}
    more = {"started_by": 1, "consumed": 0, "provisional": False, "calendar": "1", "state": "paused", "reason": ""}
    yield "deadline", days | deadline | more
