"""Refusals: at every step of the two historical samples, all that must not pass is refused with its reason."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from definitions.process import Field
from khuyencong.demo.acts import at as hour
from khuyencong.demo.samples import tan_uyen_bricks
from tests.refusing import TRIEU, about, codes, refusal, trying
from tests.rehearsal import (
    CAST,
    attempt_of,
    begun,
    perform,
    scene,
    scenes,
    someone,
)
from workflow.bounds import largest, smallest
from workflow.changing import changed
from workflow.checks import is_required
from workflow.conditions import holds
from workflow.errors import NoSuchAction, NotOwner
from workflow.proposal import Document, FactValue, Seat, legal_day

STEPS = [(code, number) for code in ("LC-01", "LC-02") for number in range(len(scenes(code)))]
EVERY_STEP = pytest.mark.parametrize(("code", "number"), STEPS, ids=[f"{code}-{number:02d}" for code, number in STEPS])
#: One value of each type, none of which is of another.
OF_TYPE: dict[str, FactValue] = {"text": "mười", "money": 10, "number": 10, "date": date(2018, 1, 1), "bool": True}
FOUR_EYES = (
    ("LC-02", "submit", "forward"),
    ("LC-02", "submit", "appraise"),
    ("LC-02", "forward", "appraise"),
    ("LC-02", "appraise", "approve"),
    ("LC-02", "complete", "monitor"),
    ("LC-02", "monitor", "settle"),
    ("LC-01", "submit", "forward"),
    ("LC-01", "forward", "appraise"),
    ("LC-01", "appraise", "approve"),
    ("LC-01", "complete", "monitor"),
    ("LC-01", "monitor", "settle"),
)


# --- Who ---------------------------------------------------------------------------------------------------------


@EVERY_STEP
def test_whoever_does_not_own_a_step_is_refused_with_the_name_of_its_owner(code: str, number: int) -> None:
    """Every other person of every agency: not_owner, lifted by the owning seat alone."""
    done = scenes(code)[number]
    seat = f"{done.step.role}@{done.step.agency}"
    others = [actor for actor in CAST if seat not in map(str, actor.seats)]

    refusals = [refusal(done, by=actor) for actor in others]

    assert len(others) > 40
    assert {type(one) for one in refusals} == {NotOwner}
    first = {(one.unmet[0].code, one.unmet[0].params["agency"], one.unmet[0].lifted_by) for one in refusals}
    assert first == {("unmet.not_owner", done.step.agency_name, (seat,))}


@EVERY_STEP
def test_a_seat_counts_only_on_the_days_on_which_it_is_held(code: str, number: int) -> None:
    """Whoever left the seat the day before, or enters it tomorrow, does not own the step."""
    done = scenes(code)[number]
    day = legal_day(done.at)
    left = changed(done.by, seats=tuple(changed(s, until=day - timedelta(days=1)) for s in done.by.seats))
    comes = changed(done.by, seats=tuple(changed(s, since=day + timedelta(days=1)) for s in done.by.seats))

    assert "unmet.not_owner" in codes(refusal(done, by=left))
    assert "unmet.not_owner" in codes(refusal(done, by=comes))


@pytest.mark.parametrize(("code", "first", "second"), FOUR_EYES)
def test_four_eyes_bind_the_natural_person_whatever_the_agency(code: str, first: str, second: str) -> None:
    """One person who sits in both agencies may not do both; another person in the same seat may."""
    earlier, done = scene(code, first), scene(code, second)
    both = changed(done.by, person=earlier.by.person, seats=(*done.by.seats, *earlier.by.seats))

    (unmet,) = refusal(done, by=both).unmet

    label = earlier.before.transition(first).label
    seat = f"{done.step.role}@{done.step.agency}"
    assert (unmet.code, unmet.params["action"], unmet.lifted_by) == ("unmet.not_same_person", label, (seat,))
    assert perform(done.before, second, done.act.facts, at=done.at).step.person != earlier.by.person


def test_the_third_return_needs_the_head_of_the_department() -> None:
    """Sending a file back a third time is for the head of the Sở (the agency's own rule)."""
    case = scene("LC-02", "submit").after
    missing: dict[str, FactValue] = {"missing": "Thiếu báo giá."}
    day = date(2017, 4, 17)
    for turn in range(2):
        case = perform(case, "return", missing, at=hour(day + timedelta(days=2 * turn))).after
        case = perform(case, "resubmit", {"answer": "Đã bổ sung."}, at=hour(day + timedelta(days=2 * turn + 1))).after

    refused = trying(case, "return", missing, day + timedelta(days=7))

    assert codes(refused) == {"unmet.head_on_third"}
    assert refused.unmet[0].lifted_by == ("head@sct-lai-chau",)
    head = next(one for one in CAST if one.person == "giam-doc.sct-lai-chau")
    third = perform(case, "return", missing, at=hour(day + timedelta(days=7)), by=head)
    assert third.after.proposal.state == "returned"


def test_who_approves_holds_a_signing_capacity_on_the_day_of_the_paper() -> None:
    """The right to sign is tested on the date of the decision, the seat on the day of recording."""
    done = scene("LC-01", "approve")
    clerk = changed(done.by, seats=(Seat(role="approver", agency="bct", since=date(2017, 1, 1)),))
    late = changed(done.by, seats=(changed(done.by.seats[0], since=done.step.effective_on + timedelta(days=1)),))

    assert codes(refusal(done, by=clerk)) == {"unmet.signing_capacity"}
    later = done.at + timedelta(days=5)
    assert codes(refusal(done, by=late, at=later)) == {"unmet.signing_capacity"}


def test_of_two_seats_the_one_that_may_sign_counts() -> None:
    """A deputy who also sits as an ordinary official signs as deputy, whichever seat came first."""
    done = scene("LC-01", "approve")
    (seat,) = done.by.seats
    both = changed(done.by, seats=(changed(seat, capacity=""), seat))

    step = perform(done.before, "approve", done.act.facts, at=done.at, by=both).step

    assert step.capacity == "KT"


# --- What --------------------------------------------------------------------------------------------------------


@EVERY_STEP
def test_an_action_that_the_state_does_not_know_is_refused(code: str, number: int) -> None:
    """Every action of the process that is not one of the state's, with those that are."""
    done = scenes(code)[number]
    process, state = done.before.situation.process, done.before.proposal.state
    here = {move.action for move in process.transitions_from(state)}
    elsewhere = {move.action for move in process.transitions} - here

    refusals = [refusal(done, action=action) for action in (*elsewhere, "dance")]

    assert {type(one) for one in refusals} == {NoSuchAction}
    assert {frozenset(str(one.unmet[0].params["known"]).split(", ")) for one in refusals} == {frozenset(here)}


@EVERY_STEP
def test_each_required_fact_is_asked_for(code: str, number: int) -> None:
    """Left out, empty or blank: the refusal names the field."""
    done = scenes(code)[number]
    attempt = changed(attempt_of(done.before, done.act.action, at=done.at), facts=done.act.facts)
    needed = [field for field in done.before.transition(done.act.action).facts if is_required(field, attempt)]
    lacking = [
        (field.key, {**done.act.facts, field.key: "  "} if field.type == "text" else without(done.act.facts, field.key))
        for field in needed
    ]

    assert needed
    for key, facts in lacking:
        assert about(refusal(done, facts=facts), "unmet.missing_fact", key), key
    assert {str(one.params["field"]) for one in about(refusal(done, facts={}), "unmet.missing_fact")} >= {
        field.key for field in needed if field.required
    }


def without(facts: Mapping[str, FactValue], key: str) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if name != key}


