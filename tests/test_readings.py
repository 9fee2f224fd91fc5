"""Who opened a case is kept by history, once a day for each reader, and nobody takes it out again."""

import sqlite3

import pytest

from tests.shell import DRAFT, Shell

CODE = "LC-2022-0001"
CENTRE, AUDITOR = "can-bo.ttkc-lai-chau", "thanh-tra"
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", "--as", CENTRE)


@pytest.fixture
def office(prepared: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An office with one draft."""
    made = prepared.copy(tmp_path_factory.mktemp("office"))
    made.json(*NEW, "--at", "2021-03-05T09:00", *DRAFT)
    return made


def openings(office: Shell) -> list[tuple[str, bool]]:
    """The day of each opening, and whether history knows it."""
    return [(str(row[0]), row[3] is not None) for row in office.rows()["access"]]


def test_an_opening_is_kept_once_a_day(office: Shell) -> None:
    """Whatever was looked at of the case; who did not sign in has no name to keep."""
    for words in (("proposal", "show", CODE), ("proposal", "history", CODE), ("audit", "sheet", CODE)):
        office.json(*words, "--as", AUDITOR, "--at", "2021-03-08T09:00")
        office.json(*words, "--at", "2021-03-08T09:00")
    office.json("proposal", "show", CODE, "--as", AUDITOR, "--at", "2021-03-09T09:00")

    assert openings(office) == [("2021-03-08", False), ("2021-03-09", False)]
    assert office.verified()["opened"] == 2
    assert openings(office) == [("2021-03-08", True), ("2021-03-09", True)]


def test_an_opening_that_was_taken_out_is_named(office: Shell) -> None:
    """With the reader, the case and the day."""
    office.json("proposal", "show", CODE, "--as", AUDITOR, "--at", "2021-03-08T09:00")
    office.json("audit", "checkpoint")
    with sqlite3.connect(office.file) as connection:
        (reader,) = connection.execute("SELECT reader FROM access").fetchone()
        connection.execute("DELETE FROM access")
    connection.close()

    found = office("audit", "verify")

    assert found.status == 1
    assert f"mất dòng ghi ngày 2021-03-08 người {reader} mở xem hồ sơ {CODE}" in found.err
