"""Proposals from draft to evaluation through the use cases, on every kind of store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.others import FIRST_YEAR_LAST_DAY, LOCAL, running
from khuyencong.demo.samples import EXPECTED, noodle_line, phong_tho_line, samples, tan_uyen_bricks
from khuyencong.demo.stage import Stage, play, scenes
from tests.staging import OPENING, kept, opened, staged
from workflow.administration import operator
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.errors import BadValue, KeyReused, NotOwner, Refused, StaleProposal
from workflow.proposal import Actor, FactValue, Proposal
from workflow.service.acting import Request, act, look
from workflow.service.registering import guide, publish

TODAY = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The sandbox's people on a fresh store of each kind."""
    url = {"memory": "memory", "sqlite": f"sqlite:///{tmp_path / 'khuyencong.db'}"}.get(request.param)
    with opened(url or str(request.getfixturevalue("postgres_url"))) as store:
        yield staged(store)


def _now(stage: Stage, code: str) -> Proposal:
    with stage.store.read() as uow:
        return uow.proposal(code)


def _player(stage: Stage, seat: str) -> Actor:
    return stage.player((seat,), TODAY)


def test_every_sample_reaches_its_state(stage: Stage) -> None:
    """The twelve samples stand where the process tables say, on every store."""
    for scene in scenes(samples()):
        play(stage, scene)

    assert {story.code: _now(stage, story.code).state for story in samples()} == EXPECTED


def test_an_edited_definition_leaves_running_proposals_alone(stage: Stage) -> None:
    """A running proposal keeps the text it started with; a new one gets the newest."""
    running, later = phong_tho_line().until("submit"), noodle_line().until("submit")
    for scene in scenes([running]):
        play(stage, scene)
    before = _now(stage, running.code)
    edited = tuple(_relabelled(text) for text in find_texts())

    changed = publish(stage.store, stage.house, edited, by=operator(), at=datetime(2024, 1, 2, tzinfo=UTC))
    for scene in scenes([later]):
        play(stage, scene)

    assert ("process", "kcdp@2021.1") in changed
    assert _now(stage, running.code) == before
    case = look(stage.store, stage.house, code=running.code, by=stage.cast[0], at=TODAY)
    assert case.situation.process.state("submitted").label == "Chờ Sở Công Thương thẩm định"
    fresh = look(stage.store, stage.house, code=later.code, by=stage.cast[0], at=TODAY)
    assert fresh.situation.process.state("submitted").label == "Nhãn đã sửa"


def _relabelled(text: DefinitionText) -> DefinitionText:
    return DefinitionText(text.kind, text.name, text.text.replace("Chờ Sở Công Thương thẩm định", "Nhãn đã sửa"))


def test_the_same_key_answers_the_same(stage: Stage) -> None:
    """An idempotency key replays the first answer, and is refused for another request."""
    stage.draft(phong_tho_line())
    actor = _player(stage, "implementer@ttkc-lai-chau")
    request = Request(code="LC-02", action="withdraw", facts={"reason": "thử"}, key="a1")

    first = act(stage.store, stage.house, request, by=actor, at=TODAY)
    again = act(stage.store, stage.house, request, by=actor, at=TODAY)

    assert again.replayed
    assert (again.seq, again.hash, again.notices) == (first.seq, first.hash, first.notices)
    other = Request(code="LC-02", action="withdraw", facts={"reason": "khác"}, key="a1")
    with pytest.raises(KeyReused):
        act(stage.store, stage.house, other, by=actor, at=TODAY)


def test_a_stale_revision_is_refused(stage: Stage) -> None:
    """Who looked at an older revision is told so, and nothing moves."""
    for scene in scenes([tan_uyen_bricks().until("submit")]):
        play(stage, scene)
    before = _now(stage, "LC-01")
    actor = _player(stage, "base_appraiser@sct-lai-chau")
    request = Request(code="LC-01", action="return", facts={"missing": "Thiếu dự toán."}, revision=before.revision - 1)

    with pytest.raises(StaleProposal):
        act(stage.store, stage.house, request, by=actor, at=TODAY)

    assert _now(stage, "LC-01") == before


