"""``deadline``: why one falls on its day, giving it more days, and saying why it is late."""

from collections.abc import Iterator
from datetime import date
from operator import itemgetter
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.calendar_words import calendar_words
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import Printer
from khuyencong.cli.proposals import Code, Revision, badge
from khuyencong.cli.recounting import recount_now
from khuyencong.recounting import find_stale
from language.formats import period as month
from language.formats import read_date
from shapes.case import explanations_of
from shapes.shown import shown
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


def _rest(call: Call, number: int) -> list[RenderableType]:
    return [call.printer.line("explain.ended", n=number)] if number else []


def _explained(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    name = f"{row['label']} ({month(row['period'])})" if row["period"] else row["label"]
    yield Text(f"{name} [{row['rule']}] – {badge(say, row)}", style="bold")
    confidence = say.word("confidence.contract" if row["by_contract"] else f"confidence.{row['basis']['confidence']}")
    yield say.line("explain.basis", basis=row["basis"]["text"], confidence=confidence)
    yield say.line("explain.duty", agency=row["agency_name"])
    yield from _contract(say, row)
    if not row["held"]:
        yield from _beginning(say, row)
        yield from _changes(say, row)
        yield from _days(say, row)
        code = "explain.result_provisional" if row["provisional"] else "explain.result"
        if row["state"] == "paused" and not row["provisional"]:
            code = "explain.result_paused"
        yield from _standing(say, row)
        yield say.line(code, last_day=shown(row["last_day"], "date"), calendar=calendar_words(say, row["calendar"]))
    if row["waits_for_recount"]:
        yield say.line("explain.waits_for_recount", **_calendars(say, row))
    elif not row["agrees"]:
        yield say.line("explain.disagrees", **_calendars(say, row))
    yield from _lateness(say, row)
    if row["if_missed"]:
        yield say.line("explain.if_missed", what=row["if_missed"])


def _calendars(say: Printer, row: dict[str, Any]) -> dict[str, str]:
    """By which years it was counted, and those of now."""
    now = calendar_words(say, row["calendar_now"], like=row["calendar"])
    return {"calendar": calendar_words(say, row["calendar"]), "now": now}


def _contract(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    """What the clock of a contract waits for, and since when it runs."""
    shared = row["contract"]
    if shared is None:
        return
    yield say.line("explain.contract", number=shared["number"] or "–")
    for change in shared["changes"]:
        cause = change["cause"]["code"]
        if change["from_day"] is None:
            codes = ", ".join(change["waits_for"])
            yield say.line("explain.contract_waited", on=shown(change["on"], "date"), codes=codes, cause=cause)
        else:
            yield say.line("explain.contract_began", day=shown(change["from_day"], "date"), cause=cause)
    for one in shared["waits_for"]:
        yield say.line("explain.contract_waits", code=one["code"], title=one["title"])


def _days(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    if row["lines"]:
        lines = [(line["day"], _line(say, line, late=line["day"] > row["last_day"])) for line in row["lines"]]
        made = sorted([*lines, *_paused(say, row)], key=itemgetter(0))
        yield say.table(("day", "number", "why"), [cells for _, cells in made])
    for pause in row["pauses"]:
        code = "explain.pause" if pause["until"] else "explain.pause_open"
        days = {side: shown(pause[side], "date") for side in ("from", "until")}
        yield say.line(code, start=days["from"], end=days["until"], label=pause["label"])


def _paused(say: Printer, row: dict[str, Any]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """One line for the days of each pause that is over, but for those that stand among the lines themselves."""
    named = {line["day"] for line in row["lines"]}
    for pause in row["pauses"]:
        first, last = (date.fromisoformat(pause[side] or pause["from"]) for side in ("from", "until"))
        days = [date.fromordinal(day).isoformat() for day in range(first.toordinal() + 1, last.toordinal() + 1)]
        if still := [day for day in days if day not in named]:
            ends = dict.fromkeys((shown(still[0], "date"), shown(still[-1], "date")))
            yield still[0], (" – ".join(ends), "", say.word("explain.paused"))


def _standing(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    """What one that stands still has used up, and what is left for when it goes on."""
    if (said := row["standing"]) is not None:
        code = "explain.used_late" if said["late"] else "explain.used"
        yield say.line(code, used=said["used"], left=said["left"], unit=say.word(f"unit.{row['unit']}"))


def _changes(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    """Extensions by decision, and days counted anew."""
    gone = say.word("daywork.erased")
    for one in row["extensions"]:
        days = {name: shown(one[name], "date") for name in ("on", "before", "last_day")}
        reason = gone if one["reason"] is None else one["reason"]
        yield say.line("explain.extended", n=one["days"], decision=one["decision_number"], reason=reason, **days)
    for one in row["recounts"]:
        code = "explain.recounted_letter" if one["cause"] == "guidance" else "explain.recounted"
        days = {name: shown(one[name]["last_day"], "date") for name in ("before", "after")}
        sides = {"was": one["before"], "now": one["after"]}
        versions = {name: calendar_words(say, side["calendar"]) for name, side in sides.items()}
        yield say.line(code, on=shown(one["on"], "date"), paper=one["paper"], **days, **versions)


def _lateness(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    """Why it is late and what was promised; where nothing was said yet, how to."""
    gone = say.word("daywork.erased")
    for one in row["promises"]:
        days = {name: shown(one[name], "date") for name in ("on", "promised")}
        yield say.line("explain.promised", reason=gone if one["reason"] is None else one["reason"], **days)
    if (row["days_left"] or 0) < 0 and not row["promises"]:
        yield say.line(
            "explain.say_why", code=row["code"], rule=row["rule"], period=row["period"] and f" --period {row['period']}"
        )


def _beginning(say: Printer, row: dict[str, Any]) -> Iterator[RenderableType]:
    started = shown(row["started_on"], "date")
    match row["kind"]:
        case "days":
            unit = say.word(f"unit.{row['unit']}")
            other = "explain.last_acceptance" if row["contract"] else "explain.registration"
            label = row["started_by"]["label"] or say.word(other)
            yield say.line("explain.counted", days=row["allowance"], unit=unit, start=started, label=label)
            if row["not_after"]:
                yield say.line("explain.not_after", day=shown(row["not_after"], "date"))
        case "fixed":
            fixed = row["fixed"]
            yield say.line("explain.fixed", day=shown(fixed["by_rule"], "date"), year=fixed["plan_year"])
            if fixed["guided_by"]:
                yield say.line("explain.guided", paper=fixed["guided_by"])
        case "monthly":
            yield say.line("explain.monthly", period=month(row["period"]))
        case _:
            yield say.line("explain.fact")


def _line(say: Printer, line: dict[str, Any], *, late: bool) -> tuple[object, ...]:
    if line["counts"]:
        off = "" if line["working"] else say.word("explain.off_and_counted", name=line["name"])
        return shown(line["day"], "date"), line["number"], off or line["name"]
    if line["working"]:
        return shown(line["day"], "date"), "", say.word("explain.beyond" if late else "explain.rolled")
    return shown(line["day"], "date"), "", say.word("explain.skipped", name=line["name"])
