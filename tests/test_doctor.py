"""The doctor's page: well where all is well, and every kind of harm told with what to do."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from khuyencong.cli.examining import _COLOURS
from khuyencong.doctor.finding import LEVELS
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from language.catalogue import LANGUAGES, catalogue, placeholders
from tests.shell import DRAFT, Answer, Shell, seat_in

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
#: The draft was forgotten for two months: its reminders are sent, and the jobs ran a moment ago.
SOON = ("--at", "2021-05-14T09:00")


@pytest.fixture
def busy(office: Shell) -> Shell:
    """An office with a proposal, whose scheduler has just run."""
    paper = office.folder / "cong-van.txt"
    paper.write_text("Kính gửi Sở Công Thương", encoding="utf-8")
    code = office.json(*NEW, *WHO)["code"]
    office.json("proposal", "attach", code, f"cong_van={paper}", *WHO)
    office.json("scheduler", "tick", *SOON)
    return office


def page(shell: Shell, *words: str) -> dict[str, Any]:
    """The doctor's document, with its lines by ``check.case`` and the exit status beside."""
    answer = shell("--json", "doctor", *SOON, *words)
    document: dict[str, Any] = answer.document
    lines = {f"{one['check']}.{one['case']}": one for one in document["checks"]}
    return {**document, "status": answer.status, "lines": lines}