@EVERY_STEP
def test_each_required_paper_is_asked_for(code: str, number: int) -> None:
    """Left out one by one, and all at once."""
    done = scenes(code)[number]
    transition = done.before.transition(done.act.action)
    attempt = changed(
        attempt_of(done.before, done.act.action, at=done.at), facts=done.act.facts, effective_on=done.step.effective_on
    )
    needed = {
        paper.key
        for paper in transition.documents
        if paper.required or (paper.required_when and holds(paper.required_when, attempt))
    }

    for key in needed:
        rest = tuple(paper for paper in done.documents if paper.key != key)
        assert [one.params["document"] for one in refusal(done, documents=rest).unmet] == [key]
    assert needed
    assert {one.params["document"] for one in refusal(done, documents=()).unmet} == needed


def test_papers_are_asked_for_on_their_condition() -> None:
    """The minutes of a council, the request of a beneficiary, the support contract and the vouchers of own capital."""
    forward, submit = scene("LC-01", "forward"), scene("LC-01", "submit")
    fund, filed = scene("LC-01", "fund"), scene("LC-01", "file_settlement")
    council = refusal(forward, facts={**forward.act.facts, "by": "council"}, documents=())

    asked = {
        "bien_ban_tham_dinh": council,
        "van_ban_thu_huong": refusal(submit, documents=()),
        "hop_dong_ho_tro": refusal(fund, documents=()),
        "mau_8b": refusal(filed, documents=()),
    }

    assert all(about(refused, "unmet.missing_document", key) for key, refused in asked.items())
    assert not about(refusal(forward, documents=()), "unmet.missing_document", "bien_ban_tham_dinh")


