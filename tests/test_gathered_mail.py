"""Digests and lists: one mail a reader and working day, whatever is in it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, update

from khuyencong.demo.stage import play, scenes
from notifications.channels import SmtpChannel
from store.statements import Statement
from store.tables import NoticeRow, table
from tests.offices import APPRAISER, Office, morning_of, stage_of, story
from tests.smtp import MailServer

pytest_plugins = ("tests.office_fixtures",)
_NOTICE = table(NoticeRow)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
_SPOIL_ONE = Statement(
    update(_NOTICE).where(_NOTICE.c.id == bindparam("of_id")).values(variables=bindparam("to_variables"))
)


def _smtp(server: MailServer) -> SmtpChannel:
    return SmtpChannel(host=server.host, port=server.port, sender="kc@so.example")


def test_a_digest_is_one_mail_a_reader_and_day(workplace: Office, mail_server: MailServer) -> None:
    """Two proposals five days before their last day: each reader gets one mail with a line for each."""
    stage = stage_of(workplace)
    for scene in scenes([story("LC-90")]):
        play(stage, scene)
    workplace.deliver(MONDAY)
    morning = morning_of(4, 17)

    workplace.sweep(morning)
    done = workplace.deliver(morning, _smtp(mail_server))
    workplace.deliver(morning + timedelta(hours=1), _smtp(mail_server))

    assert done.accepted == 2
    (mail,) = mail_server.to(APPRAISER)
    assert mail.message["Subject"] == "[BẢN THỬ] Công việc cần xử lý ngày 17/04/2017: 2 hồ sơ"
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert all(f"http://127.0.0.1/de-an/{code}" in body.get_content() for code in ("LC-02", "LC-90"))
    assert body.get_content().count("Thẩm định hồ sơ cấp cơ sở: còn 5 ngày làm việc") == 2
    assert body.get_content().count("Bên phải thực hiện: Sở Công Thương tỉnh Lai Châu") == 2
    assert body.get_content().count("BẢN THỬ") == 1
    rows = _digest(workplace)
    assert {row.message_id for row in rows} == {mail.message["Message-ID"]}
    assert {row.state for row in rows} == {"accepted"}


def test_a_digest_waits_for_the_sweep(workplace: Office) -> None:
    """While a due rung of the day has not fired nobody's digest goes out, or there would be two."""
    morning = morning_of(4, 17)
    stage = stage_of(workplace)
    workplace.sweep(morning)
    for scene in scenes([story("LC-90")]):
        play(stage, scene)

    waiting = workplace.deliver(morning)
    workplace.sweep(morning)
    both = workplace.deliver(morning)

    rows = _digest(workplace)
    assert [row.state for row in rows] == ["accepted"] * 2
    assert len({row.message_id for row in rows}) == 1
    assert waiting.accepted + both.accepted == len(list(workplace.folder.iterdir()))


def _digest(workplace: Office) -> list[Any]:
    return [row for row in workplace.notices("due-soon", to=APPRAISER) if row.channel == "digest"]


def test_a_faulty_line_does_not_spoil_the_digest(workplace: Office) -> None:
    """The line that cannot be rendered is shown as failed; the others still reach their reader."""
    stage = stage_of(workplace)
    for scene in scenes([story("LC-90")]):
        play(stage, scene)
    workplace.deliver(MONDAY)
    workplace.sweep(morning_of(4, 17))
    workplace.change(_SPOIL_ONE, of_id=_digest(workplace)[0].id, to_variables={"ma": "LC-02"})

    done = workplace.deliver(morning_of(4, 17))

    assert (done.accepted, done.failed) == (2, 1)
    assert [row.state for row in _digest(workplace)] == ["failed", "accepted"]
