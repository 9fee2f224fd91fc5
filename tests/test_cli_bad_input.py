"""Bad input gets a clear sentence, the promised exit status, and leaves nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell import DRAFT, Shell

AT = ("--at", "2021-03-05T09:00")
WHO = ("--as", "can-bo.ttkc-lai-chau")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *WHO, *AT)


@pytest.fixture
def draft(office: Shell) -> Shell:
    """An office with one draft, LC-2022-0001."""
    office.json(*NEW, *DRAFT)
    return office


#: The call, its exit status, a word of the sentence, and the name of the problem.
CALLS = (
    (
        ("proposal", "new", "--programme", "lai-chau-2021-2052", *WHO, *AT),
        1,
        "lai-chau-2021-2025",
        "unknown-definition",
    ),
    ((*NEW, "--fact", "requested_amount=-5"), 2, "không được âm", "bad-value"),
    ((*NEW, "--fact", "requested_amount=1,5"), 2, "số đồng nguyên", "bad-value"),
    ((*NEW, "--fact", "plan_year=hai"), 2, "số nguyên", "bad-value"),
    ((*NEW, "--fact", "name"), 2, "--fact", "wrong-usage"),
    ((*NEW, "--fact", "name=a", "--fact", "name=b"), 2, "hai lần", "wrong-usage"),
    ((*NEW, "--fact", "plan_year=2031"), 1, "2031", "conditions-unmet"),
    ((*NEW, "--fact", "plan_year=2022", "--fact", "nmae=a"), 1, "nmae", "conditions-unmet"),
    (("proposal", "show", "LC-2099-0001"), 1, "LC-2099-0001", "unknown-proposal"),
    (("proposal", "list", "--holder", "so-nao-do"), 1, "so-nao-do", "unknown-definition"),
    (
        ("proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--fact", "letter_date=31/02/2021"),
        2,
        "28",
        "bad-value",
    ),
    (("proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--effective", "2021-02-31"), 2, "28", "bad-value"),
    (
        ("proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--attach", "x=khong-co.pdf"),
        2,
        "khong-co",
        "wrong-usage",
    ),
    (("proposal", "act", "LC-2022-0001", "approve", *WHO, *AT), 1, "approve", "no-such-action"),
    (("proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--revision", "7"), 1, "7", "stale-proposal"),
    (
        ("proposal", "act", "LC-2022-0001", "submit", "--as", "tham-dinh.stc-lai-chau", *AT),
        1,
        "thẩm quyền",
        "not-owner",
    ),
    (("proposal", "edit", "LC-2022-0001", *WHO, *AT), 2, "--fact", "wrong-usage"),
    (("proposal", "show", "LC-2022-0001", "--at", "hôm qua"), 2, "hôm qua", "bad-value"),
    (("proposal", "show"), 2, "code", "wrong-usage"),
    (("proposal", "shwo", "LC-2022-0001"), 2, "shwo", "wrong-usage"),
    (("--colour", "red", "proposal", "list"), 2, "--colour", "wrong-usage"),
    (("notice", "list", "--state", "faled"), 2, "failed", "wrong-usage"),
    (("calendar", "count", "31/02/2026", "5"), 2, "02/2026", "bad-value"),
    (("calendar", "show", "2031"), 1, "2031", "calendar-not-published"),
    (("calendar", "publish", "khong-co.toml"), 2, "khong-co.toml", "wrong-usage"),
    (("definitions", "show", "kcdq"), 1, "kcqg", "unknown-definition"),
    (("user", "add", "can-bo.ttkc-lai-chau", "--name", "A"), 1, "can-bo.ttkc-lai-chau", "username-taken"),
    (("user", "add", "moi", "--name", "A", "--seat", "approver"), 2, "approver", "wrong-usage"),
    (("user", "add", "moi", "--name", "A", "--seat", "approver@so-nao-do"), 1, "so-nao-do", "conditions-unmet"),
    (("user", "token", "khong-ai"), 1, "khong-ai", "not-found"),
    (("appointment", "add", "so-nao-do", "funder", "--basis", "QĐ 1"), 1, "so-nao-do", "conditions-unmet"),
    (("notice", "show", "999"), 1, "999", "not-found"),
    (("proposal", "list", "--lang", "fr"), 2, "fr", "wrong-usage"),
)


@pytest.mark.parametrize(("words", "status", "said", "problem"), CALLS, ids=[" ".join(call[0])[:60] for call in CALLS])
def test_bad_input_is_refused_and_changes_nothing(
    draft: Shell, words: tuple[str, ...], status: int, said: str, problem: str
) -> None:
    """The reason stands on standard error and in the problem document; every row is as it was."""
    before, papers = draft.rows(), draft.papers()

    answer = draft("--json", *words)

    assert answer.status == status, answer.err
    assert said in answer.err
    assert answer.document["type"] == f"/problems/{problem}"
    assert answer.document["status"] >= 400
    assert (draft.rows(), draft.papers()) == (before, papers)


def test_every_unmet_condition_has_a_line_of_its_own_and_says_who_can_lift_it(draft: Shell) -> None:
    """A person sees everything to mend at once; a program gets the same with code, seat and agency."""
    answer = draft("--json", "proposal", "act", "LC-2022-0001", "submit", *WHO, *AT)
    other = draft("--json", "proposal", "act", "LC-2022-0001", "submit", "--as", "tham-dinh.sct-lai-chau", *AT)

    unmet, theirs = answer.document["unmet"], other.document["unmet"]
    assert len(answer.err.splitlines()) == len(unmet) > 3
    assert [one["code"] for one in theirs] == ["unmet.not_owner", *(one["code"] for one in unmet)]
    assert theirs[0]["lifted_by"][0] | {"label": ""} == {"role": "implementer", "agency": "ttkc-lai-chau", "label": ""}
    assert all(one["sentence"] in answer.err for one in unmet)


def test_a_refusal_is_said_in_english_when_asked(draft: Shell) -> None:
    """``--lang`` holds for refusals too, wherever it stands."""
    answer = draft("proposal", "act", "LC-2022-0001", "approve", *WHO, *AT, "--lang", "en")

    assert answer.status == 1
    assert "There is no action" in answer.err


def test_two_gigabytes_are_refused_before_they_are_read(draft: Shell, tmp_path: Path) -> None:
    """A paper is held against the limit by its announced size; nothing of it lies among the papers."""
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), 2 * 2**30)

    answer = draft("--json", "proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--attach", f"de_an={huge}")

    assert (answer.status, answer.document["type"]) == (1, "/problems/document-too-large")
    assert "huge.pdf" in answer.err
    assert draft.papers() == []


def test_malformed_toml_is_said_with_its_place(office: Shell, tmp_path: Path) -> None:
    """``definitions check`` names file, line and fault, and exits 1."""
    file = tmp_path / "hong.toml"
    file.write_text('kind = "calendar"\nyear = = 2030\n', encoding="utf-8")

    answer = office("--json", "definitions", "check", str(file))

    assert answer.status == 1
    assert "hong.toml: dòng 2" in answer.err
    assert answer.document["type"] == "/problems/check-failed"


def test_the_shipped_definitions_are_clean(office: Shell) -> None:
    """What comes with this software has no fault by its own check."""
    answer = office.json("definitions", "check")

    assert answer["faults"] == []


@pytest.mark.parametrize(
    ("url", "status", "problem"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", 3, "database-unreachable"),
        ("sqlite:////nowhere/at/all.db", 3, "schema-outdated"),
        ("sqlite://", 2, "unknown-database"),
        ("mysql://localhost/x", 2, "unknown-database"),
    ],
)
def test_a_database_that_cannot_be_used_is_named(office: Shell, url: str, status: int, problem: str) -> None:
    """A part that does not answer is 3; an address that cannot be meant is 2."""
    answer = office.bare("--json", "--database", url, "proposal", "list")

    assert (answer.status, answer.document["type"]) == (status, f"/problems/{problem}")


def test_a_folder_that_takes_no_file_is_named(office: Shell) -> None:
    """``init`` where nothing can be written says so and exits 3."""
    answer = office.bare("--json", "--database", "sqlite:////proc/khuyencong.db", "init")

    assert answer.status == 3
    assert "/proc/khuyencong.db" in answer.err


def test_papers_that_cannot_be_kept_stop_the_act(draft: Shell, tmp_path: Path) -> None:
    """Without its papers a step is not recorded."""
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder", encoding="utf-8")
    shell = Shell(draft.folder, {"KHUYENCONG_DOCUMENTS_DIR": str(blocked)})
    before = shell.rows()

    answer = shell("--json", "proposal", "act", "LC-2022-0001", "submit", *WHO, *AT, "--attach", f"de_an={blocked}")

    assert (answer.status, answer.document["type"]) == (3, "/problems/documents-unwritable")
    assert shell.rows() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PORT", "99999"),
        ("METRICS_FROM", "10.0.0.1/8"),
        ("SMTP_STARTTLS", "maybe"),
        ("MAIL_FROM", "nobody"),
        ("BASE_URL", "khuyencong"),
        ("ALLOWED_RECIPIENTS", "a b@c"),
        ("LANGUAGE", "fr"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(office: Shell, name: str, value: str) -> None:
    """One clear sentence with the variable's name, and exit 2."""
    answer = Shell(office.folder, {f"KHUYENCONG_{name}": value})("--json", "proposal", "list")

    assert (answer.status, answer.document["type"]) == (2, "/problems/bad-setting")
    assert f"KHUYENCONG_{name}" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_the_program_itself_exits_with_these_statuses(office: Shell) -> None:
    """What is true of the functions is true of the process: status, one document, no traceback."""
    database = ("--database", f"sqlite:///{office.file}")
    program = [sys.executable, "-m", "khuyencong", *database, "--json"]

    found = subprocess.run([*program, "proposal", "list"], capture_output=True, text=True, check=False)
    refused = subprocess.run([*program, "proposal", "show", "X"], capture_output=True, text=True, check=False)
    wrong = subprocess.run([*program, "proposal", "shwo"], capture_output=True, text=True, check=False)

    assert (found.returncode, refused.returncode, wrong.returncode) == (0, 1, 2)
    assert "Traceback" not in refused.stderr + wrong.stderr
    assert found.stderr == ""
