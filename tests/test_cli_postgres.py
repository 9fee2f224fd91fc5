"""The command on a real PostgreSQL server does what it does on a file."""

from pathlib import Path

from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from tests.shell import DRAFT, Answer, Shell, seat_in

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


def test_a_proposal_is_drafted_told_and_verified_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """Sandbox, tokens, lists, moves, reminders, mail and chains on one server."""
    folders = {"KHUYENCONG_MAIL_DIR": str(tmp_path / "mail"), "KHUYENCONG_DOCUMENTS_DIR": str(tmp_path / "papers")}
    shell = Shell(tmp_path, {"KHUYENCONG_DATABASE_URL": postgres_url, **folders})

    def ask(*words: str) -> Answer:
        answer = shell.bare("--json", *words)
        assert answer.status == 0, answer.err
        return answer

    ask("init", "--sandbox", "--at", "2021-01-04T08:00")
    seat_in(Installation.open(Settings(database_url=postgres_url)))
    token = ask("user", "token", "can-bo.ttkc-lai-chau").document["token"]
    code = ask("--token", token, "--at", "2021-03-05T09:00", *NEW).document["code"]
    done = ask("proposal", "act", code, "withdraw", "--fact", "reason=thôi", *WHO).document
    ask("scheduler", "tick", "--at", "2021-03-06T09:00")

    assert done["target"] == "withdrawn"
    assert ask("audit", "verify").document["ok"]
    assert [row["code"] for row in ask("proposal", "list").document["proposals"]] == [code]
    assert ask("notice", "list").document["notices"]
    assert ask("init").document["published"] == []
