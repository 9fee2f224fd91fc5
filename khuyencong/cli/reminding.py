"""``reminder``: what will be sent, and running deadlines that nothing reminds of."""

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import shown
from khuyencong.errors import CheckFailed
from language.formats import instant
from store.lists import DeadlineLine, ReminderLine

app = typer.Typer(no_args_is_help=True, help="Reminders that will be sent.")
_EVER = datetime(9998, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - one name for UTC in this house.
_ALL = 1_000_000


@app.command("list")
def find(
    context: typer.Context,
    code: Annotated[str | None, typer.Option("--proposal", help="Only of this proposal, past ones too.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="No more than so many.")] = 1000,
) -> None:
    """List the reminders that wait to be sent, the earliest first."""
    call = call_of(context)
    if code is not None:
        with call.home.store.read() as uow:
            uow.proposal(code)
    with call.home.look() as lists:
        found = lists.reminders(code) if code else lists.reminders_in("scheduled", limit=limit)
    rows = [_reminder(one) for one in found[:limit]]
    columns = ("fire_at", "code", "rule", "seat", "notice", "state", "reason")
    table = [_row(call, one) for one in found[:limit]]
    call.printer.say({"reminders": rows}, lambda: [call.printer.table(columns, table)])


def _reminder(one: ReminderLine) -> dict[str, Any]:
    fired = one.fired_at.isoformat() if one.fired_at else None
    return {**asdict(one), "fire_at": one.fire_at.isoformat(), "fired_at": fired}


def _row(call: Call, one: ReminderLine) -> tuple[object, ...]:
    state = call.printer.word(f"reminder_state.{one.state}")
    return instant(one.fire_at), one.code, one.rule, one.seat, one.notice, state, one.reason


@app.command("coverage")
def coverage(context: typer.Context) -> None:
    """Check that every running deadline has a reminder to come; exit status 1 where one has none.

    A deadline of which every reminder was already sent counts as covered: its reason says so.
    """
    call = call_of(context)
    with call.home.look() as lists:
        deadlines = lists.deadlines(until=_EVER, limit=_ALL)
        waiting = {(one.code, one.rule, one.period) for one in lists.reminders_in("scheduled", limit=_ALL)}
        bare = [one for one in deadlines if _key(one) not in waiting]
        rows = [_bare(one, lists.reminders(one.code)) for one in bare]
    missing = [row for row in rows if row["reason"] is None]
    if missing:
        words = tuple(f"{row['code']}: {row['rule']} ({shown(row['last_day'], 'date')})" for row in missing)
        raise CheckFailed("reminder.uncovered", words, n=len(missing))
    document = {"deadlines": len(deadlines), "without": rows}
    call.printer.say(document, lambda: [call.printer.line("reminder.covered", n=len(deadlines))])


def _key(one: DeadlineLine) -> tuple[str, str, str]:
    return one.code, one.deadline.rule, one.deadline.period


def _bare(one: DeadlineLine, reminders: tuple[ReminderLine, ...]) -> dict[str, Any]:
    """A deadline without a waiting reminder; ``reason`` None: nothing explains it."""
    deadline = one.deadline
    mine = [
        row
        for row in reminders
        if (row.rule, row.period, row.epoch) == (deadline.rule, deadline.period, deadline.epoch)
    ]
    return {
        "code": one.code,
        "rule": deadline.rule,
        "period": deadline.period,
        "last_day": deadline.last_day.isoformat(),
        "reason": "all-sent" if any(row.state == "fired" for row in mine) else None,
    }
