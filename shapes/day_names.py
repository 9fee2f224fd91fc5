"""What a day is called on which offices rest, or work though it is a weekend."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from definitions.calendar import WEEKEND
from shapes.speaking import Speaker


def day_name(say: Speaker, line: Mapping[str, Any]) -> str:
    """The name of a counted or skipped day: a holiday's as it was announced, a weekend's in the language spoken."""
    weekday = date.fromisoformat(line["day"]).weekday()
    usual = line["name"] == WEEKEND.get(weekday)
    return say.word(f"weekday.{weekday}") if usual else str(line["name"])
