"""One person of the holding agency is in charge, and hears first; it ends when another agency holds the proposal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.reminders import sweep
from store.database import Database
from store.lists import Wanted
from store.reminders import SqlReminders
from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, SECOND, Desk, desk_on
from workflow.administration import operator
from workflow.entries import opened, read_body
from workflow.errors import NotOwner, Refused
from workflow.proposal import legal_day
from workflow.service.handing_over import hand_over


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same in memory."""
    with desk_on("memory", request, tmp_path) as found:
        yield found


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same on SQLite: for lists and the sweep."""
    with desk_on("sqlite", request, tmp_path) as found:
        yield found


def test_the_head_puts_somebody_in_charge_and_they_hand_it_on(desk: Desk) -> None:
    """The head assigns; the present officer may pass it on with a reason; history keeps both, names erasable."""
    desk.assign(OFFICER, HEAD, 1)
    first = desk.now
    desk.assign(SECOND, OFFICER, 2, "đi công tác")

    body = read_body(desk.history[-1])
    values = opened(desk.history[-1], body)
    assert (first.officer, desk.now.officer) == (desk.who(OFFICER).person, desk.who(SECOND).person)
    assert (body["before"], body["officer"]) == (first.officer, desk.now.officer)
    assert (values["reason"], values["officer_name"]) == ("đi công tác", "Lò Văn Hai")
    assert "công tác".encode() not in desk.history[-1].body


def test_who_is_put_in_charge_is_told_and_nobody_else(memory: Desk) -> None:
    """Taking the work oneself needs no mail."""
    memory.assign(OFFICER, HEAD, 1)
    told = memory.told(memory.now.last_seq)
    memory.assign(HEAD, HEAD, 2)

    assert [one.person for one in told] == [memory.who(OFFICER).person]
    assert memory.told(memory.now.last_seq) == ()


def test_it_ends_when_another_seat_holds_the_proposal(desk: Desk) -> None:
    """Back for supplement the implementer holds it; when it comes again, nobody is in charge."""
    desk.assign(OFFICER, HEAD, 1)
    desk.act("return", OFFICER, desk.at(2), missing="Thiếu dự toán")
    away = desk.now.officer
    desk.act("resubmit", CENTRE, desk.at(3), "tai_lieu_bo_sung", answer="Đã bổ sung")

    assert (away, desk.now.officer) == ("", "")


def test_what_happens_to_the_seat_is_told_to_the_officer_first(sqlite: Desk) -> None:
    """The officer gets a reminder as mail; the others of the seat read it in the day's digest."""
    sqlite.assign(OFFICER, HEAD, 1)
    store = sqlite.stage.store
    assert isinstance(store, Database)

    sweep(SqlReminders(store), sqlite.stage.house, at=sqlite.at(14), domain="khuyencong.test")

    with store.look() as lists:
        rows = [row for row in lists.notices(CODE) if row.to.seat == "base_appraiser@sct-lai-chau" and row.reminder_id]
    today = [row for row in rows if row.notice == "due-today"]
    channels = {row.to.person: row.channel for row in today}
    officer = sqlite.who(OFFICER).person
    assert channels.pop(officer) == "mail"
    assert set(channels.values()) == {"digest"}
    assert len(channels) >= 2


def test_without_an_officer_everybody_gets_mail(sqlite: Desk) -> None:
    """Nobody is left to a digest because nobody was chosen."""
    store = sqlite.stage.store
    assert isinstance(store, Database)

    sweep(SqlReminders(store), sqlite.stage.house, at=sqlite.at(14), domain="khuyencong.test")

    with store.look() as lists:
        rows = [row for row in lists.notices(CODE) if row.notice == "due-today"]
    assert {row.channel for row in rows} == {"mail"}


def test_lists_show_and_narrow_by_the_officer(sqlite: Desk) -> None:
    """A person's own work is one filter away."""
    sqlite.assign(OFFICER, HEAD, 1)
    store, officer = sqlite.stage.store, sqlite.who(OFFICER)
    assert isinstance(store, Database)

    with store.look() as lists:
        mine = lists.proposals(Wanted(officer=officer.person)).lines
        others = lists.proposals(Wanted(officer=sqlite.who(SECOND).person)).lines

    assert [(line.code, line.officer_name) for line in mine] == [(CODE, officer.name)]
    assert others == ()


@pytest.mark.parametrize(
    "by", [SECOND, CENTRE, "giam-doc.stc-lai-chau"], ids=["a colleague", "the other side", "a head"]
)
def test_only_the_head_or_the_officer_assigns(memory: Desk, by: str) -> None:
    """A colleague of the same seat may not, nor the head of another agency."""
    memory.assign(OFFICER, HEAD, 1)

    with pytest.raises(NotOwner) as refused:
        memory.assign(SECOND, by, 2)

    assert refused.value.unmet[0].lifted_by == ("head@sct-lai-chau",)
    assert memory.now.officer == memory.who(OFFICER).person


@pytest.mark.parametrize(
    ("to", "reason", "code"),
    [
        ("khong-co", "x", "unmet.unknown_officer"),
        (CENTRE, "x", "unmet.not_in_seat"),
        ("kiem-tra.sct-lai-chau", "x", "unmet.not_in_seat"),
        (OFFICER, "x", "unmet.already_officer"),
        (SECOND, " ", "unmet.no_reason"),
    ],
)
def test_who_cannot_be_put_in_charge_is_said(memory: Desk, to: str, reason: str, code: str) -> None:
    """Another person of the holding seat, with an account, for a reason."""
    memory.assign(OFFICER, HEAD, 1)

    with pytest.raises(Refused) as refused:
        memory.assign(to, HEAD, 2, reason)

    assert [one.code for one in refused.value.unmet] == [code]


def test_an_ended_proposal_has_nobody_in_charge(memory: Desk) -> None:
    """At an end nobody holds it."""
    memory.assign(OFFICER, HEAD, 1)
    facts = {"reject_reason": "trade_not_eligible", "reason": "Không thuộc ngành nghề"}
    memory.act("reject", HEAD, memory.at(2), "thong_bao", **facts)

    with pytest.raises(Refused) as refused:
        memory.assign(SECOND, HEAD, 3)

    assert [one.code for one in refused.value.unmet] == ["unmet.at_an_end"]
    assert memory.now.officer == ""
    assert legal_day(memory.now.last_at) == legal_day(memory.at(2))


@pytest.mark.parametrize(("from_day", "who"), [(2, SECOND), (9, OFFICER)], ids=["from today", "from a later day"])
def test_a_hand_over_takes_the_officer_along(desk: Desk, from_day: int, who: str) -> None:
    """Who takes the work over is in charge of it; not before the day on which that begins."""
    desk.assign(OFFICER, HEAD, 1)

    hand_over(
        *(desk.stage.store, desk.stage.house),
        giver=OFFICER,
        taker=SECOND,
        on=legal_day(desk.at(from_day)),
        by=operator(),
        at=desk.at(2),
    )

    assert desk.now.officer == desk.who(who).person
