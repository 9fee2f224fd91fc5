"""Who may do what, as one page: ``python -m khuyencong.access > docs/reference/access.md``.

The steps of proposals come from the shipped processes. Everything else is the table ``USE_CASES``, which
``tests/test_access_matrix.py`` holds against what the product does.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from definitions.bundle import shipped
from definitions.process import Holders, Process, Transition

#: Who may ask for something, as the columns of the second table.
SUBJECTS: Final = MappingProxyType(
    {
        "implementer": "implementer of the proposal",
        "guiding": "role that guides the deadline",
        "leading": "who leads the agency that the deadline names",
        "duty": "whose duty the deadline is",
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
        "deadline extend": frozenset({"leading"}),
        "deadline reason-late": frozenset({"leading", "duty"}),
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
        "user feed (another's)": _GOVERNING,
        "user feed (one's own)": _ANYBODY,
        "user tokens (another's)": _GOVERNING,
        "user token-revoke (another's)": _GOVERNING,
        "user second-factor (one's own)": _ANYBODY,
        "user second-factor-end (another's)": _GOVERNING,
        "user second-factor-end (one's own)": _ANYBODY,
        "user sso-end (another's)": _GOVERNING,
        "user sso-end (one's own)": _ANYBODY,
        "user deactivate": _GOVERNING,
        "user reactivate": _GOVERNING,
        "user unlock": _GOVERNING,
        "user address (another's)": _GOVERNING,
        "user address (one's own)": _ANYBODY,
        "user notify (another's)": _GOVERNING,
        "user notify (one's own)": _ANYBODY,
        "notice address-clear": _GOVERNING,
        "notice resend": _GOVERNING,
        "notice bounced": frozenset({"administrator_above", "administrator_home", "administrator_elsewhere"}),
        "webhook add": _GOVERNING,
        "webhook remove": _GOVERNING,
        "webhook list": _GOVERNING,
        "user list": frozenset({"administrator_above", "administrator_home", "administrator_elsewhere", "auditor"}),
        "proposal export": _ANYBODY,
        "audit export": frozenset({"auditor"}),
        "audit bundle": frozenset({"auditor"}),
        "audit erase": frozenset({"administrator_home"}),
        "init": frozenset({"operator"}),
    }
)
#: Who may ask for something beside the steps, on a proposal that waits at an agency: the columns of the third table.
AROUND: Final = MappingProxyType(
    {
        "officer": "seat that holds it, without a signing capacity",
        "signer": "head of the holding agency, in that seat with a signing capacity",
        "colleague": "another seat of the holding agency",
        "implementer": "implementer, who took the newest step",
        "asked": "agency asked for its opinion",
        "abroad": "the holding seat of another province",
        "administrator": "administrator above",
        "auditor": "auditor",
        "observer": "observer",
        "no_seat": "account without a seat",
        "operator": "operator of the machine, no token",
    }
)
_HOLDING = frozenset({"officer", "signer"})
_AT_THE_DESK = _HOLDING | {"colleague"}
#: Who may, by use case; nobody else may.
BESIDE_STEPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "proposal attach": _HOLDING,
        "proposal assign": frozenset({"signer"}),
        "proposal assign (one's own work)": _HOLDING,
        "proposal correct": frozenset({"implementer"}),
        "proposal edit (the beneficiary's address)": _HOLDING | {"implementer"},
        "proposal ask": _HOLDING,
        "proposal answer": frozenset({"asked"}),
        "paper present": _AT_THE_DESK,
        "paper sign": frozenset({"signer"}),
        "paper send-back (another's)": frozenset({"signer"}),
        "paper send-back (one's own and unsigned)": _AT_THE_DESK,
        "paper number (signed paper)": _AT_THE_DESK,
        "paper number (other papers)": _AT_THE_DESK,
        "paper issue": _AT_THE_DESK,
        "paper cancel": _AT_THE_DESK,
        "notice printed": _AT_THE_DESK,
    }
)
#: Commands that take the steps of proposals: the tables of the processes say who may.
STEPS: Final = frozenset({"proposal act", "proposal act-many"})
#: Commands for whoever runs the machine: they ask for no account, and whoever may use the database may use them.
MACHINE: Final = frozenset(
    {
        "init",
        "demo",
        "serve",
        "backup",
        "restore",
        "doctor",
        "scheduler run",
        "scheduler tick",
        "deadline recount",
        "audit checkpoint",
        "audit rotate-key",
    }
)
#: Commands that change nothing: whoever is at the machine may use them.
READING: Final = frozenset(
    {
        *("definitions list", "definitions show", "definitions check", "definitions diagram"),
        *(
            "proposal list",
            "proposal lists",
            "proposal show",
            "proposal actions",
            "proposal history",
            "deadline explain",
        ),
        *("paper list", "paper show", "paper waiting", "calendar show", "calendar count"),
        *(
            "scheduler status",
            "reminder list",
            "reminder coverage",
            "notice list",
            "notice show",
            "notice addresses",
            "audit verify",
            "audit as-of",
            "audit ask",
            "audit sheet",
            "audit prove",
        ),
        *("agency list", "appointment list", "guidance list"),
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
- Reading is not in this table: whoever is at the machine may list and explain; `user list` alone shows people. The
  command opens the database with the rights of whoever runs it, and whoever has these can read every table without it:
  a question after their seat would guard nothing. The right to read is therefore the right to come to the machine or to
  the database; whatever lets people in who have neither must ask which seat of theirs touches the case.

## Beside the steps, on a proposal

It waits at its Sở, which sits in the role that owns its next step.
"""
_NOTES = """
- Who presents, numbers and issues a paper works at the agency whose step it is; who signs it sits in the step's own
  seat with a signing capacity on the day of the paper, and is bound by the step's four eyes.
- The present officer may pass their own work on; while nobody is in charge, who leads the agency says who is.
- A paper with a number is cancelled by its agency, unless a step was taken with it.

## Without a right of anybody's

"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, *_table(SUBJECTS, USE_CASES), _FOOT, *_table(AROUND, BESIDE_STEPS), _NOTES, *_rest()]
    for process in shipped().processes.values():
        parts += [f"\n## {process.ref}: {process.label}\n\n", *_steps(process)]
    return "".join(parts)


def _table(subjects: Mapping[str, str], cases: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield "\n| | " + " | ".join(subjects.values()) + " |\n"
    yield "|---" * (len(subjects) + 1) + "|\n"
    for name, may in cases.items():
        yield f"| `{name}` | " + " | ".join("yes" if subject in may else "" for subject in subjects) + " |\n"


def commands_of(cases: Iterable[str]) -> frozenset[str]:
    """The commands that the lines of a table are about: ``user seat (administrator)`` is about ``user seat``."""
    return frozenset(name.partition(" (")[0] for line in cases for name in line.split(", "))


def _rest() -> Iterator[str]:
    for what, names in (
        ("The steps of proposals, by the tables below", STEPS),
        ("For whoever runs the machine", MACHINE),
        ("Reading, for whoever is at the machine", READING),
    ):
        yield f"- {what}: {', '.join(f'`{name}`' for name in sorted(names))}.\n"


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
