"""``calendar``: the working days of a year, publishing a year, counting days."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from definitions.calendar import Calendar
from definitions.errors import CalendarNotPublished, Fault, FaultyDefinitions
from definitions.loading import find_texts
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.foreseeing import foresee
from khuyencong.cli.recounting import recount_now
from language.formats import read_date
from shapes.calendar_words import calendar_words
from shapes.counting import Line, lines_of
from shapes.day_names import day_name
from shapes.errors import WrongUsage
from shapes.shown import shown
from workflow.deadlines import Deadline, Run, assume, count
from workflow.service.registering import publish as publish_texts

app = typer.Typer(no_args_is_help=True, help="The working calendar that deadlines are counted by.")
_MOST = 400


@app.command("show")
def show(
    context: typer.Context,
    year: Annotated[int, typer.Argument(min=1900, max=2200, help="The year.", show_default=False)],
) -> None:
    """Show the days off and the worked weekend days of a year, each with what it rests on."""
    call = call_of(context)
    found = call.law().calendar.years.get(year)
    if found is None:
        raise CalendarNotPublished(year)
    document = found.model_dump(mode="json")
    rows = [(shown(day.isoformat(), "date"), name, "") for day, name in sorted(found.days_off.items())]
    worked = call.printer.word("calendar.worked")
    rows += [(shown(day.isoformat(), "date"), name, worked) for day, name in sorted(found.days_worked.items())]
    title = call.printer.word(f"calendar.{found.status}", year=year, version=found.version)
    call.printer.say(document, lambda: [Text(title, style="bold"), call.printer.table(("day", "name", "note"), rows)])


@app.command("publish")
def publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A calendar file (TOML).", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which deadlines would change; nothing is written.")
    ] = False,
) -> None:
    """Publish the calendar of a year; deadlines that run are counted anew by it.

    Other days need a higher version of the year. Interrupted, the scheduler goes on with the counting.
    """
    call = call_of(context)
    if not file.is_file():
        raise WrongUsage("usage.no_file", file=str(file))
    texts = find_texts([file])
    if any(text.kind != "calendar" for text in texts):
        fault = Fault(file=str(file), place="kind", message="is not a calendar")
        raise FaultyDefinitions([fault])
    if dry_run:
        foresee(call, texts, file=file.name)
        return
    changed = publish_texts(call.home.store, call.home.house, texts, by=call.registrar, at=call.now)
    document = {"published": [{"kind": kind, "key": key} for kind, key in changed]}
    code = "calendar.done" if changed else "calendar.known"
    recounted = recount_now(call)
    said = [call.printer.line(code, file=file.name), *recounted.lines]
    call.printer.say({**document, "recounted": recounted.document}, lambda: said)


@app.command("count")
def count_days(
    context: typer.Context,
    date: Annotated[str, typer.Argument(help="The day of the event, which is not counted.", show_default=False)],
    n: Annotated[int, typer.Argument(min=1, max=_MOST, help="How many working days.", show_default=False)],
) -> None:
    """Count so many working days after a date and show every day counted or skipped."""
    call = call_of(context)
    start = read_date(date)
    law = call.law().calendar
    calendar = assume(law, start.year, start.year + 3)
    last = count(calendar, start, n, "working")
    counted = Deadline(
        rule="count",
        seat="",
        allowance=n,
        started_by=0,
        started_on=start,
        running_since=start,
        last_day=last,
        calendar="",
    )
    lines = lines_of(counted, [Run(since=start)], calendar)
    document = {
        "start": start.isoformat(),
        "days": n,
        "last_day": last.isoformat(),
        "provisional": any(line.provisional for line in lines),
        "lines": [_line(line) for line in lines],
        "calendar": _versions(calendar, law, start.year, last.year),
    }
    call.printer.say(document, lambda: _counted(call, document))


def _line(line: Line) -> dict[str, Any]:
    return {"day": line.day.isoformat(), "counts": line.number is not None, "number": line.number, "name": line.name}


def _versions(calendar: Calendar, law: Calendar, first: int, last: int) -> list[dict[str, Any]]:
    """The years counted across; version 0 is that of a year which nobody published or drafted."""
    years = (calendar.years[year] for year in range(first, last + 1))
    return [
        {"year": year.year, "version": year.version if year.year in law.years else 0, "status": year.status}
        for year in years
    ]


def _counted(call: Call, document: dict[str, Any]) -> list[Any]:
    rows = [(shown(line["day"], "date"), line["number"], day_name(call.printer, line)) for line in document["lines"]]
    code = "explain.result_provisional" if document["provisional"] else "explain.result"
    marks = ((one["year"], one["version"], "?" * (one["status"] == "draft")) for one in document["calendar"])
    years = ",".join(f"{year}.{version}{mark}" for year, version, mark in marks)
    return [
        call.printer.table(("day", "number", "why"), rows),
        call.printer.line(
            code, last_day=shown(document["last_day"], "date"), calendar=calendar_words(call.printer, years)
        ),
    ]
