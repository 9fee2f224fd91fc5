"""Which agency wears a role on a day: the most specific appointment, then the newest, then whoever took over."""

from datetime import date

import pytest

from definitions.model import Basis
from definitions.registers import Appointment
from khuyencong.demo.acts import at as hour
from tests.rehearsal import attempt_of, begun, law, scene, situation_of, someone, stories
from workflow.authority import Situation
from workflow.changing import changed
from workflow.checks import unmet_by
from workflow.engine import available

BASIS = Basis(text="Quyết định giả định", confidence="OWN")
DAY = date(2018, 6, 1)


def appointment(agency: str, *, role: str = "funder", since: date | None = None, **named: str) -> Appointment:
    return Appointment.model_validate({"agency": agency, "role": role, "since": since, "basis": BASIS, **named})


def funder(*appointed: Appointment, code: str = "LC-02", on: date = DAY) -> str | None:
    """Who funds a sample's proposal that day with these rows beside the register's."""
    case = begun(stories()[code])
    situation: Situation = changed(case.situation, appointed=appointed)
    return situation.agency_for("funder", case.proposal, on)


def test_the_most_specific_appointment_holds() -> None:
    """A row that names programme and process outranks newer ones that hold for all."""
    anywhere = appointment("stc-lai-chau", since=date(2018, 5, 1))
    here = appointment("ttkc-lai-chau", programme="lai-chau-2015-2020", process="kcdp", province="lai-chau")

    assert funder() == "sct-lai-chau"
    assert funder(anywhere) == "sct-lai-chau"
    assert funder(anywhere, here) == "ttkc-lai-chau"


def test_of_two_alike_the_newest_holds_from_its_day_on() -> None:
    """A change of agency is a new dated row; before its day the old one acts."""
    row = appointment("stc-lai-chau", since=DAY, programme="lai-chau-2015-2020", process="kcdp")

    assert funder(row) == "stc-lai-chau"
    assert funder(row, on=date(2018, 5, 31)) == "sct-lai-chau"


@pytest.mark.parametrize(
    "row",
    [
        appointment("stc-lai-chau", programme="quang-nam-2021-2025", process="kcdp", province="lai-chau"),
        appointment("stc-lai-chau", programme="lai-chau-2015-2020", process="kcqg", province="lai-chau"),
        appointment("stc-lai-chau", programme="lai-chau-2015-2020", process="kcdp", province="quang-nam"),
        appointment("stc-lai-chau", role="inspector", programme="lai-chau-2015-2020", process="kcdp"),
    ],
)
def test_an_appointment_for_something_else_does_not_count(row: Appointment) -> None:
    """Another programme, process, province or role."""
    assert funder(row) == "sct-lai-chau"


def test_the_department_of_a_national_programme_is_that_of_the_proposals_province() -> None:
    """The same programme, two provinces, two Sở."""
    story = stories()["LC-06"]
    case = begun(story)
    other = changed(case.proposal, province="da-nang")
    on = date(2026, 3, 2)

    agencies = [case.situation.agency_for("base_appraiser", one, on) for one in (case.proposal, other)]

    assert agencies == ["sct-lai-chau", "sct-da-nang"]


def test_a_merged_agency_answers_through_the_one_that_took_over() -> None:
    """Quảng Nam's Sở until 30/06/2025, Đà Nẵng's from 01/07/2025; seats follow."""
    case = begun(stories()["QN-10"])
    days = (date(2025, 6, 30), date(2025, 7, 1))

    assert [case.situation.agency_for("funder", case.proposal, on) for on in days] == ["sct-quang-nam", "sct-da-nang"]
    assert [case.situation.seat_now("funder@sct-quang-nam", on) for on in days] == [
        "funder@sct-quang-nam",
        "funder@sct-da-nang",
    ]


def test_a_commune_is_found_by_its_old_name_after_a_merger() -> None:
    """And by its own key on every day; an unknown one stays unknown."""
    situation = situation_of(stories()["QN-11"])

    found = [situation.commune("cam-pho", on) for on in (date(2023, 3, 1), date(2026, 3, 1))]

    assert [one.label if one else None for one in found] == ["phường Cẩm Phô", "phường Hội An"]
    assert situation.commune("atlantis", DAY) is None
    for row in law().communes:
        day = row.until or row.since or DAY
        assert situation.commune(row.key, day) == row


def test_a_change_of_agency_in_mid_course_moves_the_right_to_act() -> None:
    """From the day of the new appointment the old agency is refused and the new one is not."""
    done = scene("LC-02", "settle")
    row = appointment("stc-lai-chau", since=date(2018, 11, 1), programme="lai-chau-2015-2020", process="kcdp")
    moved = changed(done.before, situation=changed(done.before.situation, appointed=(row,)))
    attempt = attempt_of(moved, "settle", at=done.at)
    seat = changed(someone("funder@sct-lai-chau").seats[0], agency="stc-lai-chau")
    new = changed(someone("estimate_appraiser@stc-lai-chau"), seats=(seat,))

    old_unmet, new_unmet = (unmet_by(changed(attempt, actor=actor)) for actor in (done.by, new))

    assert [(unmet.code, unmet.lifted_by) for unmet in old_unmet] == [("unmet.not_owner", ("funder@stc-lai-chau",))]
    assert new_unmet == ()


@pytest.mark.parametrize(
    ("code", "action", "field"),
    [("LC-02", "allocate", "allocated_amount"), ("LC-02", "fund", "contract_value"), ("LC-02", "refund", "amount")],
)
def test_an_action_for_which_nothing_is_left_is_not_offered(code: str, action: str, field: str) -> None:
    """All allocated, nothing allocated yet, nothing paid: no value fits, so the action is closed and says why."""
    after = {"allocate": "allocate", "fund": "approve", "refund": "fund"}[action]
    case = scene(code, after).after
    (view,) = (
        view
        for view in available(
            case.proposal,
            situation=case.situation,
            by=someone("funder@sct-lai-chau"),
            at=hour(date(2018, 2, 20)),
            deadlines=case.deadlines,
        )
        if view.transition.action == action
    )

    told = [unmet.params["field"] for unmet in view.unmet if unmet.code == "unmet.nothing_left"]

    assert not view.allowed
    assert told == [field]