@EVERY_STEP
def test_a_value_of_another_type_is_refused(code: str, number: int) -> None:
    """No field takes a value of another type: no instant for a day, no yes for a number, no figure above 2^53."""
    done = scenes(code)[number]

    for field in done.before.transition(done.act.action).facts:
        for wrong in wrong_values(field):
            refused = refusal(done, facts={**done.act.facts, field.key: wrong})
            assert about(refused, "unmet.wrong_type", field.key), (field.key, wrong)


def wrong_values(field: Field) -> Iterator[FactValue]:
    own = "text" if field.type == "choice" else field.type
    alike = {"money", "number"} if own in ("money", "number") else {own}
    yield from (value for type_, value in OF_TYPE.items() if type_ not in alike)
    if own == "date":
        yield datetime(2018, 1, 1, tzinfo=UTC)
        yield date(9999, 12, 31)
    if own in ("money", "number"):
        yield 2**53
        yield 1.5  # type: ignore[misc]  # What no caller may give.
    if own == "text":
        yield "\ud800"
        yield "\x00"


@EVERY_STEP
def test_an_amount_a_number_or_a_day_beyond_its_bounds_is_refused(code: str, number: int) -> None:
    """One đồng, one or one day beyond what the field shows, and the refusal names the limit."""
    done = scenes(code)[number]
    attempt = changed(
        attempt_of(done.before, done.act.action, at=done.at), facts=done.act.facts, effective_on=done.step.effective_on
    )

    for field in done.before.transition(done.act.action).facts:
        least, most = largest(field.min, attempt), smallest(field.max, attempt)
        one = timedelta(days=1) if field.type == "date" else 1
        for code_, limit, beyond in (("below_min", least, -1), ("above_max", most, 1)):
            if limit is not None:
                facts = {**done.act.facts, field.key: limit + beyond * one}  # type: ignore[operator]  # Same kind.
                (unmet,) = about(refusal(done, facts=facts), f"unmet.{code_}", field.key)
                assert unmet.params["limit"] == limit


@EVERY_STEP
def test_money_is_never_negative(code: str, number: int) -> None:
    """Whatever a field's bounds say."""
    done = scenes(code)[number]

    for field in done.before.transition(done.act.action).facts:
        if field.type == "money":
            assert about(refusal(done, facts={**done.act.facts, field.key: -1}), "unmet.below_min", field.key)


@EVERY_STEP
def test_a_choice_that_is_none_is_refused(code: str, number: int) -> None:
    """A choice is one of the listed keys."""
    done = scenes(code)[number]

    for field in done.before.transition(done.act.action).facts:
        if field.type == "choice":
            refused = refusal(done, facts={**done.act.facts, field.key: "khác"})
            assert about(refused, "unmet.not_a_choice", field.key)


@EVERY_STEP
def test_unknown_facts_and_papers_are_refused(code: str, number: int) -> None:
    """Nothing is dropped in silence; not even a field of the draft can be slipped in with a step."""
    done = scenes(code)[number]
    letter = Document(key="thu_tay", name="thu.txt", size=1, sha256="0" * 64)

    assert about(refusal(done, facts={**done.act.facts, "color": "red"}), "unmet.unknown_fact", "color")
    assert about(refusal(done, facts={**done.act.facts, "scope": "multi_province"}), "unmet.unknown_fact", "scope")
    assert about(refusal(done, documents=(*done.documents, letter)), "unmet.unknown_document", "thu_tay")


