"""Faults of states: unreachable, without a way on, held by nobody who could act."""

from collections.abc import Iterator

from definitions.process import Holders, Process, State
from definitions.soundness.finding import Finding, doubled, unknown
from definitions.soundness.guards import condition_faults
from definitions.soundness.paths import Paths
from definitions.soundness.vocabulary import Vocabulary


def state_faults(process: Process, paths: Paths, vocabulary: Vocabulary) -> Iterator[Finding]:
    """The initial state is known; every state can be reached, can reach an end, and is held by one who can act."""
    yield from doubled("state", "the state", (state.key for state in process.states))
    yield from doubled("role", "the role", (role.key for role in process.roles))
    if process.initial not in paths.states:
        yield unknown("initial", "state", process.initial, paths.states)
        return
    for state in process.states:
        place = f"state[{state.key}]"
        if state.key not in paths.shortest:
            yield Finding(place, f"no path leads from {process.initial} to {state.key}", state.key)
        elif state.key not in paths.can_end:
            yield Finding(place, f"no end can be reached from {state.key}", paths.to(state.key))
        if state.end:
            yield from _ways_out_of_end(process, paths, state)
        yield from holder_faults(f"{place}.holder", state.holder, process, paths.to(state.key))
        yield from _idle_holders(process, paths, state)
        for held in state.holder:
            yield from condition_faults(f"{place}.holder", held.when, process, vocabulary, paths.to(state.key))


def holder_faults(place: str, holders: Holders, process: Process, example: str) -> Iterator[Finding]:
    """Roles that the process does not name, and roles that no turn ever comes to."""
    known = {role.key for role in process.roles}
    for index, held in enumerate(holders):
        if held.role not in known:
            yield unknown(place, "role", held.role, known, example)
        if held.when is None and index < len(holders) - 1:
            after = ", ".join(other.role for other in holders[index + 1 :])
            yield Finding(
                place, f"{held.role} comes first without a condition, so the turn never comes to {after}", example
            )


def _ways_out_of_end(process: Process, paths: Paths, state: State) -> Iterator[Finding]:
    for move in process.transitions_from(state.key):
        if not move.is_self_step:
            place = f"transition[{move.action}].from"
            yield Finding(place, f"{state.key} is an end: no way leads out of it", paths.through(move, state.key))


def _idle_holders(process: Process, paths: Paths, state: State) -> Iterator[Finding]:
    place, example = f"state[{state.key}].holder", paths.to(state.key)
    ways_out = [move for move in process.transitions_from(state.key) if move.target not in (None, state.key)]
    owners = {held.role for move in ways_out for held in move.owner}
    for held in state.holder:
        if held.role not in owners:
            yield Finding(place, f"{held.role} holds {state.key} but owns no transition out of it", example)
    if state.holder and state.holder[-1].when is not None:
        yield Finding(place, f"nobody holds {state.key} where none of the conditions is met", example)
