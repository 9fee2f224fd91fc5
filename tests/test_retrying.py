"""When a mail is tried again: later and later, never all at once, and not for ever."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifications.retrying import Retry

RETRY = Retry()


@given(st.integers(min_value=1, max_value=10_000), st.text())
def test_waits_stay_between_their_bounds(attempts: int, key: str) -> None:
    """Never sooner than the first wait, never later than a fifth above the longest."""
    wait = RETRY.wait(attempts, key)

    assert RETRY.first <= wait <= RETRY.most * 1.2


def test_waits_double() -> None:
    """A minute, two, four; the same mail and attempt always wait the same."""
    waits = [RETRY.wait(attempts, "<a@b>") for attempts in range(1, 8)]

    assert all(doubled <= wait <= doubled * 1.2 for wait, doubled in zip(waits, _doubled(), strict=True))
    assert waits == [RETRY.wait(attempts, "<a@b>") for attempts in range(1, 8)]


def _doubled() -> list[timedelta]:
    return [timedelta(minutes=2**power) for power in range(7)]


def test_mails_that_fail_together_are_not_tried_together() -> None:
    """A hundred mails of one outage spread over the fifth that is added."""
    waits = {RETRY.wait(5, f"<{number}@b>") for number in range(100)}

    assert max(waits) - min(waits) > timedelta(minutes=2)


def test_the_last_attempt_is_known() -> None:
    """After the agreed number of refusals a mail has failed."""
    assert [RETRY.gives_up(attempts) for attempts in (1, 23, 24)] == [False, False, True]
