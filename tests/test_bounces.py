"""Mail that comes back: the notice is marked, takes the next way, and somebody is asked to mend the address."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from definitions.bundle import shipped
from khuyencong.bounces import TAKEN_IN, collect_bounces
from khuyencong.demo.stage import play, scenes
from notifications.bounces import read_report
from notifications.channels import SmtpChannel
from notifications.outbox import take_report
from store.counters import read_counters
from store.outbox import SqlOutbox
from store.statements import Statement
from store.tables import BadAddressRow, table
from tests.offices import APPRAISER, DIRECTOR, Office, morning_of, stage_of, story
from tests.reports import away, report
from tests.smtp import MailServer
from workflow.changing import changed
from workflow.rerouting import Lost, next_way
from workflow.service.reaching import clear_address, set_address
from workflow.storage import Recipient

pytest_plugins = ("tests.office_fixtures",)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
ID = "<ab12@so.example>"
ADMINISTRATOR = "quan-tri.ubnd-lai-chau"


def _smtp(server: MailServer) -> SmtpChannel:
    return SmtpChannel(host=server.host, port=server.port, sender="kc@so.example", timeout=5)


def _arrived(workplace: Office) -> Any:
    return next(row for row in workplace.notices("arrived", to=APPRAISER))


def _take(workplace: Office, raw: bytes) -> str:
    return take_report(SqlOutbox(workplace.store), read_report(raw), at=MONDAY, opens=lambda at: at)


def _bad(workplace: Office) -> list[Any]:
    with workplace.store.transaction(writes=False) as transaction:
        return transaction.rows(Statement(select(table(BadAddressRow))))


@pytest.mark.parametrize("whole", [True, False])
def test_a_report_names_our_mail_and_what_was_said_without_addresses(whole: bool) -> None:
    """The Message-ID of the returned mail or of its headers, and the server's words without anybody's address."""
    read = read_report(report(ID, APPRAISER, whole=whole))

    assert (read.kind, read.message_id, read.nobody) == ("lost", ID, True)
    assert read.why == "550 5.1.1 <…>: Recipient address rejected"


@pytest.mark.parametrize(
    ("status", "nobody"),
    [
        *(("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.4.4", True), ("5.0.0", True)),
        *(("5.2.2", False), ("5.7.1", False), ("5.3.4", False), ("4.4.7", False)),
    ],
)
def test_only_some_refusals_are_about_the_address(status: str, nobody: bool) -> None:
    """A full mailbox, a suspicious letter, and a server that gave up say nothing against the address (RFC 3463)."""
    read = read_report(report(ID, APPRAISER, status=status))

    assert (read.kind, read.nobody) == ("lost", nobody)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (report(ID, APPRAISER, action="delayed", status="4.4.1"), "delayed"),
        (report(ID, APPRAISER, action="delivered", status="2.0.0"), "none"),
        (away(ID, APPRAISER), "automatic"),
        (b"Subject: hello\r\n\r\n550 5.1.1 nobody here", "none"),
        (b"", "none"),
        (b"\xff\xfe" * 4096, "none"),
        (b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing", "none"),
    ],
)
def test_what_is_no_bounce_is_none(raw: bytes, kind: str) -> None:
    """Delays, receipts, somebody on holiday and rubbish: GOV.UK Forms took such answers for bounces."""
    assert read_report(raw).kind == kind


def test_a_bounce_marks_the_notice_and_the_address_and_goes_on_to_paper(
    workplace: Office, mail_server: MailServer
) -> None:
    """The Sở has no mailbox on record, so what the appraiser did not get is printed; the administrator is told."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    sent = _arrived(workplace)

    kind = _take(workplace, report(sent.message_id, APPRAISER))

    lost = _arrived(workplace)
    assert kind == "bounced"
    assert (lost.state, lost.last_error) == ("bounced", "550 5.1.1 <…>: Recipient address rejected")
    again = next(row for row in workplace.notices("arrived") if row.key == f"{sent.key}/instead")
    assert (again.channel, again.state, again.to_address) == ("paper", "to_print", "")
    assert {**again.variables} == {**sent.variables}
    (marked,) = _bad(workplace)
    assert (marked.address, marked.agency, marked.person_id) == (APPRAISER, "sct-lai-chau", sent.to_person)
    told = workplace.notices("bounced")
    assert {(row.channel, row.to_address) for row in told} == {("app", "")}
    assert told[0].variables["dia_chi"] == APPRAISER
    assert "LC-02" in told[0].variables["tieu_de"]


