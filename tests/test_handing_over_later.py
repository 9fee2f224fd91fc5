"""A hand-over that is dated ahead is carried out on its day, once, by the daily job."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from store.database import Database
from store.log import verify
from tests.daywork import HEAD, KINDS, OFFICER, SECOND, Desk, desk_on
from workflow.administration import operator
from workflow.entries import read_body
from workflow.service.handing_over import hand_over, hand_over_due
from workflow.service.people import end_seat

LEAVES = date(2017, 4, 14)


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The officer in charge will leave on Friday."""
    with desk_on(request.param, request, tmp_path) as found:
        found.assign(OFFICER, HEAD, 1)
        both = (found.stage.store, found.stage.house)
        hand_over(*both, giver=OFFICER, taker=SECOND, on=LEAVES, by=operator(), at=found.at(2))
        yield found


def due(desk: Desk, days: int) -> int:
    return hand_over_due(desk.stage.store, desk.stage.house, at=desk.at(days))


def test_it_waits_for_its_day_and_happens_once(desk: Desk) -> None:
    """Before, the officer stays; on the day the other is in charge; what the first is given later stays theirs."""
    officer, second = desk.who(OFFICER).person, desk.who(SECOND).person

    assert (due(desk, 3), desk.now.officer) == (0, officer)
    assert (due(desk, 4), desk.now.officer) == (1, second)
    body = read_body(desk.history[-1])
    assert (body["kind"], body["from_day"], body["channel"]) == ("handed-over", "2017-04-14", "scheduler")
    desk.assign(OFFICER, HEAD, 5)
    assert (due(desk, 6), desk.now.officer) == (0, officer)
    if isinstance(desk.stage.store, Database):
        with desk.stage.store.transaction(writes=False) as transaction:
            assert verify(transaction).findings == ()


def test_nobody_takes_over_without_the_seat(desk: Desk) -> None:
    """If the taker has left by then, the proposal stays with whom it is with."""
    both = (desk.stage.store, desk.stage.house)
    role, agency, last = "base_appraiser", "sct-lai-chau", date(2017, 4, 12)
    end_seat(*both, username=SECOND, role=role, agency=agency, last_day=last, by=operator(), at=desk.at(2))

    assert (due(desk, 4), desk.now.officer) == (0, desk.who(OFFICER).person)
