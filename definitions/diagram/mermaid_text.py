"""A process as a Mermaid state diagram, for documents that draw it where they are read."""

from collections.abc import Iterator

from definitions.diagram.words import self_steps, who
from definitions.process import Process, State

#: Signs that mean something to Mermaid, and what stands for them.
_SIGNS = str.maketrans(
    {":": " -", ";": ",", '"': "'", "#": "số ", "\n": " ", "<": "‹", ">": "›", "{": "(", "}": ")", "%": " phần trăm"}
)


def mermaid(process: Process) -> str:
    """The ``stateDiagram-v2`` of a process: states grouped by milestone, self-steps as notes beside their state."""
    return "\n".join(_all_lines(process)) + "\n"


def _all_lines(process: Process) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "  direction TB"
    for milestone in process.milestones:
        yield f'  state "{_plain(milestone.label)}" as milestone_{milestone.key} {{'
        yield from ("  " + _state(state) for state in process.states if state.milestone == milestone.key)
        yield "  }"
    yield from (_state(state) for state in process.states if state.milestone == "inherit")
    yield f"  [*] --> {_id(process.initial)}"
    for move in process.transitions:
        if move.target is not None:
            label = f"{_plain(move.label)} ({_plain(who(process, move.owner))})"
            yield from (f"  {_id(source)} --> {_id(move.target)} : {label}" for source in move.source)
    yield from (f"  {_id(state.key)} --> [*]" for state in process.states if state.end)
    for state in process.states:
        yield from _note(process, state)


def _state(state: State) -> str:
    return f'  state "{_plain(state.label)}" as {_id(state.key)}'


def _note(process: Process, state: State) -> Iterator[str]:
    steps = self_steps(process, state)
    if steps:
        yield f"  note right of {_id(state.key)}"
        yield "    Ghi nhận tại chỗ"
        yield from (f"    ↻ {_plain(step)}" for step in dict.fromkeys(steps))
        yield "  end note"


def _id(key: str) -> str:
    """A name that Mermaid takes for no keyword and no arrow: ``state`` and ``end`` are words of its language."""
    return "s_" + key.replace("-", "_")


def _plain(text: str) -> str:
    return text.translate(_SIGNS)
