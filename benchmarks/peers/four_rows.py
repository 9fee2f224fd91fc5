"""Four rows and nothing else: a dictionary of steps, the bare driver, tables without guards. The least of all.

No law is asked, nobody is looked up, history could be rewritten: what the others cost more is what they are for.
"""

from collections.abc import Callable

from benchmarks.peers.raw_rows import RawRows
from benchmarks.peers.work import OWNERS, STATES, Stale, owner

#: Where each step leads, and whose it is.
_STEPS = {(STATES[number], f"step_{number}"): (STATES[number + 1], owner(number)) for number in range(len(OWNERS))}


class WrongOwner(Exception):
    """It is somebody else's turn."""


def prepare(url: str, cases: int) -> Callable[[int, int], object]:
    """Makes tables and cases."""
    rows = RawRows(url)
    for number in range(cases):
        rows.add(number, STATES[0])

    def act(number: int, step: int) -> None:
        rows.run("BEGIN IMMEDIATE" if rows.sqlite else "BEGIN")
        version, state = rows.run("SELECT version, workflow FROM cases WHERE id = ?", number).fetchone()
        target, whose = _STEPS[state, f"step_{step}"]
        if whose != OWNERS[step]:
            raise WrongOwner
        changed = "UPDATE cases SET version = ?, workflow = ? WHERE id = ? AND version = ?"
        if rows.run(changed, version + 1, target, number, step).rowcount != 1:
            raise Stale
        rows.announce(number, step, state)
        rows.run("COMMIT")

    return act
