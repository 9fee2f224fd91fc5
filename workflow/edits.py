"""What each entry changed in the data of a proposal: from what to what, as far as nothing was erased."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from definitions.process import Process
from workflow.entries import Entry, opened, read_body
from workflow.proposal import FactValue
from workflow.values import from_json

#: Where each kind of entry keeps values of the draft.
_PLACES: Mapping[str, str] = {"created": "data", "edited": "data", "step": "facts", "opened": "facts"}


class Change(Struct, frozen=True, kw_only=True):
    """One field that an entry changed. None beside ``erased`` False: there was, or is, no value."""

    key: str
    before: FactValue | None
    after: FactValue | None
    before_erased: bool = False
    after_erased: bool = False


@dataclass(slots=True)
class _Known:
    """What is known of the data at some entry: values, and the fields whose value was erased since."""

    values: dict[str, FactValue]
    erased: frozenset[str]


def changes_in(entries: Sequence[Entry], process: Process) -> dict[int, tuple[Change, ...]]:
    """The changes of a proposal's data by the number of the entry that made them; creations are not changes."""
    known = {0: _Known({}, frozenset())}
    found: dict[int, tuple[Change, ...]] = {}
    for number, entry in enumerate(entries, start=1):
        body = read_body(entry)
        before, after = known[number - 1], _after(known, number, entry, body, process)
        known[number] = after
        if entry.kind != "created":
            found[number] = tuple(_changes(before, after, process))
    return {number: changes for number, changes in found.items() if changes}


def _after(known: Mapping[int, _Known], number: int, entry: Entry, body: Mapping[str, Any], process: Process) -> _Known:
    before = known[number - 1]
    if entry.kind == "corrected":
        return known[body["undoes"] - 1]
    if entry.kind not in _PLACES:
        return before
    place = f"{_PLACES[entry.kind]}."
    personal = {
        path.removeprefix(place): value for path, value in opened(entry, body).items() if path.startswith(place)
    }
    committed = {path.removeprefix(place) for path in body["private"] if path.startswith(place)}
    fields = {field.key for field in process.data}
    given = from_json(process, {**body[place[:-1]], **personal})
    gone = set(body.get("emptied", ()))
    kept = {key: value for key, value in before.values.items() if key not in gone | committed} | given
    erased = (before.erased - gone - given.keys()) | (committed - personal.keys())
    return _Known({key: value for key, value in kept.items() if key in fields}, frozenset(erased & fields))


def _changes(before: _Known, after: _Known, process: Process) -> Iterator[Change]:
    for field in process.data:
        old, new = before.values.get(field.key), after.values.get(field.key)
        was_erased, is_erased = field.key in before.erased, field.key in after.erased
        if old != new or was_erased != is_erased:
            yield Change(key=field.key, before=old, after=new, before_erased=was_erased, after_erased=is_erased)
