"""The settlement clock runs per contract: from the last acceptance under it (Thông tư 36/2013/TT-BCT, Điều 18.1)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from khuyencong.demo.acts import at
from tests import contract
from tests.moving import CHAIR, HEAD, Works
from tests.staging import staged
from workflow.entries import read_body
from workflow.errors import StaleProposal
from workflow.house import House
from workflow.service.acting import look
from workflow.service.correcting import correct
from workflow.storage import Move, Store


def hour(month: int, day: int, hour_: int = 9) -> datetime:
    """An hour of a day of 2022."""
    return at(date(2022, month, day), hour_).astimezone(UTC)


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


def two(works: Works) -> None:
    """Two proposals of one contract, both completed and to be accepted; a third of another contract."""
    works.bring("A", "completed", hour(10, 3))
    works.bring("B", "completed", hour(10, 3, 10))
    works.bring("C", "completed", hour(10, 3, 11), number="16/2022/HĐ-KC")


def test_an_accepted_proposal_waits_for_the_others_of_its_contract(works: Works) -> None:
    """A is accepted first: its clock stands, no reminder is planned, and the explanation says for whom it waits."""
    two(works)

    works.accept("A", hour(10, 10), date(2022, 10, 7))

    held, told = works.deadline("A"), works.explained("A", date(2022, 10, 11))
    assert (held.is_held, held.consumed, held.running_since) == (True, 0, None)
    assert works.waiting("A") == set()
    assert told["contract"]["waits_for"] == [{"code": "B", "title": "Đề án B"}]
    assert told["lines"] == []
    works.proven()


def test_the_last_acceptance_starts_the_clocks_of_all(works: Works) -> None:
    """Fifteen days from the latest day of acceptance, in one transaction, each by an entry of its own chain."""
    two(works)
    works.accept("A", hour(10, 10), date(2022, 10, 7))

    works.accept("B", hour(10, 24), date(2022, 10, 20))

    first, last = works.deadline("A"), works.deadline("B")
    assert (first.state, first.started_on, first.last_day) == ("running", date(2022, 10, 20), date(2022, 11, 4))
    assert (last.state, last.started_on, last.last_day) == ("running", date(2022, 10, 20), date(2022, 11, 4))
    assert works.history("A")[-1].kind == "contract-starts"
    assert {day for _, _, day in works.waiting("A")} == {day for _, _, day in works.waiting("B")} != set()
    assert works.explained("A", date(2022, 10, 25))["agrees"]
    works.proven()


def test_a_later_paper_of_an_earlier_day_does_not_shorten_the_time(memory: Works) -> None:
    """B is recorded last but was accepted before A: the fifteen days run from A's day for both."""
    two(memory)
    memory.accept("A", hour(10, 10), date(2022, 10, 7))

    memory.accept("B", hour(10, 12), date(2022, 10, 4))

    assert {memory.deadline(code).started_on for code in "AB"} == {date(2022, 10, 7)}


def test_another_contract_is_no_concern(memory: Works) -> None:
    """C stands alone under its number and starts at once; so does a number of another year or agency."""
    two(memory)

    memory.accept("C", hour(10, 10), date(2022, 10, 7))

    assert memory.deadline("C").state == "running"
    assert memory.explained("C", date(2022, 10, 11))["contract"] is None


def test_the_number_is_the_same_however_it_is_typed(memory: Works) -> None:
    """Case and spaces do not make another contract."""
    memory.bring("A", "completed", hour(10, 3))
    memory.bring("B", "completed", hour(10, 3, 10), number=" 15 / 2022/hđ-kc")

    memory.accept("A", hour(10, 10), date(2022, 10, 7))

    assert memory.deadline("A").is_held


def test_an_assignment_of_a_task_is_no_contract(memory: Works) -> None:
    """Two tasks of one decision do not wait for each other."""
    memory.bring("A", "completed", hour(10, 3), contract_kind="task")
    memory.bring("B", "completed", hour(10, 3, 10), contract_kind="task")

    memory.accept("A", hour(10, 10), date(2022, 10, 7))

    assert memory.deadline("A").state == "running"


def test_a_stop_ends_the_waiting_too(works: Works) -> None:
    """When the last one that was awaited is stopped, the time of the accepted ones runs from that day."""
    two(works)
    works.accept("A", hour(10, 10), date(2022, 10, 7))

    works.stop("B", hour(10, 17))

    assert (works.deadline("A").state, works.deadline("A").last_day) == ("running", date(2022, 11, 1))
    works.proven()


