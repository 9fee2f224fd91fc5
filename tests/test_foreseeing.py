"""What a calendar would change is said before it is published, and is what then happens."""

from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from definitions.errors import FaultyDefinitions
from khuyencong.demo.acts import at
from tests import contract
from tests.moving import HEAD, Works
from tests.shell import Shell
from tests.staging import staged
from tests.test_recounting import DAY_OFF, NOON, announce, recounted, year
from workflow.service.foreseeing import Foreseen, foresee_publication

MARCH = at(date(2022, 3, 11)).astimezone(UTC)


@pytest.fixture(params=contract.KINDS)
def works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    """Three at the Sở until 15/03/2022; one of them stands still since the 10th, after the day that is given off."""
    with contract.opened(request.param, request, tmp_path) as store:
        found = Works(stage=staged(store))
        for code in ("A", "B", "C"):
            found.bring(code, "submitted", NOON)
        found.act("B", "return", HEAD, at(date(2022, 3, 10)).astimezone(UTC), facts={"missing": "Thiếu dự toán"})
        yield found


def foresee(works: Works, more: str = DAY_OFF, version: int = 2, most: int = 10) -> Foreseen:
    text = year(2022, version=version, more=more)
    return foresee_publication(works.stage.store, (text,), at=MARCH, most=most)


def test_what_is_foreseen_is_what_comes_of_it(works: Works) -> None:
    """The same deadlines with the same days; one that stands still changes without moving."""
    found = foresee(works)

    announce(works, year(2022, version=2, more=DAY_OFF), on=MARCH)

    assert (found.published, found.seen) == ((("calendar", "2022", "2"),), 4)
    assert (found.changed, found.moved, found.final, found.faults) == (recounted(works, MARCH), 2, 0, 0)
    for change in (*found.moves, *found.others):
        assert works.deadline(change.code, change.before.rule) == change.after
    assert {(one.code, one.after.last_day) for one in found.moves} == {
        ("A", date(2022, 3, 16)),
        ("C", date(2022, 3, 16)),
    }
    assert [(one.code, one.after.consumed) for one in found.others] == [("B", 6)]


def test_foreseeing_writes_nothing(works: Works) -> None:
    """No entry, no other deadline, no recount: the year is not in force, and there is nothing to count anew."""
    before = [(works.history(code), works.deadline(code, "base_appraisal")) for code in "ABC"]

    foresee(works)

    assert [(works.history(code), works.deadline(code, "base_appraisal")) for code in "ABC"] == before
    assert recounted(works, MARCH) == 0
    with works.stage.store.read() as uow:
        assert uow.law().calendar.years[2022].version == 1


def test_what_could_not_be_published_is_said_now(works: Works) -> None:
    """The same faults as of publishing; a year that is in force as it stands changes nothing."""
    with pytest.raises(FaultyDefinitions):
        foresee(works, version=1)

    assert foresee(works, more="", version=1).published == ()


def test_of_many_the_first_are_kept_and_all_are_counted(works: Works) -> None:
    """What is shown stays short, whatever there is."""
    found = foresee(works, most=1)

    assert (found.changed, len(found.moves), len(found.others)) == (3, 1, 1)


def test_a_clerk_reads_what_would_change(prepared: Shell, tmp_path: Path) -> None:
    """The table names each deadline with its day of now and its day of then, and says that nothing was written."""
    office = prepared.copy(tmp_path)
    file = tmp_path / "2022.toml"
    file.write_text(year(2022, version=2, more=DAY_OFF).text, encoding="utf-8")
    words = ("calendar", "publish", str(file), "--dry-run")

    tried, document = office(*words), office.json(*words)
    done = office.json("calendar", "publish", str(file))

    assert "Đây là chạy thử: chưa công bố, chưa ghi gì." in tried.out
    assert document["would_publish"] == [{"kind": "calendar", "key": "2022", "version": "2"}]
    assert done["published"] == [{"kind": "calendar", "key": "2022"}]