def test_declarations_must_be_made_and_a_period_is_reported_once() -> None:
    """Own capital and no double support are declared, and a month has one report."""
    submit, second = scene("LC-01", "submit"), scene("LC-01", "report", nth=2)
    declined = {"own_capital_committed": False, "no_double_support": False}
    first = scene("LC-01", "report").act.facts["period"]

    undeclared = refusal(submit, facts={**submit.act.facts, **declined})
    twice = refusal(second, facts={**second.act.facts, "period": first})
    malformed = refusal(second, facts={**second.act.facts, "period": "2019-13"})

    assert [one.params["field"] for one in about(undeclared, "unmet.must_be")] == list(declined)
    assert codes(twice) == {"unmet.already_given", "unmet.period_open"}
    assert codes(malformed) == {"unmet.wrong_pattern", "unmet.period_open"}


# --- When --------------------------------------------------------------------------------------------------------


@EVERY_STEP
def test_the_day_of_a_step_is_never_ahead_nor_before_the_last_paper(code: str, number: int) -> None:
    """effective_on is not in the future, not before the previous step's, and only repeats the paper's date."""
    done = scenes(code)[number]
    key, day = done.before.transition(done.act.action).effective, legal_day(done.at)
    tomorrow, last = day + timedelta(days=1), done.before.proposal.last_on

    if key is None:
        assert codes(refusal(done, effective_on=tomorrow)) == {"unmet.effective_in_future"}
    else:
        ahead = refusal(done, facts={**done.act.facts, key: tomorrow})
        assert "unmet.effective_in_future" in codes(ahead)
        other = done.step.effective_on - timedelta(days=1)
        assert "unmet.effective_must_repeat" in codes(refusal(done, effective_on=other))
    if last is not None:
        early = last - timedelta(days=1)
        facts = {**done.act.facts, key: early} if key else done.act.facts
        assert "unmet.effective_before_previous" in codes(refusal(done, facts=facts, effective_on=early))


def test_a_decision_may_be_older_than_what_was_merely_noted_meanwhile() -> None:
    """A report filed on the 20th does not bar the recording of a decision that was signed on the 18th."""
    case = scene("LC-02", "report", nth=4).after
    noted = legal_day(case.proposal.last_at)
    facts: dict[str, FactValue] = {
        "cause": "force_majeure",
        "decision_number": "9/QĐ",
        "decision_date": noted - timedelta(days=2),
    }

    stopped = perform(case, "stop", facts, at=hour(noted + timedelta(days=2)))

    assert stopped.step.effective_on == noted - timedelta(days=2)
    contract = scene("LC-02", "fund").step.effective_on
    refused = trying(case, "stop", {**facts, "decision_date": contract - timedelta(days=1)}, noted + timedelta(days=2))
    assert codes(refused) == {"unmet.below_min", "unmet.effective_before_previous"}


# --- All at once -------------------------------------------------------------------------------------------------


def test_a_refusal_carries_everything_that_is_unmet_and_who_can_lift_each() -> None:
    """Wrong person, unknown fact, missing fact, above the bound, missing papers, future day, late, not eligible."""
    story = tan_uyen_bricks()
    case = begun(changed(story, data={**story.data, "commune": "", "total_cost": 1, "requested_amount": 900 * TRIEU}))
    at = datetime(2018, 5, 21, 3, tzinfo=UTC)
    facts: dict[str, FactValue] = {"no_double_support": False, "letter_date": date(2018, 5, 22), "mood": "good"}

    with pytest.raises(NotOwner) as refused:
        perform(case, "submit", facts, at=at, by=someone("approver@bct"), documents=())

    lifted = {unmet.code: unmet.lifted_by for unmet in refused.value.unmet}
    assert lifted == {
        "unmet.not_owner": ("implementer@ttkc-lai-chau",),
        "unmet.unknown_fact": ("actor",),
        "unmet.missing_fact": ("actor",),
        "unmet.must_be": ("actor",),
        "unmet.above_max": ("actor",),
        "unmet.missing_document": ("actor",),
        "unmet.effective_in_future": ("actor", "time"),
        "unmet.before_last_day": ("base_appraiser@sct-lai-chau",),
        "unmet.missing_data": ("implementer@ttkc-lai-chau",),
        "unmet.sums_match": ("implementer@ttkc-lai-chau",),
        "unmet.eligible_above_total": ("implementer@ttkc-lai-chau",),
        "unmet.within_ceiling": ("actor",),
    }
    assert len(about(refused.value, "unmet.missing_document")) == 4
