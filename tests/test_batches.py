"""One step for many proposals: an outcome for each, one failing row blocks no other, a retry repeats nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khuyencong.demo.stage import play, scenes
from tests.daywork import KINDS, OFFICER, Desk, desk_on
from tests.offices import story
from tests.shell import DRAFT, Shell
from workflow.errors import NoSuchAction, Refused, UnknownProposal
from workflow.proposal import FactValue
from workflow.service.acting import Request
from workflow.service.batching import Outcome, Prepare, act_many

CODES = ("LC-02", "LC-11", "LC-12")


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Three proposals wait at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        for scene in scenes([story(code) for code in CODES[1:]]):
            play(found.stage, scene)
        yield found


def run(desk: Desk, days: int, missing: dict[str, str], batch: str = "b1") -> list[Outcome]:
    """The return of these proposals, with what is missing of each."""

    def prepare(code: str, text: str) -> Prepare:
        facts: dict[str, FactValue] = {"missing": text} if text else {}
        return lambda: Request(code=code, action="return", facts=facts)

    rows = [(code, prepare(code, text)) for code, text in missing.items()]
    store, house = desk.stage.store, desk.stage.house
    return list(act_many(store, house, rows, batch=batch, by=desk.who(OFFICER), at=desk.at(days)))


def seqs(desk: Desk) -> dict[str, int]:
    with desk.stage.store.read() as uow:
        return {code: uow.proposal(code).last_seq for code in CODES}


def test_a_failing_row_blocks_no_other_and_alone_is_tried_again(desk: Desk) -> None:
    """The second row lacks a fact; the retry answers the others as before and does only the second."""
    first = run(desk, 1, {"LC-02": "Thiếu dự toán", "LC-11": "", "KHONG-CO": "x", "LC-12": "Thiếu công văn"})
    after_first = seqs(desk)

    second = run(desk, 2, {"LC-02": "Thiếu dự toán", "LC-11": "Thiếu bản vẽ", "LC-12": "Thiếu công văn"})

    assert [(one.code, type(one.error)) for one in first if one.error] == [
        ("LC-11", Refused),
        ("KHONG-CO", UnknownProposal),
    ]
    assert [(one.code, one.done.replayed) for one in second if one.done] == [
        ("LC-02", True),
        ("LC-11", False),
        ("LC-12", True),
    ]
    changed = {code: seq - after_first[code] for code, seq in seqs(desk).items()}
    assert changed == {"LC-02": 0, "LC-11": 1, "LC-12": 0}


def test_another_batch_is_another_act(desk: Desk) -> None:
    """Without the batch's name nothing is repeated from memory: the state says no."""
    run(desk, 1, {"LC-02": "Thiếu dự toán"})

    again = run(desk, 2, {"LC-02": "Thiếu dự toán"}, batch="b2")

    assert isinstance(again[0].error, NoSuchAction)


@pytest.fixture
def drafts(office: Shell) -> Shell:
    """Two drafts of the centre."""
    for _ in range(2):
        office.json(
            *("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp"),
            *("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00", *DRAFT),
        )
    return office


def withdraw(shell: Shell, *words: str) -> tuple[int, Any]:
    answer = shell("--json", "proposal", "act-many", "withdraw", *words, "--as", "can-bo.ttkc-lai-chau")
    return answer.status, answer.document


def test_the_command_reads_a_list_and_says_each_outcome(drafts: Shell, tmp_path: Path) -> None:
    """A file as offices keep it: byte order mark, semicolons, a Vietnamese heading, facts of each row."""
    file = tmp_path / "ds.csv"
    file.write_text("\ufeffMã;reason\nLC-2022-0001;trùng hồ sơ\nLC-2022-0002;\nLC-2022-0009;x\n", encoding="utf-8")
    words = ("--file", str(file), "--at", "2021-03-06T09:00")

    status, first = withdraw(drafts, *words)
    file.write_text("code,reason\nLC-2022-0001,trùng hồ sơ\nLC-2022-0002,không đủ vốn\n", encoding="utf-8")
    again, second = withdraw(drafts, *words, "--batch", first["batch"])

    assert status == 1
    assert [(row["code"], row["outcome"]) for row in first["rows"]] == [
        ("LC-2022-0001", "done"),
        ("LC-2022-0002", "failed"),
        ("LC-2022-0009", "failed"),
    ]
    assert all(row["reasons"] for row in first["rows"] if row["outcome"] == "failed")
    assert again == 0
    assert [row["outcome"] for row in second["rows"]] == ["replayed", "done"]


def test_the_table_says_how_to_try_again(drafts: Shell) -> None:
    """People see the sentence of each refusal, the counts, and the name of the batch."""
    words = ("--code", "LC-2022-0001", "--code", "KHONG-CO", "--fact", "reason=trùng", "--batch", "thu-1")

    answer = drafts(
        "proposal", "act-many", "withdraw", *words, "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-06T09:00"
    )

    assert answer.status == 1
    assert "Đã thực hiện 1 đề án, 1 đề án chưa thực hiện được." in answer.out
    assert "--batch thu-1" in answer.out


@pytest.mark.parametrize(
    "words",
    [(), ("--code", "A-1", "--code", "A-1"), ("--file", "khong-co.csv"), ("--code", "A-1", "--fact", "reason")],
    ids=["no proposal", "one twice", "no file", "no pair"],
)
def test_a_batch_that_cannot_be_meant_is_refused_whole(drafts: Shell, words: tuple[str, ...]) -> None:
    """Wrong usage does nothing for anybody."""
    before = drafts.rows()

    answer = drafts("proposal", "act-many", "withdraw", *words, "--as", "can-bo.ttkc-lai-chau")

    assert answer.status == 2
    assert drafts.rows() == before
