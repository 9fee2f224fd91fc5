"""What due reminders turn into: notices for whoever sits in a seat today, and what each row becomes. Pure.

Words and days are those of the day on which a notice goes out, so that "còn 2 ngày" is true when it is read.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from definitions.process import Rung
from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.office_hours import OfficeHours
from workflow.proposal import legal_day
from workflow.reminder_words import Words, deadline_of, seat_today, words_of
from workflow.reminding import morning, next_repeat, office_instant
from workflow.storage import Notice, Person, Recipient, Reminder
from workflow.telling import Told, greeting, is_second, recipients

#: Channels whose notices of one day reach a person as one mail.
GATHERED = ("digest", "list")
#: The reason of what a person wished not to get.
MUTED = "muted"
_DAY = timedelta(days=1)
#: When the notice of a reminder may go out.
Moments = Callable[[Reminder], datetime]
#: Whether a person's gathered mail of a day is composed already.
Gathered = Callable[[Recipient, date], bool]


class Due(Struct, frozen=True, kw_only=True):
    """A waiting reminder whose moment has come; ``id`` is the number of its row."""

    id: int
    reminder: Reminder


class Fired(Struct, frozen=True, kw_only=True):
    """What became of a due reminder. ``superseded``: a later rung speaks for it."""

    id: int
    state: Literal["fired", "cancelled", "superseded"]
    reason: str = ""
    notices: tuple[Notice, ...] = ()
    #: The row that follows a repeating one.
    then: Reminder | None = None
    #: What the entry of an escalation says; None: it is none.
    escalated: Mapping[str, object] | None = None


def fire(
    due: Sequence[Due],
    context: Attempt,
    *,
    people: Callable[[str], tuple[Person, ...]],
    told: Told,
    gathered: Gathered,
) -> tuple[Fired, ...]:
    """What the due reminders of one proposal become at ``context.at``, in the order given (oldest first).

    Void ones (their deadline ended, stands still or moved) are cancelled. One that cannot go out on its own day is
    missed: left out (skip), folded into a later due one of the same seat (collapse), or sent late and saying so.
    Nobody hears of the same rung twice, though several seats be theirs.
    """
    known, words, moments = set[str](), words_of(context, told), _moments(context)
    sent = [row for row in due if not _void(row.reminder, context) and not _skipped(row.reminder, moments)]
    fired = []
    for row in due:
        becomes = _unsent(row, sent, context, moments) or _sent(
            row, context, moments, people=people, words=words, gathered=gathered
        )
        fired.append(_once(becomes, known))
    return tuple(fired)


def _unsent(row: Due, sent: Sequence[Due], context: Attempt, moments: Moments) -> Fired | None:
    """What becomes of a reminder that does not go out; None: it does."""
    reminder = row.reminder
    if reason := _void(reminder, context):
        return Fired(id=row.id, state="cancelled", reason=reason)
    if _skipped(reminder, moments):
        return Fired(id=row.id, state="cancelled", reason="missed", then=_next(reminder, context))
    if into := _folded_into(row, sent, moments):
        reason = f"collapsed:{into.reminder.offset}"
        return Fired(id=row.id, state="superseded", reason=reason, then=_next(reminder, context))
    if seat_today(reminder.seat, context).endswith("@unappointed"):
        return Fired(id=row.id, state="cancelled", reason="unappointed", then=_next(reminder, context))
    return None


def _void(reminder: Reminder, context: Attempt) -> str:
    deadline = deadline_of(reminder, context)
    if deadline is None or deadline.state != "running":
        return f"deadline:{deadline.state if deadline else 'unknown'}"
    return "" if deadline.epoch == reminder.epoch else f"epoch:{deadline.epoch}"


def _skipped(reminder: Reminder, moments: Moments) -> bool:
    return reminder.missed == "skip" and _missed(reminder, moments)


def _missed(reminder: Reminder, moments: Moments) -> bool:
    return legal_day(moments(reminder)) > legal_day(reminder.fire_at)


def _folded_into(row: Due, sent: Sequence[Due], moments: Moments) -> Due | None:
    """The nearest later rung that speaks for a missed one; None: it speaks for itself."""
    later = [other for other in sent if _outlives(other, row)] if _folds(row, moments) else []
    return next((other for other in later if not _folds(other, moments)), later[-1] if later else None)


def _folds(row: Due, moments: Moments) -> bool:
    return row.reminder.missed == "collapse" and _missed(row.reminder, moments)


def _outlives(other: Due, row: Due) -> bool:
    """Whether ``other`` is a later rung of the same deadline to the same seat."""
    one, two = row.reminder, other.reminder
    return (one.rule, one.period, one.seat) == (two.rule, two.period, two.seat) and one.fire_at < two.fire_at


def _moments(context: Attempt) -> Moments:
    """When a notice may go out: now in office hours, also of the applicant's last day where that is a day off."""
    hours, at = OfficeHours(calendar=context.situation.law.calendar), context.at
    opens = hours.opens(at)

    def moment(reminder: Reminder) -> datetime:
        if reminder.channel == "app" or opens == at:
            return at
        rung = _rung(reminder, context)
        return hours.opens(at, also=legal_day(reminder.fire_at)) if rung is not None and rung.on_day_off else opens

    return moment


