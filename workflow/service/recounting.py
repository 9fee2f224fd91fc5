"""Counting running deadlines anew after a calendar or a letter: batch by batch, each a transaction of its own.

Whoever is interrupted goes on where the last batch ended; what was counted anew already is found fresh and left alone.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from definitions.errors import UnknownDefinition
from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily
from workflow.deadlines import Deadline, is_stale
from workflow.entries import BrokenHistory, Entry, make_entry, read_body
from workflow.errors import UnknownProposal
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat
from workflow.recounting import count_anew, counts_plainly, effects_of_moving, is_news, plainly
from workflow.service.situations import context_of, people_of, recorded_after, situation_of
from workflow.storage import Effects, Move, Notice, Recount, Row, Store, UnitOfWork
from workflow.telling import recipients
from workflow.trails import RECOUNTED

#: So many deadlines are looked at, and so many changed, in one transaction; so many are read at a time.
SEEN, CHANGED, PAGE = 500, 100, 100
_NOBODY = Actor(person="scheduler", name="", channel="scheduler")


class Batch(Struct, frozen=True, kw_only=True):
    """One batch: how many deadlines were looked at, how many changed, how many could not be counted."""

    recount: Recount
    seen: int = 0
    changed: int = 0
    faults: int = 0


def recount_batch(store: Store, house: House, *, at: datetime, seen: int = SEEN, most: int = CHANGED) -> Batch | None:
    """Counts the next deadlines of the oldest open recount anew, in one transaction; None: none is open.

    A deadline whose day, provisional mark or used-up days change gets an entry in its proposal's chain; where the day
    moves, reminders follow and whose duty it is hears of it. One that cannot be counted is left as it is and delays no
    other.
    """
    with store.write() as uow:
        recount = uow.open_recount()
        if recount is None:
            return None
        pass_ = _Pass(uow, house, recount, at, most)
        if not pass_.run(seen):
            done = changed(recount, finished_at=at)
            uow.move_recount(done)
            return Batch(recount=done)
        uow.move_recount(pass_.recount)
        after = pass_.recount
        seen_, changed_ = after.seen - recount.seen, after.changed - recount.changed
        return Batch(recount=after, seen=seen_, changed=changed_, faults=pass_.faults)


def look_for_stale(uow: UnitOfWork, *, at: datetime) -> bool:
    """Opens a recount where some running deadline was counted by another calendar than the one in force."""
    calendar = uow.law().calendar
    stale = any(is_stale(mark, calendar) for mark in uow.marks())
    if stale and uow.open_recount() is None:
        uow.add_recount(Recount(cause="calendar", created_at=at))
    return stale


class _Pass:
    """One batch on an open transaction."""

    def __init__(self, uow: UnitOfWork, house: House, recount: Recount, at: datetime, most: int) -> None:
        self._uow, self._house, self._at, self._most = uow, house, at, most
        self._calendar, self._templates = uow.law().calendar, ""
        self.recount, self.faults = recount, 0

    def run(self, seen: int) -> bool:
        """Looks at so many rows in their order, until enough of them may change; False: there was none."""
        marks: list[tuple[Row, str]] = []
        moving: list[Row] = []
        looked = 0
        for row in self._rows(seen):
            looked += 1
            mark = self._plain(row)
            if mark is None:
                moving.append(row)
            elif mark != row.deadline.calendar:
                marks.append((row, mark))
            self.recount = changed(self.recount, cursor=row.id, seen=self.recount.seen + 1)
            if len(moving) == self._most:
                break
        self._uow.put_marks(marks)
        held = {one.code: one for one in self._uow.held_fast(sorted({row.code for row in moving}))}
        for row in moving:
            self._one(row, held)
        return looked > 0

    def _rows(self, seen: int) -> Iterator[Row]:
        """The next rows, read a page at a time: where all of them move, few are read that are left for later."""
        left, recount = seen, self.recount
        while left and (page := self._uow.to_recount(recount, limit=min(left, PAGE))):
            yield from page
            left, recount = left - len(page), changed(recount, cursor=page[-1].id)

    def _plain(self, row: Row) -> str | None:
        """The calendar mark of a deadline that changes in nothing else; None: its history is needed."""
        deadline, by_calendar = row.deadline, self.recount.cause == "calendar"
        if deadline.is_held or (by_calendar and not is_stale(deadline.calendar, self._calendar)):
            return deadline.calendar
        try:
            rule = self._uow.process(row.process_sha256).rule(deadline.rule)
        except (UnknownDefinition, LookupError):
            return None
        if not counts_plainly(deadline, rule):
            return None
        again = plainly(deadline, rule, self._calendar)
        return None if is_news(deadline, again) else again.calendar

    def _one(self, row: Row, held: dict[str, Proposal]) -> None:
        try:
            after = self._counted(held[row.code], row)
        except _ITS_OWN_FAULT:
            self.faults += 1
            return
        held[row.code] = after

    def _counted(self, before: Proposal, row: Row) -> Proposal:
        uow, at = self._uow, recorded_after(before, self._at)
        deadlines, situation = uow.deadlines(before.code), situation_of(uow, before)
        place = (row.deadline.rule, row.deadline.period)
        deadline = next(one for one in deadlines if (one.rule, one.period) == place)
        if not deadline.is_live or deadline.is_held:
            return before
        context = context_of(situation, before, by=_NOBODY, at=at, deadlines=deadlines)
        plain = counts_plainly(deadline, context.process.rule(deadline.rule))
        again = count_anew(deadline, context, () if plain else uow.history(before.code))
        if not is_news(deadline, again):
            uow.put_marks([(changed(row, deadline=deadline), again.calendar)])
            return before
        entry = self._entry(before, deadline, again, context)
        after = after_daily(before, entry)
        others = tuple(one for one in deadlines if one is not deadline)
        context = changed(context, proposal=after, deadlines=(*others, again))
        effects = self._effects(entry, deadline, again, context)
        uow.record(Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        self.recount = changed(self.recount, changed=self.recount.changed + 1)
        return after

    def _entry(self, before: Proposal, deadline: Deadline, again: Deadline, context: Attempt) -> Entry:
        letter = context.situation.guiding_letter(context.process.rule(deadline.rule), before, context.today)
        content = {
            "rule": deadline.rule,
            "period": deadline.period,
            "cause": self.recount.cause,
            "paper": letter.paper if letter else "",
            "before": _said(deadline),
            "after": _said(again),
            "person": _NOBODY.person,
            "channel": _NOBODY.channel,
        }
        return make_entry(
            RECOUNTED,
            before.code,
            seq=before.last_seq + 1,
            recorded_at=context.at,
            content=content,
            private={},
            previous_hash=before.last_hash,
            salt=self._house.salt,
        )

    def _effects(self, entry: Entry, deadline: Deadline, again: Deadline, context: Attempt) -> Effects:
        effects = effects_of_moving([(deadline, again)], context, reason=RECOUNTED)
        moves = again.epoch != deadline.epoch
        return changed(effects, notices=self._notices(entry, deadline, again, context) if moves else ())

    def _notices(self, entry: Entry, deadline: Deadline, again: Deadline, context: Attempt) -> tuple[Notice, ...]:
        self._templates = self._templates or self._uow.templates_sha256()
        seat = context.situation.seat_now(again.seat, context.today)
        role, _, agency = seat.partition("@")
        extras = {
            "muc": context.process.rule(again.rule).label,
            "han_cu": deadline.last_day.isoformat(),
            "han_moi": again.last_day.isoformat(),
            "theo_van_ban": read_body(entry)["paper"],
        }
        return daily_notices(
            "deadline-moved",
            entry,
            context,
            recipients(seat, context, people_of(self._uow, context.today)),
            seat=Seat(role=role, agency=agency, since=context.today),
            told=self._house.told,
            templates=self._templates,
            extras=extras,
            gathered=True,
        )


def _said(deadline: Deadline) -> dict[str, object]:
    return {
        "last_day": deadline.last_day.isoformat(),
        "consumed": deadline.consumed,
        "provisional": deadline.provisional,
        "calendar": deadline.calendar,
    }


#: What one deadline may raise while it is counted; a database that fails is not among them.
_ITS_OWN_FAULT = (
    BrokenHistory,
    UnknownDefinition,
    UnknownProposal,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
)
