"""Faults of guards and conditions: names that mean nothing, arguments that name nothing, guards that never bite."""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Literal

from definitions.process import Field, Process, Transition
from definitions.soundness.finding import Finding, unknown
from definitions.soundness.paths import Paths
from definitions.soundness.vocabulary import Argument, Vocabulary


def guard_faults(process: Process, paths: Paths, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Guards and conditions of transitions and of the proposal's data are known, and so is what they name."""
    for move in process.transitions:
        place, example = f"transition[{move.action}]", paths.through(move)
        for guard in move.guards:
            found = _named(f"{place}.guards", "guard", guard, process, vocabulary)
            yield from (finding._replace(example=example) for finding in found)
            yield from _toothless(process, paths, move, guard)
        for held in move.owner:
            yield from condition_faults(f"{place}.owner", held.when, process, vocabulary, example)
        for part, entries in (("facts", move.facts), ("documents", move.documents)):
            for entry in entries:
                where = f"{place}.{part}[{entry.key}].required_when"
                yield from condition_faults(where, entry.required_when, process, vocabulary, example)
    for field in process.data:
        yield from condition_faults(f"data[{field.key}].required_when", field.required_when, process, vocabulary, "")


def condition_faults(
    place: str, condition: str | None, process: Process, vocabulary: Vocabulary, example: str
) -> Iterator[Finding]:
    """A condition that is not known, or whose argument names nothing; none at all is no fault."""
    if condition is not None:
        found = _named(place, "condition", condition, process, vocabulary)
        yield from (finding._replace(example=example) for finding in found)


def _named(
    place: str, what: Literal["guard", "condition"], text: str, process: Process, vocabulary: Vocabulary
) -> Iterator[Finding]:
    is_guard = what == "guard"
    known = vocabulary.guards if is_guard else vocabulary.conditions
    arguments = vocabulary.guard_arguments if is_guard else vocabulary.condition_arguments
    name, _, argument = text.partition(":")
    if name not in known:
        yield unknown(place, what, name, known)
    elif name in arguments:
        yield from _argument(place, text, arguments[name], argument, process)
    else:
        everything = {word for names in _NAMES.values() for word in names(process)}
        for part in filter(None, argument.split(",")):
            if part not in everything:
                yield unknown(place, "rule, field, action, state or choice", part, everything)


_NAMES: Mapping[Argument, Callable[[Process], Set[str]]] = {
    "rule": lambda process: {rule.key for rule in process.deadlines},
    "fixed_rule": lambda process: {rule.key for rule in process.deadlines if rule.fixed is not None},
    "money": lambda process: {field.key for field in process.fields.values() if field.type == "money"},
    "action": lambda process: {move.action for move in process.transitions},
    "state": lambda process: {state.key for state in process.states},
    "kinds": lambda process: {choice.key for field in _all_fields(process) for choice in field.choices},
}
_WORDS: Mapping[Argument, str] = {
    "rule": "deadline rule",
    "fixed_rule": "deadline rule with a fixed day",
    "money": "money field",
    "action": "action",
    "state": "state",
    "kinds": "choice",
}


def _all_fields(process: Process) -> Iterator[Field]:
    yield from process.data
    for move in process.transitions:
        yield from move.facts


def _argument(place: str, text: str, kind: Argument, argument: str, process: Process) -> Iterator[Finding]:
    if not argument:
        yield Finding(place, f"{text} must name a {_WORDS[kind]}, as in {text}:{_some(process, kind)}")
        return
    known = _NAMES[kind](process)
    for part in argument.split(",") if kind == "kinds" else [argument]:
        if part not in known:
            yield unknown(place, _WORDS[kind], part, known)


def _some(process: Process, kind: Argument) -> str:
    return next(iter(sorted(_NAMES[kind](process))), "...")


def _toothless(process: Process, paths: Paths, move: Transition, guard: str) -> Iterator[Finding]:
    """A guard that looks back at a step that cannot have come before it, or waits for a deadline that never runs."""
    name, _, argument = guard.partition(":")
    place, example = f"transition[{move.action}].guards", paths.through(move)
    if name == "not_same_person":
        done = [other for other in process.transitions if other.action == argument]
        if done and not any(paths.can_precede(other, move.source) for other in done):
            yield Finding(place, f"{guard} always passes: {argument} cannot come before {move.action}", example)
    if name == "deadline_passed":
        rules = [rule for rule in process.deadlines if rule.key == argument]
        for source in move.source:
            if rules and source not in rules[0].runs_in:
                message = f"{guard} never passes in {source}: the deadline does not run there"
                yield Finding(place, message, paths.through(move, source))
