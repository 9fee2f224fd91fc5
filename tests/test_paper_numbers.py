"""Numbers of papers run on without gaps or doubles, for each agency, kind and year, whatever fails meanwhile."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, Desk, desk_on
from workflow.entries import check_chain, opened, read_body
from workflow.errors import NotOwner, Refused
from workflow.paper_numbers import PaperNumber, Series
from workflow.service.numbering import Issue, cancel_paper, number_paper

SCT = "sct-lai-chau"
PROCESSES, EACH = 8, 125
#: Draws numbers; every seventh time it also fails after drawing one.
PROGRAM = """
import secrets, sys
from datetime import UTC, datetime
from store.database import open_database
from workflow.house import House
from workflow.service.numbering import Issue, number_paper

url, mine = sys.argv[1], int(sys.argv[2])
store, at = open_database(url), datetime(2017, 4, 11, 2, tzinfo=UTC)
house = House(salt=lambda: secrets.token_bytes(16), person_id=lambda: "p")
with store.read() as uow:
    by = uow.actor("giam-doc.sct-lai-chau", channel="cli")
print("ready", flush=True)
sys.stdin.readline()
for number in range(mine):
    if number % 7 == 0:
        try:
            with store.write() as uow:
                uow.draw("paper sct-lai-chau quyet_dinh 2017")
                raise LookupError("the process failed after it had drawn a number")
        except LookupError:
            pass
    issue = Issue(agency="sct-lai-chau", kind="quyet_dinh", symbol="QĐ-SCT", title="Quyết định")
    print(number_paper(store, house, issue, by=by, at=at).number, flush=True)
"""


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


def give(desk: Desk, by: str = HEAD, days: int = 1, **changed: str | None) -> PaperNumber:
    said = {"agency": SCT, "kind": "quyet_dinh", "symbol": "QĐ-SCT", "title": "V/v thành lập tổ kiểm tra", "code": None}
    issue = Issue(**(said | changed))  # type: ignore[arg-type]  # As the fields are.
    return number_paper(desk.stage.store, desk.stage.house, issue, by=desk.who(by), at=desk.at(days))


def given(desk: Desk, agency: str = SCT, year: int = 2017) -> list[str]:
    with desk.stage.store.read() as uow:
        return [row.text for row in uow.numbers(agency, year)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_thousand_numbers_by_eight_processes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Eight processes at once, some failing after they drew: 1 to 1,000, each once."""
    with desk_on(kind, request, tmp_path) as desk:
        url = f"sqlite:///{tmp_path / 'khuyencong.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
        command = [sys.executable, "-c", PROGRAM, str(url), str(EACH)]
        running = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=300)[0] for process in running]

        drawn = Counter(int(line) for lines in said for line in lines.split())
        assert drawn == Counter(range(1, PROCESSES * EACH + 1))
        with desk.stage.store.read() as uow:
            rows, chain = uow.numbers(SCT, 2017), uow.history(f"papers:{SCT}")
        assert [row.number for row in rows] == list(range(1, PROCESSES * EACH + 1))
        check_chain(chain)
        assert len(chain) == PROCESSES * EACH
        assert sorted(read_body(entry)["number"] for entry in chain) == [row.number for row in rows]


def test_each_agency_kind_and_year_has_its_own_series(desk: Desk) -> None:
    """Below ten a number has two digits; on 1 January it begins anew."""
    give(desk)
    give(desk)
    give(desk, kind="cong_van", symbol="SCT-QLCN")
    give(desk, "giam-doc.stc-lai-chau", agency="stc-lai-chau", symbol="QĐ-STC")
    store, house = desk.stage.store, desk.stage.house
    issue = Issue(agency=SCT, kind="quyet_dinh", symbol="QĐ-SCT", title="Năm sau")
    # 31/12/2017 17:00 UTC is 00:00 of 01/01/2018 in Vietnam.
    late = number_paper(store, house, issue, by=desk.who(HEAD), at=datetime(2017, 12, 31, 17, tzinfo=UTC))

    assert given(desk) == ["01/SCT-QLCN", "01/QĐ-SCT", "02/QĐ-SCT"]
    assert given(desk, "stc-lai-chau") == ["01/QĐ-STC"]
    assert (late.text, late.series.year) == ("01/QĐ-SCT", 2018)


