"""``audit ask``: the questions that auditors ask, each answered by one table from the log."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from audit.control_sheet import NOTE, TITLE, ControlSheet
from audit.questions import QUESTIONS, Question, Row
from exchange.control_paper import HEADINGS, about, cells
from khuyencong.cli.answers import answered, control_sheet, known_question, refuse_unknown
from khuyencong.cli.auditing import app
from khuyencong.cli.call import call_of
from khuyencong.cli.opened import opened
from khuyencong.cli.options import read_day
from khuyencong.cli.taking_history import AgencyOf, CodeOf, FromDay, MoreThan, ProgrammeOf, ToDay
from language.formats import instant
from shapes.shown import shown
from store.audit_rows import Asked


@app.command("ask")
def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help=f"One of: {', '.join(QUESTIONS)}.", show_default=False)],
    programme: ProgrammeOf = None,
    code: CodeOf = None,
    agency: AgencyOf = None,
    since: FromDay = None,
    until: ToDay = None,
    more_than: MoreThan = None,
) -> None:
    """Answer a question about history: who touched a case, where time went, what was refused, dated back or extended.

    `audit export --question QUESTION` writes the same table to a file.
    """
    call = call_of(context)
    asked = Asked(programme=programme, code=code, agency=agency, since=read_day(since), until=read_day(until))
    known = known_question(question)
    refuse_unknown(call, asked)
    with answered(call, question, asked, more_than) as rows:
        document = {
            "question": question,
            "title": known.title,
            "columns": {key: label for key, label, *_ in known.columns},
            "filters": asked.given(),
            "rows": [],
            "count": rows.count,
            "asked_at": call.now.isoformat(),
        }
        keys = [key for key, *_ in known.columns]
        told = ({key: _plain(row.get(key)) for key in keys} for row in rows) if call.printer.as_json else rows
        if not rows.count:
            call.printer.say(document, lambda: [Text(known.title), call.printer.line("ask.nothing")])
            return
        last = call.printer.line("ask.count", n=rows.count)
        call.printer.say_rows(document, "rows", told, lambda some: table_of(known, some), last=last)


@app.command("sheet")
def sheet(
    context: typer.Context, code: Annotated[str, typer.Argument(help="The proposal's code.", show_default=False)]
) -> None:
    """Show the control sheet of a case (Phiếu kiểm soát quá trình giải quyết hồ sơ): every hand-over, in time or late.

    `audit export --code CODE --format docx` writes it as a paper.
    """
    call = call_of(context)
    made = control_sheet(call, code)
    opened(call, code)
    document = asdict(made)
    lines = [Text(f"{label}: {value}") for label, value in about(made)]
    call.printer.say(document, lambda: [Text(TITLE), *lines, _grid(made), Text(NOTE)])


def _grid(made: ControlSheet) -> Table:
    grid = Table(show_lines=False)
    for heading in HEADINGS:
        grid.add_column(heading, overflow="fold")
    for number, row in enumerate(made.rows, 1):
        grid.add_row(*map(Text, cells(number, row)))
    return grid


def table_of(question: Question, rows: Sequence[Row]) -> Table:
    """The answer for people: the headings of the exported table."""
    made = Table(title=Text(question.title), title_justify="left", show_lines=False)
    for _, label, *_ in question.columns:
        made.add_column(label, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell(row.get(key), kind)) for key, _, kind, _ in question.columns))
    return made


def cell(value: object, kind: str) -> str:
    """A value as offices write it."""
    if isinstance(value, datetime):
        return instant(value)
    return shown(value, "date" if isinstance(value, date) else kind)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
