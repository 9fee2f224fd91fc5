"""What a case does unharmed, and what must hold whatever happened: of rows, and of files that a dead process left."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.crash.rows import Rows

#: Told by the machine itself, so no two runs are alike: who ticked, and as which process.
MACHINE = ("heartbeat",)
#: What the machine's clock says, and no run goes by.
CLOCK = (*MACHINE, "sandbox.since")
#: Of a run that began with half of the work done: its salts, and with them its hashes, are drawn anew.
FRESH = (
    *("entry.hash", "entry.previous_hash", "entry.body", "opening.salt", "proposal.last_hash", "idempotency.answer"),
    *("idempotency.request_sha256",),
)
_LEFTOVERS = re.compile(
    r"documents/(../../being-swept-\w+|being-written-\w+)|mail/\.\w+\.part|\.identity-key\.being-written-\w+"
    r"|log-key\.coming|\.log-key(\.coming|\.newest)?\.being-written-\w+"
    r"|(.*/)?\.being-written-\w+(\.\w+)?|(.*/)?\.being-copied-\w+/.+"
)
#: Files that are replaced whole: the key of the log, and the newest checkpoint beside it.
REPLACED = ("log-key", "log-key.newest")
_UNFINISHED = re.compile(r"(.*/)?\.?[\w.-]*(being-written|being-copied|being-swept)-\w+(\.\w+|/.+)?|mail/\.\w+\.part")
_PAPER = re.compile(r"documents/../../(?P<sha>[0-9a-f]{64})")


@dataclass(slots=True, kw_only=True)
class Model:
    """What a case does when nobody kills it: the points it passes, and every state between its transactions."""

    points: tuple[str, ...]
    states: tuple[tuple[int, Rows], ...]
    files: Mapping[str, str]
    #: After the next run of the same.
    twice: Rows
    twice_files: Mapping[str, str]
    used: frozenset[str]
    #: How long a run takes, about.
    seconds: float

    def state_at(self, point: int) -> int:
        """The number of the state that others can see when that point is passed."""
        return max(number for number, (since, _) in enumerate(self.states) if since <= point)

    @property
    def last(self) -> int:
        """The number of the state at the end."""
        return len(self.states) - 1


def is_leftover(path: str, sha256: str) -> bool:
    """Whether a file is one that a dead process may leave: unfinished under a name of its own, or a whole paper."""
    paper = _PAPER.fullmatch(path)
    return paper["sha"] == sha256 if paper else bool(_LEFTOVERS.fullmatch(path))


def is_unfinished(path: str) -> bool:
    """Whether a file has a name of its own under which nobody but its writer reads it."""
    return bool(_UNFINISHED.fullmatch(path))


def unsound(rows: Rows) -> list[str]:
    """What is wrong between the tables, beside all that ``audit verify`` holds against history."""
    return [*_orphans(rows), *_stuck(rows), *_unsealed(rows)]


def _orphans(rows: Rows) -> Iterator[str]:
    """A reminder that waits belongs to a deadline that runs or stands still, in the epoch that it counts."""
    live = {(row["id"], str(row["epoch"])) for row in rows.each("deadline") if row["state"] in ("running", "paused")}
    for row in rows.each("reminder"):
        if row["state"] == "scheduled" and (row["deadline_id"], str(row["epoch"])) not in live:
            yield f"the reminder {row['id']} waits for a deadline that does not run"


def _stuck(rows: Rows) -> Iterator[str]:
    """A notice in hand has a lease that ends and a mail whose bytes are kept."""
    kept = {row["id"] for row in rows.each("message")}
    for row in rows.each("notice"):
        if row["state"] == "sending" and (row["lease_until"] is None or row["message_id"] not in kept):
            yield f"the notice {row['id']} is in nobody's hand"
        if row["message_id"] is not None and row["message_id"] not in kept:
            yield f"the notice {row['id']} lost its mail"


def _unsealed(rows: Rows) -> Iterator[str]:
    """Every entry either waits to be sealed or is sealed, once."""
    found = [row["entry_id"] for table in ("unsealed", "leaf") for row in rows.each(table)]
    entries = [row["id"] for row in rows.each("entry")]
    if sorted(entries) != sorted(found):
        yield f"of {len(entries)} entries {len(found)} are sealed or to be sealed"
