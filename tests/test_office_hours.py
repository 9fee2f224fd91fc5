"""Nothing that a person reads is sent at night or on days off, but for what cannot wait."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import bindparam, update

from definitions.bundle import shipped
from khuyencong.demo.acts import at
from notifications.channels import SmtpChannel
from store.statements import Statement
from store.tables import NoticeRow, table
from tests.offices import APPRAISER, Office, morning_of
from tests.smtp import MailServer
from workflow.office_hours import OfficeHours

pytest_plugins = ("tests.office_fixtures",)
HOURS = OfficeHours(calendar=shipped().calendar)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
NIGHT = MONDAY + timedelta(hours=12)
_NOTICE = table(NoticeRow)
_MOVE = Statement(update(_NOTICE).where(_NOTICE.c.id == bindparam("of_id")).values(send_after=bindparam("moment")))


def _smtp(server: MailServer) -> SmtpChannel:
    return SmtpChannel(host=server.host, port=server.port, sender="kc@so.example", timeout=5)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return at(date(2017, 4, day), hour) + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("moment", "opens", "closed_since"),
    [
        (_at(10, 8), _at(10, 8), None),
        (_at(10, 17, 29), _at(10, 17, 29), None),
        (_at(10, 17, 30), _at(11, 8), _at(10, 17, 30)),
        (_at(11, 3), _at(11, 8), _at(10, 17, 30)),
        (_at(15, 10), _at(17, 8), _at(14, 17, 30)),  # a Saturday
        (_at(16, 7), _at(17, 8), _at(15, 17, 30)),  # a Sunday before its morning,
        (_at(16, 22), _at(17, 8), _at(16, 17, 30)),  # and in its night,
        (_at(17, 3), _at(17, 8), _at(16, 17, 30)),  # which ends on Monday
        (_at(6, 10), _at(7, 8), _at(5, 17, 30)),  # Giỗ Tổ
    ],
)
def test_hours_of_offices(moment: datetime, opens: datetime, closed_since: datetime | None) -> None:
    """08:00 to 17:30 of working days, holidays and swapped days respected."""
    assert (HOURS.opens(moment), HOURS.closed_since(moment)) == (opens, closed_since)


def test_nothing_new_is_sent_at_night(workplace: Office, mail_server: MailServer) -> None:
    """What was due by day while nobody delivered waits for the morning, and then goes."""
    night = workplace.deliver(NIGHT, _smtp(mail_server), office=HOURS)
    saturday = workplace.deliver(_at(15, 10), _smtp(mail_server), office=HOURS)
    morning = workplace.deliver(_at(17, 8), _smtp(mail_server), office=HOURS)

    assert (night.accepted, saturday.accepted, morning.accepted) == (0, 0, 5)


def test_an_official_letter_that_was_begun_by_day_goes_on_at_night(workplace: Office, mail_server: MailServer) -> None:
    """It was sent in office hours, and only a server kept it waiting; whom it is for may have a clock running."""
    mail_server.answer(APPRAISER, 450)
    evening = _at(10, 17, 29)

    begun = workplace.deliver(evening, _smtp(mail_server), office=HOURS)
    mail_server.behave()
    night = workplace.deliver(evening + timedelta(minutes=3), _smtp(mail_server), office=HOURS)

    assert (begun.accepted, begun.retried, night.accepted) == (4, 1, 1)


def test_a_reminder_is_tried_again_in_office_hours(workplace: Office, mail_server: MailServer) -> None:
    """A retry of what only reminds waits for the morning."""
    workplace.deliver(MONDAY, _smtp(mail_server))
    workplace.sweep(morning_of(4, 24))
    mail_server.answer(APPRAISER, 450)
    evening = _at(24, 17, 29)

    begun = workplace.deliver(evening, _smtp(mail_server), office=HOURS)
    mail_server.behave()
    night = workplace.deliver(evening + timedelta(hours=2), _smtp(mail_server), office=HOURS)
    morning = workplace.deliver(_at(25, 8), _smtp(mail_server), office=HOURS)

    (row,) = workplace.notices("due-today", to=APPRAISER)
    assert (begun.retried, night.accepted, morning.accepted) == (1, 0, 1)
    assert (row.state, row.attempts) == ("accepted", 2)


def test_what_was_planned_for_a_day_off_goes_on_it(workplace: Office, mail_server: MailServer) -> None:
    """The applicant's last day may be a Sunday; its night is no time for mail all the same."""
    sunday = _at(16, 8)
    row = workplace.notices("received")[0]
    workplace.change(_MOVE, of_id=row.id, moment=sunday)

    night = workplace.deliver(sunday + timedelta(hours=11), _smtp(mail_server), office=HOURS)
    day = workplace.deliver(sunday + timedelta(hours=1), _smtp(mail_server), office=HOURS)

    assert (night.accepted, day.accepted) == (0, 1)
