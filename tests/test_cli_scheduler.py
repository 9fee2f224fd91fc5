"""The scheduler's command delivers what waits, and says when it cannot."""

import socket
from pathlib import Path
from typing import Any

import pytest

from language.catalogue import LANGUAGES, catalogue
from tests.shell import DRAFT, Shell
from tests.smtp import MailServer

ROOT = Path(__file__).parent.parent
WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
ADMIN = ("--as", "quan-tri.ubnd-lai-chau")
TICK = ("scheduler", "tick", "--at", "2021-05-14T09:00")


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _mails(done: Any, what: str) -> int:
    """Of what fired just now the reminders' own job sends the mails, of all else the outbox."""
    return int(sum(done["jobs"][job][what] for job in ("reminders", "outbox")))


def test_mail_is_written_to_files_by_default(office: Shell) -> None:
    """Without a mail server every notice is an .eml file beside the database, and can be shown as it was sent."""
    office.json(*NEW, *WHO)

    done = office.json(*TICK)

    files = list(office.folder.glob("khuyencong.mail/*.eml"))
    sent = office.json("notice", "list", "--state", "accepted")["notices"]
    assert _mails(done, "accepted") == len(files) > 0
    assert len(sent) == len(files)
    shown = office.json("notice", "show", str(sent[0]["id"]))
    assert shown["sent"]
    assert shown["subject"]
    assert "LC-2022-0001" in shown["text"]


def test_notices_are_listed_newest_first_page_by_page(office: Shell) -> None:
    """A page says where the next one begins; together they are the whole list, each notice once."""
    office.json(*NEW, *WHO)
    office.json(*TICK)
    every = office.json("notice", "list")

    few = office.json("notice", "list", "--limit", "1")

    numbers = [one["id"] for one in every["notices"]]
    assert numbers == sorted(numbers, reverse=True)
    assert every["after"] is None
    assert [one["id"] for one in few["notices"]] == numbers[:1]
    assert _pages(office, "notice", "notices", ()) == numbers
    states = {one["state"] for one in every["notices"]}
    for state in states:
        wanted = [one["id"] for one in every["notices"] if one["state"] == state]
        assert _pages(office, "notice", "notices", ("--state", state)) == wanted
    assert _pages(office, "notice", "notices", ("--proposal", "LC-2022-0001")) == numbers


def _pages(office: Shell, group: str, key: str, words: tuple[str, ...]) -> list[int]:
    """The numbers of a list that is read two rows at a time."""
    found: list[int] = []
    after: tuple[str, ...] = ()
    while True:
        page = office.json(group, "list", "--limit", "2", *words, *after)
        assert 0 < len(page[key]) <= 2
        found += [one["id"] for one in page[key]]
        if page["after"] is None:
            return found
        after = ("--after", page["after"])


def test_reminders_are_listed_earliest_first_page_by_page(office: Shell) -> None:
    """Those that wait, and those of one proposal; several that fire at one moment are not lost between pages."""
    office.json(*NEW, *WHO)
    office.json(*TICK)
    waiting, ours = office.json("reminder", "list"), office.json("reminder", "list", "--proposal", "LC-2022-0001")

    moments = [one["fire_at"] for one in waiting["reminders"]]
    assert moments == sorted(moments)
    assert len(set(moments)) < len(moments)
    assert _pages(office, "reminder", "reminders", ()) == [one["id"] for one in waiting["reminders"]]
    assert _pages(office, "reminder", "reminders", ("--proposal", "LC-2022-0001")) == [
        one["id"] for one in ours["reminders"]
    ]


@pytest.mark.parametrize("group", ["notice", "reminder"])
@pytest.mark.parametrize("place", ["x", "-1", "2026-11-23~1", "9" * 40])
def test_a_place_that_no_page_gave_is_refused(office: Shell, group: str, place: str) -> None:
    """In words, as for every list."""
    answer = office("--json", group, "list", f"--after={place}")

    assert (answer.status, answer.document["type"]) == (2, "/problems/wrong-usage")


@pytest.mark.parametrize("words", [("notice", "list"), ("reminder", "list"), ("notice", "addresses")])
def test_an_empty_list_is_a_sentence(office: Shell, words: tuple[str, ...]) -> None:
    """Headings without rows leave people in doubt whether something went wrong."""
    answer = office(*words)

    assert answer.out.startswith("Không có ")
    assert "┃" not in answer.out


