"""Faults of deadlines: unknown states, facts and actions, ladders without rungs, states in which no time runs."""

from calendar import monthrange
from collections.abc import Iterator
from typing import get_args

from definitions.process import Contract, DeadlineRule, Ladder, Process, Rung, RungTo, State
from definitions.soundness.finding import Finding, doubled, unknown
from definitions.soundness.paths import Paths
from definitions.soundness.states import holder_faults

_LEAP_YEAR = 2024
#: Words for people that rungs and duties may use besides roles.
PEOPLE: frozenset[str] = frozenset(get_args(get_args(RungTo)[0]))


def deadline_faults(process: Process, paths: Paths) -> Iterator[Finding]:
    """Every rule knows its states, facts and actions and has a ladder; every state has a deadline or says why not."""
    yield from doubled("deadline", "the deadline", (rule.key for rule in process.deadlines))
    yield from doubled("ladder", "the ladder", (ladder.key for ladder in process.ladders))
    for rule in process.deadlines:
        yield from _states(rule, paths, process)
        yield from _days(rule, paths, process)
        yield from _actions(rule, paths, process)
        yield from _people(rule, process)
        yield from _extension(rule, process)
    yield from _contract(process)
    used = {rule.ladder for rule in process.rules}
    yield from _opinion(process)
    for ladder in process.ladders:
        yield from _rungs(ladder)
        if ladder.key not in used:
            yield Finding(f"ladder[{ladder.key}]", "no deadline uses this ladder", ladder.key)
    if process.initial in paths.states:
        for state in process.states:
            yield from _coverage(process, paths, state)


def _states(rule: DeadlineRule, paths: Paths, process: Process) -> Iterator[Finding]:
    for name, keys in (("runs_in", rule.runs_in), ("pauses_in", rule.pauses_in)):
        place = f"deadline[{rule.key}].{name}"
        for key in keys:
            if key not in paths.states:
                yield unknown(place, "state", key, paths.states)
            elif process.state(key).end:
                yield Finding(place, f"{key} is an end: no time runs there", paths.to(key))
    for key in set(rule.runs_in) & set(rule.pauses_in):
        yield Finding(f"deadline[{rule.key}].pauses_in", f"cannot both run and pause in {key}", paths.to(key))


def _days(rule: DeadlineRule, paths: Paths, process: Process) -> Iterator[Finding]:
    for name, key in (("fact", rule.fact), ("counts_from", rule.counts_from)):
        place = f"deadline[{rule.key}].{name}"
        if key is None:
            continue
        if key not in process.fields:
            yield unknown(place, "fact", key, process.fields)
        elif process.fields[key].type != "date":
            yield Finding(place, f"{key} is {process.fields[key].type}, not a date", key)
        elif not _on_record(key, rule, paths, process):
            yield Finding(place, f"{key} can never be on record in {rule.runs_in[0]}", paths.to(rule.runs_in[0]))
    for name, day in (("fixed", rule.fixed), ("not_after", rule.not_after)):
        if day is not None and day.day > monthrange(_LEAP_YEAR, day.month)[1]:
            yield Finding(f"deadline[{rule.key}].{name}", "there is no such day in any year", f"{day.day}/{day.month}")
    if rule.ladder not in {ladder.key for ladder in process.ladders}:
        known = [ladder.key for ladder in process.ladders]
        yield unknown(f"deadline[{rule.key}].ladder", "ladder", rule.ladder, known, paths.to(rule.runs_in[0]))


def _opinion(process: Process) -> Iterator[Finding]:
    known = [ladder.key for ladder in process.ladders]
    if process.opinion is not None and process.opinion.ladder not in known:
        yield unknown("opinion.ladder", "ladder", process.opinion.ladder, known)
    if process.opinion is not None and any(rule.key == "opinion" for rule in process.deadlines):
        yield Finding("deadline[opinion]", "a deadline has the key that opinions have", "opinion")


def _extension(rule: DeadlineRule, process: Process) -> Iterator[Finding]:
    """Roles are known, and nobody but the law itself extends a limit of law."""
    if rule.extension is None:
        return
    place = f"deadline[{rule.key}].extension"
    yield from holder_faults(f"{place}.by", rule.extension.by, process, rule.key)
    if rule.basis.is_law and not rule.extension.basis.is_law:
        yield Finding(
            f"{place}.basis", "a limit of law is extended only where the law says so", rule.extension.basis.text
        )


