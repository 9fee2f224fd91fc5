"""``proposal actions``, ``proposal act``, ``proposal history``: what can be done, doing it, and what was done."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer
from msgspec.structs import asdict
from rich.console import RenderableType
from rich.text import Text

from definitions.process import Process
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.daywork import acts_table
from khuyencong.cli.facts import read_facts, read_files
from khuyencong.cli.opened import opened
from khuyencong.cli.options import read_day
from khuyencong.cli.proposals import Code, Facts, Revision, app
from language.formats import instant
from shapes.actions import actions_of
from shapes.history import history_of
from shapes.naming import names_of
from shapes.problems import refusal_lines
from shapes.shown import shown
from workflow.service.acting import Done, Request, act, look
from workflow.service.keeping import may_keep


@app.command("actions")
def actions(context: typer.Context, code: Code) -> None:
    """List every action of the proposal's state: whether you may take it, why not, what it asks for and does."""
    call = call_of(context)
    case = look(call.home.store, call.home.house, code=code, by=call.actor, at=call.now)
    names = partial(names_of, case.situation.law, call.today)
    document = actions_of(case, at=call.now, lang=call.printer.lang, names=names)
    call.printer.say(document, lambda: [part for one in document["actions"] for part in _offer(call, one)])


def _offer(call: Call, action: dict[str, Any]) -> list[RenderableType]:
    say = call.printer
    mark = say.word("action.open" if action["allowed"] else "action.closed")
    parts: list[RenderableType] = [Text(f"{mark} {action['action']} – {action['label']}", style="bold")]
    parts += [Text(f"    {line}") for line in refusal_lines(action["reasons"], lang=say.lang)]
    if action["allowed"]:
        fields = [Text(f"    {_field(call, field)}") for field in action["fields"]]
        parts += [*fields, Text(f"    {action['consequence']['sentence']}")]
    return parts


def _field(call: Call, field: dict[str, Any]) -> str:
    say = call.printer
    option = "--attach" if field["type"] == "document" else "--fact"
    words = [f"{option} {field['key']}=…", field["label"]]
    needed = "field.on_case" if field.get("on_case") else "field.required" if field["required"] else "field.optional"
    words.append(say.word(needed))
    bound = (side for side in ("min", "max") if field[side] is not None)
    words += [say.word(f"field.{side}", value=shown(field[side], field["type"])) for side in bound]
    if field["choices"]:
        words.append(" | ".join(map(str, field["choices"])))
    return "  ".join(words)


@app.command("act")
def take(
    context: typer.Context,
    code: Code,
    action: Annotated[str, typer.Argument(help="The action, as `proposal actions` names it.", show_default=False)],
    fact: Facts = [],
    attach: Annotated[
        list[str], typer.Option("--attach", metavar="KEY=FILE", help="A paper of the step; may be repeated.")
    ] = [],
    note: Annotated[str, typer.Option("--note", help="A note that stays in the history.")] = "",
    effective: Annotated[
        str | None, typer.Option("--effective", metavar="DATE", help="The date on the paper; may only repeat it.")
    ] = None,
    revision: Revision = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key: the same call again gets the first answer.")
    ] = None,
) -> None:
    """Carry out one action, wholly or not at all."""
    call = call_of(context)
    with call.home.store.read() as uow:
        proposal = uow.proposal(code)
        process = uow.process(proposal.process_sha256)
    # A key has one type in the whole process, so a repeated call reads its facts as it did before the proposal moved.
    facts, files = read_facts(process.fields, fact), read_files(attach)
    effective_on, actor = read_day(effective), call.actor
    both = (call.home.store, call.home.house)
    worth = bool(files) and may_keep(*both, code=code, action=action, key=key, by=actor, at=call.now)
    kept = files if worth else {}
    documents = tuple(call.home.keep(paper, file) for paper, file in kept.items())
    request = Request(
        code=code,
        action=action,
        facts=facts,
        documents=documents,
        note=note,
        effective_on=effective_on,
        revision=revision,
        key=key,
    )
    done = act(*both, request, by=actor, at=call.now)
    call.printer.say(asdict(done), lambda: _done(call, done, process))


def _done(call: Call, done: Done, process: Process) -> list[RenderableType]:
    say, move = call.printer, process.transition(done.source, done.action)
    code = "act.moved" if done.source != done.target else "act.recorded"
    before, after = process.state(done.source).label, process.state(done.target).label
    label = move.label if move else done.action
    parts: list[RenderableType] = [say.line(code, code=done.code, action=label, before=before, after=after)]
    people = list(dict.fromkeys(name for _, name in done.notices if name))
    if people:
        parts.append(say.line("act.notified", people=", ".join(people)))
    if done.replayed:
        parts.append(say.line("act.replayed"))
    return parts


@app.command("history")
def history(context: typer.Context, code: Code) -> None:
    """List every step of a proposal, oldest first, with the hashes that chain them."""
    call = call_of(context)
    with call.home.store.read() as uow:
        process = uow.process(uow.proposal(code).process_sha256)
    document = history_of(code, call.home.history(code), process)
    opened(call, code)
    columns = ("seq", "recorded_at", "effective_on", "action", "target", "actor", "agency", "note")
    call.printer.say(
        document,
        lambda: [
            call.printer.table(columns, [_step(call, step) for step in document["steps"]]),
            *acts_table(call, document["acts"]),
        ],
    )


def _step(call: Call, step: dict[str, Any]) -> tuple[object, ...]:
    when = instant(datetime.fromisoformat(step["recorded_at"]))
    day = shown(step["effective_on"], "date")
    who = f"{step['actor']} ({step['capacity']})" if step["capacity"] else step["actor"]
    label = call.printer.word("step.taken_back", action=step["label"]) if step["corrected_by"] else step["label"]
    return step["seq"], when, day, label, step["target_label"], who, step["agency_name"], step["note"]
