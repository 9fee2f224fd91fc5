"""What is said beside a command: which database, in which language, when, and by whom."""

from dataclasses import dataclass
from datetime import date, datetime

from khuyencong.wiring import UTC
from language.formats import read_date
from shapes.errors import WrongUsage
from workflow.proposal import VIETNAM

#: Days of which a calendar can be assumed.
_FIRST, _LAST = date(2010, 1, 1), date(2090, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The global options of one call."""

    database: str | None = None
    as_json: bool = False
    at: datetime | None = None
    user: str | None = None
    token: str | None = None


def read_instant(text: str) -> datetime:
    """An instant in ISO 8601, in UTC; without a zone it is meant in Vietnam. Raises WrongUsage, Unreadable."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        read_date(text.partition("T")[0].strip())  # A day that its month lacks is named as such.
        raise WrongUsage("usage.instant", text=text) from error
    if not _FIRST <= found.date() <= _LAST:
        raise WrongUsage("usage.at_range", text=text)
    return (found if found.tzinfo else found.replace(tzinfo=VIETNAM)).astimezone(UTC)


def read_day(text: str | None) -> date | None:
    """A date as ``2026-11-23`` or ``23/11/2026``, or None. Raises Unreadable."""
    return None if text is None else read_date(text)
