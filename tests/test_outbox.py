"""Delivery on real databases and a real mail server: what arrives, what is tried again, what is never done twice."""

import re
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from khuyencong.demo.acts import Act
from notifications.channels import AllowList, EmlFolder, Letter, Outcome, SmtpChannel
from notifications.retrying import Retry
from store.outbox import SqlOutbox
from store.statements import Statement
from store.tables import NoticeRow, ProposalRow, table
from tests.offices import APPRAISER, DIRECTOR, Office, morning_of, stage_of
from tests.smtp import MailServer

pytest_plugins = ("tests.office_fixtures",)
_NOTICE, _PROPOSAL = table(NoticeRow), table(ProposalRow)
_LEASE = timedelta(minutes=10)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
_SPOIL = Statement(
    update(_NOTICE).where(_NOTICE.c.to_address == bindparam("of_address")).values(variables=bindparam("to_variables"))
)
_READDRESS = Statement(
    update(_NOTICE).where(_NOTICE.c.to_address == bindparam("of_address")).values(to_address=bindparam("new_address"))
)
_UNPUBLISH = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.to_address == bindparam("of_address"))
    .values(templates_sha256=_PROPOSAL.c.process_sha256)
    .where(_PROPOSAL.c.id == _NOTICE.c.proposal_id)
)


def _smtp(server: MailServer, *, timeout: float = 5) -> SmtpChannel:
    return SmtpChannel(host=server.host, port=server.port, sender="kc@so.example", timeout=timeout)


def _state(workplace: Office, address: str = APPRAISER) -> Any:
    (row,) = workplace.notices(to=address)
    return row


def test_mail_arrives_and_reads_as_it_was_decided(workplace: Office, mail_server: MailServer) -> None:
    """Five readers get their mail: Vietnamese intact, text and HTML, the bytes kept with their hash."""
    done = workplace.deliver(MONDAY, _smtp(mail_server))

    assert (done.accepted, done.failed, done.retried) == (5, 0, 0)
    (mail,) = mail_server.to(APPRAISER)
    message = mail.message
    assert "Hồ sơ đề án khuyến công LC-02 chuyển đến" in message["Subject"]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Dây chuyền sản xuất gạch không nung" in text.get_content()
    assert "Dây chuyền sản xuất gạch không nung" in html.get_content()
    assert message["To"] == "Vàng Minh Dung <tham-dinh@sct-lai-chau.example>"
    kept = next(row for row in workplace.messages() if row.id == message["Message-ID"])
    assert kept.bytes == mail.content
    assert kept.sha256 == sha256(mail.content).hexdigest()
    assert kept.accepted_at == MONDAY
    assert (_state(workplace).state, _state(workplace).last_error) == ("accepted", "250 2.0.0 OK")


def test_sgg_approval_email(workplace: Office, mail_server: MailServer) -> None:
    """A mail names the case, what was done, the due day, and links to the case, not to the front page."""
    workplace.deliver(MONDAY, _smtp(mail_server))

    body = mail_server.to(APPRAISER)[0].message.get_body(("plain",))
    assert body is not None
    said = body.get_content()
    assert all(words in said for words in ("LC-02", "Nộp hồ sơ", "24/04/2017", "http://127.0.0.1/de-an/LC-02"))


def test_frappe_confirm_action(workplace: Office, mail_server: MailServer) -> None:
    """Links in a mail only open the case: no action, no token, nothing that whoever holds the mail could do."""
    workplace.deliver(MONDAY, _smtp(mail_server))

    links = {link for mail in mail_server.accepted for link in _links(mail.content)}
    assert links == {b"http://127.0.0.1/de-an/LC-02"}


def _links(content: bytes) -> list[bytes]:
    decoded = content.replace(b"=\r\n", b"").replace(b"=3D", b"=")
    return re.findall(rb"https?://[^\s\"'<]+", decoded)


def test_hypha_send_mail_task(workplace: Office, mail_server: MailServer) -> None:
    """421 is tried again with the very same bytes and Message-ID; 550 has failed at once."""
    mail_server.answer(APPRAISER, 421, moment="message")
    mail_server.answer(DIRECTOR, 550)

    first = workplace.deliver(MONDAY, _smtp(mail_server))
    before = workplace.messages()
    mail_server.behave()
    early = workplace.deliver(MONDAY + timedelta(seconds=59), _smtp(mail_server))
    later = workplace.deliver(MONDAY + timedelta(minutes=2), _smtp(mail_server))

    assert (first.accepted, first.retried, first.failed) == (3, 1, 1)
    assert (early.accepted, later.accepted) == (0, 1)
    assert [(row.id, row.bytes) for row in workplace.messages()] == [(row.id, row.bytes) for row in before]
    kept = {row.id: row.bytes for row in before}
    assert [kept[mail.message["Message-ID"]] for mail in mail_server.accepted] == [
        mail.content for mail in mail_server.accepted
    ]
    assert (_state(workplace).state, _state(workplace).attempts) == ("accepted", 2)
    assert _state(workplace, DIRECTOR).state == "failed"
    assert _state(workplace, DIRECTOR).last_error.startswith("550")
    assert mail_server.to(DIRECTOR) == []


