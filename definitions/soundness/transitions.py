"""Faults of transitions: unknown ends of the arrow, two answers to one action, nobody who may take it."""

from collections.abc import Iterator

from definitions.process import Process, Transition
from definitions.soundness.finding import Finding, doubled, unknown
from definitions.soundness.paths import Paths
from definitions.soundness.states import holder_faults


def transition_faults(process: Process, paths: Paths) -> Iterator[Finding]:
    """Sources and targets are known, a state answers an action in one way, an owner is a role of the process."""
    yield from _two_answers(process, paths)
    for move in process.transitions:
        place, example = f"transition[{move.action}]", paths.through(move)
        for source in move.source:
            if source not in paths.states:
                yield unknown(f"{place}.from", "state", source, paths.states, example)
            if source == move.target:
                yield Finding(f"{place}.to", f"a self-step in {source} leaves `to` out", paths.through(move, source))
        if move.target is not None and move.target not in paths.states:
            yield unknown(f"{place}.to", "state", move.target, paths.states, example)
        yield from holder_faults(f"{place}.owner", move.owner, process, example)
        yield from _effective(place, move, example)
        yield from doubled(f"{place}.facts", "the fact", (fact.key for fact in move.facts))
        yield from doubled(f"{place}.documents", "the document", (paper.key for paper in move.documents))


def _two_answers(process: Process, paths: Paths) -> Iterator[Finding]:
    first: dict[tuple[str, str], Transition] = {}
    for move in process.transitions:
        for source in move.source:
            other = first.setdefault((source, move.action), move)
            if other is not move or move.source.count(source) > 1:
                message = f"{move.action} in {source} stands twice (rows {other.row} and {move.row})"
                yield Finding(f"transition[{move.action}].from", message, paths.through(move, source))


def _effective(place: str, move: Transition, example: str) -> Iterator[Finding]:
    if move.effective is None:
        return
    fact = move.fact(move.effective)
    if fact is None:
        yield unknown(
            f"{place}.effective", "fact of this transition", move.effective, [f.key for f in move.facts], example
        )
    elif fact.type != "date" or not fact.required:
        yield Finding(
            f"{place}.effective", f"{fact.key} must be a required date: it is the day the step takes effect", example
        )
