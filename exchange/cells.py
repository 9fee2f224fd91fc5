"""What a cell says, as a value of the field that its column is: money, days, choices as offices write them.

Each reader returns the value, None for nothing, or raises ``BadCell`` with the sentence for it.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from exchange.folding import fold, nearest
from exchange.sources import UNCALCULATED, is_empty
from language.errors import Unreadable
from language.formats import day as written_day
from language.formats import read_date, read_money
from workflow.proposal import FactValue

LONGEST = 4_000
#: So many choices are named where none looks like what was written.
_SHOWN = 8
_ERRORS = frozenset(
    ("#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#GETTING_DATA", "#CALC!")
)
_NOTHING = frozenset(("-", "–", "—", "..", "...", "…"))
_TRUE, _FALSE = frozenset(("x", "co", "dung", "yes", "true", "1", "v")), frozenset(("khong", "no", "false", "0", "sai"))
_TICKS = frozenset("✓✔☑")
#: More than any programme spends in a year: ten million million đồng.
_DOUBTFUL = 10**13
_ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}")
_ONE_COMMA = re.compile(r"[0-9]{1,3},[0-9]{3}")
_POINT = re.compile(r"([0-9]{1,4})\.([0-9]{1,2})(?=\s*(?:tr|t[ỷỉ]))", re.IGNORECASE)
_BRACKETED = re.compile(r"\(\s*([0-9][0-9.,\s]*)\)")
_SPOKEN = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.0+)?")
_YEAR = re.compile(r"(?:năm\s*)?(20[0-9]{2})(?:\.0)?", re.IGNORECASE)
_HALF = Decimal("0.005")
_LARGE = 1000


class BadCell(Exception):
    """A cell cannot be read; code and params are for the catalogues."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(code)