def _contract(process: Process) -> Iterator[Finding]:
    """A clock that runs per contract knows by which facts contracts are told apart, and whose day it counts from."""
    named, rules = process.contract, [rule for rule in process.deadlines if rule.per_contract]
    for rule in rules:
        place = f"deadline[{rule.key}].per_contract"
        if named is None:
            yield Finding(place, "the process does not say what a contract is (contract)", rule.key)
        if rule.counts_from is None:
            yield Finding(place, "it does not say which acceptance it counts from (counts_from)", rule.key)
    if len(rules) > 1:
        yield Finding("deadline", "only one deadline runs per contract", ", ".join(rule.key for rule in rules))
    if named is not None:
        yield from _contract_facts(named, process)


def _contract_facts(named: Contract, process: Process) -> Iterator[Finding]:
    for name, key, type_ in (
        ("number", named.number, "text"),
        ("date", named.date, "date"),
        ("kind", named.kind, "choice"),
    ):
        field = process.fields.get(key)
        if field is None:
            yield unknown(f"contract.{name}", "fact", key, process.fields)
        elif field.type != type_:
            yield Finding(f"contract.{name}", f"{key} is {field.type}, not {type_}", key)
    kind = process.fields.get(named.kind)
    known = [choice.key for choice in kind.choices] if kind else []
    if kind is not None and named.of_kind not in known:
        yield unknown("contract.of_kind", "choice", named.of_kind, known)
    roles = {role.key for role in process.roles}
    if named.by not in roles:
        yield unknown("contract.by", "role", named.by, roles)


def _on_record(key: str, rule: DeadlineRule, paths: Paths, process: Process) -> bool:
    if any(field.key == key for field in process.data):
        return True
    return any(paths.can_precede(move, rule.runs_in) for move in process.transitions if move.fact(key))


def _actions(rule: DeadlineRule, paths: Paths, process: Process) -> Iterator[Finding]:
    known = {move.action for move in process.transitions}
    for name, actions in (("started_by", rule.started_by), ("ended_by", rule.ended_by)):
        place = f"deadline[{rule.key}].{name}"
        for action in actions:
            if action not in known:
                yield unknown(place, "action", action, known)
                continue
            moves = [move for move in process.transitions if move.action == action]
            stays = {target for move in moves for target in ((move.target,) if move.target else move.source)}
            if not stays & set(rule.runs_in):
                message = f"after {action} a proposal does not stand in {' or '.join(rule.runs_in)}"
                yield Finding(place, message, paths.through(moves[0]))


def _people(rule: DeadlineRule, process: Process) -> Iterator[Finding]:
    roles = {role.key for role in process.roles}
    if rule.duty is not None and rule.duty not in roles | PEOPLE:
        yield unknown(f"deadline[{rule.key}].duty", "role", rule.duty, roles | PEOPLE)
    if rule.guided_by is not None and rule.guided_by not in roles:
        yield unknown(f"deadline[{rule.key}].guided_by", "role", rule.guided_by, roles)
    if rule.guided_by is not None and rule.fixed is None:
        yield Finding(f"deadline[{rule.key}].guided_by", "guidance sets another day only for a fixed day", rule.kind)


def _rungs(ladder: Ladder) -> Iterator[Finding]:
    for index, rung in enumerate(ladder.rungs):
        place = f"ladder[{ladder.key}].rung[{index}]"
        if rung.offset is not None and rung.day is not None:
            yield Finding(place, "a rung has an offset or a day of the year, not both", f"{rung.offset}, {rung.day}")
        if rung.day is not None and not _is_day(rung):
            yield Finding(f"{place}.day", "there is no such day in any year", f"{rung.day[1]}/{rung.day[0]}")
        if rung.repeat_every is not None and rung.repeat_every < 1:
            yield Finding(
                f"{place}.repeat_every", "a reminder repeats after 1 working day or more", str(rung.repeat_every)
            )


def _is_day(rung: Rung) -> bool:
    month, day = rung.day or (1, 1)
    return 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]  # noqa: PLR2004 - months of a year.


def _coverage(process: Process, paths: Paths, state: State) -> Iterator[Finding]:
    """Whatever way a proposal comes into a state that is not an end, time runs there, or the file says why not."""
    if state.end or state.without_deadline or state.key not in paths.shortest:
        return
    rules = [rule for rule in process.deadlines if state.key in rule.runs_in]
    if state.key == process.initial and not any(not rule.started_by for rule in rules):
        yield Finding(f"state[{state.key}]", _UNCOVERED, state.key)
    for move in process.transitions:
        for source in move.source:
            if move.target == state.key and not any(_runs_after(rule, source, move.action) for rule in rules):
                yield Finding(f"state[{state.key}]", _UNCOVERED, paths.through(move, source))
                return


_UNCOVERED = "no deadline runs here, and the file does not say why (without_deadline)"


def _runs_after(rule: DeadlineRule, source: str, action: str) -> bool:
    if action in rule.ended_by:
        return False
    return not rule.started_by or action in rule.started_by or source in (*rule.runs_in, *rule.pauses_in)
