"""Another agency's opinion is asked for with a deadline and without transfer, and never makes a proposal wait."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.stage import play, scenes
from store.memory import MemoryStore
from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, Desk, desk_on, paper
from tests.offices import story
from tests.staging import staged
from workflow.deadlines import Deadline
from workflow.entries import opened, read_body
from workflow.errors import NotOwner, Refused
from workflow.proposal import FactValue, Proposal
from workflow.service.asking import OPINION, Answer, Question, answer, ask

STC, UBND = "stc-lai-chau", "ubnd-lai-chau"
FINANCE = "tham-dinh.stc-lai-chau"
FORWARD: dict[str, FactValue] = {
    "by": "staff",
    "recommended_amount": 200_000_000,
    "priority_rank": 1,
    "letter_number": "128/SCT-QLCN",
    "letter_date": date(2017, 4, 11),
}


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


def put(
    desk: Desk,
    agency: str = STC,
    *,
    by: str = OFFICER,
    on: int = 1,
    text: str = "Giá có hợp lý không?",
    days: int | None = None,
) -> Proposal:
    question = Question(agency=agency, text=text, days=days)
    return ask(desk.stage.store, desk.stage.house, question, code=CODE, by=desk.who(by), at=desk.at(on))


def reply(desk: Desk, by: str = FINANCE, *, on: int = 2, text: str = "Hợp lý.", asked: int | None = None) -> Proposal:
    given = Answer(text=text, asked=asked, documents=(paper("y_kien"),))
    return answer(desk.stage.store, desk.stage.house, given, code=CODE, by=desk.who(by), at=desk.at(on))


def running(desk: Desk) -> list[Deadline]:
    with desk.stage.store.read() as uow:
        return [row for row in uow.deadlines(CODE) if row.rule == OPINION and row.state == "running"]


def test_the_asked_agency_has_a_deadline_and_the_proposal_stays(desk: Desk) -> None:
    """Ten working days from the day after; state, revision and the holder's own clock do not change."""
    before, clocks = desk.now, desk.deadlines

    put(desk)

    after, found = desk.now, running(desk)
    assert (after.state, after.revision, after.past) == (before.state, before.revision, before.past)
    assert [(row.seat, row.last_day, row.allowance) for row in found] == [(f"head@{STC}", date(2017, 4, 25), 10)]
    assert after.opinions[0].last_day == date(2017, 4, 25)
    assert desk.deadlines["base_appraisal"] == clocks["base_appraisal"]
    assert {to.seat for to in desk.told(after.last_seq)} == {f"head@{STC}"}
    assert "hợp lý".encode() not in desk.history[-1].body


def test_an_answer_ends_the_deadline_and_tells_the_holder(desk: Desk) -> None:
    """The answer stands in history with its paper; reminders of it are cancelled."""
    desk.assign(OFFICER, HEAD, 1)
    put(desk)

    reply(desk)

    body = read_body(desk.history[-1])
    assert running(desk) == []
    assert desk.now.opinions[0].answered_by == desk.now.last_seq
    assert opened(desk.history[-1], body)["answer"] == "Hợp lý."
    assert [one["sha256"] for one in body["documents"]] == [paper("y_kien").sha256]
    assert [to.person for to in desk.told(desk.now.last_seq)] == [desk.who(OFFICER).person]
    store = desk.stage.store
    if isinstance(store, MemoryStore):
        assert not [
            row for row in store.kept(CODE).reminders if row.reminder.rule == OPINION and row.state == "scheduled"
        ]


def test_several_are_asked_at_once_and_answer_apart(memory: Desk) -> None:
    """Each question has a deadline of its own, as long as was asked for."""
    put(memory)
    put(memory, UBND, days=3)
    last = {row.seat: row.last_day for row in running(memory)}

    reply(memory)

    assert last == {f"head@{STC}": date(2017, 4, 25), f"head@{UBND}": date(2017, 4, 14)}
    assert [row.seat for row in running(memory)] == [f"head@{UBND}"]
    assert [one.answered_by is None for one in memory.now.opinions] == [False, True]


def test_an_open_question_does_not_block_the_way(memory: Desk) -> None:
    """The file goes on; the opinion may still come, and whoever holds the file then is told."""
    put(memory)
    memory.act("forward", OFFICER, memory.at(2), "phieu_tham_dinh", "bieu_tong_hop", **FORWARD)

    reply(memory, on=3)

    assert memory.now.state == "forwarded"
    assert {to.seat for to in memory.told(memory.now.last_seq)} == {f"estimate_appraiser@{STC}"}


