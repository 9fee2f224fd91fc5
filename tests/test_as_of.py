"""What was known at an instant is rebuilt from the log, equals what was stored then, and never changes afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.backdating import is_back_dated
from khuyencong.demo.acts import at as instant
from shapes.as_of import case_as_of
from store.as_of import AsOf, CaseThen, NothingKnown
from store.database import Database
from tests.contract import opened
from tests.histories import FIRST, Lives
from tests.moving import HEAD, Works
from tests.shell import DRAFT, Shell
from tests.staging import OPENING, staged
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.proposal import Proposal

KINDS = ("sqlite", "postgresql")
SHELL_AT = ("--at", "2021-03-08T09:00")


class Watched(Lives):
    """Lives that are looked at after every step."""

    def __init__(self, works: Works, number: int, seed: int, look: Callable[[str], None]) -> None:
        super().__init__(works, number, seed)
        self.look = look

    def _bring(self, code: str) -> None:
        super()._bring(code)
        self.now += timedelta(seconds=1)
        self.look(code)

    def _act(self, code: str) -> None:
        super()._act(code)
        self.look(code)


def known(store: Database, code: str, at: datetime) -> tuple[dict[str, Any], CaseThen]:
    with store.transaction(writes=False) as transaction:
        then = AsOf(transaction, at)
        case = then.case(code)
        return case_as_of(then, case), case


def counted(row: Deadline) -> Deadline:
    """Without the mark of the calendar: a version that moves no day leaves no entry."""
    return changed(row, calendar="")


def stored(store: Database, code: str) -> tuple[Proposal, dict[tuple[str, str], Any], str]:
    with store.read() as uow:
        rows = {(row.rule, row.period): counted(row) for row in uow.deadlines(code)}
        proposal = uow.proposal(code)
    with store.look() as lists:
        holder = next(line.holder for line in lists.proposals(limit=500).lines if line.code == code)
    return proposal, rows, holder or ""


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_alone_gives_what_is_stored_after_every_step(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Random lives with extensions, corrections, recounts and shared contracts; as known then stays so for ever."""
    seen: list[tuple[str, datetime, dict[str, Any]]] = []
    with opened(kind, request, tmp_path) as store:
        assert isinstance(store, Database)

        def look(code: str) -> None:
            proposal, rows, holder = stored(store, code)
            now = proposal.last_at
            document, case = known(store, code, now)
            assert case.proposal == proposal
            assert {(row.rule, row.period): counted(row) for row in case.deadlines} == rows
            assert (case.stored_holder, case.holder) == (holder, holder)
            seen.append((code, now, document))

        Watched(Works(stage=staged(store)), 9, 5, look).run()

        again = [known(store, code, at)[0] for code, at, _ in seen]

    assert len(seen) > 60
    assert again == [document for _, _, document in seen]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_recorded_later_is_looked_at(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A seat, a publication, a step of later: the answer about an earlier instant is the same byte for byte."""
    with opened(kind, request, tmp_path) as store:
        assert isinstance(store, Database)
        works = Works(stage=staged(store))
        works.bring("A-1", "submitted", instant(FIRST, 9).astimezone(UTC))
        early = instant(FIRST, 10).astimezone(UTC)
        before = known(store, "A-1", early)[0]

        works.act("A-1", "return", HEAD, early + timedelta(days=1), facts={"missing": "Thiếu dự toán"})
        works.bring("A-2", "submitted", early + timedelta(days=2))

        assert known(store, "A-1", early)[0] == before
        with store.transaction(writes=False) as transaction:
            then, now = AsOf(transaction, early), AsOf(transaction, early + timedelta(days=3))
            assert (list(then.codes()), list(now.codes())) == (["A-1"], ["A-1", "A-2"])
            assert [case.proposal.code for case in now.cases()] == ["A-1", "A-2"]
            assert then.case("A-1").proposal.state != now.case("A-1").proposal.state
            with pytest.raises(NothingKnown):
                then.case("A-2")
            with pytest.raises(NothingKnown):
                AsOf(transaction, OPENING - timedelta(days=1)).people()


def test_who_had_authority_is_told_with_names(office: Shell) -> None:
    """Of each step that the state was open to: the seat, and who sat there on that day."""
    draft(office)

    then = office.json("audit", "as-of", "2021-03-05T10:00", "LC-2022-0001", *SHELL_AT)

    right = next(one for one in then["as_of"]["rights"] if one["action"] == "submit")
    assert [seat["seat"] for seat in right["seats"]] == ["implementer@ttkc-lai-chau"]
    assert any(person["name"] and person["can_sign_in"] for person in right["seats"][0]["people"])
    assert then["as_of"]["definitions"]["process"]["ref"].startswith("kcdp@")
    shown = office.json("proposal", "show", "LC-2022-0001", "--as-of", "2021-03-05T10:00", *SHELL_AT)
    assert shown == then


def test_what_no_checkpoint_covered_yet_is_counted(office: Shell) -> None:
    """The newest checkpoint of that instant is named; entries sealed later are told of as not yet sealed."""
    draft(office)
    office.json("audit", "checkpoint", "--at", "2021-03-06T09:00")
    edit = ("proposal", "edit", "LC-2022-0001", "--fact", "name=Khác", "--as", "can-bo.ttkc-lai-chau")
    office.json(*edit, "--at", "2021-03-06T10:00")
    office.json("audit", "checkpoint", "--at", "2021-03-07T09:00")

    found = {
        hour: office.json("audit", "as-of", hour, "LC-2022-0001", *SHELL_AT)["as_of"]
        for hour in ("2021-03-06T08:00", "2021-03-06T09:30", "2021-03-06T11:00", "2021-03-07T10:00")
    }

    assert [one["not_yet_sealed"] for one in found.values()] == [1, 0, 1, 0]
    assert [one["entries"] for one in found.values()] == [1, 1, 2, 2]
    sizes = [one["checkpoint"]["size"] for one in found.values()]
    assert sizes[0] == 0 < sizes[1] == sizes[2] < sizes[3]


def test_everything_known_is_listed(office: Shell) -> None:
    """Without a code: each case in a line, the definitions by their hashes, and who sat where."""
    draft(office)

    then = office.json("audit", "as-of", "2021-03-06T10:00", *SHELL_AT)

    assert [one["code"] for one in then["proposals"]] == ["LC-2022-0001"]
    assert {one["kind"] for one in then["definitions"]} >= {"process", "programme", "calendar", "templates"}
    assert then["seats"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2021-03-09T09:00", "LC-2022-0001"), "tương lai"),
        (("2021-03-09T09:00",), "tương lai"),
        (("2021-03-06T09:00", "LC-2022-0009"), "LC-2022-0009"),
        (("2021-03-04T09:00", "LC-2022-0001"), "chưa được lập"),
        (("2015-01-01T09:00",), "chưa có gì"),
        (("hôm qua", "LC-2022-0001"), "hôm qua"),
    ],
)
def test_what_cannot_be_known_is_said(office: Shell, words: tuple[str, ...], said: str) -> None:
    """The future, an unknown case, a time before the case or the log: one sentence, and not exit status 0."""
    draft(office)

    answer = office("audit", "as-of", *words, *SHELL_AT)

    assert answer.status in (1, 2)
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not answer.out


def test_a_paper_older_than_the_limit_is_flagged() -> None:
    """More than fifteen days in Vietnam between the paper's day and the day of its record."""
    recorded = datetime(2021, 3, 31, 18, tzinfo=UTC)  # 1 April in Vietnam.

    assert not is_back_dated(FIRST.replace(year=2021, month=3, day=17), recorded)
    assert is_back_dated(FIRST.replace(year=2021, month=3, day=16), recorded)
    assert not is_back_dated(FIRST.replace(year=2021, month=3, day=16), recorded, limit=16)


def draft(office: Shell) -> None:
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp")
    office.json(*new, "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00", *DRAFT)
