"""Lists show what there is, narrowed as asked, in pages that meet without gap or overlap."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from definitions.errors import UnknownDefinition
from store.database import Database
from store.errors import NoSuchPage
from store.lists import Counted, UserLine, Wanted
from tests import contract
from tests.contract import NOON, creation, deadline, furnish, move, register_entry, reminder
from workflow.changing import changed
from workflow.entries import check_chain
from workflow.proposal import Seat
from workflow.storage import Effects, Person


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Five proposals: three submitted with different due days, one still a draft, one withdrawn."""
    with contract.opened(request.param, request, tmp_path) as opened:
        assert isinstance(opened, Database)
        furnish(opened)
        fill(opened)
        yield opened


def fill(database: Database) -> None:
    with database.write() as uow:
        for number in range(1, 6):
            first = creation(f"TT-2021-000{number}", name=("Chế biến gỗ", "Dệt thổ cẩm")[number % 2])
            uow.add(first)
            effects = Effects(deadlines=(deadline(last_day=date(2021, 3, 20) - timedelta(days=number)),))
            if number <= 3:
                uow.record(move(first.after, effects=effects, holder="appraiser@so-cu"))
            if number == 5:
                uow.record(move(first.after, "withdraw"))


def codes(database: Database, wanted: Wanted | None = None) -> list[str]:
    with database.look() as queries:
        return [line.code[-1] for line in queries.proposals(wanted).lines]


def test_the_most_urgent_comes_first(database: Database) -> None:
    """By the next due instant; what has none comes last."""
    assert codes(database) == ["3", "2", "1", "4", "5"]


def test_a_line_says_when_it_is_due(database: Database) -> None:
    """The first instant that is too late, or nothing where no deadline runs."""
    with database.look() as queries:
        lines = queries.proposals().lines

    assert lines[0].due == datetime(2021, 3, 17, 17, 0, tzinfo=UTC)
    assert lines[3].due is None
    assert (lines[0].state, lines[0].revision, lines[0].holder, lines[0].open) == (
        "submitted",
        1,
        "appraiser@so-cu",
        True,
    )
    assert (lines[4].holder, lines[4].open) == (None, False)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(state="submitted"), "321"),
        (Wanted(programme="tinh-thu-2021-2022"), "32145"),
        (Wanted(programme="khac"), ""),
        (Wanted(implementer="so-cu", state="drafted"), "4"),
        (Wanted(open=True), "3214"),
        (Wanted(open=False), "5"),
        (Wanted(holders=("appraiser@so-cu",)), "321"),
        (Wanted(holders=("nobody@x", "implementer@so-cu")), "4"),
        (Wanted(holders=()), ""),
        (Wanted(due_by=datetime(2021, 3, 18, 17, 0, tzinfo=UTC)), "32"),
        (Wanted(due_by=datetime(2021, 3, 18, 16, 59, tzinfo=UTC)), "3"),
        (Wanted(text="che bien GO"), "42"),
        (Wanted(text="Dệt"), "531"),
        (Wanted(text="0004"), "4"),
        (Wanted(text="%"), ""),
        (Wanted(text="_"), ""),
        (Wanted(text="go", state="submitted", open=True), "2"),
    ],
)
def test_a_list_is_narrowed_as_asked(database: Database, wanted: Wanted, expected: str) -> None:
    """Every condition holds; a search ignores marks and capitals and takes every letter as a letter."""
    assert codes(database, wanted) == list(expected)
    with database.look() as queries:
        assert queries.count(wanted) == Counted(number=len(expected), exact=True)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_meet_without_gap_or_overlap(database: Database, limit: int) -> None:
    """Whatever their length; the last one says that it is."""
    seen, after = [], None
    with database.look() as queries:
        while True:
            page = queries.proposals(after=after, limit=limit)
            seen += [line.code[-1] for line in page.lines]
            assert len(page.lines) <= limit
            after = page.after
            if after is None:
                break

    assert seen == ["3", "2", "1", "4", "5"]


@pytest.mark.parametrize("after", ["", "x", "2021-01-01", "2021-01-01T00:00:00Z~x"])
def test_a_made_up_place_is_refused(database: Database, after: str) -> None:
    """With a sentence, not with a wrong page."""
    with database.look() as queries, pytest.raises(NoSuchPage):
        queries.proposals(after=after)


def test_history_comes_in_order_with_its_openings(database: Database) -> None:
    """So that it can be checked and read as it stands."""
    with database.look() as queries:
        entries = queries.history("TT-2021-0001")

    check_chain(entries)
    assert [(entry.seq, entry.kind) for entry in entries] == [(1, "created"), (2, "step")]
    assert [opening.value for opening in entries[1].openings] == ["Nguyễn Văn An"]


def test_running_deadlines_are_listed_by_day(database: Database) -> None:
    """Up to an instant."""
    with database.look() as queries:
        lines = queries.deadlines(until=datetime(2021, 3, 18, 17, 0, tzinfo=UTC))

    assert [(line.code[-1], line.deadline.last_day.day) for line in lines] == [("3", 17), ("2", 18)]


def test_reminders_and_notices_are_listed_by_state(database: Database) -> None:
    """With the proposal that they belong to."""
    with database.write() as uow:
        before = uow.proposal("TT-2021-0004")
        effects = Effects(deadlines=(deadline(),), reminders=(reminder(),), notices=(contract.notice("n-1"),))
        uow.record(move(before, effects=effects))

    with database.look() as queries:
        reminders, notices = queries.reminder_page().lines, queries.notice_page(state="scheduled").lines
        assert queries.notice_page(state="to_print").lines == ()
        assert queries.notice(notices[0].id) == notices[0]
        assert queries.notice(999) is None
        assert queries.message("<none>") is None

    assert [(r.code, r.rule, r.fire_at) for r in reminders] == [("TT-2021-0004", "appraisal", reminder().fire_at)]
    assert [(n.code, n.key, n.to, n.variables) for n in notices] == [
        ("TT-2021-0004", "n-1", contract.notice().to, {"ma": "TT-2021-0001"})
    ]


def test_users_are_listed_with_all_their_seats(database: Database) -> None:
    """Past seats too, and accounts without any."""
    seats = tuple(Seat(role=role, agency="so-cu", since=NOON.date()) for role in ("appraiser", "approver"))
    with database.write() as uow:
        for username, person in (
            ("binh", Person(id="p-2", name="Bình", address="b@so.vn")),
            ("an", Person(id="p-3", name="An")),
        ):
            uow.add_person(person, username=username, entry=register_entry(uow))
        for seat in seats:
            uow.add_seat("p-2", seat, register_entry(uow))

    with database.look() as queries:
        first, second = queries.users()

    assert first == UserLine(username="an", person="p-3", name="An", address="", active=True, seats=())
    assert second == changed(first, username="binh", person="p-2", name="Bình", address="b@so.vn", seats=seats)


def test_a_published_text_is_found_by_its_hash(database: Database) -> None:
    """Templates among them."""
    with database.look() as queries:
        assert queries.text(contract.TEMPLATES_SHA256) == contract.TEMPLATES
        with pytest.raises(UnknownDefinition):
            queries.text("0" * 64)
        assert queries.heartbeats() == ()
