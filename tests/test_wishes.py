"""Which reminders people wish for: mute and digest hold for reminders, never for what is official."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from khuyencong.demo.acts import Act
from store.coverage import read_coverage
from store.statements import Statement
from store.tables import ReminderRow, table
from tests.offices import APPRAISER, DIRECTOR, Office, morning_of, stage_of
from workflow.changing import changed
from workflow.errors import Refused
from workflow.firing import MUTED
from workflow.proposal import Actor
from workflow.service.reaching import set_address, wish_mail
from workflow.storage import MailWish

pytest_plugins = ("tests.office_fixtures",)
MONDAY = morning_of(4, 10) + timedelta(hours=2)
USERNAMES = {APPRAISER: "tham-dinh.sct-lai-chau", DIRECTOR: "giam-doc.sct-lai-chau"}
_REMINDER = table(ReminderRow)
_CALL_OFF = Statement(
    update(_REMINDER).where(_REMINDER.c.state == "scheduled").values(state="cancelled", reason="by hand")
)


def _who(workplace: Office, address: str) -> Actor:
    with workplace.store.read() as uow:
        found = uow.actor(USERNAMES[address], channel="cli")
    assert found is not None
    return found


def _wish(workplace: Office, address: str, mail: MailWish) -> None:
    by = _who(workplace, address)
    wish_mail(workplace.store, workplace.house, username=USERNAMES[address], mail=mail, by=by, at=MONDAY)


def test_who_muted_reminders_gets_none_and_it_is_written_down(workplace: Office) -> None:
    """The notice is a row, cancelled with the reason: never silently absent; the colleague still gets theirs."""
    _wish(workplace, APPRAISER, "mute")

    workplace.sweep(morning_of(4, 24))

    (muted,) = workplace.notices("due-today", to=APPRAISER)
    assert (muted.state, muted.last_error, muted.message_id) == ("cancelled", MUTED, None)
    assert [row.state for row in workplace.notices("due-today", to=DIRECTOR)] == ["scheduled"]
    assert workplace.reminders()["+0wd", "base_appraiser"].reason == ""


def test_what_is_official_ignores_every_wish(workplace: Office) -> None:
    """Notices of steps and escalations come by mail whatever the wish: they are how the law tells people."""
    for address in (APPRAISER, DIRECTOR):
        _wish(workplace, address, "mute")

    workplace.sweep(morning_of(4, 27))

    escalated = workplace.notices("escalated", to=DIRECTOR)
    assert [(row.channel, row.state) for row in escalated] == [("mail", "scheduled")]
    assert {row.state for row in workplace.notices("arrived") if row.channel == "mail"} == {"scheduled"}
    assert {row.state for row in workplace.notices("overdue", to=APPRAISER)} == {"cancelled"}


def test_the_applicants_last_day_ignores_every_wish(workplace: Office) -> None:
    """The process calls the last day of a supplement official: what is missed then cannot be made good."""
    stage = stage_of(workplace)
    stage.perform("LC-02", Act(when=morning_of(4, 12), action="return", facts={"missing": "bản vẽ"}))
    username = "can-bo.ttkc-lai-chau"
    with workplace.store.read() as uow:
        by = uow.actor(username, channel="cli")
        last = next(row.last_day for row in uow.deadlines("LC-02") if row.rule == "supplement")
    assert by is not None
    wish_mail(workplace.store, workplace.house, username=username, mail="mute", by=by, at=morning_of(4, 12))

    workplace.sweep(morning_of(last.month, last.day))

    sent = [row for row in workplace.notices("due-today") if row.to_person == by.person]
    assert [(row.channel, row.state) for row in sent] == [("mail", "scheduled")]


def test_who_wants_a_digest_gets_one(workplace: Office) -> None:
    """A reminder that would be a mail of its own waits for the day's gathered one."""
    _wish(workplace, APPRAISER, "digest")

    workplace.sweep(morning_of(4, 24))

    assert {row.channel for row in workplace.notices("due-today", to=APPRAISER)} == {"digest"}
    assert {row.channel for row in workplace.notices("due-today", to=DIRECTOR)} == {"mail"}


def test_coverage_knows_who_is_deaf(workplace: Office) -> None:
    """A deadline of which everybody muted the last reminder has a stated reason, and the firing itself says so."""
    for address in (APPRAISER, DIRECTOR):
        _wish(workplace, address, "mute")
    workplace.sweep(morning_of(4, 24))
    workplace.change(_CALL_OFF)

    with workplace.store.transaction(writes=False) as transaction:
        found = read_coverage(transaction)

    assert workplace.reminders()["+0wd", "base_appraiser"].reason == MUTED
    bare = {row.rule: row.reason for row in found.bare}
    assert bare["base_appraisal"] in (MUTED, "all-sent")
    assert "base_appraisal" not in {row.rule for row in found.uncovered}


def test_a_wish_is_recorded_and_another_persons_is_refused(workplace: Office) -> None:
    """Each change is an entry of the registers; only oneself or an administrator may make it."""
    _wish(workplace, APPRAISER, "digest")

    (entry,) = workplace.entries("mail-wished")
    assert b'"mail":"digest"' in entry.body
    with pytest.raises(Refused, match="not_administrator"):
        wish_mail(
            workplace.store,
            workplace.house,
            username=USERNAMES[DIRECTOR],
            mail="mute",
            by=_who(workplace, APPRAISER),
            at=MONDAY,
        )
    with pytest.raises(Refused, match="same_wish"):
        _wish(workplace, APPRAISER, "digest")


@pytest.mark.parametrize("address", ["khong", "a@b", "ông@sct.example", "a b@sct.example", "a@sct.example,b@x.example"])
def test_an_impossible_address_is_refused_when_it_is_given(workplace: Office, address: str) -> None:
    """Never at midnight, when the mail should go out."""
    by = _who(workplace, APPRAISER)
    outsider = changed(by, seats=())

    with pytest.raises(Refused, match=r"unmet\.address"):
        set_address(workplace.store, workplace.house, username=USERNAMES[APPRAISER], address=address, by=by, at=MONDAY)
    with pytest.raises(Refused):
        set_address(
            workplace.store,
            workplace.house,
            username=USERNAMES[DIRECTOR],
            address="moi@sct.example",
            by=outsider,
            at=MONDAY,
        )