def test_what_tells_of_a_bounce_can_be_read(workplace: Office, mail_server: MailServer) -> None:
    """Its template knows every name that it is given."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    _take(workplace, report(_arrived(workplace).message_id, APPRAISER))
    told = workplace.notices("bounced")[0]

    said = workplace.templates(told.templates_sha256).render("bounced", told.variables)
    workplace.deliver(MONDAY, _smtp(mail_server))

    assert APPRAISER in said.subject
    assert "Recipient address rejected" in said.text
    assert {row.state for row in workplace.notices("bounced")} == {"accepted"}


def test_a_second_report_changes_nothing(workplace: Office, mail_server: MailServer) -> None:
    """Servers repeat themselves, and two processes may read one file."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    raw = report(_arrived(workplace).message_id, APPRAISER)
    _take(workplace, raw)
    rows = workplace.notices()

    kinds = [_take(workplace, raw), _take(workplace, report("<no@so.example>", APPRAISER))]

    assert kinds == ["unknown", "unknown"]
    assert workplace.notices() == rows


def test_a_report_that_beats_our_own_record_counts(workplace: Office, mail_server: MailServer) -> None:
    """The mail is still "sending" when it comes back; its acceptance, recorded later, does not undo that."""
    box = SqlOutbox(workplace.store)
    workplace.deliver(MONDAY, _smtp(mail_server))
    id_ = _arrived(workplace).message_id

    _take(workplace, report(id_, APPRAISER))
    box.accepted(id_, at=MONDAY, by="250 late")

    assert _arrived(workplace).state == "bounced"


def test_later_notices_avoid_a_bad_address(workplace: Office, mail_server: MailServer) -> None:
    """Nothing more is sent there: the next notice is cancelled with the reason and takes the next way at once."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    _take(workplace, report(_arrived(workplace).message_id, APPRAISER))
    before = len(mail_server.to(APPRAISER))
    for scene in scenes([story("LC-90")]):
        play(stage_of(workplace), scene)

    done = workplace.deliver(MONDAY + timedelta(hours=1), _smtp(mail_server))

    (other,) = [row for row in workplace.notices("arrived", to=APPRAISER) if row.state == "cancelled"]
    assert other.last_error.startswith("nobody is at the address: 550 5.1.1")
    assert [row.state for row in workplace.notices() if row.key == f"{other.key}/instead"] == ["to_print"]
    assert done.rerouted == 1
    assert len(mail_server.to(APPRAISER)) == before


def test_550_to_the_recipient_counts_as_a_bounce(workplace: Office, mail_server: MailServer) -> None:
    """Nobody at the address is learnt in the conversation already; a letter that is not liked marks no address."""
    mail_server.answer(APPRAISER, 550)
    mail_server.answer(DIRECTOR, 554, moment="message")

    done = workplace.deliver(MONDAY, _smtp(mail_server))

    assert (done.failed, done.rerouted) == (2, 2)
    assert [row.address for row in _bad(workplace)] == [APPRAISER]
    assert len([row for row in workplace.notices("arrived") if row.state == "to_print"]) == 2
    assert {row.variables["dia_chi"] for row in workplace.notices("bounced")} == {APPRAISER, DIRECTOR}


def test_a_folder_of_reports_is_taken_in_once(workplace: Office, mail_server: MailServer) -> None:
    """Each file goes out of the way by what it was; the next look finds nothing."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    folder = workplace.folder.with_name("bounces")
    (folder / "new").mkdir(parents=True)
    (folder / "tmp").mkdir()
    (folder / "new" / "1").write_bytes(report(_arrived(workplace).message_id, APPRAISER))
    (folder / "new" / "2").write_bytes(away(ID, DIRECTOR))
    (folder / "tmp" / "3").write_bytes(b"half")
    box = SqlOutbox(workplace.store)

    first = collect_bounces(folder, box, MONDAY, opens=lambda at: at)
    second = collect_bounces(folder, box, MONDAY, opens=lambda at: at)

    assert (first, second) == ({"bounced": 1, "automatic": 1}, {})
    assert sorted(str(path.relative_to(folder / TAKEN_IN)) for path in folder.rglob(f"{TAKEN_IN}/*/*")) == [
        "automatic/2",
        "bounced/1",
    ]


