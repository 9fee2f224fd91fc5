"""Who may do what, as one page: ``python -m khuyencong.access > docs/reference/access.md``.

The steps of proposals come from the shipped processes. Everything else is the table ``USE_CASES``, which
``tests/test_access_matrix.py`` holds against what the product does.
"""

import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from definitions.bundle import shipped
from definitions.process import Holders, Process, Transition

#: Who may ask for something, as the columns of the second table.
SUBJECTS: Final = MappingProxyType(
    {
        "implementer": "implementer of the proposal",
        "guiding": "role that guides the deadline",
        "administrator_above": "administrator of the agency or one above",
        "administrator_home": "administrator of the installation's own agency",
        "administrator_elsewhere": "administrator elsewhere",
        "auditor": "auditor",
        "other": "any other seat, observers too",
        "no_seat": "account without a seat",
        "operator": "operator of the machine, no token",
    }
)
_ANYBODY = frozenset(SUBJECTS) - {"operator"}
_GOVERNING = frozenset({"administrator_above"})
#: Who may, by use case; nobody else may. On a sandbox the operator may do what administrators may.
USE_CASES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "proposal new": frozenset({"implementer"}),
        "proposal edit": frozenset({"implementer"}),
        "proposal import": frozenset({"implementer"}),
        "guidance add": frozenset({"guiding"}),
        "appointment add": frozenset({"administrator_home"}),
        "definitions publish, calendar publish": frozenset({"administrator_home"}),
        "user add": _GOVERNING,
        "user seat": _GOVERNING,
        "user seat (administrator)": _GOVERNING | {"administrator_home"},
        "user seat-end": _GOVERNING,
        "user handover": _GOVERNING,
        "user password (another's)": _GOVERNING,
        "user password (one's own)": _ANYBODY,
        "user token (another's)": _GOVERNING,
        "user token (one's own)": _ANYBODY,
        "user tokens (another's)": _GOVERNING,
        "user token-revoke (another's)": _GOVERNING,
        "user deactivate": _GOVERNING,
        "user reactivate": _GOVERNING,
        "user unlock": _GOVERNING,
        "user list": frozenset({"administrator_above", "administrator_home", "administrator_elsewhere", "auditor"}),
        "init": frozenset({"operator"}),
    }
)
_HEAD = """# Who may do what

Written by `python -m khuyencong.access` from the shipped processes and the table of use cases beside it.
`tests/test_access_matrix.py` tries every line as every role, from the wrong agency, from another province, from a seat
that has ended or not begun, with a closed account, as auditor, observer and beneficiary: only who stands here passes.

A role is worn by an agency for a programme, a process and a province, from day to day (`appointment list`); a person
acts for it from a seat of that role at that agency, on the day of recording. A right is no promise: conditions of the
step may still stand in the way, four eyes among them.

## Everything but the steps of proposals
"""
_FOOT = """
- The installation's own agency is the one whose administrator was the first (`init --admin`).
- An account is governed by whoever governs every agency that its person sits in today or later.
- Nobody can administer and hold any other seat on the same days, so administrators take no step.
- Reading is not in this table: whoever is at the machine may list and explain; `user list` alone shows people.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, *_use_cases(), _FOOT]
    for process in shipped().processes.values():
        parts += [f"\n## {process.ref}: {process.label}\n\n", *_steps(process)]
    return "".join(parts)


def _use_cases() -> Iterator[str]:
    yield "\n| | " + " | ".join(SUBJECTS.values()) + " |\n"
    yield "|---" * (len(SUBJECTS) + 1) + "|\n"
    for name, may in USE_CASES.items():
        yield f"| `{name}` | " + " | ".join("yes" if subject in may else "" for subject in SUBJECTS) + " |\n"


def _steps(process: Process) -> Iterator[str]:
    yield "| state | action | who |\n|---|---|---|\n"
    for state in process.states:
        for move in process.transitions_from(state.key):
            yield f"| {state.label} (`{state.key}`) | {move.label} (`{move.action}`) | {_who(process, move)} |\n"
    ends = ", ".join(f"{state.label} (`{state.key}`)" for state in process.states if state.end)
    yield f"\nNobody takes a step from an end: {ends}.\n"


def _who(process: Process, move: Transition) -> str:
    return "; else ".join(_holders(process, move.owner))


def _holders(process: Process, holders: Holders) -> Iterator[str]:
    for held in holders:
        when = f" when `{held.when}`" if held.when else ""
        yield f"{process.role_label(held.role)} (`{held.role}`){when}"


if __name__ == "__main__":
    sys.stdout.write(page())
