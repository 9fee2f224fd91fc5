"""What the engine offers it keeps: an allowed action, filled in within the bounds shown, is accepted."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.offering import lines_to_accept, offers, values
from tests.rehearsal import Case, final, perform, scenes, stories
from workflow.attempt import Attempt

CASES: list[Case] = []


def cases() -> list[Case]:
    """Every case that the stories pass through, and those in which they end."""
    if not CASES:
        CASES.extend(scene.before for code in stories() for scene in scenes(code))
        CASES.extend(final(code) for code in stories())
    return CASES


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
