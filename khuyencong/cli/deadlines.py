"""``deadline``: why one falls on its day, giving it more days, and saying why it is late."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import Printer
from khuyencong.cli.proposals import Code, Revision, badge
from khuyencong.cli.recounting import recount_now
from khuyencong.recounting import find_stale
from language.formats import read_date
from shapes.case import explanations_of
from shapes.shown import shown
from shapes.told_deadlines import Days, name_of, told_of
from workflow.extending import Excuse, Wish
from workflow.service.extending import explain_lateness, extend_deadline
from workflow.service.situations import situation_of

app = typer.Typer(no_args_is_help=True, help="Explain deadlines, extend them, say why one is late.")
Rule = Annotated[str, typer.Argument(help="Key of the deadline rule, as `explain` shows it.", show_default=False)]
Period = Annotated[str, typer.Option("--period", help="The month of a monthly duty, such as 2026-10.")]


@app.callback()
def deadlines() -> None:
    """Explain deadlines, extend them, say why one is late."""


@app.command("extend")
def extend(
    context: typer.Context,
    code: Code,
    rule: Rule,
    days: Annotated[int, typer.Option("--days", min=1, help="So many days more, of the kind that the rule counts.")],
    decision: Annotated[str, typer.Option("--decision", help="Number of the decision that gives them.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the history.")],
    period: Period = "",
    revision: Revision = None,
) -> None:
    """Give a running deadline more days, before it is over; fixed days of law cannot be extended."""
    call = call_of(context)
    wish = Wish(rule=rule, days=days, reason=reason, decision=decision, period=period)
    done = extend_deadline(
        call.home.store, call.home.house, wish, code=code, by=call.actor, at=call.now, revision=revision
    )
    days_ = {"before": done.before.last_day.isoformat(), "last_day": done.after.last_day.isoformat()}
    document = {"code": code, "rule": rule, "period": period, "days": days, **days_}
    said = {name: shown(day, "date") for name, day in days_.items()}
    call.printer.say(document, lambda: [call.printer.line("deadline.extended", code=code, **said)])


@app.command("reason-late")
def late(
    context: typer.Context,
    code: Code,
    rule: Rule,
    reason: Annotated[str, typer.Option("--reason", help="Why it is late; it stays in the history.")],
    promise: Annotated[str, typer.Option("--promise", metavar="DATE", help="The day by which it will be done.")],
    period: Period = "",
) -> None:
    """Say why a deadline is late and by when it will be done; the unit and the beneficiary get a letter of apology."""
    call = call_of(context)
    excuse = Excuse(rule=rule, reason=reason, promised=read_date(promise), period=period)
    found = explain_lateness(call.home.store, call.home.house, excuse, code=code, by=call.actor, at=call.now)
    days = {"last_day": found.last_day.isoformat(), "promised": excuse.promised.isoformat()}
    said = {name: shown(day, "date") for name, day in days.items()}
    document = {"code": code, "rule": rule, "period": period, **days}
    call.printer.say(document, lambda: [call.printer.line("deadline.promised", code=code, **said)])


@app.command("recount")
def recount(context: typer.Context) -> None:
    """Count every running deadline anew that a calendar or a letter may have moved; the scheduler does it too."""
    call = call_of(context)
    find_stale(call.home.store, at=call.now)
    recounted = recount_now(call)
    nothing = [call.printer.line("recount.done", seen=0, changed=0)]
    call.printer.say(recounted.document, lambda: recounted.lines or nothing)


@app.command("explain")
def tell(
    context: typer.Context,
    code: Code,
    ended: Annotated[bool, typer.Option("--all", help="Those that ended too (with --json always).")] = False,
) -> None:
    """Explain the deadlines of a proposal: rule, legal basis, start, each day counted or skipped, pauses, result."""
    call = call_of(context)
    with call.home.store.read() as uow:
        proposal = uow.proposal(code)
        situation, found = situation_of(uow, proposal), uow.deadlines(code)
        rows = explanations_of(uow, proposal, situation, found, at=call.now)
    document = {"code": code, "today": call.today.isoformat(), "deadlines": rows}
    printed = [row for row in rows if ended or row["state"] in ("running", "paused")]
    call.printer.say(document, lambda: [*page(call.printer, printed), *_rest(call, len(rows) - len(printed))])


def page(say: Printer, rows: list[dict[str, Any]]) -> list[RenderableType]:
    """What is printed of explanations: all that is needed to count each of them again by hand."""
    return [part for row in rows for part in _explained(say, row)] or [say.line("explain.none")]


def _explained(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(f"{name_of(row)} [{row['rule']}] – {badge(say, row)}", style="bold")
    for part in told_of(say, row):
        yield say.table(("day", "number", "why"), part.rows) if isinstance(part, Days) else Text(part)


def _rest(call: Call, number: int) -> list[RenderableType]:
    return [call.printer.line("explain.ended", n=number)] if number else []
