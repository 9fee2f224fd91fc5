"""``paper present``, ``sign``, ``send-back``, ``issue``, ``show``, ``waiting``: a step's paper on its way."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.facts import read_facts, read_files
from khuyencong.cli.options import read_day
from khuyencong.cli.papers import app
from khuyencong.cli.proposals import Code, Facts
from khuyencong.cli.signing_table import signings_table
from language.formats import instant
from shapes.daywork import action_label
from shapes.signing import signings_of
from store.signing_list import WaitingPaper, waiting_papers
from workflow.proposal import Document
from workflow.service.issuing import issue
from workflow.service.on_its_way import OnItsWay
from workflow.service.presenting import Draft, present
from workflow.service.signing import send_back, sign
from workflow.service.situations import situation_of
from workflow.signing import stage


class Next(StrEnum):
    """What a paper on its way waits for."""

    SIGN = "sign"
    NUMBER = "number"
    ACT = "act"


Paper = Annotated[
    int | None, typer.Option("--paper", min=1, help="Which paper, by its number in `paper show`, if several fit.")
]
Files = Annotated[list[str], typer.Option("--attach", metavar="KEY=FILE", help="A file of it; may be repeated.")]


@app.command("present")
def put(
    context: typer.Context,
    code: Code,
    action: Annotated[str, typer.Argument(help="The step that it is the paper of.", show_default=False)],
    kind: Annotated[str, typer.Option("--kind", help="Kind of paper, such as quyet_dinh or cong_van.")],
    symbol: Annotated[str, typer.Option("--symbol", help="What will stand behind its number, such as QĐ-UBND.")],
    title: Annotated[str, typer.Option("--title", help="What the paper is about (trích yếu).")],
    fact: Facts = [],
    attach: Files = [],
    note: Annotated[str, typer.Option("--note", help="A note for whoever signs.")] = "",
) -> None:
    """Present the paper of a step for signature (trình); the step is taken when it is signed and numbered."""
    call = call_of(context)
    with call.home.store.read() as uow:
        process = uow.process(uow.proposal(code).process_sha256)
    facts, actor = read_facts(process.fields, fact), call.actor
    documents = _kept(call, attach)
    draft = Draft(action=action, kind=kind, symbol=symbol, title=title, facts=facts, documents=documents, note=note)
    done = present(call.home.store, call.home.house, draft, code=code, by=actor, at=call.now)
    _say(call, done, "signing.done.presented")


def _kept(call: Call, words: list[str]) -> tuple[Document, ...]:
    return tuple(call.home.keep(key, file) for key, file in read_files(words).items())


@app.command("sign")
def put_name(
    context: typer.Context,
    code: Code,
    paper: Paper = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day on the paper; default: today.")
    ] = None,
    attach: Files = [],
    note: Annotated[str, typer.Option("--note", help="A note that stays in the history.")] = "",
) -> None:
    """Sign a paper that was presented (ký); needs the step's seat with a signing capacity on that day."""
    call = call_of(context)
    day, actor = read_day(on), call.actor
    documents = _kept(call, attach)
    store, house = call.home.store, call.home.house
    done = sign(store, house, code=code, by=actor, at=call.now, paper=paper, on=day, documents=documents, note=note)
    _say(call, done, "signing.done.signed")


@app.command("send-back")
def refuse(
    context: typer.Context,
    code: Code,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the history.", show_default=False)],
    paper: Paper = None,
) -> None:
    """Send a paper back to who presented it (trả lại); once it has a number, cancel it instead."""
    call = call_of(context)
    store, house = call.home.store, call.home.house
    done = send_back(store, house, code=code, reason=reason, by=call.actor, at=call.now, paper=paper)
    _say(call, done, "signing.done.sent_back")


@app.command("issue")
def send_out(
    context: typer.Context,
    code: Code,
    to: Annotated[list[str], typer.Option("--to", help="Who gets it (nơi nhận); may be repeated.")],
    paper: Paper = None,
    attach: Files = [],
) -> None:
    """Record that a numbered paper was issued, and to whom (phát hành)."""
    call = call_of(context)
    actor = call.actor
    documents = _kept(call, attach)
    store, house = call.home.store, call.home.house
    done = issue(store, house, code=code, to=tuple(to), by=actor, at=call.now, paper=paper, documents=documents)
    _say(call, done, "signing.done.issued")


def _say(call: Call, done: OnItsWay, sentence: str) -> None:
    papers = papers_document(call, done.proposal.code)["papers"]
    document = next(one for one in papers if one["paper"] == done.paper.seq)
    signed, drawn = done.paper.signed, done.paper.drawn
    words = {"code": done.proposal.code, "seq": done.paper.seq}
    said = {"on": signed.on if signed else "", "number": drawn.text if drawn else ""}
    call.printer.say({"code": done.proposal.code, **document}, lambda: [call.printer.line(sentence, **words, **said)])


def papers_document(call: Call, code: str) -> dict[str, Any]:
    """Every paper of a proposal's steps that was presented."""
    with call.home.store.read() as uow:
        proposal = uow.proposal(code)
        situation, entries = situation_of(uow, proposal), uow.history(code)
    return {"code": code, "papers": signings_of(proposal, situation, entries, today=call.today)}


@app.command("show")
def show(context: typer.Context, code: Code) -> None:
    """Show the papers of a proposal's steps: who presented, signed, numbered and issued each, and when."""
    call = call_of(context)
    document = papers_document(call, code)
    call.printer.say(document, lambda: signings_table(call.printer, document["papers"]))


@app.command("waiting")
def waiting(
    context: typer.Context,
    agency: Annotated[str | None, typer.Option("--agency", help="Only of this agency.")] = None,
    for_: Annotated[Next | None, typer.Option("--for", help="Only those that wait for this.")] = None,
) -> None:
    """List the papers on their way to a signature, a number or their step, those that wait longest first."""
    call = call_of(context)
    with call.home.store.transaction(writes=False) as transaction:
        found = list(waiting_papers(transaction, agency=agency, next_=for_.value if for_ else None))
    with call.home.store.read() as uow:
        rows = [_waiting(one, action_label(uow.process(one.process_sha256), one.paper.action)) for one in found]
    columns = ("code", "title", "action", "kind", "stage", "since")
    table = [_waiting_row(call, row) for row in rows]
    call.printer.say({"papers": rows}, lambda: [call.printer.table(columns, table)])


def _waiting(one: WaitingPaper, label: str) -> dict[str, Any]:
    paper = one.paper
    return {
        "code": one.code,
        "title": one.title,
        "paper": paper.seq,
        "action": paper.action,
        "action_label": label,
        "kind": paper.kind,
        "agency": paper.agency,
        "stage": stage(paper),
        "since": paper.since.isoformat(),
    }


def _waiting_row(call: Call, row: Mapping[str, Any]) -> tuple[object, ...]:
    say = call.printer
    kind, state = say.word(f"paper.kind.{row['kind']}"), say.word(f"signing.stage.{row['stage']}")
    since = instant(datetime.fromisoformat(row["since"]))
    return row["code"], row["title"], row["action_label"], kind, state, since
