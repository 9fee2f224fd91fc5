"""``reminder``: what will be sent, and running deadlines that nothing reminds of."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import shown
from khuyencong.errors import CheckFailed
from language.formats import instant
from store.coverage import read_coverage, recorded
from store.lists import ReminderLine

app = typer.Typer(no_args_is_help=True, help="Reminders that will be sent.")


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
def coverage(
    context: typer.Context,
    nights: Annotated[
        int, typer.Option("--recorded", min=0, max=10_000, help="What was found on so many nights before, instead.")
    ] = 0,
) -> None:
    """Check that every running deadline has a reminder to come; exit status 1 where one has none.

    A deadline of which every reminder was already sent counts as covered: its reason says so, also where all who were
    to read them wished for none. The nightly housekeeping records the same.
    """
    call = call_of(context)
    if nights:
        _recorded(call, nights)
        return
    with call.home.store.transaction(writes=False) as transaction:
        found = read_coverage(transaction)
    if found.uncovered:
        words = tuple(f"{row.code}: {row.rule} ({shown(row.last_day.isoformat(), 'date')})" for row in found.uncovered)
        raise CheckFailed("reminder.uncovered", words, n=len(words))
    without = [{**asdict(row), "last_day": row.last_day.isoformat()} for row in found.bare]
    document = {"deadlines": found.deadlines, "without": without}
    muted = [call.printer.line("reminder.all_muted", n=len(found.muted))] if found.muted else []
    call.printer.say(document, lambda: [call.printer.line("reminder.covered", n=found.deadlines), *muted])


def _recorded(call: Call, nights: int) -> None:
    with call.home.store.transaction(writes=False) as transaction:
        found = recorded(transaction, limit=nights)
    rows = [{**asdict(one), "at": one.at.isoformat()} for one in found]
    columns = ("at", "deadlines", "without", "muted", "uncovered", "codes")
    table = [
        (instant(one.at), one.deadlines, one.without, one.muted, one.uncovered, ", ".join(one.codes)) for one in found
    ]
    call.printer.say({"nights": rows}, lambda: [call.printer.table(columns, table)])
