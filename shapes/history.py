"""The steps of a proposal as history keeps them, with the chain that holds them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from definitions.process import Process
from shapes.daywork import acts_of, paper_names
from workflow.correcting import CORRECTED
from workflow.entries import Entry, read_body
from workflow.ledger import read_step
from workflow.proposal import OPENED, Step
from workflow.values import to_json

#: Steps of the process, and the one by which a running proposal came in.
_STEPS = ("step", "opened")
_OPENED = "Đưa đề án đang thực hiện vào hệ thống"


def steps_of(entries: Sequence[Entry], process: Process) -> tuple[Step, ...]:
    """The steps among a proposal's entries, in their order. Raises BrokenHistory."""
    return tuple(read_step(entry, process) for entry in entries if entry.kind == "step")


def decisions_of(entries: Sequence[Entry], process: Process) -> dict[str, Step]:
    """By the key of each fact: the newest step that gave it, those that were taken back left out."""
    undone = {read_body(entry)["undoes"] for entry in entries if entry.kind == CORRECTED}
    steps = (read_step(entry, process) for entry in entries if entry.kind in _STEPS and entry.seq not in undone)
    return {key: step for step in steps for key in step.facts}


def step_label(step: Step, process: Process) -> str:
    """What a step did, in words."""
    move = process.transition(step.source, step.action)
    return move.label if move else _OPENED if step.action == OPENED else step.action


def history_of(code: str, entries: Sequence[Entry], process: Process) -> dict[str, Any]:
    """The document of ``proposal history``.

    ``steps`` are the moves, ``acts`` what was done beside them, ``entries`` the whole chain that holds both.
    """
    names = paper_names(entries)
    undone = {read_body(entry)["undoes"]: entry.seq for entry in entries if entry.kind == CORRECTED}
    return {
        "code": code,
        "steps": [
            _step(entry, process, names) | {"corrected_by": undone.get(entry.seq)}
            for entry in entries
            if entry.kind in _STEPS
        ],
        "acts": acts_of(entries, process),
        "entries": [_link(entry) for entry in entries],
    }


def _step(entry: Entry, process: Process, names: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    step = read_step(entry, process)
    return {
        "seq": step.seq,
        "action": step.action,
        "label": step_label(step, process),
        "source": step.source,
        "source_label": process.state(step.source).label,
        "target": step.target,
        "target_label": process.state(step.target).label,
        "milestone": step.milestone,
        "revision": step.revision,
        "actor": step.actor,
        "person": step.person,
        "role": step.role,
        "agency": step.agency,
        "agency_name": step.agency_name,
        "capacity": step.capacity,
        "on_behalf_of": step.on_behalf_of,
        "effective_on": step.effective_on.isoformat(),
        "recorded_at": step.recorded_at.isoformat(),
        "note": step.note,
        "facts": to_json(step.facts),
        "documents": [
            {
                "key": paper.key,
                "name": paper.name or names.get((paper.attached or 0, paper.key), ""),
                "size": paper.size,
                "sha256": paper.sha256,
                "attached": paper.attached,
            }
            for paper in step.documents
        ],
        "process": step.process,
        "channel": step.channel,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _link(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "recorded_at": entry.recorded_at.isoformat(),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
