"""``proposal attach``, ``assign``, ``correct``, ``ask``, ``answer``: the small acts beside the steps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.facts import read_files
from khuyencong.cli.proposals import Code, Revision, app, say_proposal
from language.formats import instant
from shapes.told_acts import what_of
from workflow.service.asking import Answer, Question, answer, ask
from workflow.service.assigning import Assignment, assign
from workflow.service.correcting import correct
from workflow.service.filing import attach

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the history.", show_default=False)]


@app.command("attach")
def put(
    context: typer.Context,
    code: Code,
    papers: Annotated[
        list[str], typer.Argument(metavar="KEY=FILE...", help="Papers by the keys that `proposal actions` names.")
    ],
    revision: Revision = None,
) -> None:
    """Put papers on the case, or replace them, without acting: the next step that asks for them finds them there."""
    call = call_of(context)
    files, actor = read_files(papers), call.actor
    with call.home.store.read() as uow:
        uow.proposal(code)
    documents = tuple(call.home.keep(paper, file) for paper, file in files.items())
    attach(call.home.store, call.home.house, code=code, documents=documents, by=actor, at=call.now, revision=revision)
    say_proposal(call, code, "daywork.done.attached")


@app.command("assign")
def give(
    context: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option("--to", metavar="USER", help="Who is to handle it, by account.")],
    reason: Reason,
) -> None:
    """Put a person of the agency that holds the proposal in charge of it, or another one in their place."""
    call = call_of(context)
    wanted = Assignment(to=to, reason=reason)
    assign(call.home.store, call.home.house, wanted, code=code, by=call.actor, at=call.now)
    say_proposal(call, code, "daywork.done.assigned")


@app.command("correct")
def take_back(context: typer.Context, code: Code, reason: Reason, revision: Revision = None) -> None:
    """Take the newest step back because it was a mistake; only its own agency can, before the next step."""
    call = call_of(context)
    store, house = call.home.store, call.home.house
    correct(store, house, code=code, reason=reason, by=call.actor, at=call.now, revision=revision)
    say_proposal(call, code, "daywork.done.corrected")


@app.command("ask")
def question(
    context: typer.Context,
    code: Code,
    agency: Annotated[str, typer.Option("--agency", help="Key of the agency that is asked.")],
    text: Annotated[str, typer.Option("--question", help="What it is asked.")],
    days: Annotated[int | None, typer.Option("--days", help="Working days to answer; default: the process's.")] = None,
) -> None:
    """Ask another agency's opinion; the proposal stays where it is and does not wait for it."""
    call = call_of(context)
    asked = Question(agency=agency, text=text, days=days)
    ask(call.home.store, call.home.house, asked, code=code, by=call.actor, at=call.now)
    say_proposal(call, code, "daywork.done.asked")


@app.command("answer")
def opinion(
    context: typer.Context,
    code: Code,
    text: Annotated[str, typer.Option("--opinion", help="The opinion.")],
    asked: Annotated[
        int | None, typer.Option("--asked", help="Number of the entry that asked, if several did.")
    ] = None,
    attach_: Annotated[
        list[str], typer.Option("--attach", metavar="KEY=FILE", help="A paper with it; may be repeated.")
    ] = [],
) -> None:
    """Give the opinion that your agency was asked for."""
    call = call_of(context)
    files, actor = read_files(attach_), call.actor
    documents = tuple(call.home.keep(paper, file) for paper, file in files.items())
    given = Answer(text=text, asked=asked, documents=documents)
    answer(call.home.store, call.home.house, given, code=code, by=actor, at=call.now)
    say_proposal(call, code, "daywork.done.answered")


def acts_table(call: Call, acts: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    """The small acts of a history, for people; nothing where there are none."""
    say = call.printer
    rows = [
        (act["seq"], instant(datetime.fromisoformat(act["recorded_at"])), act["actor"] or "", what_of(say, act))
        for act in acts
    ]
    columns = ("seq", "recorded_at", "actor", "what")
    return [say.table(columns, rows, title=say.word("title.acts"))] if rows else []
