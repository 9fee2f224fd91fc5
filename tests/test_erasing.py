"""What is kept of a person can be erased on a decision, and every proof still holds."""

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer, text

from khuyencong.erasing import erase_person
from khuyencong.proving import prove
from khuyencong.sealing import seal_all
from khuyencong.wiring import Installation
from store.erasing import Personal, erase
from store.pinned import Pinned
from store.statements import Statement
from store.unit_of_work import SqlUnitOfWork
from tests.tampering import fill, settings_in
from tests.test_sealing import LATER
from workflow.administration import operator
from workflow.errors import Refused
from workflow.proposal import Actor
from workflow.service.accounts import deactivate
from workflow.service.chaining import chained_entry
from workflow.service.erasing import ERASED, openings_hash

_FIRST = Statement(text("SELECT id FROM entry WHERE subject = 'LC-A1' AND seq = 1").columns(id=Integer()))
WHO = "can-bo.ttkc-lai-chau"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sealed sandbox, for copying."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder).store.close()
    return folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Iterator[Installation]:
    """A sealed sandbox of this test's own."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    made = Installation.open(settings_in(tmp_path))
    yield made
    made.store.close()


def actor(home: Installation, username: str = WHO) -> Actor:
    """The person of an account."""
    with home.store.read() as uow:
        found = uow.actor(username, channel="cli")
    assert found is not None
    return found


def dump(folder: Path) -> bytes:
    """Everything that stands in the tables, bytes as they are."""
    raw = sqlite3.connect(folder / "khuyencong.db")
    names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows: list[Any] = [row for name in names for row in raw.execute(f"SELECT * FROM {name}")]  # noqa: S608 - names of the schema.
    raw.close()
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


def test_a_person_is_gone_and_the_proofs_hold(home: Installation, tmp_path: Path) -> None:
    """Name and address stand nowhere any more; leaves, checkpoints and kept proofs are what they were."""
    who, before = actor(home), prove(home, "LC-F1")
    with home.store.read() as uow:
        address = uow.person(who.person).address
    secrets = [who.name.encode(), address.encode(), b64encode(who.name.encode())]
    there = [secret for secret in secrets[:2] if secret in dump(tmp_path)]
    deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)

    found = erase_person(home, WHO, reason="theo đơn", decision="7/QĐ-BCT", by=operator(), at=LATER)

    assert (len(there), bool(found.openings), bool(found.mails)) == (2, True, True)
    assert [secret for secret in secrets if secret in dump(tmp_path)] == []
    seal_all(home, at=LATER)
    verified = home.verify()
    assert verified.findings == ()
    assert verified.erased == len(found.openings)
    after = prove(home, "LC-F1")
    assert [one["leaf"] for one in after["proofs"]] == [one["leaf"] for one in before["proofs"]]
    assert home.open_checkpoint(before["checkpoint"]).size < home.open_checkpoint(after["checkpoint"]).size


def test_history_says_who_erased_and_by_which_decision(home: Installation) -> None:
    """The entry names person and decision; the reason is a personal value."""
    deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)

    found = erase_person(home, WHO, reason="theo đơn", decision="7/QĐ-BCT", by=operator(), at=LATER)

    newest = home.history("registers")[-1]
    assert newest.kind == "person-erased"
    assert b'"decision":"7/Q' in newest.body
    assert found.person.encode() in newest.body
    assert "theo đơn".encode() not in newest.body


@pytest.mark.parametrize(
    ("prepared", "reason", "code"),
    [(False, "theo đơn", "unmet.erase_active"), (True, " ", "unmet.erase_why")],
)
def test_an_erasure_is_refused_with_its_reason(home: Installation, prepared: bool, reason: str, code: str) -> None:
    """Of somebody who still works here, or without a reason; the refusal is an entry."""
    if prepared:
        deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)

    with pytest.raises(Refused) as refused:
        erase_person(home, WHO, reason=reason, decision="7/QĐ-BCT", by=operator(), at=LATER)

    assert [one.code for one in refused.value.unmet] == [code]
    assert home.verify().findings == ()


def test_nobody_is_erased_twice(home: Installation) -> None:
    """What is gone is gone; a second decision has nothing to act on."""
    deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)
    erase_person(home, WHO, reason="theo đơn", decision="7/QĐ-BCT", by=operator(), at=LATER)

    with pytest.raises(Refused) as refused:
        erase_person(home, WHO, reason="theo đơn", decision="8/QĐ-BCT", by=operator(), at=LATER)

    assert [one.code for one in refused.value.unmet] == ["unmet.erase_nothing"]


def test_bytes_that_went_without_a_decision_are_found(home: Installation) -> None:
    """Only an erasure excuses a mail that is empty."""
    raw = sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///"))
    raw.execute("UPDATE message SET bytes = x'' WHERE id = (SELECT min(id) FROM message)")
    raw.commit()
    raw.close()

    assert [one.code for one in home.verify().findings] == ["finding.mail_changed"]


@pytest.mark.parametrize(
    ("forgery", "part"),
    [
        ("UPDATE person SET address = 'thief@example.vn' WHERE name <> ''", "persons"),
        ("UPDATE person SET identity_hash = 'f' || id WHERE name <> ''", "identities"),
        (
            (
                "INSERT INTO token (sha256, username, label, created_at, prefix) SELECT hex(zeroblob(32)), username,"
                " 'forged', '2026-01-01T00:00:00.000000Z', 'kcp_x' FROM account LIMIT 1"
            ),
            "tokens",
        ),
    ],
)
def test_an_erasure_excuses_nobody_else(home: Installation, forgery: str, part: str) -> None:
    """After one person was erased, everybody else is still held against history."""
    deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)
    erase_person(home, WHO, reason="theo đơn", decision="7/QĐ-BCT", by=operator(), at=LATER)
    assert home.verify().findings == ()

    raw = sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///"))
    raw.execute(forgery)
    raw.commit()
    raw.close()

    assert [one.params["part"] for one in home.verify().findings] == [part]


def test_no_other_value_goes_in_the_place_of_an_erased_one(home: Installation) -> None:
    """The entry of an erasure binds which values went: as many others under its number are found."""
    raw = sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    before = raw.execute("SELECT entry_id, path, salt, value FROM opening ORDER BY 1, 2").fetchall()
    deactivate(home.store, home.house, username=WHO, by=operator(), at=LATER)
    found = erase_person(home, WHO, reason="theo đơn", decision="7/QĐ-BCT", by=operator(), at=LATER)
    back = next(row for row in before if (row[0], row[1]) == found.openings[0])
    other = next(row for row in before if (row[0], row[1]) not in found.openings)
    erased_by = raw.execute("SELECT max(erased_by) FROM opening").fetchone()[0]
    raw.execute("DROP TRIGGER guard_opening_update")
    change = "UPDATE opening SET salt = ?, value = ?, erased_by = ? WHERE entry_id = ? AND path = ?"
    raw.execute(change, (back[2], back[3], None, *back[:2]))
    raw.execute(change, (None, None, erased_by, *other[:2]))
    raw.close()

    assert "finding.erased_others" in [one.code for one in home.verify().findings]


def test_only_what_rests_on_an_erased_value_is_not_compared(home: Installation) -> None:
    """Once the beneficiary's name is gone nobody can tell whether it differs; the other cases are still told again."""
    with home.store.transaction(writes=True) as transaction:
        first: Any = transaction.first(_FIRST)
        openings = ((first.id, "data.beneficiary"),)
        uow = SqlUnitOfWork(transaction, Pinned(), writes=True)
        told = {"openings": 1, "openings_sha256": openings_hash(openings), "mails": []}
        entry = chained_entry(uow, ERASED, told | {"erased_person": "p-1"}, at=LATER, salt=home.house.salt)
        erase(transaction, entry, Personal(person="p-1", active=False, openings=openings, mails=()), at=LATER)

    found = home.verify()

    assert (found.findings, found.untold, found.erased) == ((), 1, 1)
