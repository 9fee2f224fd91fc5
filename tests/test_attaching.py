"""Papers are put on a case without acting, and the next step of the same agency finds them there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, Desk, desk_on, paper
from workflow.entries import opened, read_body
from workflow.errors import NotOwner, Refused, StaleProposal
from workflow.ledger import read_step
from workflow.proposal import Document
from workflow.service.acting import look
from workflow.service.filing import attach


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same in memory: for what no database has a part in."""
    with desk_on("memory", request, tmp_path) as found:
        yield found


def put(desk: Desk, by: str, *documents: Document, days: int = 1, revision: int | None = None) -> None:
    attach(
        *(desk.stage.store, desk.stage.house),
        code=CODE,
        documents=documents,
        by=desk.who(by),
        at=desk.at(days),
        revision=revision,
    )


def test_a_paper_on_the_case_answers_for_the_next_step_that_needs_it(desk: Desk) -> None:
    """A required paper attached before need not be given again; the step lists it by hash, and it is used up."""
    put(desk, OFFICER, paper("thong_bao"))
    waiting = desk.now.papers

    done = desk.act("reject", HEAD, desk.at(2), reject_reason="trade_not_eligible", reason="Không thuộc ngành nghề")

    with desk.stage.store.read() as uow:
        step = read_step(desk.history[-1], uow.process(desk.now.process_sha256))
    assert [(one.key, one.agency) for one in waiting] == [("thong_bao", "sct-lai-chau")]
    assert [(one.key, one.sha256, one.attached) for one in step.documents] == [
        ("thong_bao", waiting[0].sha256, waiting[0].seq)
    ]
    assert done.target == "rejected"
    assert desk.now.papers == ()


def test_a_replaced_paper_stays_in_history(desk: Desk) -> None:
    """The second paper of a key stands on the case; the entry names the hash of the first."""
    put(desk, OFFICER, paper("thong_bao", "bản 1"))
    put(desk, HEAD, paper("thong_bao", "bản 2"), days=2)

    body = read_body(desk.history[-1])
    assert [one.sha256 for one in desk.now.papers] == [paper("thong_bao", "bản 2").sha256]
    assert [one["sha256"] for one in body["replaces"]] == [paper("thong_bao", "bản 1").sha256]
    assert opened(desk.history[-1], body)["documents.0.name"] == "thong_bao.txt"
    assert b"thong_bao.txt" not in desk.history[-1].body


def test_what_is_attached_moves_nothing_but_the_revision(desk: Desk) -> None:
    """State, deadlines and past stay; whoever looked before hears that the case has changed."""
    before, clocks = desk.now, desk.deadlines
    put(desk, OFFICER, paper("thong_bao"), revision=before.revision)

    after = desk.now
    assert (after.state, after.past, after.revision) == (before.state, before.past, before.revision + 1)
    assert desk.deadlines == clocks
    with pytest.raises(StaleProposal):
        put(desk, OFFICER, paper("thong_bao", "khác"), revision=before.revision)


def test_a_paper_of_another_agency_does_not_count(memory: Desk) -> None:
    """What the implementer left on the case is no paper of the Sở, whatever its key."""
    memory.act("return", OFFICER, memory.at(1), missing="Thiếu dự toán")
    put(memory, CENTRE, paper("tai_lieu_bo_sung"), days=2)
    memory.act("resubmit", CENTRE, memory.at(3), answer="Đã bổ sung dự toán")

    with pytest.raises(Refused) as refused:
        memory.act("reject", HEAD, memory.at(4), reject_reason="trade_not_eligible", reason="Không thuộc ngành nghề")

    assert [one.code for one in refused.value.unmet] == ["unmet.missing_document"]


def test_the_form_says_that_a_paper_is_there(memory: Desk) -> None:
    """A field that a paper on the case answers is not asked for again."""
    from shapes.fields import fields_of  # noqa: PLC0415 - what a form shows, beside what the step takes.

    put(memory, OFFICER, paper("thong_bao"))

    case = look(memory.stage.store, memory.stage.house, code=CODE, by=memory.who(OFFICER), at=memory.at(2))
    offer = next(one for one in case.offers if one.view.transition.action == "reject")
    field = next(one for one in fields_of(offer.view.attempt) if one["key"] == "thong_bao")
    assert (field["on_case"], field["required"]) == (True, False)


def test_only_whoever_holds_the_proposal_attaches(memory: Desk) -> None:
    """The implementer hands in papers in the draft and while it is back for supplement, not while the Sở has it."""
    with pytest.raises(NotOwner) as refused:
        put(memory, CENTRE, paper("thong_bao"))
    assert refused.value.unmet[0].lifted_by == ("base_appraiser@sct-lai-chau",)
    assert memory.now.papers == ()


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ((), "unmet.no_paper_given"),
        ((paper("giay_la"),), "unmet.unknown_document"),
        ((paper("quyet_dinh"),), "unmet.unknown_document"),
    ],
    ids=["nothing", "a key of no step", "a key of somebody else's step"],
)
def test_what_cannot_be_attached_is_said(memory: Desk, documents: tuple[Document, ...], code: str) -> None:
    """Papers go under keys that a step of this state and agency asks for."""
    with pytest.raises(Refused) as refused:
        put(memory, OFFICER, *documents)

    assert [one.code for one in refused.value.unmet] == [code]


def test_the_same_paper_is_attached_once(memory: Desk) -> None:
    """A second click changes nothing and says so."""
    put(memory, OFFICER, paper("thong_bao"))

    with pytest.raises(Refused) as refused:
        put(memory, OFFICER, paper("thong_bao"), days=2)

    assert [one.code for one in refused.value.unmet] == ["unmet.same_paper"]


def test_nobody_attaches_to_an_ended_proposal(memory: Desk) -> None:
    """At an end nobody holds it."""
    memory.act(
        "reject", HEAD, memory.at(1), "thong_bao", reject_reason="trade_not_eligible", reason="Không thuộc ngành nghề"
    )

    with pytest.raises(Refused) as refused:
        put(memory, OFFICER, paper("thong_bao"), days=2)

    assert [one.code for one in refused.value.unmet] == ["unmet.at_an_end"]
