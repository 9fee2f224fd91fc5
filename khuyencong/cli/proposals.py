"""``proposal``: registering, editing, finding and reading proposals."""

from typing import Annotated, Any

import typer
from rich.console import RenderableType

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.facts import read_facts
from khuyencong.cli.known_then import authority, case_known, heading
from khuyencong.cli.opened import opened
from khuyencong.cli.printing import Printer
from khuyencong.cli.signing_table import signings_table
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
    wanted,
)
from language.formats import number
from shapes.badges import badge_of
from shapes.case import document_of
from shapes.errors import WrongUsage
from shapes.listing import line_of
from shapes.shown import shown
from shapes.views import SOON, VIEWS
from store.lists import Counted, Wanted
from workflow.proposal import FactValue
from workflow.service.drafting import create, edit

app = typer.Typer(no_args_is_help=True, help="Register, edit, find, read and move proposals.")

Code = Annotated[str, typer.Argument(help="The proposal's code, such as LC-2026-0001.", show_default=False)]
Facts = Annotated[
    list[str], typer.Option("--fact", "--data", metavar="KEY=VALUE", help="A value of a field; may be repeated.")
]
Revision = Annotated[
    int | None, typer.Option("--revision", min=0, help="Refuse unless the proposal still stands at this revision.")
]


@app.command("new")
def new(
    context: typer.Context,
    programme: Annotated[str, typer.Option("--programme", help="Key of the programme that is asked for money.")],
    process: Annotated[
        str | None, typer.Option("--process", help="Key of the process; needed where the programme has several.")
    ] = None,
    implementer: Annotated[
        str | None, typer.Option("--implementer", help="Key of the agency that implements it; default: your own.")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="Key of its province, where the programme is national.")
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="Its code; default: the next free one.")] = None,
    fact: Facts = [],
) -> None:
    """Register a proposal as a draft. `definitions show kcdp` names the fields."""
    call = call_of(context)
    law = call.law()
    tracks = [track.process for track in law.programme(programme).tracks]
    if process is None and len(tracks) > 1:
        raise WrongUsage("usage.process_needed", known=", ".join(tracks))
    chosen = process or tracks[0]
    known = next((track for track in tracks if track in (chosen, law.process(chosen).ref)), tracks[0])
    fields = {field.key: field for field in law.process(known).data}
    created = create(
        call.home.store,
        call.home.house,
        programme=programme,
        process=chosen,
        data=read_facts(fields, fact),
        by=call.actor,
        at=call.now,
        implementer=implementer or _own_agency(call),
        province=province,
        code=code,
    )
    say_proposal(call, created.code, "proposal.created")


def _own_agency(call: Call) -> str:
    seats = [seat.agency for seat in call.actor.seats if seat.role == "implementer" and seat.holds(call.today)]
    if len(set(seats)) != 1:
        raise WrongUsage("usage.implementer_needed")
    return seats[0]


@app.command("edit")
def change(
    context: typer.Context,
    code: Code,
    fact: Facts = [],
    clear: Annotated[list[str], typer.Option("--clear", metavar="KEY", help="Empty a field; may be repeated.")] = [],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; wanted where the papers are signed and an address is put right.")
    ] = "",
    revision: Revision = None,
) -> None:
    """Change the data of a draft, or of a proposal that is back for supplement.

    Later only the beneficiary's mail address (beneficiary_email), by the implementer or the seat that holds it.
    """
    call = call_of(context)
    with call.home.store.read() as uow:
        before = uow.proposal(code)
        process = uow.process(before.process_sha256)
    if not fact and not clear:
        raise WrongUsage("usage.nothing_to_edit")
    changes: dict[str, FactValue | None] = {**read_facts({field.key: field for field in process.data}, fact)}
    changes |= dict.fromkeys(clear)
    store, house = call.home.store, call.home.house
    after = edit(store, house, code=code, changes=changes, by=call.actor, at=call.now, revision=revision, reason=reason)
    say_proposal(call, code, "proposal.unchanged" if after.last_seq == before.last_seq else "proposal.edited")


def say_proposal(call: Call, code: str, done: str) -> None:
    """What was done, and the proposal as it stands now."""
    with call.home.store.read() as uow:
        document = document_of(uow, uow.proposal(code), at=call.now)
    call.printer.say(document, lambda: [call.printer.line(done, code=code), *page_of(call, document)])


