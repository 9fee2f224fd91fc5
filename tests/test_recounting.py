"""A calendar or a letter that comes later moves the deadlines that run, in bounded batches, and history says why."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from definitions.errors import FaultyDefinitions
from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.acts import at
from khuyencong.recounting import recount_all
from store.database import open_database
from tests import contract
from tests.histories import by_hand
from tests.moving import CHAIR, HEAD, OFFICER, Works
from tests.printed import last_day, read_page, text_of
from tests.staging import staged
from workflow.administration import operator
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.proposal import FactValue
from workflow.service.correcting import correct
from workflow.service.drafting import create, edit
from workflow.service.recounting import look_for_stale, recount_batch
from workflow.service.registering import guide, publish

NOON = at(date(2022, 3, 1), 12).astimezone(UTC)  # A Tuesday: ten working days end on 15/03.
DAY_OFF = """
[[off]]
day = 2022-03-07
name = "Nghỉ thử"
why = "swapped"
basis = { text = "Quyết định giả định", confidence = "OWN" }
"""


@pytest.fixture(params=contract.KINDS)
def works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    """A store of each kind without proposals."""
    with contract.opened(request.param, request, tmp_path) as store:
        yield Works(stage=staged(store))


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    """In memory, for what does not depend on where it is kept."""
    with contract.opened("memory", request, tmp_path) as store:
        yield Works(stage=staged(store))


def year(number: int, *, version: int, more: str = "") -> DefinitionText:
    """The shipped calendar of a year as another version of it."""
    text = next(one for one in find_texts() if one.kind == "calendar" and f"year = {number}" in one.text)
    lines = [f"version = {version}" if line.startswith("version") else line for line in text.text.splitlines()]
    return DefinitionText(text.kind, text.name, "\n".join(lines) + "\n" + more)


def announce(works: Works, *texts: DefinitionText, on: datetime = NOON) -> None:
    publish(works.stage.store, works.stage.house, texts, by=operator(), at=on)


def recounted(works: Works, on: datetime = NOON) -> int:
    return recount_all(works.stage.store, works.stage.house, at=on).changed


def waiting(works: Works, code: str, last: date) -> None:
    """A proposal at the Sở that is due on that day."""
    works.bring(code, "submitted", NOON)
    assert works.deadline(code, "base_appraisal").last_day == last


def test_a_day_off_announced_later_moves_the_last_day(works: Works) -> None:
    """15/03 becomes 16/03: an entry with both days and both versions, a new epoch, reminders in place of the old."""
    waiting(works, "A", date(2022, 3, 15))
    ahead = works.waiting("A", "base_appraisal")

    announce(works, year(2022, version=2, more=DAY_OFF))
    assert works.explained("A", NOON.date(), "base_appraisal")["waits_for_recount"]
    assert recounted(works) == 1

    after, entry = works.deadline("A", "base_appraisal"), works.history("A")[-1]
    told = works.explained("A", NOON.date(), "base_appraisal")
    assert (after.last_day, after.epoch, after.calendar) == (date(2022, 3, 16), 2, "2022.2")
    assert entry.kind == "recounted"
    assert told["agrees"]
    assert not told["waits_for_recount"]
    assert [(one["before"]["last_day"], one["after"]["last_day"]) for one in told["recounts"]] == [
        ("2022-03-15", "2022-03-16")
    ]
    assert {epoch for epoch, _, _ in works.waiting("A", "base_appraisal")} == {2}
    assert ahead
    works.proven()


def test_what_was_over_before_is_explained_by_the_calendar_of_then(works: Works) -> None:
    """Refused in time on 03/03; a day off announced later changes nothing of how the ten days were counted."""
    waiting(works, "A", date(2022, 3, 15))
    no: dict[str, FactValue] = {"reject_reason": "no_funds", "reason": "Không cân đối được nguồn"}
    works.act("A", "reject", HEAD, at(date(2022, 3, 3)).astimezone(UTC), "thong_bao", facts=no)
    before = works.explained("A", date(2022, 3, 3), "base_appraisal")

    announce(works, year(2022, version=2, more=DAY_OFF), on=at(date(2022, 3, 4)).astimezone(UTC))
    recounted(works, at(date(2022, 3, 4)).astimezone(UTC))

    after = works.explained("A", date(2022, 3, 4), "base_appraisal")
    said = read_page(text_of(after))
    assert works.deadline("A", "base_appraisal").state in ("met", "lapsed")
    assert (after["last_day"], after["lines"], after["agrees"]) == ("2022-03-15", before["lines"], True)
    assert by_hand(said) == last_day(said) == date(2022, 3, 15)


def test_a_deadline_that_stays_gets_the_mark_and_no_entry(works: Works) -> None:
    """Other days of the year changed: nothing is told, but the deadline is known to be counted by what is in force."""
    waiting(works, "A", date(2022, 3, 15))
    chain = works.history("A")

    announce(works, year(2022, version=2))
    assert recounted(works) == 0

    assert works.history("A") == chain
    assert works.deadline("A", "base_appraisal").calendar == "2022.2"
    works.proven()


def test_a_provisional_deadline_is_recorded_when_its_year_is_entered(works: Works) -> None:
    """Counted into a year that is not known, it says so; when the year is published that is an entry."""
    works.bring("A", "completed", at(date(2026, 12, 22)).astimezone(UTC), contract_end=date(2022, 12, 20))
    before = works.deadline("A", "acceptance")

    announce(works, _final_2027(), on=at(date(2026, 12, 23)).astimezone(UTC))
    recounted(works, at(date(2026, 12, 23)).astimezone(UTC))

    after = works.deadline("A", "acceptance")
    assert (before.provisional, after.provisional) == (True, False)
    assert works.history("A")[-1].kind == "recounted"
    works.proven()


def _final_2027() -> DefinitionText:
    text = year(2027, version=2)
    return DefinitionText(text.kind, text.name, text.text.replace('status = "draft"', 'status = "published"'))


def test_days_used_up_before_a_pause_are_counted_anew_too(works: Works) -> None:
    """Paused on 10/03 with seven days used; one of them was a day off after all, so four are left and not three."""
    waiting(works, "A", date(2022, 3, 15))
    works.act("A", "return", HEAD, at(date(2022, 3, 10)).astimezone(UTC), facts={"missing": "Thiếu dự toán"})
    before = works.deadline("A", "base_appraisal")

    announce(works, year(2022, version=2, more=DAY_OFF), on=at(date(2022, 3, 11)).astimezone(UTC))
    recounted(works, at(date(2022, 3, 11)).astimezone(UTC))

    after = works.deadline("A", "base_appraisal")
    assert (before.consumed, after.consumed, after.state) == (7, 6, "paused")
    works.proven()


def test_a_letter_moves_the_fixed_day_that_runs(works: Works) -> None:
    """A draft for 2023 is due on 19/05/2022; the Sở's letter says 30/06, and says so to the running one as well."""
    _draft(works, "D")
    assert works.deadline("D", "plan_window").last_day == date(2022, 5, 19)

    _letter(works)
    assert works.explained("D", NOON.date(), "plan_window")["waits_for_recount"]
    assert recounted(works) == 1

    told = works.explained("D", NOON.date(), "plan_window")
    assert works.deadline("D", "plan_window").last_day == date(2022, 6, 30)
    assert (told["fixed"]["guided_by"], told["recounts"][0]["paper"]) == ("7/SCT", "7/SCT")
    works.proven()


