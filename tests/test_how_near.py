"""How near a deadline is, in words: days left that may still change say so, though the day itself is fixed."""

from datetime import date

import pytest

from definitions.bundle import shipped
from language.catalogue import sentence
from shapes.badges import badge_of, badge_of_line
from shapes.day_names import day_name
from workflow.deadlines import is_left_provisional

#: 2026 is announced, 2027 a draft.
CALENDAR = shipped().calendar
FIXED = date(2027, 5, 19)


class English:
    """Speaks English."""

    def word(self, code: str, /, **params: object) -> str:
        """A sentence of the English catalogue."""
        return sentence(code, params, "en")


@pytest.mark.parametrize(
    ("today", "last", "said"),
    [
        (date(2026, 12, 1), FIXED, True),
        (date(2027, 5, 18), FIXED, True),
        (date(2027, 6, 1), FIXED, True),
        (FIXED, FIXED, False),
        (date(2026, 3, 2), date(2026, 5, 19), False),
        (date(2026, 12, 1), date(2029, 5, 18), True),
    ],
)
def test_days_left_through_a_draft_year_are_provisional(today: date, last: date, said: bool) -> None:
    """The days off of a year that is not announced may still change how many there are, also how many it is late."""
    badge = badge_of_line(last, today, CALENDAR, "vi", waiting=False)

    assert is_left_provisional(CALENDAR, today, last) is said
    assert badge.words.endswith("(tạm tính)") is said


def test_a_fixed_day_counted_through_a_draft_year_says_so() -> None:
    """The day stays, and only what is counted to it is marked."""
    row = {"days_left": 40, "state": "running", "held": False, "provisional": False, "days_left_provisional": True}

    assert badge_of(row, "vi").words.endswith("(tạm tính)")
    assert not badge_of({**row, "days_left_provisional": False}, "vi").words.endswith("(tạm tính)")


@pytest.mark.parametrize(
    ("day", "name", "said"),
    [
        ("2026-10-31", "Thứ Bảy", "Saturday"),
        ("2026-11-01", "Chủ nhật", "Sunday"),
        ("2026-09-02", "Quốc khánh", "Quốc khánh"),
        ("2026-10-30", "", ""),
    ],
)
def test_weekends_are_named_in_the_language_spoken(day: str, name: str, said: str) -> None:
    """A holiday keeps the name under which it was announced."""
    assert day_name(English(), {"day": day, "name": name}) == said