def test_of_4381_and_indico_5362(workplace: Office, mail_server: MailServer) -> None:
    """What is shown follows delivery: while the server does not take it a notice is not accepted, and says why."""
    mail_server.answer(APPRAISER, 451)

    workplace.deliver(MONDAY, _smtp(mail_server))

    row = _state(workplace)
    assert (row.state, row.attempts) == ("scheduled", 1)
    assert row.last_error.startswith("451")
    assert MONDAY + timedelta(seconds=60) <= row.next_attempt_at <= MONDAY + timedelta(seconds=72)
    assert next(kept for kept in workplace.messages() if kept.id == row.message_id).accepted_at is None


def test_a_mail_that_is_refused_for_weeks_has_failed(workplace: Office, mail_server: MailServer) -> None:
    """There is a last attempt, and its reason stays to be seen."""
    mail_server.answer(APPRAISER, 450)
    retry = Retry(attempts=3)

    for number in range(4):
        workplace.deliver(MONDAY + timedelta(days=number), _smtp(mail_server), retry=retry)

    row = _state(workplace)
    assert (row.state, row.attempts) == ("failed", 3)
    assert row.last_error.startswith("given up after 3 attempts: 450")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_SPOIL, "TemplateFaulty: template arrived/subject.txt"),
        (_READDRESS, "BadMailbox: mailbox 'nobody'"),
        (_UNPUBLISH, "template set: not JSON"),
    ],
)
def test_hypha_send_reminders(workplace: Office, mail_server: MailServer, spoil: Statement, reason: str) -> None:
    """One notice that cannot be composed is shown as failed with the reason; the others go out."""
    workplace.change(spoil, of_address=APPRAISER, to_variables={"ma": "LC-02"}, new_address="nobody")

    done = workplace.deliver(MONDAY, _smtp(mail_server))

    assert (done.accepted, done.failed) == (4, 1)
    (row,) = [one for one in workplace.notices("arrived") if one.state == "failed"]
    assert row.last_error.startswith(reason)
    assert row.message_id is None


def test_nobody_there_delays_everything_and_loses_nothing(workplace: Office, tmp_path: Path) -> None:
    """While the server is away one mail is tried, the rest are given back untried, and all go later."""
    (tmp_path / "no-folder").write_text("")

    down = workplace.deliver(MONDAY, EmlFolder(folder=tmp_path / "no-folder"))
    up = workplace.deliver(MONDAY + timedelta(minutes=2))

    assert (down.retried, down.released, down.accepted) == (1, 4, 0)
    assert down.unreachable
    assert up.accepted == 5
    assert Counter(row.attempts for row in workplace.notices() if row.state == "accepted") == {1: 4, 2: 1}


def test_one_silent_reader_does_not_hold_up_the_others(workplace: Office, mail_server: MailServer) -> None:
    """A conversation that hangs costs its own timeout and nobody's turn."""
    mail_server.hang(APPRAISER)

    done = workplace.deliver(MONDAY, _smtp(mail_server, timeout=0.3))

    assert (done.accepted, done.retried) == (4, 1)


def test_a_slow_batch_stops_before_its_lease_is_over(workplace: Office) -> None:
    """Whoever sends for too long gives the rest back, so that nobody else begins on it meanwhile."""
    clock = iter([0.0, 0.0, 1.0, 299.0, 301.0, 302.0, 303.0, 304.0])

    done = workplace.deliver(MONDAY, seconds=lambda: next(clock))

    assert (done.accepted, done.released) == (2, 3)
    assert {row.state for row in workplace.notices("arrived", "received") if row.channel == "mail"} == {
        "accepted",
        "scheduled",
    }
    assert workplace.deliver(MONDAY).accepted == 3


def test_a_slow_pass_begins_no_batch_whose_lease_would_soon_be_over(workplace: Office) -> None:
    """Leases are counted from the beginning of a pass, however many batches it has: half of one is its time."""
    clock = iter([0.0, 0.0, 1.0, 2.0, 250.0, 251.0, 252.0, 301.0])

    done = workplace.deliver(MONDAY, limit=2, seconds=lambda: next(clock))

    assert (done.accepted, done.released) == (4, 0)
    assert workplace.deliver(MONDAY).accepted == 1