def _rung(reminder: Reminder, context: Attempt) -> Rung | None:
    """The rung that it comes from; None for a promised day."""
    rungs = context.process.ladder(context.process.rule(reminder.rule).ladder).rungs
    return next((rung for rung in rungs if rung.name == reminder.offset), None)


def _next(reminder: Reminder, context: Attempt) -> Reminder | None:
    return next_repeat(reminder, fired_on=context.today, calendar=context.situation.law.calendar)


def _sent(
    row: Due,
    context: Attempt,
    moments: Moments,
    *,
    people: Callable[[str], tuple[Person, ...]],
    words: Words,
    gathered: Gathered,
) -> Fired:
    reminder, seat = row.reminder, seat_today(row.reminder.seat, context)
    notices = tuple(
        _notice(for_, to, context, words=words, moment=_reading(for_, to, context, moments, gathered))
        for to in recipients(seat, context, people)
        for for_ in (_toned(reminder, to, context, second=is_second(to, seat, context, people)),)
    )
    muted = bool(notices) and all(notice.withheld for notice in notices)
    return Fired(
        id=row.id,
        state="fired",
        reason=MUTED if muted else "late" if _missed(reminder, moments) else "",
        notices=notices,
        then=_next(reminder, context),
        escalated=_escalation(reminder, seat, notices, context) if reminder.escalation else None,
    )


def _toned(reminder: Reminder, to: Recipient, context: Attempt, *, second: bool) -> Reminder:
    """The reminder as this person gets it: in the day's digest by wish, or where somebody else is in charge."""
    gathers = second or (to.wants == "digest" and not is_official(reminder, context))
    return changed(reminder, channel="digest") if gathers and reminder.channel == "mail" else reminder


def is_official(reminder: Reminder, context: Attempt) -> bool:
    """Whether it reaches its readers whatever they wish: an escalation, and what the process calls official."""
    rung = _rung(reminder, context)
    return reminder.escalation or (rung is not None and rung.official)


def _withheld(reminder: Reminder, to: Recipient, context: Attempt) -> str:
    sent = _channel(reminder, to) in ("mail", *GATHERED)
    return MUTED if sent and to.wants == "mute" and not is_official(reminder, context) else ""


def _reading(reminder: Reminder, to: Recipient, context: Attempt, moments: Moments, gathered: Gathered) -> datetime:
    """When a recipient may read it: a day's gathered mail that is composed already leaves it to the next day's."""
    moment = moments(reminder)
    while _channel(reminder, to) in GATHERED and gathered(to, legal_day(moment)):
        moment = office_instant(morning(legal_day(moment) + _DAY), context.situation.law.calendar)
    return moment


def _notice(reminder: Reminder, to: Recipient, context: Attempt, *, words: Words, moment: datetime) -> Notice:
    channel = _channel(reminder, to)
    rung = f"{reminder.rule}/{reminder.period}/{reminder.epoch}/{reminder.offset}"
    return Notice(
        notice=reminder.notice,
        seq=None,
        to=to,
        channel=channel,
        variables={**words(reminder, moment), **greeting(to)},
        templates_sha256=context.proposal.templates_sha256,
        send_after=moment,
        key=f"{context.proposal.code}/{rung}/{reminder.notice}/{to.person or to.address or to.seat}/{channel}",
        withheld=_withheld(reminder, to, context),
    )


def _channel(reminder: Reminder, to: Recipient) -> Literal["mail", "digest", "list", "app", "paper"]:
    """The rung's channel; without an address a digest is left to the application and all else is printed."""
    if to.address or reminder.channel == "app":
        return reminder.channel
    return "app" if reminder.channel == "digest" else "paper"


def _escalation(reminder: Reminder, seat: str, notices: Sequence[Notice], context: Attempt) -> Mapping[str, object]:
    deadline = deadline_of(reminder, context)
    return {
        "rule": reminder.rule,
        "period": reminder.period,
        "epoch": reminder.epoch,
        "offset": reminder.offset,
        "seat": seat,
        "notice": reminder.notice,
        "last_day": deadline.last_day.isoformat() if deadline else None,
        "persons": sorted({row.to.person for row in notices if row.to.person}),
        "channel": "scheduler",
    }


def _once(fired: Fired, known: set[str]) -> Fired:
    """Without the notices that another seat of the same person gave rise to."""
    fresh = tuple(notice for notice in fired.notices if notice.key not in known)
    known.update(notice.key for notice in fresh)
    if len(fresh) == len(fired.notices):
        return fired
    reason = fired.reason if fresh else "told already"
    return changed(fired, reason=reason, notices=fresh)
