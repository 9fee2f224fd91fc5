"""The ways through a process: which state leads to which, and the shortest path to each as words."""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property

from definitions.process import Process, Transition

Way = tuple[str, str, str]  # state, action, next state


class Paths:
    """The graph of a process. States that the process does not declare are no part of it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.states = {state.key for state in process.states}
        self._ways = tuple(self._all_ways())

    def _all_ways(self) -> Iterator[Way]:
        for move in self.process.transitions:
            for source in move.source:
                if move.target in self.states and source in self.states and move.target is not None:
                    yield source, move.action, move.target

    @cached_property
    def shortest(self) -> dict[str, tuple[Way, ...]]:
        """The shortest path from the initial state to every state that can be reached."""
        return self.shortest_from(self.process.initial)

    def shortest_from(self, start: str) -> dict[str, tuple[Way, ...]]:
        """The shortest path from a state to every state that can be reached from it; to itself the empty path."""
        found: dict[str, tuple[Way, ...]] = {start: ()}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            for way in self._ways:
                if way[0] == state and way[2] not in found:
                    found[way[2]] = (*found[state], way)
                    waiting.append(way[2])
        return found

    @cached_property
    def can_end(self) -> set[str]:
        """The states from which some end can be reached."""
        found = {state.key for state in self.process.states if state.end}
        grown = True
        while grown:
            before = {source for source, _, target in self._ways if target in found} - found
            found |= before
            grown = bool(before)
        return found

    def to(self, state: str) -> str:
        """``drafted -submit-> submitted``: the shortest path to a state, or the state alone where there is none."""
        return spell(self.process.initial, self.shortest[state]) if state in self.shortest else state

    def through(self, move: Transition, source: str | None = None) -> str:
        """The shortest path that ends with this move, from that source or from the one that is reached first."""
        sources = [source] if source else sorted(move.source, key=lambda key: len(self.shortest.get(key, self._ways)))
        target = move.target if move.target is not None else sources[0]
        return f"{self.to(sources[0])} -{move.action}-> {target}"

    def can_precede(self, earlier: Transition, states: Iterable[str]) -> bool:
        """Whether a proposal can make a move and afterwards stand in one of the states."""
        wanted = set(states)
        after = [earlier.target] if earlier.target is not None else list(earlier.source)
        return any(wanted & self._onward(state) for state in after)

    def _onward(self, state: str) -> set[str]:
        return set(self.shortest_from(state))


def spell(start: str, ways: Iterable[Way]) -> str:
    """A path as words, from its first state on."""
    return start + "".join(f" -{action}-> {target}" for _, action, target in ways)