class PowerCut(BaseException):
    """The process ends here."""


class CutOff:
    """A channel during whose first letter the power goes, before or after the letter was taken."""

    def __init__(self, folder: EmlFolder | None) -> None:
        self.folder = folder

    def send(self, letter: Letter) -> Outcome:
        """Never returns."""
        if self.folder is not None:
            self.folder.send(letter)
        raise PowerCut


@pytest.mark.parametrize("taken", [False, True])
def test_pretix_send_draft(workplace: Office, taken: bool) -> None:
    """A crash leaves rows that say "sending"; when the lease is over they go, with the same bytes, once to a reader."""
    folder = EmlFolder(folder=workplace.folder)
    with pytest.raises(PowerCut):
        workplace.deliver(MONDAY, CutOff(folder if taken else None))
    stuck = {row.to_address: (row.state, row.lease_until) for row in workplace.notices() if row.channel == "mail"}
    before = {row.id: row.bytes for row in workplace.messages()}

    during = workplace.deliver(MONDAY + _LEASE - timedelta(seconds=1))
    after = workplace.deliver(MONDAY + _LEASE)

    assert set(stuck.values()) == {("sending", MONDAY + _LEASE)}
    assert (during.accepted, after.accepted) == (0, 5)
    assert {row.id: row.bytes for row in workplace.messages()} == before
    assert {path.read_bytes() for path in workplace.folder.iterdir()} == set(before.values())


def test_who_comes_back_late_changes_nothing(workplace: Office) -> None:
    """A sender whose lease was given away can record an acceptance, which is a fact, but no failure."""
    box = SqlOutbox(workplace.store)
    with pytest.raises(PowerCut):
        workplace.deliver(MONDAY, CutOff(None))
    id_ = str(_state(workplace).message_id)
    with pytest.raises(PowerCut):
        workplace.deliver(MONDAY + _LEASE, CutOff(None))

    box.lose(
        id_,
        state="failed",
        lease=MONDAY + _LEASE,
        why="550 from a sender of the day before",
        then=lambda lost: len(lost.notices),
    )
    kept = _state(workplace).state
    box.accepted(id_, at=MONDAY + _LEASE, by="250 it did go out")

    assert kept == "sending"
    assert _state(workplace).state == "accepted"


def test_what_is_shown_in_the_application_needs_no_mail(workplace: Office) -> None:
    """An in-app reminder is accepted at once and says where it is; paper stays to be printed."""
    workplace.sweep(MONDAY)

    done = workplace.deliver(MONDAY)

    assert done.shown == 2
    shown = [row for row in workplace.notices("due-soon") if row.channel == "app"]
    assert {(row.state, row.last_error, row.message_id) for row in shown} == {
        ("accepted", "shown in the application", None)
    }
    assert {row.state for row in workplace.notices() if row.channel == "paper"} == {"to_print"}


def test_a_reminder_of_what_is_over_is_not_sent(workplace: Office) -> None:
    """Between the sweep at night and the mail in the morning the step was done: the notice says so and stays home."""
    stage = stage_of(workplace)
    night = morning_of(4, 24) - timedelta(hours=1)
    workplace.sweep(night - timedelta(days=2, hours=1))
    void = next(row for row in workplace.notices("due-soon", to=APPRAISER) if row.channel == "mail")
    stage.perform("LC-02", Act(when=night, action="withdraw", facts={"reason": "đổi phương án"}))

    workplace.deliver(morning_of(4, 24))

    row = next(one for one in workplace.notices() if one.id == void.id)
    assert (row.state, row.message_id) == ("cancelled", None)
    assert row.last_error == "the deadline ended or moved before it went out"


def test_outside_production_strangers_get_nothing(workplace: Office) -> None:
    """A recipient who is not on the list is shown as failed with the reason."""
    channel = AllowList(channel=EmlFolder(folder=workplace.folder), allowed=("@sct-lai-chau.example",))

    done = workplace.deliver(MONDAY, channel)

    assert (done.accepted, done.failed) == (2, 3)
    refused = {row.last_error for row in workplace.notices("received") if row.channel == "mail"}
    assert all("is not on the list of allowed recipients" in words for words in refused)


def test_sgg_queue_order_and_duplicates(workplace: Office, mail_server: MailServer) -> None:
    """Delivering again changes nothing: no row, no mail."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    rows, messages, arrived = workplace.notices(), workplace.messages(), len(mail_server.accepted)

    workplace.deliver(MONDAY + timedelta(days=1), _smtp(mail_server))

    assert (workplace.notices(), workplace.messages(), len(mail_server.accepted)) == (rows, messages, arrived)
