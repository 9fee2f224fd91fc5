"""``reminder``: what will be sent, and running deadlines that nothing reminds of."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from definitions.bundle import Bundle
from definitions.process import Process
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.paging import After
from language.formats import instant, period
from shapes.errors import CheckFailed
from shapes.shown import shown
from shapes.telling_words import notice_name, reason_words, rung_words, seat_names
from store.coverage import read_coverage, recorded
from store.lists import ReminderLine

app = typer.Typer(no_args_is_help=True, help="Reminders that will be sent.")


@app.command("list")
def find(
    context: typer.Context,
    code: Annotated[str | None, typer.Option("--proposal", help="Only of this proposal, past ones too.")] = None,
    after: After = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="No more than so many.")] = 1000,
) -> None:
    """List the reminders that wait to be sent, the earliest first."""
    call = call_of(context)
    with call.home.survey() as (lists, uow):
        if code is not None:
            uow.proposal(code)
        page = lists.reminder_page(code=code, after=after, limit=limit)
        named = [(one, uow.process(one.process_sha256)) for one in page.lines]
        law = uow.law()
    rows = [_reminder(one) for one in page.lines]
    whose, became = (
        ((), ("state", "reason")) if code is not None else (("code",), ())
    )  # What all have alike is left out.
    periods = ("period",) if any(one.period for one in page.lines) else ()
    columns = ("fire_at", *whose, "deadline", *periods, "rung", "seat", "notice", *became)
    cells = [_cells(call, one, process, law) for one, process in named]
    table = [[row[column] for column in columns] for row in cells]
    rest = [call.printer.line("list.next_rows", n=len(rows), after=page.after)] if page.after else []
    call.printer.say({"reminders": rows, "after": page.after}, lambda: [_table(call, columns, table), *rest])


def _reminder(one: ReminderLine) -> dict[str, Any]:
    fired = one.fired_at.isoformat() if one.fired_at else None
    told = {name: value for name, value in asdict(one).items() if name != "process_sha256"}
    return {**told, "fire_at": one.fire_at.isoformat(), "fired_at": fired}


def _table(call: Call, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> RenderableType:
    return call.printer.table(columns, rows) if rows else call.printer.line("list.no_reminders")


def _cells(call: Call, one: ReminderLine, process: Process, law: Bundle) -> dict[str, object]:
    """A reminder in words by column: what is due, how far from its last day it speaks, and to which seat."""
    say = call.printer
    return {
        "fire_at": instant(one.fire_at),
        "code": one.code,
        "deadline": process.rule(one.rule).label,
        "period": period(one.period),
        "rung": rung_words(say, one),
        "seat": seat_names(law, say, one.seat, call.today),
        "notice": notice_name(say, one.notice),
        "state": say.word(f"reminder_state.{one.state}"),
        "reason": reason_words(say, one, process),
    }


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
