"""The small acts beside the steps as history shows them: who did what, and what an edit changed from what to what."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from definitions.process import Process
from workflow.edits import Change, changes_in
from workflow.entries import Entry, opened, read_body
from workflow.proposal import FactValue

#: What every entry has, or what is shown under a name of its own.
_COMMON = frozenset(
    (
        *("kind", "subject", "seq", "recorded_at", "previous", "private", "format", "person", "channel", "role"),
        *("agency", "capacity", "data", "emptied", "documents", "revision", "actor", "os_user"),
    )
)
#: Entries by which papers come to a case before a step, with their names.
_WITH_PAPERS = ("attached", "presented", "signed", "issued")
#: Entries that are shown as steps, or begin the history.
_NOT_ACTS = ("created", "step", "opened")


def acts_of(entries: Sequence[Entry], process: Process) -> list[dict[str, Any]]:
    """Every entry of a proposal that is neither its creation nor a step, oldest first."""
    changes = changes_in(entries, process)
    return [_act(entry, changes.get(entry.seq or 0, ()), process) for entry in entries if entry.kind not in _NOT_ACTS]


def _act(entry: Entry, changes: Sequence[Change], process: Process) -> dict[str, Any]:
    body = read_body(entry)
    values = opened(entry, body)
    own = {key: value for key, value in body.items() if key not in _COMMON}
    own |= {"action_label": action_label(process, str(body["action"]))} if "action" in body else {}
    private = {path: values.get(path) for path in body["private"] if "." not in path and path not in _COMMON}
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "recorded_at": entry.recorded_at.isoformat(),
        "person": body.get("person"),
        "actor": values.get("actor"),
        "role": body.get("role"),
        "agency": body.get("agency"),
        "details": {**own, **private},
        "documents": [_paper(number, paper, values) for number, paper in enumerate(body.get("documents", ()))],
        "changes": [_change(change, process) for change in changes],
    }


def action_label(process: Process, action: str) -> str:
    """What people call an action, whatever the state."""
    return next((move.label for move in process.transitions if move.action == action), action)


def _paper(number: int, paper: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    named = {"key": paper["key"], "name": values.get(f"documents.{number}.name")}
    return named | {"size": paper["size"], "sha256": paper["sha256"]}


def _change(change: Change, process: Process) -> dict[str, Any]:
    field = process.fields[change.key]
    return {
        "key": change.key,
        "label": field.label,
        "type": field.type,
        "before": _plain(change.before),
        "before_erased": change.before_erased,
        "after": _plain(change.after),
        "after_erased": change.after_erased,
    }


def _plain(value: FactValue | None) -> str | int | bool | None:
    return value.isoformat() if isinstance(value, date) else value


def paper_names(entries: Sequence[Entry]) -> dict[tuple[int, str], str]:
    """The names of the papers that came to a case before a step, by entry and key; erased ones are left out."""
    found = {}
    for entry in entries:
        if entry.kind in _WITH_PAPERS:
            body = read_body(entry)
            values = opened(entry, body)
            for number, paper in enumerate(body["documents"]):
                name = values.get(f"documents.{number}.name")
                if name and "attached" not in paper:
                    found[entry.seq or 0, str(paper["key"])] = name
    return found
