"""The scheduler's command delivers what waits, and says when it cannot."""

import socket

from tests.shell import DRAFT, Shell
from tests.smtp import MailServer

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
ADMIN = ("--as", "quan-tri.ubnd-lai-chau")
TICK = ("scheduler", "tick", "--at", "2021-05-14T09:00")


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_mail_is_written_to_files_by_default(office: Shell) -> None:
    """Without a mail server every notice is an .eml file beside the database, and can be shown as it was sent."""
    office.json(*NEW, *WHO)

    done = office.json(*TICK)

    files = list(office.folder.glob("khuyencong.mail/*.eml"))
    sent = office.json("notice", "list", "--state", "accepted")["notices"]
    assert done["jobs"]["outbox"]["accepted"] == len(files) > 0
    assert len(sent) == len(files)
    shown = office.json("notice", "show", str(sent[0]["id"]))
    assert shown["sent"]
    assert shown["subject"]
    assert "LC-2022-0001" in shown["text"]


def test_notices_are_listed_newest_first_and_the_rest_is_counted(office: Shell) -> None:
    """A limit is one for the whole list, and says how many it leaves out."""
    office.json(*NEW, *WHO)
    office.json(*TICK)
    every = office.json("notice", "list")

    few = office.json("notice", "list", "--limit", "1")

    numbers = [one["id"] for one in every["notices"]]
    assert numbers == sorted(numbers, reverse=True)
    assert every["more"] == 0
    assert ([one["id"] for one in few["notices"]], few["more"]) == (numbers[:1], len(numbers) - 1)


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

    assert len(mail_server.accepted) == done["jobs"]["outbox"]["accepted"] > 0
    assert {letter.sender for letter in mail_server.accepted} == {"kc@laichau.example"}


def test_nobody_outside_the_list_is_written_to(office: Shell, mail_server: MailServer) -> None:
    """Outside production a mail to anybody else fails before it leaves."""
    environment = {"KHUYENCONG_SMTP_HOST": mail_server.host, "KHUYENCONG_SMTP_PORT": str(mail_server.port)}
    shell = Shell(office.folder, {**environment, "KHUYENCONG_ALLOWED_RECIPIENTS": "@nobody.example"})
    shell.json(*NEW, *WHO)

    done = shell.json(*TICK)

    assert mail_server.accepted == []
    assert done["jobs"]["outbox"]["failed"] > 0


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
