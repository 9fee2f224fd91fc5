"""Many lines of one contract in a list: their clocks are those of lines that came one by one, at the cost of each."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from khuyencong.demo.stage import Stage
from tests import contract
from tests.listing import FUNDED, NOON, bring, row, workbook
from tests.staging import staged
from tests.test_import_running import HEAD
from workflow.entries import check_chain, read_body
from workflow.service.contracts import Contracts, company_of_opened
from workflow.service.situations import situation_of
from workflow.storage import UnitOfWork

WHO = "tham-dinh.sct-lai-chau"
ACCEPTED: dict[str, Any] = {
    "Trạng thái": "monitored",
    "Kinh phí nghiệm thu": 150_000_000,
    "Ngày nghiệm thu": "01/03/2021",
}
LATER = ACCEPTED | {"Ngày nghiệm thu": "05/03/2021"}
AWAITED: dict[str, Any] = {"Trạng thái": "completed", "Kinh phí nghiệm thu": None, "Ngày nghiệm thu": None}
LISTS: dict[str, tuple[dict[str, Any], ...]] = {
    "all accepted": (ACCEPTED, LATER, ACCEPTED),
    "one awaited first": (AWAITED, ACCEPTED, LATER),
    "one awaited between": (ACCEPTED, LATER, AWAITED, ACCEPTED),
    "several awaited": (AWAITED, ACCEPTED, AWAITED, LATER, AWAITED, ACCEPTED),
}


@pytest.fixture(params=contract.KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A store of each kind with the demonstration's people and no proposals."""
    with contract.opened(request.param, request, tmp_path) as store:
        yield staged(store)


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """In memory, to compare with."""
    with contract.opened("memory", request, tmp_path) as store:
        yield staged(store)


def _listed(file: Path, lines: tuple[dict[str, Any], ...], number: str = "7/2021/HĐ-KC") -> Path:
    """A list of lines of one contract, all but the last two; those stand under another contract and under none."""
    rows: list[dict[str, object]] = []
    for place, line in enumerate((*lines, ACCEPTED, ACCEPTED)):
        cells = dict(zip(HEAD, (*row(Năm_kế_hoạch=2022), *FUNDED), strict=True))
        other = {len(lines): "8/2021/HĐ-KC", len(lines) + 1: None}
        named = {"Số HĐ": other.get(place, number), "Hình thức hợp đồng": "contract", "Ngày kết thúc": "30/11/2022"}
        rows.append({**cells, **line, **named, "Tên đề án": f"Đề án số {place}"})
    return workbook(file, [tuple(rows[0]), *(tuple(cells.values()) for cells in rows)])


def _said(stage: Stage, code: str) -> tuple[Any, ...]:
    """What a proposal's clock and history say of its contract."""
    with stage.store.read() as uow:
        entries, deadlines = uow.history(code), uow.deadlines(code)
    check_chain(entries)
    told = [(entry.kind, read_body(entry).get("contract"), read_body(entry).get("waits_for")) for entry in entries]
    clocks = sorted((one.rule, one.period, one.state, one.is_held, one.started_on, one.last_day) for one in deadlines)
    return told, clocks


@pytest.mark.parametrize("name", LISTS)
def test_a_list_in_one_transaction_says_what_its_lines_say_one_by_one(
    stage: Stage, memory: Stage, tmp_path: Path, name: str
) -> None:
    """Waiting or running, held by whom and from which day on: nothing depends on the others being read each time."""
    file = _listed(tmp_path / "a.xlsx", LISTS[name])

    together = bring(stage, file, who=WHO, mode="all").outcomes
    alone = bring(memory, file, who=WHO, mode="each").outcomes

    assert {one.status for one in together} == {"opened"}
    assert [one.code for one in together] == [one.code for one in alone]
    assert {one.code: _said(stage, one.code) for one in together} == {
        one.code: _said(memory, one.code) for one in alone
    }


def test_lines_that_were_there_before_are_heard(stage: Stage, memory: Stage, tmp_path: Path) -> None:
    """A second list meets the lines of the first in the tables, also one that all the others wait for."""
    first = _listed(tmp_path / "a.xlsx", (AWAITED, ACCEPTED))
    second = _listed(tmp_path / "b.xlsx", (LATER, ACCEPTED, AWAITED, ACCEPTED))

    next_day = NOON + timedelta(days=1)
    for of in (stage, memory):
        bring(of, first, who=WHO, mode="each")
    together = bring(stage, second, who=WHO, mode="all", at=next_day).outcomes
    alone = bring(memory, second, who=WHO, mode="each", at=next_day).outcomes

    codes = [one.code for one in together]
    assert len(codes) == 6
    assert codes == [one.code for one in alone]
    assert {code: _said(stage, code) for code in codes} == {code: _said(memory, code) for code in codes}


class Deaf:
    """A unit of work that nobody may ask."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def test_one_more_accepted_line_reads_none_of_the_others(tmp_path: Path, memory: Stage) -> None:
    """What the first one heard of them is enough for all that follow it in the same transaction."""
    outcomes = bring(memory, _listed(tmp_path / "a.xlsx", (ACCEPTED, LATER)), who=WHO).outcomes
    contracts, deaf = Contracts(), Deaf()
    with memory.store.read() as uow:
        one, two = (uow.proposal(outcome.code) for outcome in outcomes[:2])
        situation = situation_of(uow, one)
    contracts.note(situation, one, None, at=NOON)

    heard = company_of_opened(_asked(deaf), situation, two, at=NOON, contracts=contracts)

    assert heard is not None
    assert (heard.others, heard.shared.waits_for, heard.shared.since) == ((), (), one.day("accepted_on"))
    with pytest.raises(AssertionError, match="under_contract"):
        company_of_opened(_asked(deaf), situation, two, at=NOON)


def _asked(deaf: Any) -> UnitOfWork:
    uow: UnitOfWork = deaf
    return uow
