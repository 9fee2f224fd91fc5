"""``proposal export``: exactly the rows that a filter selects, as a file that says who took them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from exchange.exports import FORMATS, About, Format, Row, columns_of, write_list
from exchange.safe_files import UNFINISHED, hash_of, written
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.proposals import app, person_of
from khuyencong.errors import WrongUsage
from khuyencong.shapes.exporting import in_words, row_of
from khuyencong.shapes.listing import seats_at
from store.leftovers import sweep_unfinished
from store.lists import ALL, Wanted
from store.queries import Queries
from workflow.service.exporting import record_export
from workflow.storage import UnitOfWork

_PAGE = 500


@app.command("export")
def take_out(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write: .xlsx, .csv or .json.", show_default=False)],
    programme: Annotated[str | None, typer.Option("--programme", help="Only of this programme.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
    holder: Annotated[str | None, typer.Option("--holder", help="Only those that this agency has to move on.")] = None,
    officer: Annotated[
        str | None, typer.Option("--officer", metavar="USER", help="Only those that this person handles.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those with a deadline that has passed.")] = False,
    text: Annotated[
        str | None, typer.Option("--search", help="Only those with words in code, title or implementer that begin so.")
    ] = None,
) -> None:
    """Write the proposals that `proposal list` would show with the same options, all pages, those due first.

    History keeps who took the list, which options selected it, how many rows, and the hash of the file.
    """
    call = call_of(context)
    form = _format(file)
    given = {"programme": programme, "state": state, "holder": holder, "officer": officer, "search": text}
    filters: dict[str, str | bool] = {key: value for key, value in given.items() if value is not None}
    filters |= {"overdue": True} if overdue else {}
    wanted = Wanted(
        programme=programme,
        state=state,
        holders=seats_at(call.law(), holder) if holder else None,
        officer=person_of(call, officer) if officer else None,
        due_by=call.now if overdue else None,
        text=text,
    )
    actor = call.actor
    sweep_unfinished(file.parent, f"{UNFINISHED}*")
    with written(file) as path:
        with call.home.survey() as (lists, uow):
            about = _about(call, filters, lists.count(wanted, most=ALL).number)
            used = {key for row in _rows(call, lists, uow, wanted, words=False) for key in row}
            columns = columns_of(call.law().processes.values(), used)
            write_list(path, form, about, columns, _rows(call, lists, uow, wanted, words=form != "json"))
        sha256 = hash_of(path)
        record_export(
            call.home.store,
            call.home.house,
            by=actor,
            at=call.now,
            filters=filters,
            count=about.count,
            form=form,
            sha256=sha256,
        )
    document = {
        "file": str(file),
        "format": form,
        "count": about.count,
        "sha256": sha256,
        "filters": filters,
        "asked_by": actor.name,
        "asked_at": call.now.isoformat(),
    }
    call.printer.say(document, lambda: [call.printer.line("export.done", n=about.count, file=str(file), sha256=sha256)])


def _format(file: Path) -> Format:
    found = next((form for form in FORMATS if file.suffix.lower() == f".{form}"), None)
    if found is None:
        raise WrongUsage("usage.export_suffix", file=str(file), known=", ".join(f".{form}" for form in FORMATS))
    return found


def _about(call: Call, filters: dict[str, str | bool], count: int) -> About:
    say = call.printer.word
    words = "; ".join(
        say(f"export.filter.{key}") if value is True else f"{say(f'export.filter.{key}')}: {value}"
        for key, value in filters.items()
    )
    return About(
        asked_by=call.actor.name,
        asked_at=call.now,
        words=words or say("export.filter.none"),
        filters=filters,
        count=count,
    )


def _rows(call: Call, lists: Queries, uow: UnitOfWork, wanted: Wanted, *, words: bool) -> Iterator[Row]:
    """The rows on all pages, one moment's truth."""
    law, today, after = uow.law(), call.today, None
    while True:
        page = lists.proposals(wanted, after=after, limit=_PAGE)
        for line in page.lines:
            proposal = uow.proposal(line.code)
            process = uow.process(proposal.process_sha256)
            row = row_of(line, proposal, process, law, today=today)
            yield in_words(row, process, law, today=today) if words else row
        if page.after is None:
            return
        after = page.after
