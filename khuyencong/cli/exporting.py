"""``proposal export``: exactly the rows that a filter selects, as a file that says who took them."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.exports import FORMATS, Format
from exchange.safe_files import UNFINISHED, hash_of, written
from khuyencong.cli.call import call_of
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
from shapes.list_files import write_proposals
from shapes.views import SOON
from store.leftovers import sweep_unfinished
from workflow.service.exporting import record_export


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
        with call.home.survey() as moment:
            about = write_proposals(
                path, form, moment, wanted, filters=filters, by=actor, at=call.now, lang=call.printer.lang
            )
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