def test_taking_the_stop_back_lets_them_wait_again(works: Works) -> None:
    """The correction undoes what the step did to others, with all that was planned for it."""
    two(works)
    works.accept("A", hour(10, 10), date(2022, 10, 7))
    works.stop("B", hour(10, 17))

    correct(*_on(works), code="B", reason="nhầm đề án", by=works.who(CHAIR), at=hour(10, 18))

    assert works.deadline("A").is_held
    assert works.waiting("A") == set()
    assert [entry.kind for entry in works.history("A")][-2:] == ["contract-starts", "contract-waits"]
    works.accept("B", hour(10, 24), date(2022, 10, 24))
    assert works.deadline("A").last_day == date(2022, 11, 8)
    works.proven()


def _on(works: Works) -> tuple[Store, House]:
    return works.stage.store, works.stage.house


def test_who_comes_under_the_contract_later_is_waited_for(works: Works) -> None:
    """A runs alone; then B is found to stand under the same contract and is not accepted: A's days did not begin."""
    works.bring("A", "completed", hour(10, 3))
    works.accept("A", hour(10, 10), date(2022, 10, 7))
    alone = works.deadline("A")

    works.bring("B", "funded", hour(10, 12), by="tai-vu.sct-lai-chau")

    assert (alone.state, alone.last_day) == ("running", date(2022, 10, 24))  # 22/10 is a Saturday.
    assert works.deadline("A").is_held
    works.proven()


def test_one_that_comes_in_accepted_waits_as_well(works: Works) -> None:
    """An import knows the others, on both sides."""
    works.bring("A", "completed", hour(10, 3))

    works.bring("B", "monitored", hour(10, 4), accepted_on=date(2022, 9, 30), accepted_amount=150_000_000)

    assert works.deadline("B").is_held
    works.accept("A", hour(10, 10), date(2022, 10, 7))
    assert {works.deadline(code).last_day for code in "AB"} == {date(2022, 10, 24)}
    works.proven()


def test_many_that_come_in_to_be_accepted_do_not_ask_all_the_others(works: Works) -> None:
    """Where the contract waits already, one more waits as well: nothing is asked or told, and the clocks stay right."""
    works.bring("A", "monitored", hour(10, 3), accepted_on=date(2022, 9, 30), accepted_amount=150_000_000)
    works.bring("B", "completed", hour(10, 4))
    held = works.deadline("A")

    works.bring("C", "completed", hour(10, 4, 10))
    works.bring("D", "completed", hour(10, 4, 11), number="99/2022/HĐ-KC")

    asked = {code: "contract" in read_body(works.history(code)[-1]) for code in "BCD"}
    assert held.is_held
    assert asked == {"B": True, "C": False, "D": False}
    assert works.deadline("A") == held
    works.accept("B", hour(10, 10), date(2022, 10, 7))
    assert {works.deadline(code).is_held for code in "AB"} == {True}
    works.accept("C", hour(10, 11), date(2022, 10, 10))
    assert {works.deadline(code).started_on for code in "ABC"} == {date(2022, 10, 10)}
    works.proven()


def test_a_payment_meanwhile_does_not_start_the_clock(memory: Works) -> None:
    """Steps in the same state leave a waiting clock as it is."""
    two(memory)
    memory.accept("A", hour(10, 10), date(2022, 10, 7))
    before = memory.deadline("A")

    memory.act(
        *("A", "pay_rest", "tai-vu.sct-lai-chau", hour(10, 11)),
        *("bien_ban_nghiem_thu", "bao_cao_tong_hop", "mau_3b"),
        facts={"amount": 1_000_000, "paid_on": date(2022, 10, 11), "treasury_ref": "1"},
    )

    assert memory.deadline("A") == before


def test_what_is_shown_before_the_act_is_what_happens(works: Works) -> None:
    """The preview of the acceptance says that no settlement time starts while another is awaited."""
    two(works)

    case = look(*_on(works), code="A", by=works.who(HEAD), at=hour(10, 10))

    (offer,) = [offer for offer in case.offers if offer.view.attempt.transition.action == "monitor"]
    assert [row.rule for row in offer.consequence.changes.started] == []


def test_the_unit_is_told_when_its_time_begins(works: Works) -> None:
    """A's unit hears of the day although the step was B's."""
    two(works)
    works.accept("A", hour(10, 10), date(2022, 10, 7))

    works.accept("B", hour(10, 24), date(2022, 10, 20))

    with works.stage.store.read() as uow:
        told = uow.told("A", works.proposal("A").last_seq)
    assert {to.seat for to in told} == {"implementer@ttkc-lai-chau"}


def test_a_stale_page_of_the_other_is_refused(memory: Works) -> None:
    """What B's acceptance wrote into A's chain is not overwritten by who looked at A before."""
    two(memory)
    memory.accept("A", hour(10, 10), date(2022, 10, 7))
    stale = memory.proposal("A")
    memory.accept("B", hour(10, 24), date(2022, 10, 20))

    with pytest.raises(StaleProposal), memory.stage.store.write() as uow:
        uow.record(Move(before=stale, after=stale, entry=memory.history("A")[-1]))