def test_a_refusal_names_who_can_lift_it_and_changes_nothing(stage: Stage) -> None:
    """The wrong agency is refused with the owner's seat; the proposal and its deadlines stay as they were."""
    for scene in scenes([tan_uyen_bricks().until("submit")]):
        play(stage, scene)
    before = _now(stage, "LC-01")
    with stage.store.read() as uow:
        deadlines = uow.deadlines("LC-01")
    request = Request(code="LC-01", action="return", facts={"missing": "Thiếu dự toán."})

    with pytest.raises(NotOwner) as refused:
        act(stage.store, stage.house, request, by=_player(stage, "implementer@ttkc-lai-chau"), at=TODAY)

    assert refused.value.unmet[0].lifted_by == ("base_appraiser@sct-lai-chau",)
    with stage.store.read() as uow:
        assert (uow.proposal("LC-01"), uow.deadlines("LC-01")) == (before, deadlines)


def test_six_hundred_million_fits_its_day_but_not_a_later_local_ceiling(stage: Stage) -> None:
    """The ceiling in force on the paper's day decides: 600 triệu passed in 2018, not of local money in 2025."""
    big: dict[str, FactValue] = {"activity": "demo_model_new", "is_line": False, "requested_amount": 600_000_000}
    costs = {"own_capital": 1_800_000_000, "eligible_cost": 2_400_000_000, "total_cost": 2_400_000_000}
    stage.draft(changed(noodle_line(), data={**noodle_line().data, **big, **costs}))
    guidance = Guidance(
        programme="lai-chau-2021-2025",
        rule="plan_window",
        plan_year=2025,
        last_day=date(2025, 12, 31),
        agency="sct-lai-chau",
        paper="57/SCT-KC",
    )
    guide(stage.store, stage.house, guidance=guidance, by=_player(stage, "base_appraiser@sct-lai-chau"), at=OPENING)
    letter: dict[str, FactValue] = {"letter_number": "1", "letter_date": date(2025, 6, 2)}
    facts: dict[str, FactValue] = {"own_capital_committed": True, "no_double_support": True, **letter}
    papers = tuple(kept(key, key, b"") for key in ("cong_van", "de_an", "du_toan", "van_ban_thu_huong"))
    request = Request(code="LC-04", action="submit", facts=facts, documents=papers)
    in_june = datetime(2025, 6, 3, 2, tzinfo=UTC)

    with pytest.raises(Refused) as refused:
        act(stage.store, stage.house, request, by=_player(stage, "implementer@ttkc-lai-chau"), at=in_june)

    (unmet,) = refused.value.unmet
    assert (unmet.code, unmet.params["amount"], unmet.params["limit"]) == (
        "unmet.within_ceiling",
        600_000_000,
        500_000_000,
    )


def test_publishing_again_changes_nothing(stage: Stage) -> None:
    """Publishing the texts in force once more writes nothing."""
    again = publish(stage.store, stage.house, find_texts(), by=operator(), at=OPENING)

    assert again == ()


def test_a_note_that_is_no_text_is_refused_at_the_door(stage: Stage) -> None:
    """A lone surrogate or a NUL could not be written; the act is refused before anything is."""
    stage.draft(phong_tho_line())
    actor = _player(stage, "implementer@ttkc-lai-chau")
    request = Request(code="LC-02", action="withdraw", facts={"reason": "thử"}, note="x\ud800")

    with pytest.raises(BadValue):
        act(stage.store, stage.house, request, by=actor, at=TODAY)

    assert _now(stage, "LC-02").state == "drafted"


def test_a_stop_is_no_acceptance(stage: Stage) -> None:
    """A proposal that is stopped after a payment waits for its settlement, but keeps the milestone it had reached."""
    halted = next(story for story in running(LOCAL) if story.code == "DN-2026-0028")
    guidance = Guidance(
        programme="da-nang-2026-2030",
        rule="plan_window",
        plan_year=2026,
        last_day=FIRST_YEAR_LAST_DAY,
        agency="sct-da-nang",
        paper="12/SCT",
    )
    guide(stage.store, stage.house, guidance=guidance, by=_player(stage, "base_appraiser@sct-da-nang"), at=TODAY)
    for scene in scenes([halted]):
        play(stage, scene)

    now = _now(stage, "DN-2026-0028")

    assert (now.state, now.milestone) == ("settling", "funded")