def text_of(cell: object) -> str:
    """The cell as one line of text. Raises BadCell for errors of formulas and for what is too long to be meant."""
    if is_empty(cell):
        return ""
    if cell is UNCALCULATED:
        raise BadCell("cell.uncalculated")
    if isinstance(cell, datetime | date):
        return written_day(cell.date() if isinstance(cell, datetime) else cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    if len(text) > LONGEST:
        raise BadCell("cell.too_long", length=len(text), most=LONGEST)
    if text.strip() in _ERRORS:
        raise BadCell("cell.error", text=text.strip())
    words = unicodedata.normalize("NFC", unescape(text) if "_x" in text else text).split()
    return unguarded(" ".join(words)).strip("\u200b\ufeff ")


def unguarded(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking text for a formula."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def money(cell: object, *, unit: int = 1) -> int | None:
    """Whole đồng; a bare number counts ``unit`` đồng (the column's), a text may name its own unit."""
    if isinstance(cell, bool | datetime | date):
        raise BadCell("cell.money", text=text_of(cell))
    if isinstance(cell, int | float):
        return _whole(Decimal(repr(cell)) * unit, text_of(cell))
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    if _BRACKETED.fullmatch(text):
        raise BadCell("cell.money_negative", text=text)
    return _typed_money(text, unit)


def _typed_money(text: str, unit: int) -> int:
    typed = re.sub(r"vnđ$|vnd$|đồng$", "đ", text, flags=re.IGNORECASE)
    typed = _POINT.sub(r"\1,\2", re.sub(r"(?<=[0-9])[\s\xa0]+(?=[0-9])", "", typed))
    digits = typed.rstrip("đĐ ").strip()
    if _ENGLISH.fullmatch(digits):
        typed = digits = digits.replace(",", "")
    if unit == 1 and _ONE_COMMA.fullmatch(digits):
        raise BadCell("cell.money_comma", text=text)
    bare = not any(letter.isalpha() for letter in typed)
    try:
        if bare and unit != 1:
            return _whole(Decimal(_decimal(digits)) * unit, text)
        return _whole(Decimal(read_money(typed)), text)
    except Unreadable as error:
        raise BadCell(error.code.replace("unreadable.", "cell."), text=text) from error


def _decimal(digits: str) -> str:
    """A bare number in Vietnamese form as Python reads it; raises Unreadable where it is none."""
    if not re.fullmatch(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?", digits):
        raise Unreadable("unreadable.money", {"text": digits})
    return digits.replace(".", "").replace(",", ".")


def _whole(amount: Decimal, text: str) -> int:
    if not amount.is_finite():
        raise BadCell("cell.money", text=text)
    if amount < 0:
        raise BadCell("cell.money_negative", text=text)
    nearest_ = amount.to_integral_value()
    if amount != nearest_ and (abs(amount - nearest_) > _HALF or amount < _LARGE):
        raise BadCell("cell.money_not_whole", text=text)
    if nearest_ >= _DOUBTFUL:
        raise BadCell("cell.money_doubtful", text=text, amount=int(nearest_))
    return int(nearest_)


def number(cell: object) -> int | None:
    """A whole number; a year may be written as "Năm 2026"."""
    if isinstance(cell, bool | datetime | date):
        raise BadCell("cell.number", text=text_of(cell))
    if isinstance(cell, int | float):
        if isinstance(cell, float) and not cell.is_integer():
            raise BadCell("cell.number", text=text_of(cell))
        return int(cell)
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    year = _YEAR.fullmatch(text)
    digits = year[1] if year else text.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", text) else text
    if not re.fullmatch(r"-?[0-9]{1,12}", digits):
        raise BadCell("cell.number", text=text)
    return int(digits)


def day(cell: object, *, epoch: datetime) -> date | None:
    """A day: a date cell, a serial number of a spreadsheet, dd/mm/yyyy, or "ngày 5 tháng 3 năm 2026"."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    if not isinstance(cell, bool) and _SERIAL.fullmatch(text):
        return _serial(float(text), epoch)
    spoken = _SPOKEN.fullmatch(text)
    typed = "/".join(spoken.groups()) if spoken else re.sub(r"(?<=\d)\s*[.]\s*(?=\d)", "/", text)
    try:
        return read_date(typed)
    except Unreadable as error:
        raise BadCell(error.code.replace("unreadable.", "cell."), **{**error.params, "text": text}) from error


def _serial(value: float, epoch: datetime) -> date:
    found = from_excel(value, epoch)
    return found.date() if isinstance(found, datetime) else date.fromisoformat(str(found))


def flag(cell: object) -> bool | None:
    """Yes or no: x, có, 1, a tick; không, 0."""
    if isinstance(cell, bool):
        return cell
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    if text in _TICKS or fold(text) in _TRUE:
        return True
    if fold(text) in _FALSE:
        return False
    raise BadCell("cell.flag", text=text)


def choice(cell: object, known: Mapping[str, str], labels: Mapping[str, str]) -> str | None:
    """The key of a choice by its key or words; ``known`` maps folded words to keys, ``labels`` keys to words."""
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    if text in labels:
        return text
    found = known.get(fold(text))
    if found is not None:
        return found
    like = nearest(text, known)
    if like:
        raise BadCell("cell.choice_like", text=text, like=labels.get(known[like], known[like]))
    shown = [*labels.values()][:_SHOWN]
    raise BadCell("cell.choice", text=text, known="; ".join(shown) + ("…" if len(shown) < len(labels) else ""))


def place_key(cell: object, known: Mapping[str, str], labels: Mapping[str, str]) -> FactValue | None:
    """The key of a commune by its key or name ("xã Bình Lư", "Bình Lư, tỉnh Lai Châu"); unknown names stay as typed."""
    text = text_of(cell)
    if not text or text in _NOTHING:
        return None
    if text in labels:
        return text
    for part in (text, text.partition(",")[0], text.partition("-")[0]):
        if fold(part) in known:
            return known[fold(part)]
    like = nearest(text.partition(",")[0], known)
    if like:
        raise BadCell("cell.choice_like", text=text, like=labels.get(known[like], known[like]))
    return text
