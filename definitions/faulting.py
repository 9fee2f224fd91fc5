"""Says what pydantic found wrong in a definition as faults a person can act on: the place by name, the nearest word."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from definitions.errors import Fault

#: The keys by which an entry of a list is named in a place, in the order in which they are looked for.
_NAMES = ("key", "action", "activity", "role")
#: Faults of a key that is not there, or holds nothing: a type may say in its ``wanting`` what it is wanted for.
_WANTING = ("missing", "too_short")


def faults_in(name: str, model: type[BaseModel], data: Mapping[str, Any], error: ValidationError) -> Iterator[Fault]:
    """Every fault of the text ``name``, one for each place, without those that only follow from a deeper one."""
    details = error.errors(include_url=False)
    places = [_location(data, detail["loc"]) for detail in details]
    rows = [row for row in zip(places, details, strict=True) if not _has_deeper(row[0], row[1], places)]
    rows.sort(key=lambda row: tuple(map(str, row[0])))
    for location, group in groupby(rows, key=lambda row: row[0]):
        found = [detail for _, detail in group]
        messages = dict.fromkeys(_message(model, location, detail) for detail in found)
        value = found[0]["input"]
        example = repr(value) if isinstance(value, str | int | float | bool) else ""
        yield Fault(file=name, place=_place(data, location), message=", or ".join(messages), example=example)


def _location(data: Any, parts: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The keys and indexes that lead to the value; pydantic's names for the members of a union are left out."""
    kept: list[int | str] = []
    for part in parts:
        if isinstance(part, str) and not isinstance(data, dict):
            continue
        kept.append(part)
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
        else:
            data = data.get(part)
    return tuple(kept)


def _has_deeper(location: tuple[int | str, ...], detail: ErrorDetails, all_: Iterable[tuple[int | str, ...]]) -> bool:
    """A list whose only entry is faulty is told to be too short; that goes away with the entry's own fault."""
    if detail["type"] != "too_short" or not detail["input"]:
        return False
    return any(len(other) > len(location) and other[: len(location)] == location for other in all_)


def _place(data: Any, location: tuple[int | str, ...]) -> str:
    """``transition[forward].facts[letter_date].type``: entries of a list are named by their key, not only counted."""
    place = ""
    for part in location:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
            place += f"[{_name(data, part)}]"
        else:
            data = data.get(part) if isinstance(data, dict) else None
            place += f".{part}" if place else part
    return place


def _name(entry: Any, index: int) -> Any:
    return next((entry[key] for key in _NAMES if key in entry), index) if isinstance(entry, dict) else index


def _message(model: type[BaseModel], location: tuple[int | str, ...], detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    known: list[str] = []
    if detail["type"] in _WANTING:
        message = getattr(model, "wanting", {}).get(_place({}, location), message)
    elif detail["type"] == "extra_forbidden":
        message = f"unknown key {location[-1]!r}"
        known = _known_keys(model, location[:-1])
    elif detail["type"] == "literal_error":
        words = str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
        known = [word.strip("'") for word in words] if len(words) > 1 else []
    wanted = str(location[-1] if detail["type"] == "extra_forbidden" else detail["input"])
    nearest = next(iter(get_close_matches(wanted, known, n=1)), "")
    return f"{message}; did you mean {nearest!r}?" if nearest else message


def _known_keys(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The keys that may stand in the table at that location."""
    models = [model]
    for part in location:
        if isinstance(part, str):
            fields = (
                field for one in models for name, field in one.model_fields.items() if part in (name, field.alias)
            )
            models = [inner for field in fields for inner in _inside(field.annotation)]
    return sorted({field.alias or name for one in models for name, field in one.model_fields.items()})


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _inside(argument)
