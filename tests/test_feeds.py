"""A calendar of deadlines has an address of its own, which opens nothing else and closes with the seat."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event

from exchange.calendars import Due, write_calendar
from store.database import Database
from store.feeds import FeedLine, feed_lines
from store.people_log import people_findings
from tests.daywork import KINDS, OFFICER, Desk, desk_on
from workflow.errors import NotSignedIn, Refused
from workflow.proposal import Seat, midnight
from workflow.service.chaining import REGISTERS
from workflow.service.tokens import make_token, open_by_token, open_feed, revoke_token, tokens_of

SECRET = "kc_lich_cua_can_bo"
SEAT = "base_appraiser@sct-lai-chau"
NOON = datetime(2017, 4, 11, 5, tzinfo=UTC)
DUE = Due(
    id="LC-02.base_appraisal@khuyencong",
    epoch=3,
    last_day=date(2017, 4, 24),
    title="Thẩm định cơ sở: Ứng dụng máy chế biến chè – chè; sạch, đẹp (LC-02)",
    about="Sở Công Thương",
    url="https://kc.example/de-an/LC-02",
    category="lai-chau-2015-2020",
    changed_at=NOON,
)


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture(params=("sqlite", "postgresql"))
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same on a database."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


def made(desk: Desk, feed: str | None, *, username: str = OFFICER) -> None:
    named = {"username": username, "secret": SECRET, "label": "", "expires_at": None, "feed": feed}
    make_token(desk.stage.store, desk.stage.house, **named, by=desk.who(username), at=desk.at(1))  # type: ignore[arg-type]


def of(desk: Desk, *seats: str, at: datetime) -> tuple[FeedLine, ...]:
    store = desk.stage.store
    assert isinstance(store, Database)
    since = {"due_after": at - timedelta(days=365), "ended_after": at - timedelta(days=30)}
    with store.transaction(writes=False) as transaction:
        return feed_lines(transaction, seats, **since, most=10)


@pytest.mark.parametrize("feed", ["", "sct-lai-chau", SEAT])
def test_a_feed_reads_the_seats_that_it_names(desk: Desk, feed: str) -> None:
    """It may be of the person, of an agency where they sit, or of one seat there."""
    made(desk, feed)

    opened, seats = open_feed(desk.stage.store, secret=SECRET, at=desk.at(1))

    assert opened.actor.person == desk.who(OFFICER).person
    assert SEAT in map(str, seats)


def test_a_feed_opens_nothing_else(desk: Desk) -> None:
    """Its secret stands in the address that programs keep, so it is no bearer token; nor is one of those a feed."""
    made(desk, "")
    with pytest.raises(NotSignedIn) as refused:
        open_by_token(desk.stage.store, secret=SECRET, at=desk.at(1), channel="api")
    assert refused.value.code == "denied.feed_only"

    revoke(desk)
    with pytest.raises(NotSignedIn) as gone:
        open_feed(desk.stage.store, secret=SECRET, at=desk.at(1))
    assert gone.value.code == "denied.token_revoked"


def revoke(desk: Desk) -> None:
    store, house, by = desk.stage.store, desk.stage.house, desk.who(OFFICER)
    revoke_token(store, house, username=OFFICER, prefix=SECRET[:8], by=by, at=desk.at(1))


def test_a_bearer_token_is_no_feed(desk: Desk) -> None:
    """An address is written down in too many places for a secret that can act."""
    made(desk, None)

    with pytest.raises(NotSignedIn) as refused:
        open_feed(desk.stage.store, secret=SECRET, at=desk.at(1))

    assert refused.value.code == "denied.no_feed"


def test_nobody_has_a_feed_of_where_they_do_not_sit(desk: Desk) -> None:
    """It is refused when it is made, and it closes on the day after the seat ended."""
    with pytest.raises(Refused) as refused:
        made(desk, "stc-lai-chau")
    assert [one.code for one in refused.value.unmet] == ["unmet.feed_elsewhere"]

    made(desk, SEAT)
    until = desk.at(2).date()
    end(desk, until)
    assert open_feed(desk.stage.store, secret=SECRET, at=desk.at(2))[1]
    with pytest.raises(NotSignedIn) as gone:
        open_feed(desk.stage.store, secret=SECRET, at=desk.at(3))
    assert gone.value.code == "denied.feed_elsewhere"


def end(desk: Desk, until: date) -> None:
    from tests.contract import register_entry  # noqa: PLC0415 - only here.

    seat: Seat = next(seat for seat in desk.who(OFFICER).seats if str(seat) == SEAT)
    with desk.stage.store.write() as uow:
        uow.end_seat(desk.who(OFFICER).person, seat, until, register_entry(uow))


def test_history_tells_of_feeds(shared: Desk) -> None:
    """What the tables say of them is what the entries of the registers say."""
    made(shared, SEAT)
    store = shared.stage.store
    assert isinstance(store, Database)

    with store.transaction(writes=False) as transaction, store.look() as lists:
        assert list(people_findings(transaction, lists.history(REGISTERS))) == []
    listed = tokens_of(store, shared.stage.house, username=OFFICER, by=shared.who(OFFICER), at=shared.at(1))
    assert [one.feed for one in listed] == [SEAT]


def test_a_calendar_has_the_deadlines_of_its_seats(shared: Desk) -> None:
    """Running ones, and for a while those that ended; not those of others."""
    before = of(shared, SEAT, at=shared.at(1))
    assert [(one.code, one.deadline.rule, one.deadline.state) for one in before] == [
        ("LC-02", "base_appraisal", "running")
    ]
    assert of(shared, "base_appraiser@sct-quang-nam", at=shared.at(1)) == ()

    shared.act("return", OFFICER, shared.at(1), missing="Bản sao giấy phép")

    assert {one.deadline.rule: one.deadline.state for one in of(shared, SEAT, at=shared.at(2))} == {
        "base_appraisal": "paused"
    }
    assert of(shared, SEAT, at=shared.at(90)) == ()


def events(*due: Due) -> list[Event]:
    parsed = Calendar.from_ical(write_calendar("Thời hạn", due, lang="vi"))
    return [one for one in parsed.walk("VEVENT") if isinstance(one, Event)]


def test_an_event_is_the_whole_last_day() -> None:
    """It begins on the last day and ends with it; who subscribes elsewhere sees the same day."""
    (event,) = events(DUE)

    assert event.decoded("dtstart") == date(2017, 4, 24)
    assert event.decoded("dtend") == date(2017, 4, 25)
    assert str(event["summary"]) == DUE.title
    assert (str(event["uid"]), event.decoded("sequence"), str(event["url"])) == (DUE.id, 3, DUE.url)
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [
        timedelta(days=-2, hours=8),
        timedelta(hours=8),
    ]
    assert midnight(date(2017, 4, 25)) > NOON


def test_what_ended_is_told_and_rings_no_more() -> None:
    """Programs keep an event that silently leaves; a cancelled one they take away."""
    from workflow.changing import changed  # noqa: PLC0415 - only here.

    (event,) = events(changed(DUE, cancelled=True))

    assert str(event["status"]) == "CANCELLED"
    assert event.walk("VALARM") == []


def test_who_holds_no_account_has_no_feed(desk: Desk) -> None:
    """A secret that nobody was given opens nothing."""
    with pytest.raises(NotSignedIn) as refused:
        open_feed(desk.stage.store, secret="kc_doan_mo", at=desk.at(1))
    assert refused.value.code == "denied.bad_token"
