"""``backup`` and ``restore`` as a person types them."""

from pathlib import Path

from tests.shell import DRAFT, Shell

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


def elsewhere(office: Shell) -> Shell:
    """A new machine."""
    folder = office.folder / "elsewhere"
    folder.mkdir()
    return Shell(folder)


def test_an_office_moves_to_another_machine(office: Shell) -> None:
    """Cases, papers, people and the sandbox's mark come along; the key is asked for; history verifies."""
    paper = office.folder / "cong-van.txt"
    paper.write_text("Kính gửi", encoding="utf-8")
    code = office.json(*NEW, *WHO)["code"]
    office.json("proposal", "attach", code, f"cong_van={paper}", *WHO)
    other = elsewhere(office)

    kept = office.folder / "checkpoint.txt"
    office.json("audit", "checkpoint", "--out", str(kept))
    made = office.json("backup", str(office.folder / "office.zip"))
    answer = other("--lang", "en", "restore", str(office.folder / "office.zip"))

    assert answer.status == 0, answer.err
    assert "identity-key is not here" in answer.out
    assert (made["proposals"], made["papers"], made["sandbox"], made["lost"]) == (1, 1, True, [])
    assert other.json("proposal", "show", code)["state"] == office.json("proposal", "show", code)["state"]
    assert other.json("audit", "verify", "--against", str(kept))["documents"] == 1
    assert [path.name for path in other.papers()] == [path.name for path in office.papers()]
    other.json("proposal", "edit", code, "--fact", "total_cost=700 triệu", *WHO)


def test_a_restore_into_a_database_in_use_is_refused(office: Shell) -> None:
    """Exit 1, and the sentence says to name an empty one."""
    office.json("backup", str(office.folder / "office.zip"))

    answer = office("--json", "restore", str(office.folder / "office.zip"))

    assert (answer.status, answer.document["type"]) == (1, "/problems/database-in-use")
    assert "--database" in answer.err


def test_what_is_no_backup_is_refused(office: Shell) -> None:
    """Exit 1 with the part that is damaged; nothing is made where it should have gone."""
    other = elsewhere(office)
    letter = office.folder / "letter.zip"
    letter.write_text("Kính gửi", encoding="utf-8")

    wrong, missing = other("restore", str(letter)), other("restore", str(Path("no-such.zip")))

    assert (wrong.status, missing.status) == (1, 1)
    assert "letter.zip" in wrong.err
    assert list(other.folder.iterdir()) == []


def test_a_backup_with_lost_papers_is_kept_and_told(office: Shell) -> None:
    """Exit 1 with each lost paper, and the file is there: it is all that can be saved."""
    paper = office.folder / "cong-van.txt"
    paper.write_text("Kính gửi", encoding="utf-8")
    code = office.json(*NEW, *WHO)["code"]
    office.json("proposal", "attach", code, f"cong_van={paper}", *WHO)
    lost = office.papers()[0]
    lost.unlink()

    answer = office("backup", str(office.folder / "office.zip"))

    assert answer.status == 1
    assert lost.name in answer.err
    assert elsewhere(office)("restore", str(office.folder / "office.zip")).status == 0


def test_a_backup_says_why_it_could_not_be_written(office: Shell) -> None:
    """Exit 3; nothing of it is left."""
    answer = office("backup", str(office.folder / "no" / "office.zip"))

    assert answer.status == 3
    assert "No such file" in answer.err
