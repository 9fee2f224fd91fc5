"""Facts between their written form (JSON, a command's words) and typed values."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from definitions.process import Field, Process
from workflow.errors import BadValue
from workflow.proposal import FactValue

#: What a field type accepts, in words for whoever gave something else.
WANTED = {
    "text": "text",
    "line": "text in one line, without control or direction characters",
    "lines": "text without control or direction characters other than line breaks and tabs",
    "choice": "one of the choices",
    "money": "a whole number of đồng, zero or more",
    "number": "a whole number",
    "date": "a date as YYYY-MM-DD",
    "bool": "true or false",
}
#: What no text holds: lone surrogates, which neither JSON nor a database keeps; control characters, which move a
#: terminal; and characters that turn the direction of reading, by which a name can look like another.
_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNWRITABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_TURNS}]")
_BREAKS = re.compile("[\t\n\u2028\u2029]")
#: Texts that are names and addresses, beside the official ones: they stand in one line.
_NAMES = frozenset({"name", "beneficiary", "beneficiary_email", "line_beneficiary", "proposed_beneficiary"})
_WHOLE = re.compile(r"-?\d{1,15}")
_BOOLS = {"true": True, "false": False}


def read_value(field: Field, raw: object) -> FactValue:
    """The typed value of a field from JSON or from a word of a command. Raises BadValue.

    Text is normalised to NFC and trimmed; money and numbers are whole; dates are ISO 8601.
    """
    value: FactValue | None = None
    if field.type in ("money", "number"):
        value = _whole(raw)
        if value is not None and field.type == "money" and value < 0:
            value = None
    elif field.type == "bool":
        value = raw if isinstance(raw, bool) else _BOOLS.get(str(raw).lower())
    elif field.type == "date":
        value = _date(raw)
    elif isinstance(raw, str):
        value = unicodedata.normalize("NFC", raw).replace("\r\n", "\n").strip()
    if value is None:
        raise BadValue(field.key, raw, WANTED[field.type])
    return value


def is_writable(text: str, *, lines: bool = False) -> bool:
    """Whether a text may be kept: no control or direction characters; line breaks and tabs only in free text."""
    return _UNWRITABLE.search(text) is None and (lines or _BREAKS.search(text) is None)


def is_free(field: Field) -> bool:
    """Whether a field holds free text, which may have several lines."""
    return field.type == "text" and not field.official and field.key not in _NAMES


def visible(text: str) -> str:
    """A text as it may be shown: what an older record holds of unwritable characters is left out."""
    return _UNWRITABLE.sub("", text)


def read_text(key: str, raw: str, *, lines: bool = False) -> str:
    """Text that no field types (a note, a file's name): NFC, trimmed. Raises BadValue for what cannot be written."""
    text = unicodedata.normalize("NFC", raw).replace("\r\n", "\n").strip()
    if not is_writable(text, lines=lines):
        shown = visible(raw.encode("utf-8", "replace").decode())
        raise BadValue(key, shown, WANTED["lines" if lines else "line"])
    return text


def _whole(raw: object) -> int | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw if abs(raw) < 2**53 else None
    return int(raw) if isinstance(raw, str) and _WHOLE.fullmatch(raw.strip()) else None


def _date(raw: object) -> date | None:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        return None


def to_json(values: Mapping[str, FactValue]) -> dict[str, str | int | bool]:
    """Facts as JSON values: dates in ISO 8601, the rest as they are."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def from_json(process: Process, values: Mapping[str, object]) -> dict[str, FactValue]:
    """Facts back from JSON, typed by the process that they belong to."""
    facts: dict[str, Any] = dict(values)
    for key in filter(process.dates.__contains__, values):
        facts[key] = date.fromisoformat(str(facts[key]))
    return facts


def official(free: frozenset[str], facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts that may stand readable for ever: all but free text, whose keys ``free`` names."""
    return {key: value for key, value in facts.items() if key not in free}
