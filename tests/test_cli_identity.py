"""Who acts is known or nothing happens: tokens everywhere, ``--as`` and ``--at`` on a sandbox only."""

import sqlite3
from hashlib import sha256

import pytest

from tests.shell import DRAFT, Shell, seat

NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An installation whose data counts; only read, or refused."""
    shell = Shell(tmp_path_factory.mktemp("official"))
    assert shell("init").status == 0
    seat(shell)
    return shell


def test_nobody_acts_without_a_name(office: Shell) -> None:
    """Neither token nor --as: refused, not guessed."""
    answer = office("--json", *NEW)

    assert (answer.status, answer.document["type"]) == (1, "/problems/not-signed-in")


def test_as_is_for_a_sandbox_only(official: Shell) -> None:
    """On real data a name is no proof of identity."""
    answer = official("--json", "--as", "can-bo.ttkc-lai-chau", *NEW)

    assert (answer.status, answer.document["type"]) == (1, "/problems/not-signed-in")


@pytest.mark.parametrize("words", [("proposal", "list", "--overdue"), ("user", "list"), ("init",), ("audit", "verify")])
def test_at_is_for_a_sandbox_only(official: Shell, words: tuple[str, ...]) -> None:
    """Nobody sets the clock of real data."""
    before = official.rows()

    answer = official("--json", "--at", "2021-03-05T09:00", *words)

    assert (answer.status, answer.document["type"]) == (2, "/problems/wrong-usage")
    assert official.rows() == before


def test_an_installation_in_use_never_becomes_a_sandbox(official: Shell) -> None:
    """What data is worth is decided once."""
    answer = official("--json", "init", "--sandbox")

    assert (answer.status, answer.document["type"]) == (2, "/problems/wrong-usage")
    with sqlite3.connect(official.file) as connection:
        assert connection.execute("SELECT count(*) FROM sandbox").fetchone() == (0,)
    connection.close()


def test_a_token_acts_for_its_account(office: Shell) -> None:
    """Only its hash is kept, and it serves by option or environment."""
    made = office.json("user", "token", "can-bo.ttkc-lai-chau")["token"]
    with sqlite3.connect(office.file) as connection:
        kept = connection.execute("SELECT sha256, username FROM token").fetchall()
    connection.close()

    created = office.json("--token", made, *NEW)

    assert kept == [(sha256(made.encode()).hexdigest(), "can-bo.ttkc-lai-chau")]
    assert created["implementer"] == "ttkc-lai-chau"


def test_a_wrong_token_is_refused(office: Shell) -> None:
    """A token that nobody was given opens nothing."""
    answer = office("--json", "--token", "guess", *NEW)

    assert (answer.status, answer.document["type"]) == (1, "/problems/not-signed-in")


def test_the_same_key_gets_the_first_answer(office: Shell) -> None:
    """A repeated call changes nothing and says so; the same key for something else is refused."""
    who = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
    code = office.json(*who, *NEW)["code"]
    act = ("proposal", "act", code, "withdraw", *who, "--key", "k1", "--fact")
    first = office.json(*act, "reason=thôi")

    again = office.json(*act, "reason=thôi")
    other = office("--json", *act, "reason=khác")

    assert again["replayed"]
    assert again["hash"] == first["hash"]
    assert (other.status, other.document["type"]) == (1, "/problems/key-reused")
