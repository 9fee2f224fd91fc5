"""A mistaken step is taken back by its own agency before the next one; time has run, and four eyes still see it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from definitions.loading import DefinitionText, find_texts
from shapes.history import history_of
from store.database import Database
from store.memory import MemoryStore
from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, SECOND, Desk, desk_on, paper
from workflow.administration import operator
from workflow.changing import changed
from workflow.correcting import taken_back
from workflow.deadlines import elapsed
from workflow.errors import NotOwner, Refused, StaleProposal
from workflow.proposal import FactValue, legal_day
from workflow.service.correcting import correct
from workflow.service.drafting import edit
from workflow.service.filing import attach
from workflow.service.registering import publish
from workflow.storage import Reminder

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


def mend(desk: Desk, by: str, days: int, reason: str = "chọn nhầm đề án", revision: int | None = None) -> None:
    correct(
        *(desk.stage.store, desk.stage.house),
        code=CODE,
        reason=reason,
        by=desk.who(by),
        at=desk.at(days),
        revision=revision,
    )


def send_back(desk: Desk, days: int = 1, by: str = OFFICER) -> None:
    desk.act("return", by, desk.at(days), missing="Thiếu dự toán")


def waiting(desk: Desk, rule: str) -> set[Reminder]:
    """The reminders of a rule that will still fire."""
    store = desk.stage.store
    if isinstance(store, MemoryStore):
        rows = [row.reminder for row in store.kept(CODE).reminders if row.state == "scheduled"]
        return {changed(row, epoch=0) for row in rows if row.rule == rule}
    assert isinstance(store, Database)
    names = ("rule", "period", "offset", "seat", "notice", "channel", "fire_at", "missed", "escalation", "repeat_every")
    with store.look() as lists:
        rows_ = [row for row in lists.reminders(CODE) if row.state == "scheduled" and row.rule == rule]
    return {Reminder(epoch=0, **{name: getattr(row, name) for name in names}) for row in rows_}


def test_everything_is_as_before_but_time_has_run(desk: Desk) -> None:
    """The return is undone two days later: state, data and last day as before; the days between count as used."""
    before, clocks, ahead = desk.now, desk.deadlines, waiting(desk, "base_appraisal")
    send_back(desk)

    mend(desk, OFFICER, 3)

    after, calendar = desk.now, None
    with desk.stage.store.read() as uow:
        calendar = uow.law().calendar
    restored, old = desk.deadlines["base_appraisal"], clocks["base_appraisal"]
    assert (after.state, after.data, after.milestone) == (before.state, before.data, before.milestone)
    assert after.revision == before.revision + 2
    assert changed(restored, epoch=old.epoch, reason=old.reason) == old
    assert elapsed(restored, legal_day(desk.at(3)), calendar) == 3
    assert desk.deadlines["supplement"].state == "lapsed"
    assert waiting(desk, "supplement") == set()
    assert waiting(desk, "base_appraisal") == {row for row in ahead if row.offset != "start"}


def test_whoever_was_told_hears_that_it_was_a_mistake(desk: Desk) -> None:
    """The notice goes to the same people and addresses as that of the step."""
    send_back(desk)
    told = desk.told(desk.now.last_seq)

    mend(desk, HEAD, 2)

    assert told
    assert set(desk.told(desk.now.last_seq)) == set(told)


def test_an_address_that_was_put_right_since_stands_in_no_way(desk: Desk) -> None:
    """How somebody is reached is no signed fact: the step is taken back, and the new address stays."""
    before = desk.now
    send_back(desk)
    right: dict[str, FactValue | None] = {"beneficiary_email": "moi@co-so.example"}
    edit(
        desk.stage.store,
        desk.stage.house,
        code=CODE,
        changes=right,
        by=desk.who(CENTRE),
        at=desk.at(1, 2),
        reason="gõ nhầm hộp thư",
    )

    mend(desk, OFFICER, 2)

    assert desk.now.state == before.state
    assert desk.now.data == {**before.data, **right}


def test_the_address_of_another_beneficiary_does_not_stay(memory: Desk) -> None:
    """Who comes back with the step taken back is reached where they were, never at the address of somebody else."""
    before = memory.now
    send_back(memory)
    other = {**before.data, "beneficiary": "HTX khác", "beneficiary_email": "khac@co-so.example"}
    now = changed(memory.now, data=other)

    after = taken_back(now, before, {"revision": now.revision + 1, "undoes": now.last_seq})

    assert after.data == before.data


def test_four_eyes_still_see_the_step(memory: Desk) -> None:
    """Who submitted by mistake may not forward later, though somebody else submitted then."""
    mend(memory, CENTRE, 1)
    papers = ("cong_van", "de_an", "du_toan", "van_ban_thu_huong")
    letter: dict[str, FactValue] = {"letter_number": "12/TTKC", "letter_date": date(2017, 4, 11)}
    pledged = {"own_capital_committed": True, "no_double_support": True}
    memory.act("submit", "can-bo-2.ttkc-lai-chau", memory.at(2), *papers, **letter, **pledged)
    first = memory.who(CENTRE)
    both = changed(first, seats=(*first.seats, *memory.who(OFFICER).seats))

    with pytest.raises(Refused) as refused:
        memory.act("forward", both, memory.at(3), "phieu_tham_dinh", "bieu_tong_hop", **FORWARD)

    assert [one.code for one in refused.value.unmet] == ["unmet.not_same_person"]
    assert memory.now.past[0].undone
    assert [past.person for past in memory.now.did("submit")] == [memory.who("can-bo-2.ttkc-lai-chau").person]


def test_the_step_can_be_taken_again(desk: Desk) -> None:
    """After a correction the proposal goes on as if the step had never been, also by the same person."""
    send_back(desk)
    mend(desk, OFFICER, 2)
    send_back(desk, 3)

    assert desk.now.state == "returned"
    assert desk.deadlines["base_appraisal"].state == "paused"
    assert desk.deadlines["supplement"].state == "running"


def test_papers_and_officer_are_as_before(memory: Desk) -> None:
    """A paper that the step had used waits again; so does who was in charge."""
    memory.assign(OFFICER, HEAD, 1)
    store, house = memory.stage.store, memory.stage.house
    attach(store, house, code=CODE, documents=(paper("thong_bao"),), by=memory.who(OFFICER), at=memory.at(1, 1))
    before = memory.now
    memory.act("reject", HEAD, memory.at(2), reject_reason="other", reason="nhầm")

    mend(memory, HEAD, 3)

    assert memory.now.papers == before.papers
    assert memory.now.officer == before.officer
    assert memory.now.state == "submitted"


def test_history_keeps_both_and_says_so(memory: Desk) -> None:
    """The step stays in history, marked with the entry that took it back."""
    send_back(memory)
    seq = memory.now.last_seq
    mend(memory, OFFICER, 2)

    with memory.stage.store.read() as uow:
        shown = history_of(CODE, memory.history, uow.process(memory.now.process_sha256))

    step = next(step for step in shown["steps"] if step["seq"] == seq)
    assert step["corrected_by"] == seq + 1
    assert [(act["kind"], act["details"]["reason"]) for act in shown["acts"]] == [("corrected", "chọn nhầm đề án")]


def test_another_agency_cannot_take_it_back(memory: Desk) -> None:
    """Not even the one that holds the proposal now."""
    send_back(memory)
    before = memory.now

    with pytest.raises(NotOwner) as refused:
        mend(memory, CENTRE, 2)

    assert refused.value.unmet[0].lifted_by == ("base_appraiser@sct-lai-chau",)
    assert memory.now == before


def test_a_colleague_of_the_same_seat_can(memory: Desk) -> None:
    """It is the agency's mistake, not a person's."""
    send_back(memory)

    mend(memory, SECOND, 2)

    assert memory.now.state == "submitted"


def test_three_working_days_and_no_more(memory: Desk) -> None:
    """Recorded on Tuesday, taken back until Friday; on Monday it is too late."""
    send_back(memory)

    with pytest.raises(Refused) as refused:
        mend(memory, OFFICER, 7)

    assert [one.code for one in refused.value.unmet] == ["unmet.too_late_to_correct"]
    assert refused.value.unmet[0].params["last_day"] == legal_day(memory.at(4))
    mend(memory, OFFICER, 4)
    assert memory.now.state == "submitted"


def test_a_step_that_decided_on_money_stays(memory: Desk) -> None:
    """Sums are changed by an adjustment that gives its reasons."""
    memory.act("forward", OFFICER, memory.at(1), "phieu_tham_dinh", "bieu_tong_hop", **FORWARD)

    with pytest.raises(Refused) as refused:
        mend(memory, OFFICER, 2)

    assert [one.code for one in refused.value.unmet] == ["unmet.money_decided"]


def test_an_edit_since_stands_in_the_way(memory: Desk) -> None:
    """What the implementer wrote meanwhile is not thrown away by somebody else's mistake."""
    send_back(memory)
    memory.edit(CENTRE, memory.at(2), name="Tên đã bổ sung")

    with pytest.raises(Refused) as refused:
        mend(memory, OFFICER, 3)

    assert [one.code for one in refused.value.unmet] == ["unmet.edited_since"]


