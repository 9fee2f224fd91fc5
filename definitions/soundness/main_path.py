"""Faults of the main path: broken or forked, milestones out of order, entered by another verb than their own."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from definitions.process import MILESTONES, Milestone, Process, Transition
from definitions.soundness.finding import Finding, doubled
from definitions.soundness.paths import Paths, Way, spell

#: The action that enters each milestone; the first is where a proposal begins.
VERBS: Mapping[Milestone, str] = MappingProxyType(
    {"appraised": "appraise", "approved": "approve", "funded": "fund", "monitored": "monitor", "evaluated": "evaluate"}
)


def main_path(process: Process) -> tuple[Way, ...]:
    """The moves flagged ``main`` from the initial state on, as far as they lead without a fork or a circle."""
    ways: list[Way] = []
    state, seen = process.initial, {process.initial}
    while len(onward := _main_moves(process, state)) == 1:
        target = onward[0].target
        if target is None or target in seen or not process.has_state(target):
            break
        ways.append((state, onward[0].action, target))
        seen.add(target)
        state = target
    return tuple(ways)


def _main_moves(process: Process, state: str) -> list[Transition]:
    return [move for move in process.transitions_from(state) if move.main and not move.is_self_step]


def main_path_faults(process: Process, paths: Paths) -> Iterator[Finding]:
    """One unbroken line of main moves from the initial state to an end passes the six milestones, each by its verb."""
    yield from _labels(process)
    if process.initial not in paths.states:
        return
    ways = main_path(process)
    states = [process.initial, *(way[2] for way in ways)]
    yield from _line(process, ways, states[-1])
    for move in process.transitions:
        if move.main and not set(move.source) & set(states):
            yield Finding(f"transition[{move.action}].main", "the main path never comes by here", paths.through(move))
    yield from _steps(process, ways)
    for move in process.transitions:
        yield from _verbs(process, paths, move)


def _labels(process: Process) -> Iterator[Finding]:
    named = [milestone.key for milestone in process.milestones]
    yield from doubled("milestone", "the milestone", named)
    missing = [key for key in MILESTONES if key not in named]
    if missing:
        yield Finding("milestone", f"no words for the milestone {missing[0]}", missing[0])
    elif sorted(set(named), key=MILESTONES.index) != list(dict.fromkeys(named)):
        yield Finding("milestone", f"milestones stand in the order {', '.join(MILESTONES)}", ", ".join(named))


def _line(process: Process, ways: tuple[Way, ...], last: str) -> Iterator[Finding]:
    walked = spell(process.initial, ways)
    if process.state(last).end:
        return
    onward = _main_moves(process, last)
    if len(onward) > 1:
        forks = " and ".join(move.action for move in onward)
        yield Finding(f"state[{last}]", f"the main path forks at {last}: {forks}", walked)
    elif onward:
        yield Finding(f"transition[{onward[0].action}].to", f"the main path leads nowhere new from {last}", walked)
    else:
        yield Finding(f"state[{last}]", f"the main path breaks off at {last}, which is not an end", walked)


def _steps(process: Process, ways: tuple[Way, ...]) -> Iterator[Finding]:
    if _rank(process, process.initial) != 0:
        yield Finding(
            f"state[{process.initial}].milestone", f"the initial state lies in {MILESTONES[0]}", process.initial
        )
    for index, (source, action, target) in enumerate(ways):
        before, after = _rank(process, source), _rank(process, target)
        shown = spell(process.initial, ways[: index + 1])
        if before is None or after is None:
            yield Finding(f"state[{target}].milestone", "on the main path every state names its milestone", shown)
        elif after < before or after > before + 1:
            message = f"the main path goes from {MILESTONES[before]} to {MILESTONES[after]}"
            yield Finding(f"transition[{action}]", message, shown)
        elif after > before and action != VERBS[MILESTONES[after]]:
            message = f"{MILESTONES[after]} is entered by {action}, not by {VERBS[MILESTONES[after]]}"
            yield Finding(f"transition[{action}]", message, shown)
    last = ways[-1][2] if ways else process.initial
    if process.state(last).end and _rank(process, last) != len(MILESTONES) - 1:
        yield Finding(
            f"state[{last}].milestone", f"the main path ends before {MILESTONES[-1]}", spell(process.initial, ways)
        )


def _verbs(process: Process, paths: Paths, move: Transition) -> Iterator[Finding]:
    """Beside the main path too: a milestone's own state is entered by its verb alone, and none is leapt over."""
    after = None if move.target is None else _rank(process, move.target)
    if after is None or move.target is None:
        return
    for source in move.source:
        before = _rank(process, source)
        if before is None or after <= before:
            continue
        verb, example = VERBS[MILESTONES[after]], paths.through(move, source)
        if after > before + 1:
            yield Finding(f"transition[{move.action}]", f"leaps over {MILESTONES[before + 1]}", example)
        elif move.target == MILESTONES[after] and move.action != verb:
            yield Finding(
                f"transition[{move.action}]", f"{move.target} is entered by {move.action}, not by {verb}", example
            )


def _rank(process: Process, state: str) -> int | None:
    milestone = process.state(state).milestone if process.has_state(state) else "inherit"
    return None if milestone == "inherit" else MILESTONES.index(milestone)
