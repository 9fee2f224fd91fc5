"""The log says what was done, how it ended and how long it took, and nothing about people."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from khuyencong.settings import read_settings
from khuyencong.ticking import OUTBOX, REMINDERS
from shapes.errors import BadSetting
from tests.shell import DRAFT, Answer, Shell

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
TICK = ("scheduler", "tick", "--at", "2021-05-14T09:00")


def lines(answer: Answer) -> list[dict[str, Any]]:
    """The lines of the log among what was said on standard error."""
    return [orjson.loads(line) for line in answer.err.splitlines() if line.startswith("{")]


@pytest.fixture
def logging(office: Shell) -> Shell:
    """An office that logs."""
    return Shell(office.folder, {"KHUYENCONG_LOG": "json"})


def test_commands_log_only_when_asked(office: Shell, logging: Shell) -> None:
    """A person at a terminal wants the answer alone."""
    assert lines(office("proposal", "list")) == []

    (line,) = lines(logging("proposal", "list"))

    assert (line["action"], line["outcome"], line["exit"]) == ("proposal list", "done", 0)
    assert line["ms"] >= 0
    assert len(line["request"]) == 12


def test_each_command_has_its_own_request(logging: Shell) -> None:
    """Two calls are told apart; the jobs of one tick are found together with it."""
    logging(*NEW, *WHO)

    first, second = lines(logging(*TICK)), lines(logging(*TICK))

    assert {line["action"] for line in first} >= {f"job {REMINDERS}", "job housekeeping", "scheduler tick"}
    assert len({line["request"] for line in first}) == 1
    assert first[0]["request"] != second[0]["request"]


def test_a_refusal_is_logged_by_its_name(logging: Shell) -> None:
    """With the code of the proposal that refused, and not of one that nobody knows: it may be anything."""
    code = orjson.loads(logging("--json", *NEW, *WHO).out)["code"]

    (refused,) = lines(logging("proposal", "act", code, "approve", *WHO))
    (unknown,) = lines(logging("proposal", "show", "012345678901"))

    assert (refused["code"], refused["exit"]) == (code, 1)
    assert refused["outcome"] in {"no-such-action", "not-owner", "conditions-unmet"}
    assert (unknown["outcome"], "code" in unknown) == ("unknown-proposal", False)


def test_nothing_about_people_is_logged(logging: Shell) -> None:
    """Neither who acts nor what was written, however the command went."""
    words = ("HTX Chè Pắc Ta", "can-bo", "Nguyễn Văn Mật", "012345678901", "lý do riêng")
    seen = ""

    for typed in (
        (*NEW, *WHO),
        ("proposal", "new", "Nguyễn Văn Mật"),
        ("Nguyễn Văn Mật",),
        ("user", "add", "Nguyễn Văn Mật", "--identity", "012345678901"),
        ("proposal", "act", "LC-2022-0001", "withdraw", "--fact", "reason=lý do riêng", *WHO),
        TICK,
    ):
        answer = logging(*typed)
        seen += "".join(orjson.dumps(line).decode() for line in lines(answer))

    assert "withdraw" not in seen
    assert "LC-2022-0001" in seen
    assert [word for word in words if word in seen] == []


def test_a_mail_server_that_is_away_is_logged_without_its_words(office: Shell) -> None:
    """What a server says may repeat an address."""
    environment = {"KHUYENCONG_LOG": "json", "KHUYENCONG_SMTP_HOST": "127.0.0.1", "KHUYENCONG_SMTP_PORT": "1"}
    office.json(*NEW, *WHO)

    told = lines(Shell(office.folder, environment)(*TICK))

    (outbox,) = [line for line in told if line["action"] == f"job {OUTBOX}"]
    assert outbox["outcome"] == "unreachable"
    assert all(isinstance(value, int | str) for value in outbox.values())
    assert "127.0.0.1" not in str(outbox)


def test_lines_can_be_read_by_people(office: Shell) -> None:
    """``text`` says the same on one plain line."""
    answer = Shell(office.folder, {"KHUYENCONG_LOG": "text"})("proposal", "list")

    assert " proposal list done ms=" in answer.err
    assert " request=" in answer.err


def test_a_log_of_another_kind_is_refused(office: Shell) -> None:
    """It says which kinds there are."""
    answer = Shell(office.folder, {"KHUYENCONG_LOG": "yaml"})("proposal", "list")

    assert answer.status == 2
    assert "json" in answer.err


def test_a_misspelt_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """It would silently be the usual one; its value, maybe a password, is not repeated."""
    answer = Shell(tmp_path, {"KHUYENCONG_SMTP_PASWORD": "mat-khau-that"})("--lang", "en", "proposal", "list")

    assert answer.status == 2
    assert "KHUYENCONG_SMTP_PASSWORD" in answer.err
    assert "mat-khau-that" not in answer.err


def test_a_setting_like_no_other_gets_the_list() -> None:
    """Where nothing is near, all are named."""
    with pytest.raises(BadSetting) as refused:
        read_settings({"KHUYENCONG_QXZ": "1"})

    assert refused.value.code == "setting.unknown_alone"
    assert "DATABASE_URL" in refused.value.params["known"]


def test_what_others_read_is_no_setting() -> None:
    """The token of who calls and the choices of the tests are left to whoever reads them."""
    others = {"KHUYENCONG_TOKEN": "x", "KHUYENCONG_CI": "1", "KHUYENCONG_TEST_POSTGRES_ROUTE": "wheel", "PATH": "/bin"}

    assert read_settings(others) == read_settings({})
