"""The command on a real PostgreSQL server does what it does on a file."""

from pathlib import Path

from sqlalchemy.engine import make_url

from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from store.migrations import connected
from tests.shell import DRAFT, Answer, Shell, seat_in

OWNER = "Cảnh báo: đang kết nối bằng chủ sở hữu"
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


def test_the_software_runs_as_a_role_that_owns_nothing(postgres_url: str, tmp_path: Path) -> None:
    """``init`` grants to a role that exists; the owner is warned, the role is not."""
    role = f"runtime_{make_url(postgres_url).database}"
    as_role = make_url(postgres_url).set(username=role, password=role).render_as_string(hide_password=False)
    owner = Shell(tmp_path, {"KHUYENCONG_DATABASE_URL": postgres_url})
    runner = Shell(tmp_path, {"KHUYENCONG_DATABASE_URL": as_role})

    missing = owner.bare("init", "--runtime-role", role)
    _as_owner(postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
    try:
        granted = owner.bare("--json", "init", "--runtime-role", role)
        runner.bare("audit", "checkpoint")
        warned, quiet = owner.bare("audit", "verify"), runner.bare("audit", "verify")
        itself = owner.bare("init", "--runtime-role", str(make_url(postgres_url).username))
    finally:
        _as_owner(postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert missing.status == 2
    assert f"chưa có vai trò “{role}”" in missing.err
    assert (granted.status, granted.document["runtime_role"]) == (0, role)
    assert (warned.status, quiet.status) == (0, 0)
    assert OWNER in warned.err
    assert OWNER not in quiet.err
    assert itself.status == 2


def _as_owner(url: str, *statements: str) -> None:
    with connected(url) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_file_has_no_roles(office: Shell) -> None:
    """A role is refused for SQLite with a sentence."""
    answer = office("init", "--runtime-role", "ai-do")

    assert answer.status == 2
    assert "PostgreSQL" in answer.err
