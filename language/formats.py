"""Money, dates and instants as Vietnamese offices write them, and typed ones read back.

Money is whole đồng; days are those of Asia/Ho_Chi_Minh.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.numbers import NumberFormatError, format_compact_decimal, format_decimal, parse_decimal

from language.errors import Unreadable

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_LOCALE: Final = "vi"
_MOST: Final = 2**53 - 1  # Whole numbers that JSON keeps exactly.
_UNITS: Final = {
    "": 1,
    "đ": 1,
    "đồng": 1,
    "vnd": 1,
    "nghìn": 10**3,
    "ngàn": 10**3,
    "tr": 10**6,
    "triệu": 10**6,
    "tỷ": 10**9,
    "tỉ": 10**9,
}
_MONEY: Final = re.compile(r"(-?)([0-9][0-9.,]*)\s*([^\W\d_]*)(?:\s*(?:đ|đồng))?")
_DATE: Final = re.compile(r"(?P<d>[0-9]{1,2})[/-](?P<m>[0-9]{1,2})[/-](?P<y>[0-9]{4})")
_ISO: Final = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
_MONTH: Final = re.compile(r"(?P<y>[0-9]{4})-(?P<m>0[1-9]|1[0-2])")


@lru_cache(maxsize=4096)  # CLDR's patterns are read anew at each call, and a page asks for a hundred numbers.
def number(value: int) -> str:
    """``300.000.000``: a whole number with its thousands grouped."""
    return format_decimal(value, locale=_LOCALE)


def money(amount: int) -> str:
    """``300.000.000 đ`` of whole đồng."""
    return f"{number(amount)} đ"


@lru_cache(maxsize=4096)
def money_short(amount: int) -> str:
    """``300 triệu``, ``1,2 tỷ``: for tables and badges; rounded to a thousandth of the unit."""
    return format_compact_decimal(Decimal(amount), locale=_LOCALE, format_type="long", fraction_digits=3)


def day(value: date | str) -> str:
    """``05/01/2026`` of a date, or of its ISO 8601 text. Raises Unreadable for other text."""
    found = read_date(value) if isinstance(value, str) else value
    return f"{found.day:02}/{found.month:02}/{found.year:04}"


def instant(at: datetime) -> str:
    """``23/11/2026 08:00`` of an aware instant, by the clock of Vietnam. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant is aware: its time zone is missing")
    local = at.astimezone(VIETNAM)
    return f"{day(local.date())} {local:%H:%M}"


def read_instant_text(text: str) -> str:
    """The same of an instant's ISO 8601 text, with its seconds: ``23/11/2026 08:00:07``."""
    at = datetime.fromisoformat(text).astimezone(VIETNAM)
    return f"{instant(at)}:{at.second:02}"


def period(text: str) -> str:
    """``tháng 10/2026`` of ``2026-10``; a period of another form is said as it is."""
    found = _MONTH.fullmatch(text)
    return f"tháng {found['m']}/{found['y']}" if found else text


def read_money(text: str) -> int:
    """Whole đồng from what a person types: ``300.000.000``, ``300 triệu``, ``1,2 tỷ``, with or without ``đ``.

    Points group thousands, a comma begins decimals. Raises Unreadable where it is none of these, is negative, is not a
    whole number of đồng, or is larger than any sum the system keeps.
    """
    typed = unicodedata.normalize("NFC", text).strip()
    found = _MONEY.fullmatch(typed.lower())
    if found is None or found[3] not in _UNITS:
        raise Unreadable("unreadable.money", {"text": typed})
    if found[1]:
        raise Unreadable("unreadable.money_negative", {"text": typed})
    return _whole(_grouped(found[2], typed) * _UNITS[found[3]], typed)


def _grouped(digits: str, typed: str) -> Decimal:
    try:
        return parse_decimal(digits, locale=_LOCALE, strict=True)
    except NumberFormatError as error:
        raise Unreadable("unreadable.money", {"text": typed}) from error


def _whole(amount: Decimal, typed: str) -> int:
    if amount != amount.to_integral_value():
        raise Unreadable("unreadable.money_not_whole", {"text": typed})
    if amount > _MOST:
        raise Unreadable("unreadable.money_too_large", {"text": typed})
    return int(amount)


def read_date(text: str) -> date:
    """The date of ``23/11/2026`` or ``2026-11-23``. Raises Unreadable; a day that the month lacks is named as such."""
    typed = text.strip()
    found = _DATE.fullmatch(typed) or _ISO.fullmatch(typed)
    if found is None:
        raise Unreadable("unreadable.date", {"text": typed})
    year, month, day_ = int(found["y"]), int(found["m"]), int(found["d"])
    if not 1 <= month <= 12 or year == 0:  # noqa: PLR2004 - a year has twelve months.
        raise Unreadable("unreadable.no_such_month", {"text": typed})
    if not 1 <= day_ <= monthrange(year, month)[1]:
        params = {"text": typed, "month": f"{month:02}/{year}", "days": monthrange(year, month)[1]}
        raise Unreadable("unreadable.no_such_day", params)
    return date(year, month, day_)
