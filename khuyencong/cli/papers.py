"""``paper``: numbers of papers, one series for each agency, kind and year."""

from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from shapes.errors import WrongUsage
from shapes.shown import shown
from workflow.paper_numbers import PaperNumber, Series
from workflow.service.issuing import number_signed
from workflow.service.numbering import Issue, cancel_paper, number_paper

app = typer.Typer(no_args_is_help=True, help="Number the papers that agencies issue.")

Agency = Annotated[str, typer.Option("--agency", help="Key of the agency that issues.")]
Kind = Annotated[str, typer.Option("--kind", help="Kind of paper, such as quyet_dinh or cong_van.")]


@app.command("number")
def number(
    context: typer.Context,
    signed: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="The proposal whose signed paper gets its number.", show_default=False),
    ] = None,
    paper: Annotated[
        int | None, typer.Option("--paper", min=1, help="Which signed paper, by its number in `paper show`.")
    ] = None,
    agency: Annotated[str, typer.Option("--agency", help="For other papers: key of the agency that issues.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Kind of paper, such as quyet_dinh or cong_van.")] = "",
    symbol: Annotated[str, typer.Option("--symbol", help="What stands behind the number, such as QĐ-SCT.")] = "",
    title: Annotated[str, typer.Option("--title", help="What the paper is about (trích yếu).")] = "",
    code: Annotated[str | None, typer.Option("--proposal", help="The proposal that it is about.")] = None,
) -> None:
    """Give a signed paper, or one that is issued now, the next number of its agency, kind and year (cấp số)."""
    call = call_of(context)
    store, house = call.home.store, call.home.house
    named = [agency, kind, symbol]
    if any((*named, title, code)) if signed is not None else not all(named):
        raise WrongUsage("usage.number_what")
    if signed is not None:
        _, given = number_signed(store, house, code=signed, by=call.actor, at=call.now, paper=paper)
    else:
        issue = Issue(agency=agency, kind=kind, symbol=symbol, title=title, code=code)
        given = number_paper(store, house, issue, by=call.actor, at=call.now)
    document = _document(given)
    call.printer.say(
        document,
        lambda: [call.printer.line("paper.numbered", number=given.text, on=given.issued_on)],
    )


@app.command("cancel")
def cancel(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number, without its sign.", min=1, show_default=False)],
    agency: Agency,
    kind: Kind,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the history.")],
    year: Annotated[int | None, typer.Option("--year", help="Of which year; default: this one.")] = None,
) -> None:
    """Cancel a numbered paper; its number is never given again."""
    call = call_of(context)
    series = Series(agency=agency, kind=kind, year=year or call.today.year)
    store, house = call.home.store, call.home.house
    gone = cancel_paper(store, house, series, number, reason=reason, by=call.actor, at=call.now)
    call.printer.say(_document(gone), lambda: [call.printer.line("paper.cancelled", number=gone.text)])


@app.command("list")
def find(
    context: typer.Context,
    agency: Agency,
    year: Annotated[int | None, typer.Option("--year", help="Of which year; default: this one.")] = None,
) -> None:
    """List the numbers that an agency gave in a year."""
    call = call_of(context)
    with call.home.store.read() as uow:
        found = uow.numbers(agency, year or call.today.year)
    document = {"papers": [_document(given) for given in found]}
    columns = ("kind", "number", "on", "code", "state")
    call.printer.say(document, lambda: [call.printer.table(columns, [_row(call, given) for given in found])])


def _row(call: Call, given: PaperNumber) -> tuple[object, ...]:
    state = call.printer.word("paper.is_cancelled") if given.cancelled else ""
    kind = call.printer.word(f"paper.kind.{given.series.kind}")
    return kind, given.text, shown(given.issued_on.isoformat(), "date"), given.code or "", state


def _document(given: PaperNumber) -> dict[str, Any]:
    return {
        "agency": given.series.agency,
        "kind": given.series.kind,
        "year": given.series.year,
        "number": given.number,
        "text": given.text,
        "issued_on": given.issued_on.isoformat(),
        "person": given.person,
        "proposal": given.code,
        "cancelled": given.cancelled,
    }
