"""``deadline explain``: why a deadline falls on its day, line by line."""

from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import shown
from khuyencong.cli.proposals import Code, badge
from khuyencong.shapes.explaining import explain
from khuyencong.shapes.history import steps_of
from workflow.service.situations import situation_of

app = typer.Typer(no_args_is_help=True, help="Explain deadlines.")


@app.callback()
def deadlines() -> None:
    """Explain deadlines."""


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
    steps = steps_of(call.home.history(code), situation.process)
    rows = [explain(one, proposal, situation, steps, today=call.today) for one in found]
    document = {"code": code, "today": call.today.isoformat(), "deadlines": rows}
    told = [row for row in rows if ended or row["state"] in ("running", "paused")]
    call.printer.say(document, lambda: [*_page(call, told), *_rest(call, len(rows) - len(told))])


def _page(call: Call, rows: list[dict[str, Any]]) -> list[RenderableType]:
    return [part for row in rows for part in _explained(call, row)] or [call.printer.line("explain.none")]


def _rest(call: Call, number: int) -> list[RenderableType]:
    return [call.printer.line("explain.ended", n=number)] if number else []


def _explained(call: Call, row: dict[str, Any]) -> list[RenderableType]:
    say = call.printer
    name = f"{row['label']} {row['period']}".strip()
    parts: list[RenderableType] = [Text(f"{name} – {badge(call, row)}", style="bold")]
    confidence = say.word("confidence.contract" if row["by_contract"] else f"confidence.{row['basis']['confidence']}")
    parts.append(say.line("explain.basis", basis=row["basis"]["text"], confidence=confidence))
    parts.append(say.line("explain.duty", agency=row["agency_name"]))
    parts += _beginning(call, row)
    if row["lines"]:
        columns = ("day", "number", "why")
        parts.append(say.table(columns, [_line(call, line) for line in row["lines"]]))
    for pause in row["pauses"]:
        code = "explain.pause" if pause["until"] else "explain.pause_open"
        days = {side: shown(pause[side], "date") for side in ("from", "until")}
        parts.append(say.line(code, start=days["from"], end=days["until"], label=pause["label"]))
    code = "explain.result_provisional" if row["provisional"] else "explain.result"
    parts.append(say.line(code, last_day=shown(row["last_day"], "date"), calendar=row["calendar"]))
    if not row["agrees"]:
        parts.append(say.line("explain.disagrees", calendar=row["calendar"], now=row["calendar_now"]))
    if row["if_missed"]:
        parts.append(say.line("explain.if_missed", what=row["if_missed"]))
    return parts


def _beginning(call: Call, row: dict[str, Any]) -> list[RenderableType]:
    say = call.printer
    started = shown(row["started_on"], "date")
    match row["kind"]:
        case "days":
            unit = say.word(f"unit.{row['unit']}")
            label = row["started_by"]["label"] or say.word("explain.registration")
            parts = [say.line("explain.counted", days=row["allowance"], unit=unit, start=started, label=label)]
            if row["not_after"]:
                parts.append(say.line("explain.not_after", day=shown(row["not_after"], "date")))
            return [*parts]
        case "fixed":
            fixed = row["fixed"]
            by_rule = shown(fixed["by_rule"], "date")
            parts = [say.line("explain.fixed", day=by_rule, year=fixed["plan_year"])]
            if fixed["guided_by"]:
                parts.append(say.line("explain.guided", paper=fixed["guided_by"]))
            return [*parts]
        case "monthly":
            return [say.line("explain.monthly", period=row["period"])]
        case _:
            return [say.line("explain.fact")]


def _line(call: Call, line: dict[str, Any]) -> tuple[object, ...]:
    if line["counts"]:
        return shown(line["day"], "date"), line["number"], line["name"]
    why = line["name"] or call.printer.word("explain.rolled")
    return shown(line["day"], "date"), "", call.printer.word("explain.skipped", name=why)
