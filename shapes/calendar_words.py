"""By which versions of which calendar years something was counted, in words."""

import re

from shapes.speaking import Speaker

_MARK = re.compile(r"(?P<year>\d{4})\.(?P<version>\d+)(?P<draft>\??)")


def calendar_words(say: Speaker, mark: str, *, like: str = "") -> str:
    """``năm 2026 bản 1; năm 2027 chưa công bố`` of ``2026.1,2027.0?``; only the years of ``like``, if given."""
    years = {found["year"] for found in _MARK.finditer(like)}
    rows = (found for found in _MARK.finditer(mark) if not years or found["year"] in years)
    return "; ".join(_year(say, found["year"], found["version"], found["draft"]) for found in rows) or mark


def _year(say: Speaker, year: str, version: str, draft: str) -> str:
    if version == "0":
        return say.word("calendar.mark_unknown", year=year)
    return say.word("calendar.mark_draft" if draft else "calendar.mark", year=year, version=version)