def test_a_paper_about_a_proposal_stands_in_its_history(desk: Desk) -> None:
    """The number is an entry of the proposal's chain; what the paper is about can be erased. Nothing else moves."""
    before = desk.now

    found = give(desk, OFFICER, code=CODE)

    body = read_body(desk.history[-1])
    assert (body["kind"], body["text"], body["paper"]) == ("numbered", found.text, "quyet_dinh")
    assert opened(desk.history[-1], body)["title"] == "V/v thành lập tổ kiểm tra"
    assert (desk.now.revision, desk.now.state, desk.now.last_seq) == (
        before.revision,
        before.state,
        before.last_seq + 1,
    )
    with desk.stage.store.read() as uow:
        assert [row.code for row in uow.numbers(SCT, 2017)] == [CODE]


def test_a_cancelled_paper_keeps_its_number(desk: Desk) -> None:
    """The next one gets the next number; the reason is in history."""
    first = give(desk, code=CODE)

    gone = cancel_paper(
        *(desk.stage.store, desk.stage.house, first.series, first.number),
        reason="sai thể thức",
        by=desk.who(HEAD),
        at=desk.at(2),
    )
    second = give(desk)

    with desk.stage.store.read() as uow:
        rows = uow.numbers(SCT, 2017)
    assert gone.cancelled
    assert [(row.number, row.cancelled) for row in rows] == [(1, True), (2, False)]
    assert second.number == 2
    assert opened(desk.history[-1], read_body(desk.history[-1]))["reason"] == "sai thể thức"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "to_giay"}, "unmet.unknown_paper_kind"),
        ({"symbol": "SCT"}, "unmet.wrong_symbol"),
        ({"symbol": "QĐ-"}, "unmet.wrong_symbol"),
        ({"symbol": "12/QĐ-SCT"}, "unmet.wrong_symbol"),
        ({"title": " "}, "unmet.no_title"),
        ({"agency": "so-khong-co"}, "unmet.unknown_agency"),
    ],
)
def test_what_cannot_be_numbered_is_said_and_draws_nothing(memory: Desk, changed: dict[str, str], code: str) -> None:
    """A refusal leaves no gap."""
    with pytest.raises(Refused) as refused:
        give(memory, **changed)  # type: ignore[arg-type]  # As the fields are.

    assert [one.code for one in refused.value.unmet] == [code]
    assert give(memory).number == 1


@pytest.mark.parametrize("by", [CENTRE, "thanh-tra"], ids=["another agency", "who only reads"])
def test_only_who_works_at_the_agency_numbers_its_papers(memory: Desk, by: str) -> None:
    """An auditor's seat is no work on papers."""
    with pytest.raises(NotOwner):
        give(memory, by)


def test_an_agency_without_a_part_numbers_nothing_for_a_proposal(memory: Desk) -> None:
    """The finance department has not seen this proposal yet."""
    with pytest.raises(Refused) as refused:
        give(memory, "giam-doc.stc-lai-chau", agency="stc-lai-chau", symbol="QĐ-STC", code=CODE)

    assert [one.code for one in refused.value.unmet] == ["unmet.no_part"]


@pytest.mark.parametrize(
    ("number", "reason", "codes"),
    [
        (9, "sai", ["unmet.unknown_number"]),
        (1, " ", ["unmet.no_reason"]),
        (2, "sai", ["unmet.cancelled_already"]),
    ],
)
def test_what_cannot_be_cancelled_is_said(memory: Desk, number: int, reason: str, codes: list[str]) -> None:
    """A number that was given, once, for a reason."""
    series = Series(agency=SCT, kind="quyet_dinh", year=2017)
    give(memory)
    give(memory)
    store, house, by = memory.stage.store, memory.stage.house, memory.who(HEAD)
    cancel_paper(store, house, series, 2, reason="sai", by=by, at=memory.at(2))

    with pytest.raises(Refused) as refused:
        cancel_paper(store, house, series, number, reason=reason, by=by, at=memory.at(3))

    assert [one.code for one in refused.value.unmet] == codes