def test_one_step_is_taken_back_once_and_none_before_it(memory: Desk) -> None:
    """The step before the mistake has a later one, though that was undone."""
    send_back(memory)
    mend(memory, OFFICER, 2)

    with pytest.raises(Refused) as refused:
        mend(memory, OFFICER, 2)

    assert [one.code for one in refused.value.unmet] == ["unmet.nothing_to_correct"]


def test_a_reason_is_given(memory: Desk) -> None:
    """Blank is none."""
    send_back(memory)

    with pytest.raises(Refused) as refused:
        mend(memory, OFFICER, 2, reason="  ")

    assert [one.code for one in refused.value.unmet] == ["unmet.no_reason"]


def test_a_stale_look_is_refused(memory: Desk) -> None:
    """Who looked at an older revision is told so."""
    send_back(memory)

    with pytest.raises(StaleProposal):
        mend(memory, OFFICER, 2, revision=memory.now.revision - 1)


def test_a_process_may_allow_no_correction(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Where the file does not say for how long, no step is taken back."""
    from khuyencong.demo.stage import play, scenes  # noqa: PLC0415 - only here.
    from tests.offices import story  # noqa: PLC0415 - as above.

    with desk_on("memory", request, tmp_path) as desk:
        texts = tuple(_without(text) for text in find_texts())
        publish(desk.stage.store, desk.stage.house, texts, by=operator(), at=desk.at(0))
        later = changed(story("LC-99"), drafted=story("LC-99").drafted + timedelta(hours=1))
        for scene in scenes([later]):
            play(desk.stage, scene)

        with pytest.raises(Refused) as refused:
            correct(
                *(desk.stage.store, desk.stage.house),
                code="LC-99",
                reason="nhầm",
                by=desk.who(CENTRE),
                at=desk.at(1),
            )

        assert [one.code for one in refused.value.unmet] == ["unmet.never_corrected"]


def _without(text: DefinitionText) -> DefinitionText:
    lines = (line for line in text.text.splitlines(keepends=True) if not line.startswith("correctable_within"))
    return DefinitionText(text.kind, text.name, "".join(lines))
