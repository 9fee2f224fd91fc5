"""``proposal export``: exactly the rows that a filter selects, as a file that says who took them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from exchange.exports import FORMATS, About, Format, Row, columns_of, write_list
from exchange.safe_files import UNFINISHED, hash_of, written
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.proposals import app
from khuyencong.cli.views import (
    DaysOption,
    DueSoonOption,
    EndedOption,
    Filters,
    FollowedOption,
    HolderOption,
    InboxOption,
    OfficerOption,
    OverdueOption,
    ProgrammeOption,
    SearchOption,
    SeatOption,
    StateOption,
    WaitingOption,
)
from shapes.errors import WrongUsage
from shapes.exporting import in_words, row_of
from shapes.views import SOON
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
    inbox: InboxOption = False,
    followed: FollowedOption = False,
    waiting: WaitingOption = False,
    ended: EndedOption = False,
    due_soon: DueSoonOption = False,
    days: DaysOption = SOON,
    overdue: OverdueOption = False,
    programme: ProgrammeOption = None,
    state: StateOption = None,
    holder: HolderOption = None,
    seat: SeatOption = None,
    officer: OfficerOption = None,
    search: SearchOption = None,
) -> None:
    """Write the proposals that `proposal list` would show with the same options, all pages, in the same order.

    History keeps who took the list, which options selected it, how many rows, and the hash of the file.
    """
    call = call_of(context)
    form = _format(file)
    asked = Filters(
        inbox=inbox,
        followed=followed,
        waiting=waiting,
        ended=ended,
        due_soon=due_soon,
        days=days,
        overdue=overdue,
        programme=programme,
        state=state,
        holder=holder,
        seat=seat,
        officer=officer,
        search=search,
    )
    filters, wanted = asked.given(), asked.wanted(call)
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