def _draft(works: Works, code: str) -> None:
    data: dict[str, FactValue] = {
        "name": code,
        "activity": "machinery",
        "plan_year": 2023,
        "requested_amount": 1_000_000,
    }
    create(
        *(works.stage.store, works.stage.house),
        programme="lai-chau-2021-2025",
        process="kcdp",
        data=data,
        by=works.who("can-bo.ttkc-lai-chau"),
        at=NOON,
        implementer="ttkc-lai-chau",
        code=code,
    )


def _letter(works: Works) -> None:
    letter = Guidance(
        programme="lai-chau-2021-2025",
        rule="plan_window",
        plan_year=2023,
        last_day=date(2022, 6, 30),
        agency="sct-lai-chau",
        paper="7/SCT",
    )
    guide(works.stage.store, works.stage.house, guidance=letter, by=works.who(OFFICER), at=NOON)


def test_another_plan_year_is_another_day(works: Works) -> None:
    """A draft moved from 2023 to 2024 has a year more; its clock does not stay behind."""
    _draft(works, "D")

    edit(
        *(works.stage.store, works.stage.house),
        code="D",
        changes={"plan_year": 2024},
        by=works.who("can-bo.ttkc-lai-chau"),
        at=NOON,
    )

    assert works.deadline("D", "plan_window").last_day == date(2023, 5, 19)
    works.proven()