def test_officers_read_words_and_no_keys(office: Shell) -> None:
    """Which deadline, how far from its last day, whose seat, which notice: named as people name them."""
    office.json(*NEW, *WHO)
    office.json(*TICK)

    reminders, notices = office("reminder", "list", "--proposal", "LC-2022-0001"), office("notice", "list")

    assert "trước hạn" in reminders.out
    assert "Thủ trưởng" in reminders.out
    for key in ("plan_window", "implementer@", "due-soon", "due-today", "-5wd", "+0wd"):
        assert key not in reminders.out + notices.out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_notice_has_a_name(lang: str) -> None:
    """A template without a name would show its key to officers."""
    keys = {path.name for path in (ROOT / "notifications" / "templates").iterdir() if path.is_dir()}

    assert {f"notice_name.{key}" for key in keys} == {
        code for code in catalogue(lang) if code.startswith("notice_name.")
    }


def test_an_accepted_notice_says_where_it_went_and_has_no_error(office: Shell) -> None:
    """The name of its file, never where on this machine that is kept."""
    office.json(*NEW, *WHO)
    office.json(*TICK)

    sent = office.json("notice", "list", "--state", "accepted")["notices"]

    files = {path.name for path in office.folder.glob("khuyencong.mail/*.eml")}
    assert {one["delivered_to"] for one in sent} == files
    assert {one["last_error"] for one in sent} == {""}


def test_a_real_mail_server_gets_the_mail(office: Shell, mail_server: MailServer) -> None:
    """Named in the environment, from the address that is named there."""
    environment = {"KHUYENCONG_SMTP_HOST": mail_server.host, "KHUYENCONG_SMTP_PORT": str(mail_server.port)}
    shell = Shell(office.folder, {**environment, "KHUYENCONG_MAIL_FROM": "kc@laichau.example"})
    shell.json(*NEW, *WHO)

    done = shell.json(*TICK)

    assert len(mail_server.accepted) == _mails(done, "accepted") > 0
    assert {letter.sender for letter in mail_server.accepted} == {"kc@laichau.example"}


def test_nobody_outside_the_list_is_written_to(office: Shell, mail_server: MailServer) -> None:
    """Outside production a mail to anybody else fails before it leaves."""
    environment = {"KHUYENCONG_SMTP_HOST": mail_server.host, "KHUYENCONG_SMTP_PORT": str(mail_server.port)}
    shell = Shell(office.folder, {**environment, "KHUYENCONG_ALLOWED_RECIPIENTS": "@nobody.example"})
    shell.json(*NEW, *WHO)

    done = shell.json(*TICK)

    assert mail_server.accepted == []
    assert _mails(done, "failed") > 0


def test_an_unreachable_mail_server_is_said_and_mail_waits(office: Shell) -> None:
    """Exit 3 with the reason; nothing is lost, and the next pass with a way out delivers."""
    environment = {"KHUYENCONG_SMTP_HOST": "127.0.0.1", "KHUYENCONG_SMTP_PORT": str(closed_port())}
    office.json(*NEW, *WHO)

    answer = Shell(office.folder, environment)("--json", *TICK)

    beat = next(one for one in office.json("scheduler", "status")["jobs"] if one["job"] == "outbox")
    later = office.json("scheduler", "tick", "--at", "2021-05-17T09:00")
    assert "refused" in beat["last_error"].lower()
    assert (answer.status, answer.document["type"]) == (3, "/problems/unreachable")
    assert "refused" in answer.err.lower()
    assert later["jobs"]["outbox"]["accepted"] > 0


def test_a_failed_notice_can_be_sent_again(office: Shell, mail_server: MailServer) -> None:
    """Resending puts it back to wait; what was accepted is not repeated."""
    environment = {"KHUYENCONG_SMTP_HOST": mail_server.host, "KHUYENCONG_SMTP_PORT": str(mail_server.port)}
    office.json(*NEW, *WHO)
    Shell(office.folder, {**environment, "KHUYENCONG_ALLOWED_RECIPIENTS": "@nobody.example"}).json(*TICK)
    failed = office.json("notice", "list", "--state", "failed")["notices"][0]["id"]

    resent = office.json("notice", "resend", str(failed), *ADMIN, "--at", "2021-05-14T10:00")
    Shell(office.folder, environment).json("scheduler", "tick", "--at", "2021-05-14T10:01")

    again = office("--json", "notice", "resend", str(failed), *ADMIN)
    stranger = office("--json", "notice", "resend", str(failed), *WHO)
    assert resent == {"id": failed, "resent": True}
    assert len(mail_server.accepted) == 1
    assert (again.status, again.document["type"]) == (1, "/problems/conditions-unmet")
    assert (stranger.status, stranger.document["unmet"][0]["code"]) == (1, "unmet.not_administrator")