def test_a_mended_address_is_written_to_again(workplace: Office, mail_server: MailServer) -> None:
    """A new address ends the task, and what waits, uncomposed, goes there; a cleared one is used again."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    _take(workplace, report(_arrived(workplace).message_id, APPRAISER))
    _take(workplace, report(next(row for row in workplace.notices("arrived", to=DIRECTOR)).message_id, DIRECTOR))
    for scene in scenes([story("LC-90")]):
        play(stage_of(workplace), scene)
    with workplace.store.read() as uow:
        by = uow.actor(ADMINISTRATOR, channel="cli")
        username = "tham-dinh.sct-lai-chau"
    assert by is not None

    new = "phong-nghiep-vu@sct-lai-chau.example"
    set_address(workplace.store, workplace.house, username=username, address=new, by=by, at=MONDAY)
    clear_address(workplace.store, workplace.house, address=DIRECTOR, by=by, at=MONDAY)
    workplace.deliver(MONDAY + timedelta(hours=1), _smtp(mail_server))

    with workplace.store.transaction(writes=False) as transaction:
        assert read_counters(transaction, at=MONDAY).addresses_bad == 0
    assert len(mail_server.to(new)) == 1
    assert len(mail_server.to(DIRECTOR)) == 2
    assert {row.cleared_by for row in _bad(workplace)} == {by.person}


def test_of_several_officers_the_mailbox_hears_once() -> None:
    """What two people of one agency did not get goes to its mailbox as one mail, and to paper where that is bad too."""
    law = shipped()
    mailbox = "vanthu@sct-lai-chau.example"
    known = dict(law.agencies) | {"sct-lai-chau": law.agencies["sct-lai-chau"].model_copy(update={"mailbox": mailbox})}
    law = changed(law, agencies=known)
    lost = [
        Lost(
            id=number,
            key=f"LC-02/2/arrived/base_appraiser@sct-lai-chau/{person}/mail",
            notice="arrived",
            seq=2,
            reminder_id=None,
            channel="mail",
            to=Recipient(seat="base_appraiser@sct-lai-chau", person=person, name=person, address=f"{person}@x.example"),
            variables={"ma": "LC-02"},
            templates_sha256="0",
            proposal_id=1,
            code="LC-02",
            implementer="ttkc-lai-chau",
        )
        for number, person in enumerate(("p1", "p2"))
    ]

    ways = [next_way(one, law=law, on=MONDAY.date(), is_bad=lambda _: False, send_after=MONDAY) for one in lost]
    paper = next_way(lost[0], law=law, on=MONDAY.date(), is_bad=lambda _: True, send_after=MONDAY)

    assert {(way.key, way.to.address, way.channel) for way in ways} == {
        (f"LC-02/2/arrived/base_appraiser@sct-lai-chau/instead/{mailbox}", mailbox, "mail")
    }
    assert ways[0].variables["nguoi_nhan"] == "Sở Công Thương tỉnh Lai Châu"
    assert (paper.channel, paper.to.name) == ("paper", "p1")
