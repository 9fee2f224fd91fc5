"""Entries whose paper bears an earlier day than the one on which it was recorded, by more than a stated limit."""

from datetime import date, datetime

from workflow.proposal import legal_day

#: Calendar days that a paper may be older than its record before it is flagged. No law sets it: it is this product's
#: own, and whoever asks may name another.
USUAL_LIMIT = 15


def days_back(effective_on: date, recorded_at: datetime) -> int:
    """How many calendar days (in Vietnam) lie between the paper's day and the day of its record; never negative."""
    return max(0, (legal_day(recorded_at) - effective_on).days)


def is_back_dated(effective_on: date, recorded_at: datetime, *, limit: int = USUAL_LIMIT) -> bool:
    """Whether more than ``limit`` days lie between them."""
    return days_back(effective_on, recorded_at) > limit
