"""What a process that was killed left lying about goes a day later, and nothing that somebody still writes to."""

import os
from datetime import timedelta
from pathlib import Path
from time import time

import pytest

from khuyencong.identity_key import make_key
from khuyencong.settings import Settings
from khuyencong.wiring import Installation, real_now
from store.leftovers import sweep_unfinished
from tests.shell import DRAFT, Shell

YESTERDAY = timedelta(days=1, minutes=1)


def aged(path: Path, by: timedelta = YESTERDAY) -> Path:
    """The path as if nobody had written to it for so long."""
    then = time() - by.total_seconds()
    os.utime(path, (then, then))
    return path


def test_what_is_a_day_old_goes(tmp_path: Path) -> None:
    """Files and folders of the pattern, links without what they lead to; nothing else."""
    (tmp_path / "other").write_text("x")
    (tmp_path / ".being-x").write_text("x")
    (tmp_path / ".being-folder").mkdir()
    aged(tmp_path / ".being-folder")
    (tmp_path / ".being-link").symlink_to(tmp_path / "other")
    os.utime(tmp_path / ".being-link", (0, 0), follow_symlinks=False)
    for name in ("other", ".being-x"):
        aged(tmp_path / name)

    swept = sweep_unfinished(tmp_path, ".being-*")

    assert swept == 3
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_what_somebody_writes_to_stays(tmp_path: Path) -> None:
    """A folder is as old as what lies in it."""
    folder = tmp_path / ".being-copied"
    folder.mkdir()
    (folder / "copy.db").write_text("x")
    aged(folder)

    assert sweep_unfinished(tmp_path, ".being-*") == 0
    assert (folder / "copy.db").exists()


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    """Housekeeping runs before the first mail was written."""
    assert sweep_unfinished(tmp_path / "gone", "*") == 0


def test_a_backup_clears_what_an_earlier_one_left(office: Shell) -> None:
    """A copy of the whole database must not lie about for good."""
    left = office.folder / ".being-copied-dead"
    left.mkdir()
    aged_copy = left / "copy.db"
    aged_copy.write_text("x")
    aged(aged_copy)
    aged(left)

    assert office("backup", str(office.folder / "a.zip")).status == 0

    assert not left.exists()


def test_an_export_clears_what_an_earlier_one_left(office: Shell) -> None:
    """Lists name people."""
    left = office.folder / ".being-written-dead.json"
    left.write_text("x")
    aged(left)

    done = office("proposal", "export", str(office.folder / "a.json"), "--as", "thanh-tra", "--at", "2021-03-05T09:00")

    assert done.status == 0
    assert not left.exists()


def test_the_nightly_housekeeping_clears_unfinished_mail(office: Shell) -> None:
    """Half a letter beside the letters."""
    words = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
    office.json(*words, "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
    (office.folder / "khuyencong.mail").mkdir()
    left = office.folder / "khuyencong.mail" / ".dead.part"
    left.write_text("x")
    aged(left)

    done = office.json("scheduler", "tick", "--at", "2021-03-06T09:00")

    assert done["jobs"]["housekeeping"]["unfinished_swept"] == 1
    assert not left.exists()


def test_a_key_is_whole_from_its_first_moment(tmp_path: Path) -> None:
    """A key that is there is never written over, and no second name of it stays."""
    file = tmp_path / "identity-key"

    assert make_key(file, needed=False)
    key = file.read_text()
    assert not make_key(file, needed=False)

    assert file.read_text() == key
    assert [path.name for path in tmp_path.iterdir()] == ["identity-key"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_sandbox_that_was_only_begun_can_be_finished(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """``init --sandbox`` goes on where an earlier one was stopped between the tables and the definitions."""
    url = f"sqlite:///{tmp_path / 'a.db'}" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    begun = ("init", "--sandbox", "--at", "2021-01-04T08:00")
    shell = Shell(tmp_path, {"KHUYENCONG_DATABASE_URL": url, "KHUYENCONG_IDENTITY_KEY_FILE": str(tmp_path / "key")})
    stopped = Settings(database_url=url, identity_key_file=tmp_path / "key")
    first = Installation.prepare(stopped, clock_start=real_now())
    first.store.close()

    again = shell.bare(*begun)

    assert again.status == 0, again.err
    assert shell.bare("audit", "checkpoint").status == shell.bare("audit", "verify").status == 0