def test_an_end_lets_the_deadline_lapse_and_an_answer_may_still_come(memory: Desk) -> None:
    """Nobody is reminded of an opinion on a proposal that has ended."""
    put(memory)
    facts: dict[str, FactValue] = {"reject_reason": "other", "reason": "không còn nhu cầu"}
    memory.act("reject", HEAD, memory.at(2), "thong_bao", **facts)

    lapsed = running(memory)
    reply(memory, on=3)

    assert lapsed == []
    assert memory.now.opinions[0].answered_by == memory.now.last_seq
    assert memory.told(memory.now.last_seq) == ()


def test_only_the_holder_asks(memory: Desk) -> None:
    """The implementer does not ask while the Sở holds the file."""
    with pytest.raises(NotOwner):
        put(memory, by=CENTRE)


@pytest.mark.parametrize(
    ("agency", "text", "days", "code"),
    [
        (STC, " ", None, "unmet.no_question"),
        (STC, "?", 0, "unmet.opinion_days"),
        (STC, "?", 61, "unmet.opinion_days"),
        ("so-khong-co", "?", None, "unmet.unknown_agency"),
        ("sct-lai-chau", "?", None, "unmet.asks_itself"),
        (UBND, "?", None, "unmet.asked_already"),
    ],
)
def test_what_cannot_be_asked_is_said(memory: Desk, agency: str, text: str, days: int | None, code: str) -> None:
    """Another known agency, once at a time, with a question and a sensible time."""
    put(memory, UBND)

    with pytest.raises(Refused) as refused:
        put(memory, agency, text=text, days=days)

    assert [one.code for one in refused.value.unmet] == [code]


@pytest.mark.parametrize(
    ("by", "text", "asked", "code"),
    [
        (FINANCE, " ", None, "unmet.no_answer"),
        (CENTRE, "x", None, "unmet.no_such_question"),
        (FINANCE, "x", 99, "unmet.no_such_question"),
    ],
)
def test_what_cannot_be_answered_is_said(memory: Desk, by: str, text: str, asked: int | None, code: str) -> None:
    """Only a question that waits for one's own agency."""
    put(memory)

    with pytest.raises(Refused) as refused:
        reply(memory, by, text=text, asked=asked)

    assert [one.code for one in refused.value.unmet] == [code]


def test_another_agency_does_not_answer_by_number(memory: Desk) -> None:
    """Naming the question gives no right to it; nor is a question answered twice."""
    seq = put(memory).last_seq

    with pytest.raises(NotOwner) as refused:
        reply(memory, CENTRE, asked=seq)

    assert refused.value.unmet[0].lifted_by == (f"head@{STC}",)
    reply(memory)
    with pytest.raises(Refused):
        reply(memory, on=3)


def test_a_process_may_make_a_step_wait() -> None:
    """Where the file says so, the step is refused until every opinion is given, and says whose is missing."""
    old = 'guards = ["not_same_person:submit", "within_ceiling:recommended_amount"]'
    new = 'guards = ["not_same_person:submit", "within_ceiling:recommended_amount", "opinions_given"]'
    texts = tuple(DefinitionText(text.kind, text.name, text.text.replace(old, new)) for text in find_texts())
    stage = staged(MemoryStore(), texts)
    for scene in scenes([story(CODE)]):
        play(stage, scene)
    desk = Desk(stage=stage)
    put(desk)

    with pytest.raises(Refused) as refused:
        desk.act("forward", OFFICER, desk.at(2), "phieu_tham_dinh", "bieu_tong_hop", **FORWARD)

    assert [(one.code, one.lifted_by) for one in refused.value.unmet] == [("unmet.opinions_given", (f"head@{STC}",))]
    reply(desk)
    assert desk.act("forward", OFFICER, desk.at(3), "phieu_tham_dinh", "bieu_tong_hop", **FORWARD).target == "forwarded"


def test_a_process_may_allow_no_opinions() -> None:
    """Where the file names no time for them, nobody is asked."""
    texts = tuple(
        DefinitionText(
            text.kind,
            text.name,
            "".join(line for line in text.text.splitlines(keepends=True) if not line.startswith("opinion = ")),
        )
        for text in find_texts()
    )
    stage = staged(MemoryStore(), texts)
    for scene in scenes([story(CODE)]):
        play(stage, scene)

    with pytest.raises(Refused) as refused:
        put(Desk(stage=stage))

    assert "unmet.no_opinions" in [one.code for one in refused.value.unmet]
