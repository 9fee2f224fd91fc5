"""What moves leave behind in memory: the rows beside a proposal, with the same rules as in a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.move_rows import notice_state
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.proposal import Document
from workflow.storage import Cancelled, Move, Notice, Reminder, Replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReminder:
    """A reminder and what became of it."""

    reminder: Reminder
    state: str = "scheduled"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNotice:
    """A notice and where it stands."""

    notice: Notice
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything beside one proposal."""

    holder: str = ""
    deadlines: Mapping[tuple[str, str], Deadline] = field(default_factory=dict)
    reminders: tuple[KeptReminder, ...] = ()
    notices: tuple[KeptNotice, ...] = ()
    #: The papers of each entry, by its number.
    documents: Mapping[int, tuple[Document, ...]] = field(default_factory=dict)
    replaced: Replaced = field(default_factory=Replaced)


def after_effects(kept: Kept, move: Move) -> Kept:
    """What stands beside the proposal after a move. Old reminders go before new ones come."""
    effects = move.effects
    reminders = tuple(_cancelled(row, effects.cancelled) for row in kept.reminders)
    return Kept(
        holder=move.holder,
        deadlines={**kept.deadlines, **{(row.rule, row.period): row for row in effects.deadlines}},
        reminders=(*reminders, *(KeptReminder(reminder=row) for row in effects.reminders)),
        notices=_told_once(kept.notices, effects.notices),
        documents={**kept.documents, **({move.entry.seq or 0: move.documents} if move.documents else {})},
        replaced=_replaced(kept, move),
    )


def _replaced(kept: Kept, move: Move) -> Replaced:
    if move.entry.kind != "step":
        return Replaced() if move.entry.kind in ("opened", "corrected") else kept.replaced
    before = {(row.rule, row.period): row for row in move.effects.replaced}
    changed = ((row.rule, row.period) for row in move.effects.deadlines)
    return Replaced(seq=move.entry.seq, before={key: before.get(key) for key in changed})


def _told_once(told: tuple[KeptNotice, ...], fresh: tuple[Notice, ...]) -> tuple[KeptNotice, ...]:
    """The notices with those added whose key is new."""
    by_key = {row.notice.key: row for row in told}
    for row in fresh:
        by_key.setdefault(row.key, KeptNotice(notice=row, state=notice_state(row)))
    return tuple(by_key.values())


def _cancelled(row: KeptReminder, by: tuple[Cancelled, ...]) -> KeptReminder:
    of = next((c for c in by if (c.rule, c.period) == (row.reminder.rule, row.reminder.period)), None)
    if of is None or row.state != "scheduled":
        return row
    return changed(row, state="superseded" if of.superseded else "cancelled", reason=of.reason)