def test_many_are_counted_in_bounded_batches_that_survive_a_stop(works: Works) -> None:
    """Five of nine are done when the process dies; whoever comes next does the other four, and none twice."""
    for number in range(9):
        waiting(works, f"A{number}", date(2022, 3, 15))
    announce(works, year(2022, version=2, more=DAY_OFF))
    store, house = works.stage.store, works.stage.house

    first = recount_batch(store, house, at=NOON, seen=100, most=5)
    assert first is not None
    moved = [works.deadline(f"A{n}", "base_appraisal").epoch for n in range(9)]
    rest = recount_all(store, house, at=NOON)

    assert (first.changed, moved.count(2), rest.changed) == (5, 5, 4)
    assert {works.deadline(f"A{n}", "base_appraisal").last_day for n in range(9)} == {date(2022, 3, 16)}
    assert recount_batch(store, house, at=NOON) is None
    works.proven()


COUNTER = """
import sys
from store.database import open_database
from tests.staging import house
from tests.test_recounting import NOON
from workflow.service.recounting import recount_batch

database = open_database(sys.argv[1])
while recount_batch(database, house(), at=NOON, seen=10, most=3) is not None:
    print("batch", flush=True)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whoever_is_killed_in_the_middle_is_followed_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A process dies by SIGKILL among forty deadlines: the next one goes on, and each is moved and told of once."""
    codes = [f"A{number:02d}" for number in range(40)]
    with contract.url_of(kind, request, tmp_path) as url:
        store = open_database(url)
        works = Works(stage=staged(store))
        for code in codes:
            waiting(works, code, date(2022, 3, 15))
        announce(works, year(2022, version=2, more=DAY_OFF))

        killed = subprocess.Popen(
            [sys.executable, "-c", COUNTER, url],
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert killed.stdout is not None
        assert [killed.stdout.readline() for _ in range(3)] == ["batch\n"] * 3
        killed.kill()
        killed.communicate(timeout=60)
        done = recount_all(store, works.stage.house, at=NOON)

        assert 0 < done.changed <= len(codes) - 9
        for code in codes:
            deadline = works.deadline(code, "base_appraisal")
            assert (deadline.last_day, deadline.epoch) == (date(2022, 3, 16), 2)
            assert [entry.kind for entry in works.history(code)].count("recounted") == 1
            assert {epoch for epoch, _, _ in works.waiting(code, "base_appraisal")} == {2}
        works.proven()
        store.close()


def test_a_deadline_that_slipped_by_is_found_at_night(works: Works) -> None:
    """A step that was being recorded while the calendar was published left an old count: the nightly look finds it."""
    waiting(works, "A", date(2022, 3, 15))
    announce(works, year(2022, version=2, more=DAY_OFF))
    store = works.stage.store
    with store.write() as uow:
        found = uow.open_recount()
        assert found is not None
        uow.move_recount(changed(found, cursor=10_000, finished_at=NOON))

    with store.write() as uow:
        assert look_for_stale(uow, at=NOON)

    assert recounted(works) == 1
    with store.write() as uow:
        assert not look_for_stale(uow, at=NOON)


def test_other_days_under_the_same_version_are_refused(memory: Works) -> None:
    """Otherwise nobody could tell which of two years a deadline was counted by."""
    with pytest.raises(FaultyDefinitions) as faulty:
        announce(memory, year(2022, version=1, more=DAY_OFF))

    assert [fault.place for fault in faulty.value.faults] == ["version"]


@pytest.mark.parametrize(
    "more",
    [
        DAY_OFF + DAY_OFF,
        DAY_OFF.replace("2022-03-07", "2022-04-30"),
        DAY_OFF.replace("2022-03-07", "2023-03-07"),
        '[[worked]]\nday = 2022-03-08\nname = "x"\nbasis = { text = "x", confidence = "OWN" }\n',
    ],
    ids=["twice", "overlap", "another year", "a weekday worked"],
)
def test_a_calendar_that_contradicts_itself_is_refused_when_published(memory: Works, more: str) -> None:
    """Two things said of one day, a day of another year, a weekday that is 'worked': never found out at midnight."""
    with pytest.raises(FaultyDefinitions):
        announce(memory, year(2022, version=2, more=more))


def test_a_clock_that_a_correction_brings_back_is_counted_by_the_new_calendar(memory: Works) -> None:
    """Stopped, the calendar changed, the stop taken back: the restored clock is counted anew with the next batch."""
    memory.bring("A", "completed", NOON)
    memory.stop("A", NOON.replace(hour=6))
    announce(memory, year(2022, version=2, more=DAY_OFF))
    recounted(memory)
    store, house = memory.stage.store, memory.stage.house

    correct(store, house, code="A", reason="nhầm", by=memory.who(CHAIR), at=at(date(2022, 3, 2)).astimezone(UTC))

    assert recounted(memory, at(date(2022, 3, 2)).astimezone(UTC)) == 1
    assert memory.deadline("A", "acceptance").last_day == date(2022, 3, 16)