def change(shell: Shell, *statements: str) -> None:
    """Does something to the database behind the software's back."""
    connection = sqlite3.connect(shell.file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_working_office_is_not_broken(busy: Shell) -> None:
    """Every check speaks, none of them of harm."""
    found = page(busy)

    assert found["status"] == 0
    assert found["level"] != "broken"
    assert {one["check"] for one in found["checks"]} == {code.partition(".")[0] for code in LEVELS} - {"database"}


def test_the_page_is_for_people_too(busy: Shell) -> None:
    """Each line begins with how bad it is; what wants a look says what to do."""
    answer: Answer = busy("--lang", "en", "doctor", *SOON)

    assert answer.status == 0
    assert answer.out.startswith("ok      The tables are of this software's revision")
    assert "→" in answer.out
    assert len(answer.out.splitlines()) < 60


def drop_guard(shell: Shell) -> None:
    """Somebody made room for changing history."""
    change(shell, "DROP TRIGGER guard_entry_update")


def change_entry(shell: Shell) -> None:
    """An entry says something else than was hashed."""
    drop_guard(shell)
    change(shell, "UPDATE entry SET body = replace(body, 'created', 'greated') WHERE kind = 'created'")


def move_proposal(shell: Shell) -> None:
    """A proposal stands where its history does not lead."""
    change(shell, "UPDATE proposal SET last_seq = last_seq - 1")


def lose_paper(shell: Shell) -> None:
    """The file of a paper on record was removed."""
    shell.papers()[0].unlink()


def stop_scheduler(shell: Shell) -> None:
    """No process ran a job for two days."""
    change(shell, "UPDATE heartbeat SET last_started = '2021-05-12T01:00:00.000000Z'")


def stop_mail(shell: Shell) -> None:
    """A notice has been waiting since yesterday."""
    row = "state = 'scheduled', send_after = '2021-05-13T01:00:00.000000Z'"
    change(shell, f"UPDATE notice SET {row} WHERE id = (SELECT max(id) FROM notice)")  # noqa: S608 - a test's own words.


def forget_reminders(shell: Shell) -> None:
    """A deadline runs and nobody will hear of it."""
    change(shell, "UPDATE reminder SET state = 'cancelled'")


def empty_seat(shell: Shell) -> None:
    """Whoever held the seat left, and a proposal waits there."""
    change(shell, "UPDATE account SET active = 0")


def turn_clock_back(shell: Shell) -> None:
    """The machine's clock is years behind what was recorded."""
    shell.json(
        "proposal", "edit", "LC-2022-0001", "--fact", "total_cost=700 triệu", *WHO[:2], "--at", "2021-06-01T09:00"
    )


def open_key(shell: Shell) -> None:
    """Anybody on the machine can read the key of identity hashes."""
    key = shell.folder / "khuyencong.identity-key"
    key.write_text("00" * 32, encoding="utf-8")
    key.chmod(0o644)


def older_tables(shell: Shell) -> None:
    """The software was upgraded, the database was not."""
    change(shell, "UPDATE alembic_version SET version_num = '0001_first_tables'")


def later_tables(shell: Shell) -> None:
    """The database was upgraded, the software was not."""
    change(shell, "UPDATE alembic_version SET version_num = '9999_later'")


def no_database(shell: Shell) -> None:
    """Something else lies where the database should."""
    shell.file.write_bytes(b"not a database, but long enough to be looked at as one" * 40)


HARM: dict[Callable[[Shell], None], str] = {
    drop_guard: "guards.missing",
    change_entry: "chains.broken",
    move_proposal: "chains.broken",
    lose_paper: "papers.lost",
    stop_scheduler: "scheduler.late",
    stop_mail: "notices.stopped",
    forget_reminders: "deadlines.uncovered",
    empty_seat: "seats.waiting",
    turn_clock_back: "clock.behind",
    open_key: "identity_key.open",
    older_tables: "schema.older",
    later_tables: "schema.newer",
    no_database: "database.unreachable",
}


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_harm_is_told_with_what_to_do(busy: Shell, harm: Callable[[Shell], None]) -> None:
    """Exit status 1, and a line that names it."""
    assert HARM[harm] not in page(busy)["lines"]

    harm(busy)

    found = page(busy)
    line = found["lines"][HARM[harm]]
    assert (found["status"], found["level"], line["level"]) == (1, "broken", "broken")
    assert line["do"]


def test_orphan_papers_want_a_look_and_go_at_night(busy: Shell) -> None:
    """What no row speaks of for a day is named by the doctor and swept by the scheduler, once a day."""
    orphan = busy.folder / "khuyencong.documents" / "aa" / "bb" / ("aabb" + "0" * 60)
    orphan.parent.mkdir(parents=True)
    orphan.write_text("nobody's", encoding="utf-8")
    old = time.time() - 2 * 86_400
    os.utime(orphan, (old, old))

    found = page(busy)
    same_day = busy.json("scheduler", "tick", "--at", "2021-05-14T20:00")["jobs"]["housekeeping"]
    still_there = orphan.exists()
    next_day = busy.json("scheduler", "tick", "--at", "2021-05-15T09:00")["jobs"]["housekeeping"]

    assert found["lines"]["papers.orphans"]["params"] == {"n": 1}
    assert found["status"] == 0
    assert (same_day, still_there) == ({}, True)
    assert next_day["papers_swept"] == 1
    assert not orphan.exists()
    assert len(busy.papers()) == 1


def test_a_fresh_file_is_never_swept_by_a_sandbox_in_the_future(busy: Shell) -> None:
    """The age of a file is told by the machine's clock, whatever day the sandbox plays."""
    fresh = busy.folder / "khuyencong.documents" / "being-written-x"
    fresh.write_text("half", encoding="utf-8")

    busy.json("scheduler", "tick", "--at", "2035-01-01T09:00")

    assert fresh.exists()


def test_full_proves_what_a_quick_look_cannot_see(busy: Shell) -> None:
    """A changed amount fits the ends of the chains; a replay finds it."""
    change(busy, "UPDATE proposal SET title = 'Khác'")

    assert "chains.ok" in page(busy)["lines"]
    assert "chains.broken" in page(busy, "--full")["lines"]


def test_no_secret_is_on_the_page(busy: Shell) -> None:
    """Passwords of the mail server and of the database stay unsaid."""
    environment = {"KHUYENCONG_SMTP_PASSWORD": "mat-khau-that", "KHUYENCONG_SMTP_HOST": "mail.example"}
    shell = Shell(busy.folder, environment)

    answer = shell("--json", "doctor", *SOON)

    assert "mat-khau-that" not in answer.out + answer.err
    assert answer.document["settings"]["smtp_password"] == "***"
    assert answer.document["settings"]["smtp_host"] == "mail.example"


def test_the_doctor_looks_at_postgresql_too(postgres_url: str, tmp_path: Path) -> None:
    """The same page on a server, with its password hidden."""
    shell = Shell(tmp_path, {"KHUYENCONG_DATABASE_URL": postgres_url, "KHUYENCONG_DOCUMENTS_DIR": str(tmp_path / "p")})
    key = {"KHUYENCONG_IDENTITY_KEY_FILE": str(tmp_path / "key"), "KHUYENCONG_MAIL_DIR": str(tmp_path / "mail")}
    shell = Shell(tmp_path, {**shell.environment, **key})
    assert shell.bare("init", "--sandbox", "--at", "2021-01-04T08:00").status == 0
    seat_in(Installation.open(Settings(database_url=postgres_url)))
    assert shell.bare(*NEW, *WHO).status == 0
    assert shell.bare("scheduler", "tick", *SOON).status == 0

    answer = shell.bare("--json", "doctor", "--full", *SOON)

    assert answer.status == 0, answer.out
    assert {"guards.owner", "chains.proved"} <= {f"{one['check']}.{one['case']}" for one in answer.document["checks"]}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", LEVELS)
def test_every_line_has_its_words(lang: str, code: str) -> None:
    """What is not well also says what to do, from the values that the line itself has."""
    known = catalogue(lang)

    assert f"doctor.{code}" in known
    if LEVELS[code] != "ok":
        assert placeholders(known[f"doctor.{code}.do"]) <= placeholders(known[f"doctor.{code}"])
    assert f"doctor.level.{LEVELS[code]}" in known
    assert set(_COLOURS) == set(LEVELS.values())
