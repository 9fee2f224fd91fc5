"""What the engine offers it keeps: an allowed action, filled in within the bounds shown, is accepted."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.offering import lines_to_accept, offers, values
from tests.rehearsal import Case, attempt_of, final, perform, scene, scenes, stories
from workflow.attempt import Attempt
from workflow.bounds import Limit, largest, smallest

CASES: list[Case] = []


def cases() -> list[Case]:
    """Every case that the stories pass through, and those in which they end."""
    if not CASES:
        CASES.extend(scene.before for code in stories() for scene in scenes(code))
        CASES.extend(final(code) for code in stories())
    return CASES


TRIEU = 1_000_000
#: What a field shows before anything is typed: sample, action, field, least, most.
SHOWN = (
    ("LC-04", "submit", "letter_date", None, date(2024, 4, 10)),
    ("LC-04", "forward", "recommended_amount", 1, 450 * TRIEU),
    ("LC-04", "appraise", "appraised_amount", 1, 450 * TRIEU),
    ("LC-04", "approve", "approved_amount", 1, 450 * TRIEU),
    ("LC-04", "approve", "decision_date", date(2025, 5, 8), date(2025, 5, 16)),
    ("LC-04", "allocate", "allocated_amount", 1, 450 * TRIEU),
    ("LC-04", "fund", "contract_value", 1, 450 * TRIEU),
    ("LC-04", "fund", "contract_end", None, date(2025, 12, 31)),
    ("LC-04", "advance", "amount", 1, 315 * TRIEU),
    ("LC-04", "complete", "invested_total", 900 * TRIEU, None),
    ("LC-04", "monitor", "accepted_amount", None, 450 * TRIEU),
    ("LC-04", "pay_rest", "amount", 1, 135 * TRIEU),
    ("LC-04", "file_settlement", "claimed_amount", None, 450 * TRIEU),
    ("LC-04", "settle", "settled_amount", 450 * TRIEU, 450 * TRIEU),
    ("LC-01", "forward", "recommended_amount", 1, 600 * TRIEU),
    ("LC-01", "settle", "settled_amount", 600 * TRIEU, 600 * TRIEU),
    ("DN-2026-0029", "close", "settled_amount", 154 * TRIEU, 154 * TRIEU),
)


@pytest.mark.parametrize(("code", "action", "key", "least", "most"), SHOWN)
def test_a_field_shows_the_least_and_the_most_that_it_takes(
    code: str, action: str, key: str, least: Limit | None, most: Limit | None
) -> None:
    """Whatever a guard would refuse is outside of what is shown."""
    done = scene(code, action)
    attempt = attempt_of(done.before, action, at=done.at)
    field = attempt.transition.fact(key)
    assert field is not None

    assert (largest(field.min, attempt), smallest(field.max, attempt)) == (least, most)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_values_within_the_bounds_of_an_allowed_action_are_accepted(data: st.DataObject) -> None:
    """``allowed`` and the bounds of the fields tell the whole truth: nothing else is in the way."""
    case = data.draw(st.sampled_from(cases()))
    at = case.proposal.last_at + timedelta(days=data.draw(st.integers(0, 60)), minutes=1)
    open_now = [one for one in offers(case, at) if _can_be_filled(one[1].attempt)]
    if not open_now:
        return
    actor, view = data.draw(st.sampled_from(open_now))
    facts = data.draw(st.composite(values)(view.attempt))

    scene = perform(case, view.transition.action, facts, at=at, by=actor)

    assert scene.step.action == view.transition.action


def _can_be_filled(attempt: Attempt) -> bool:
    return attempt.transition.action != "accept_line" or bool(lines_to_accept(attempt))
