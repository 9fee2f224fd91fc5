"""Where data counts: a first administrator, proven identity, tokens and passwords; the bare shell only prepares."""

import io
import os
import pwd
import re
import stat
import subprocess
import sys
from typing import IO

import orjson
import pytest
from pyotp import TOTP

from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from tests.shell import DRAFT, Shell
from workflow.entries import Entry, opened, read_body

ADMIN, LAN = "012345678901", "012190000001"
PASSPHRASE = "chè Shan tuyết cổ thụ"
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, str]:
    """An installation of the UBND of Lai Châu, and its administrator's first token."""
    shell = Shell(tmp_path_factory.mktemp("founded"))
    made = shell.json("init", "--admin", "quan-tri", "--agency", "ubnd-lai-chau", "--identity", ADMIN)
    return shell, made["token"]


def signed(founded: tuple[Shell, str], *words: str) -> tuple[str, ...]:
    return ("--token", founded[1], *words)


def said(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What is typed unseen, as lines of standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize(
    "words",
    [
        ("user", "add", "lan", "--name", "Lan", "--identity", LAN),
        ("user", "list"),
        ("user", "token", "quan-tri"),
        ("user", "password", "quan-tri"),
        ("user", "deactivate", "quan-tri"),
        ("appointment", "add", "sct-lai-chau", "inspector", "--basis", "x"),
        NEW,
    ],
)
def test_the_bare_shell_only_prepares(founded: tuple[Shell, str], words: tuple[str, ...]) -> None:
    """Whoever sits at the machine without a token is nobody."""
    shell, _ = founded
    before = shell.rows()

    answer = shell("--json", *words)

    assert (answer.status, answer.document["type"]) == (1, "/problems/not-signed-in")
    assert shell.rows() == before


def test_the_key_lies_beside_the_database(founded: tuple[Shell, str]) -> None:
    """For its owner alone; a second init leaves it, and one whose key is gone makes no other."""
    shell, _ = founded
    file = shell.folder / "khuyencong.identity-key"
    key = file.read_text()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.encode() not in shell.file.read_bytes()
    assert shell("init").status == 0
    assert file.read_text() == key
    file.rename(shell.folder / "elsewhere")
    gone = shell("--json", "init")
    (shell.folder / "elsewhere").rename(file)
    assert (gone.status, gone.document["type"]) == (3, "/problems/unreachable")
    assert str(file) in gone.err


def test_a_key_that_others_may_read_is_refused(founded: tuple[Shell, str]) -> None:
    """Nothing is hashed with it."""
    shell, _ = founded
    file = shell.folder / "khuyencong.identity-key"
    file.chmod(0o644)

    answer = shell("--json", *signed(founded, "user", "add", "x", "--name", "X", "--identity", LAN))

    file.chmod(0o600)
    assert (answer.status, answer.document["type"]) == (3, "/problems/unreachable")


def test_a_person_from_first_day_to_last(founded: tuple[Shell, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Added, seated, signed in by password, at work, handed over, gone; the history stays theirs."""
    shell, _ = founded
    at_centre = "implementer@ttkc-lai-chau"
    said(monkeypatch, LAN)
    lan = shell.json(
        *signed(founded, "user", "add", "lan", "--name", "Lò Thị Lan", "--identity", "-"),
        *("--seat", at_centre, "--since", "2020-01-01"),
    )
    said(monkeypatch, PASSPHRASE)
    shell.json(*signed(founded, "user", "password", "lan"))
    said(monkeypatch, PASSPHRASE)
    token = shell.json("user", "token", "lan", "--password", "--label", "máy bàn", "--expires", "31/12/2099")["token"]
    code = shell.json("--token", token, *NEW)["code"]
    words = ("--name", "Bình", "--identity", "012085000002", "--seat", at_centre)
    shell.json(*signed(founded, "user", "add", "binh", *words))
    tomorrow = shell.json(*signed(founded, "user", "handover", "lan", "binh", "--on", "31/12/2098"))

    listed = shell.json("--token", token, "user", "tokens", "lan")["tokens"]
    shell.json(*signed(founded, "user", "seat-end", "lan", at_centre))
    shell.json(*signed(founded, "user", "deactivate", "lan"))
    closed = shell("--json", "--token", token, "proposal", "act", code, "withdraw")

    assert not lan["known"]
    assert tomorrow["waiting"] == [{"code": code, "seat": at_centre}]
    assert [(one["prefix"], one["label"]) for one in listed] == [(token[:8], "máy bàn")]
    assert listed[0]["last_used_on"] is not None
    assert (closed.status, closed.document["type"]) == (1, "/problems/not-signed-in")
    users = {one["username"]: one for one in shell.json(*signed(founded, "user", "list"))["users"]}
    assert (users["lan"]["state"], users["binh"]["state"]) == ("deactivated", "active")
    assert users["lan"]["seats"][0]["until"] is not None
    assert shell.verified()["ok"]
    created = chain(shell, code)[0]
    assert opened(created, read_body(created))["os_user"] == pwd.getpwuid(os.getuid()).pw_name
    assert read_body(created)["person"] == lan["person"]


def chain(shell: Shell, code: str) -> tuple[Entry, ...]:
    home = Installation.open(Settings(database_url=f"sqlite:///{shell.file}"))
    found = home.history(code)
    home.store.close()
    return found


def test_a_second_account_of_a_known_identity(founded: tuple[Shell, str]) -> None:
    """The command says that it is the same person; the number is neither shown nor kept."""
    shell, _ = founded
    words = ("--name", "Ai khác", "--identity", "012 095 000 003")
    first = shell.json(*signed(founded, "user", "add", "an", *words))

    second = shell.json(*signed(founded, "user", "add", "an-2", *words))

    assert (first["known"], second["known"]) == (False, True)
    assert first["person"] == second["person"]
    assert b"012095000003" not in shell.file.read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("user", "add", "Tên Lạ", "--name", "X", "--identity", LAN), "unmet.username"),
        (("user", "add", "moi", "--name", "X"), "unmet.identity_missing"),
        (
            ("user", "add", "moi", "--name", "X", "--identity", "012070000009", "--seat", "vua@ubnd-lai-chau"),
            "unmet.unknown_role",
        ),
        (
            ("user", "add", "moi", "--name", "X", "--identity", "012070000009", "--seat", "inspector@sct-da-nang"),
            "unmet.not_administrator",
        ),
        (("user", "seat", "quan-tri", "approver@ubnd-lai-chau"), "unmet.administrator_acts"),
        (("user", "unlock", "quan-tri"), "unmet.not_locked"),
        (("user", "token", "quan-tri", "--expires", "2020-01-01"), "unmet.token_expiry"),
        (("user", "token-revoke", "quan-tri", "zzz"), "unmet.no_such_token"),
        (("user", "deactivate", "quan-tri"), "unmet.own_account"),
        (("user", "seat-end", "quan-tri", "approver@ubnd-lai-chau"), "unmet.no_such_seat"),
    ],
)
def test_a_refusal_names_its_reason(founded: tuple[Shell, str], words: tuple[str, ...], code: str) -> None:
    """By code for programs and by a sentence for people, with nothing changed."""
    shell, _ = founded
    before = shell.rows()

    answer = shell("--json", *signed(founded, *words))

    assert answer.status == 1, answer.err
    assert code in [unmet["code"] for unmet in answer.document["unmet"]]
    assert answer.err.strip()
    assert shell.rows()["person"] == before["person"]


def test_an_identity_number_with_a_slip_is_not_repeated(founded: tuple[Shell, str]) -> None:
    """It may be a true one with one digit wrong."""
    shell, _ = founded

    answer = shell("--json", *signed(founded, "user", "add", "moi", "--name", "X", "--identity", "01219000000"))

    assert answer.status == 2
    assert "01219000000" not in answer.out + answer.err


def test_json_of_a_token_says_it_once(founded: tuple[Shell, str]) -> None:
    """The list shows the first letters and never the rest."""
    shell, _ = founded

    made = shell.json(*signed(founded, "user", "token", "quan-tri", "--label", "thử"))
    listed = shell(*signed(founded, "user", "tokens", "quan-tri", "--json"))

    assert made["token"] not in listed.out
    assert made["token"][:8] in {one["prefix"] for one in orjson.loads(listed.out)["tokens"]}


def test_a_seat_may_be_given_by_order(office: Shell) -> None:
    """TL. (thừa lệnh) is a capacity of Nghị định 30/2020/NĐ-CP; a word that is none is refused with those that are."""
    place, at = "funder@sct-lai-chau", ("--at", "2021-03-01T09:00")

    given = office("user", "seat", "tham-dinh.sct-lai-chau", f"{place}:TL", *at)
    unknown = office("user", "seat", "tham-dinh.sct-lai-chau", f"{place}:XX", *at)

    home = Installation.open(Settings(database_url=f"sqlite:///{office.file}"))
    with home.store.read() as uow:
        actor = uow.actor("tham-dinh.sct-lai-chau", channel="cli")
    home.store.close()
    assert actor is not None
    assert given.status == 0
    assert ("funder", "TL") in {(seat.role, seat.capacity) for seat in actor.seats}
    assert (unknown.status, "TL" in unknown.err) == (2, True)


def test_a_second_factor_from_the_terminal(founded: tuple[Shell, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret is shown, its first code turns it on; from then on a token by password needs a code as well."""
    shell, _ = founded
    said(monkeypatch, "012085000009")
    shell.json(*signed(founded, "user", "add", "hai-buoc", "--name", "Vàng A Sử", "--identity", "-"))
    said(monkeypatch, PASSPHRASE)
    shell.json(*signed(founded, "user", "password", "hai-buoc"))
    said(monkeypatch, PASSPHRASE)
    token = shell.json("user", "token", "hai-buoc", "--password")["token"]
    words = ("--database", f"sqlite:///{shell.file}", "--token", token, "--json", "user", "second-factor", "hai-buoc")

    with subprocess.Popen(
        [sys.executable, "-m", "khuyencong", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as asking:
        assert asking.stdin is not None
        assert asking.stdout is not None
        assert asking.stderr is not None
        shown = _until_address(asking.stderr)
        secret = re.findall(r"^[A-Z2-7]{32}$", shown, re.MULTILINE)[0]
        asking.stdin.write(f"{TOTP(secret).now()}\n")
        asking.stdin.close()
        made = orjson.loads(asking.stdout.read())
        assert asking.wait(timeout=60) == 0
    said(monkeypatch, PASSPHRASE)
    alone = shell("--json", "user", "token", "hai-buoc", "--password")
    said(monkeypatch, PASSPHRASE, made["recovery_codes"][0])
    with_code = shell.json("user", "token", "hai-buoc", "--password")
    ended = shell.json(*signed(founded, "user", "second-factor-end", "hai-buoc"))

    assert made["address"].startswith("otpauth://totp/")
    assert f"secret={secret}" in made["address"]
    assert (alone.status, alone.document["type"]) == (1, "/problems/not-signed-in")
    assert with_code["token"]
    assert ended == {"username": "hai-buoc"}
    assert shell.verified()["ok"]


def _until_address(stream: IO[str]) -> str:
    """What is read of a stream up to the line that an authenticator reads."""
    read = ""
    while "otpauth://" not in read:
        line = stream.readline()
        assert line, read
        read += line
    return read