@app.command("list")
def find(
    context: typer.Context,
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
    after: Annotated[
        str | None, typer.Option("--after", metavar="PLACE", help="Go on after the page that ended with this place.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="No more than so many.")] = 1000,
) -> None:
    """List proposals, those due first at the top; a search of everything shows the newest first."""
    call = call_of(context)
    filters = Filters(
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
    _show(call, filters.wanted(call), after=after, limit=limit)


def _show(call: Call, asked: Wanted, *, after: str | None, limit: int) -> None:
    with call.home.look() as lists:
        page, counted = lists.proposals(asked, after=after, limit=limit), lists.count(asked)
    rows = [line_of(line, call.law(), today=call.today) for line in page.lines]
    document = {"proposals": rows, "count": counted.number, "count_exact": counted.exact, "after": page.after}
    columns = ("code", "title", "state", "milestone", "holder", "officer", "due", "revision")
    call.printer.say(
        document,
        lambda: [
            call.printer.table(columns, [_row(row) for row in rows]),
            call.printer.line("list.count", n=_capped(counted)),
            *([call.printer.line("list.next", n=len(rows), after=page.after)] if page.after else []),
        ],
    )


@app.command("lists")
def views(context: typer.Context) -> None:
    """Count the lists that you work with: your inbox, due soon, overdue, waiting, followed, ended, all."""
    call = call_of(context)
    with call.home.look() as lists:
        found = {name: lists.count(wanted(call, narrowings)) for name, narrowings in VIEWS.items()}
    document = {
        "lists": [{"list": name, "count": one.number, "count_exact": one.exact} for name, one in found.items()],
    }
    lines = [(call.printer.word(f"view.{name}"), _capped(one)) for name, one in found.items()]
    call.printer.say(document, lambda: [call.printer.table(("list", "number"), lines)])


def _capped(counted: Counted) -> str:
    """How many there are, in words that do not claim more than was counted: 118, or 1.000+."""
    return number(counted.number) if counted.exact else f"{number(counted.number)}+"


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    due = shown(row["last_day"], "date") if row["last_day"] else ""
    place = (row["state_label"], row["milestone_label"], row["holder_agency_name"] or "", row["officer_name"] or "")
    return row["code"], row["title"], *place, due, row["revision"]


@app.command("show")
def show(
    context: typer.Context,
    code: Code,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="As it stood at that instant, from its history.")
    ] = None,
) -> None:
    """Show one proposal: where it stands, whose turn it is, its data and deadlines."""
    call = call_of(context)
    if as_of is not None:
        then = case_known(call, code, as_of)
        opened(call, code)
        call.printer.say(then, lambda: [heading(call, then), *page_of(call, then), *authority(call, then)])
        return
    with call.home.store.read() as uow:
        document = document_of(uow, uow.proposal(code), at=call.now)
    opened(call, code)
    call.printer.say(document, lambda: page_of(call, document))


def page_of(call: Call, document: dict[str, Any]) -> list[RenderableType]:
    """A proposal for people: where it stands, its data, decisions, papers and deadlines."""
    say = call.printer
    about = [
        ("code", document["code"]),
        ("title", document["title"]),
        ("programme", document["programme_label"]),
        ("process", document["process"]),
        ("state", document["state_label"]),
        ("milestone", document["milestone_label"]),
        ("holder", " – ".join(filter(None, (document["holder_agency_name"], document["holder_role"])))),
        ("officer", document["officer_name"] or ""),
        ("implementer", document["implementer_name"]),
        ("revision", document["revision"]),
    ]
    parts: list[RenderableType] = [
        say.table(("field", "value"), [(say.word(f"column.{key}"), value) for key, value in about])
    ]
    parts.append(say.table(("field", "value"), _data(document), title=say.word("title.data")))
    if document["decisions"]:
        decided = [
            (*_value(document, one["key"]), f"{one['label']}, {shown(one['on'], 'date')}")
            for one in document["decisions"]
        ]
        parts.append(say.table(("field", "value", "action"), decided, title=say.word("title.decisions")))
    if document["papers"]:
        papers = [(one["key"], one["label"], one["name"] or "", one["agency_name"]) for one in document["papers"]]
        parts.append(say.table(("key", "label", "file", "agency"), papers, title=say.word("title.papers")))
    if document["opinions"]:
        asked = [
            (one["asked"], one["agency_name"], shown(one["last_day"], "date"), one["answered_by"] or "")
            for one in document["opinions"]
        ]
        parts.append(say.table(("seq", "agency", "last_day", "answered_by"), asked, title=say.word("title.opinions")))
    parts += signings_table(say, document["signings"])
    running = [one for one in document["deadlines"] if one["state"] in ("running", "paused")]
    if running:
        rows = [
            (one["label"], one["agency_name"], shown(one["last_day"], "date"), badge(call.printer, one))
            for one in running
        ]
        parts.append(say.table(("deadline", "holder", "last_day", "left"), rows, title=say.word("title.deadlines")))
    return parts


def _data(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The draft's own values; what later steps decided stands in a table of its own."""
    decided = {one["key"] for one in document["decisions"]}
    return [_value(document, key) for key in document["data"] if key not in decided]


def _value(document: dict[str, Any], key: str) -> tuple[str, str]:
    said = document["choice_labels"].get(key) or shown(document["data"][key], document["types"].get(key, "text"))
    return document["labels"].get(key, key), said


def badge(say: Printer, deadline: dict[str, Any]) -> str:
    """How near a deadline is, in words: còn 4 ngày, đến hạn hôm nay, quá hạn 2 ngày, tạm dừng."""
    return badge_of(deadline, say.lang).words
