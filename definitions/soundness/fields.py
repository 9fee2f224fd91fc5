"""Faults of fields: one key with two types, bounds and defaults that do not fit or can never be on record."""

import re
from collections.abc import Iterator

from definitions.process import Bound, Field, Process, Transition
from definitions.soundness.finding import Finding, doubled, unknown
from definitions.soundness.paths import Paths
from definitions.soundness.vocabulary import Vocabulary

_MEASURED = {"money", "number", "date"}


def field_faults(process: Process, paths: Paths, vocabulary: Vocabulary) -> Iterator[Finding]:
    """A key has one type in the whole process; bounds, defaults, patterns and examples fit their field."""
    yield from doubled("data", "the field", (field.key for field in process.data))
    yield from _two_types(process, paths)
    for place, field, move in _placed(process):
        example = paths.through(move) if move else ""
        for found in (*_form(place, field), *_bounds(place, field, process, vocabulary)):
            yield found._replace(example=found.example or example)
        for key in _referred(field, process):
            if move is not None and not _on_record(key, move, process, paths):
                yield Finding(place, f"{key} can never be on record before {move.action}", example)


def _placed(process: Process) -> Iterator[tuple[str, Field, Transition | None]]:
    yield from ((f"data[{field.key}]", field, None) for field in process.data)
    for move in process.transitions:
        yield from ((f"transition[{move.action}].facts[{fact.key}]", fact, move) for fact in move.facts)


def _two_types(process: Process, paths: Paths) -> Iterator[Finding]:
    first: dict[str, tuple[str, Field]] = {}
    for place, field, move in _placed(process):
        where, other = first.setdefault(field.key, (place, field))
        if other.type != field.type:
            message = f"{field.key} is {field.type} here and {other.type} in {where}: a key has one type in a process"
            yield Finding(f"{place}.type", message, paths.through(move) if move else "")


def _form(place: str, field: Field) -> Iterator[Finding]:
    yield from doubled(f"{place}.choices", "the choice", (choice.key for choice in field.choices))
    if (field.min or field.max) and field.type not in _MEASURED:
        yield Finding(place, f"a {field.type} field has no min or max")
    lower = [bound for bound in field.min if isinstance(bound, int)]
    upper = [bound for bound in field.max if isinstance(bound, int)]
    if lower and upper and max(lower) > min(upper):
        yield Finding(place, f"min {max(lower)} is greater than max {min(upper)}")
    if field.pattern is None:
        return
    if field.type != "text":
        yield Finding(f"{place}.pattern", f"a pattern is for text, not for {field.type}")
        return
    try:
        fits = field.example is None or re.fullmatch(field.pattern, field.example)
    except re.error as error:
        yield Finding(f"{place}.pattern", f"is not a regular expression: {error}", field.pattern)
    else:
        if not fits:
            yield Finding(f"{place}.example", f"does not match the pattern {field.pattern}", str(field.example))


def _bounds(place: str, field: Field, process: Process, vocabulary: Vocabulary) -> Iterator[Finding]:
    for name, bounds in (("min", field.min), ("max", field.max)):
        for bound in bounds:
            yield from _bound(f"{place}.{name}", field, bound, process, vocabulary)
    if field.default is not None:
        if field.default not in process.fields:
            yield unknown(f"{place}.default", "field", field.default, process.fields)
        elif process.fields[field.default].type != field.type:
            found = process.fields[field.default].type
            yield Finding(f"{place}.default", f"{field.default} is {found}, but {field.key} is {field.type}")


def _bound(place: str, field: Field, bound: Bound, process: Process, vocabulary: Vocabulary) -> Iterator[Finding]:
    if isinstance(bound, int):
        if field.type == "date":
            yield Finding(place, f"a day is not bounded by the number {bound}")
    elif bound in vocabulary.bounds:
        if (bound in vocabulary.date_bounds) != (field.type == "date"):
            found = "a day" if bound in vocabulary.date_bounds else "a number"
            yield Finding(place, f"the bound {bound} is {found}, but {field.key} is {field.type}")
    elif bound not in process.fields:
        yield unknown(place, "field or bound", bound, {*process.fields, *vocabulary.bounds})
    elif process.fields[bound].type != field.type:
        yield Finding(place, f"{bound} is {process.fields[bound].type}, but {field.key} is {field.type}")


def _referred(field: Field, process: Process) -> tuple[str, ...]:
    named = (*field.min, *field.max, *((field.default,) if field.default else ()))
    return tuple(dict.fromkeys(key for key in named if isinstance(key, str) and key in process.fields))


def _on_record(key: str, move: Transition, process: Process, paths: Paths) -> bool:
    if move.fact(key) or any(field.key == key for field in process.data):
        return True
    givers = (other for other in process.transitions if other.fact(key))
    return any(paths.can_precede(other, move.source) for other in givers)
