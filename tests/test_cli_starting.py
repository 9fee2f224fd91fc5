"""``init`` publishes the shipped law and says what it replaces; ``demo`` builds only where nothing would be lost."""

import sqlite3
from pathlib import Path

import pytest

from definitions.loading import SHIPPED
from store.migrations import upgrade
from tests.shell import DRAFT, Shell

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


def test_another_text_of_the_same_version_is_told_and_changes_no_running_proposal(
    office: Shell, tmp_path: Path
) -> None:
    """A proposal keeps the text it started with; whoever publishes another under the same version hears of it."""
    shipped_file = SHIPPED / "processes" / "kcdp-2021.1.toml"
    edited = tmp_path / "kcdp.toml"
    edited.write_text(
        shipped_file.read_text(encoding="utf-8").replace('"Nộp hồ sơ"', '"Nộp bộ hồ sơ"'), encoding="utf-8"
    )
    running = office.json(*NEW, *WHO)["code"]

    answer = office("definitions", "publish", str(edited))

    assert answer.status == 0
    assert "kcdp@2021.1" in answer.err
    fresh = office.json(*NEW, *WHO)["code"]
    assert "Nộp bộ hồ sơ" not in _labels(office, running)
    assert "Nộp bộ hồ sơ" in _labels(office, fresh)


def _labels(office: Shell, code: str) -> list[str]:
    return [one["label"] for one in office.json("proposal", "actions", code, *WHO)["actions"]]


def test_a_demonstration_is_not_built_over_other_files(office: Shell, tmp_path: Path) -> None:
    """Exit 2, and the file that lies there stays."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "work.txt").write_text("mine", encoding="utf-8")

    answer = office("--json", "demo", "--dir", str(folder), "--no-serve")

    assert (answer.status, answer.document["type"]) == (2, "/problems/wrong-usage")
    assert [path.name for path in folder.iterdir()] == ["work.txt"]


def test_a_demonstration_that_cannot_be_written_is_refused(office: Shell) -> None:
    """The folder is named; nothing is begun."""
    answer = office("--json", "demo", "--dir", "/proc/demo")

    assert (answer.status, answer.document["type"]) == (2, "/problems/wrong-usage")
    assert "/proc/demo" in answer.err


def _of_revision(office: Shell, revision: str) -> None:
    connection = sqlite3.connect(office.file)
    connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
    connection.commit()
    connection.close()


def test_an_older_sandbox_is_upgraded_by_init_at_any_instant(tmp_path: Path) -> None:
    """Whoever is told to run init can run it: also with the instant of a sandbox, on the tables of an older version."""
    office = Shell(folder=tmp_path)
    office.folder.mkdir(exist_ok=True)
    upgrade(f"sqlite:///{office.file}", to="0009_sealed_log")
    connection = sqlite3.connect(office.file)
    connection.execute("INSERT INTO sandbox VALUES (1, ?, ?)", ["2026-11-23T01:00:00.000000Z"] * 2)
    connection.commit()
    connection.close()

    refused = office("proposal", "list")
    done = office("--json", "init", "--at", "2026-11-23T09:00")

    assert (refused.status, "khuyencong init" in refused.err, "0009_sealed_log" in refused.err) == (3, True, True)
    assert (done.status, done.document["sandbox"]) == (0, True)
    assert office("proposal", "list").status == 0


@pytest.mark.parametrize("words", [("proposal", "list"), ("init",)])
def test_tables_of_later_software_are_not_sent_round_in_a_circle(office: Shell, words: tuple[str, ...]) -> None:
    """Init cannot help there, and nobody is told to run it: the later software is wanted."""
    _of_revision(office, "9999_later")

    answer = office("--lang", "vi", *words)

    assert answer.status == 3
    assert "phần mềm mới hơn" in answer.err
    assert "khuyencong init" not in answer.err
