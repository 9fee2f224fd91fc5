"""``proposal act-many``: the same step for many proposals, with an outcome for each."""

import csv
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.facts import read_facts, read_files, split
from khuyencong.cli.options import read_day
from khuyencong.cli.proposals import Facts, app
from language.errors import Unreadable
from shapes.errors import WrongUsage
from shapes.naming import names_of
from shapes.problems import problem_of
from workflow.proposal import Document
from workflow.service.acting import Request
from workflow.service.batching import ROW_FAULTS, Outcome, act_many

_CODE = ("code", "mã", "ma", "mã đề án")
_BATCH_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What all rows of a batch share."""

    action: str
    facts: tuple[str, ...]
    documents: tuple[Document, ...]
    note: str
    effective: str | None


@app.command("act-many")
def take(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="The action, as `proposal actions` names it.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A .csv file: a column `code`, further columns are facts of that proposal alone."),
    ] = None,
    codes: Annotated[list[str], typer.Option("--code", help="A proposal's code; may be repeated.")] = [],
    fact: Facts = [],
    attach: Annotated[
        list[str], typer.Option("--attach", metavar="KEY=FILE", help="A paper of every step; may be repeated.")
    ] = [],
    note: Annotated[str, typer.Option("--note", help="A note that stays in every history.")] = "",
    effective: Annotated[
        str | None, typer.Option("--effective", metavar="DATE", help="The date on the paper; may only repeat it.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="Name of an earlier run: what failed in it is tried again.")
    ] = None,
) -> None:
    """Carry out one action for many proposals, each wholly or not at all; a failing one blocks no other.

    Exit status 1 where some failed. The same call with `--batch` tries those again and repeats nothing.
    """
    call = call_of(context)
    rows = _rows(file, codes)
    files, actor, name = read_files(attach), call.actor, batch or secrets.token_hex(_BATCH_BYTES)
    documents = tuple(call.home.keep(paper, one) for paper, one in files.items())
    split(fact, "--fact")  # A word that is no pair is everybody's fault, not each row's.
    common = _Common(action=action, facts=tuple(fact), documents=documents, note=note, effective=effective)
    prepared = ((code, partial(_request, call, code, facts, common)) for code, facts in rows.items())
    outcomes = act_many(
        *(call.home.store, call.home.house, prepared),
        batch=name,
        by=actor,
        at=call.now,
        faults=(*ROW_FAULTS, Unreadable),
    )
    shown = [_shown(call, outcome) for outcome in outcomes]
    failed = sum(row["outcome"] == "failed" for row in shown)
    document = {"batch": name, "action": action, "done": len(shown) - failed, "failed": failed, "rows": shown}
    call.printer.say(document, lambda: _page(call, document))
    if failed:
        raise typer.Exit(1)


def _rows(file: Path | None, codes: list[str]) -> dict[str, Mapping[str, str]]:
    """Each proposal's own facts by its code, in the order given. Raises WrongUsage."""
    found = [*((code, {}) for code in codes), *(_read(file) if file else ())]
    if not found:
        raise WrongUsage("usage.no_codes")
    rows: dict[str, Mapping[str, str]] = {}
    for code, facts in found:
        if code in rows:
            raise WrongUsage("usage.code_twice", code=code)
        rows[code] = facts
    return rows


def _read(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage("usage.unreadable_file", file=str(file), why=str(error)) from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(StringIO(text), delimiter=max(",;\t", key=head.count))
    named = next((name for name in reader.fieldnames or () if name.strip().lower() in _CODE), None)
    if named is None:
        raise WrongUsage("usage.no_code_column", file=str(file))
    for row in reader:
        code = (row.pop(named) or "").strip()
        if code:
            yield code, {key.strip(): value for key, value in row.items() if key and value}


def _request(call: Call, code: str, own: Mapping[str, str], common: _Common) -> Request:
    """The row's request; what the file says of it holds before what is said of all."""
    with call.home.store.read() as uow:
        process = uow.process(uow.proposal(code).process_sha256)
    words = split(common.facts, "--fact") | dict(own)
    facts = read_facts(process.fields, [f"{key}={value}" for key, value in words.items()])
    return Request(
        code=code,
        action=common.action,
        facts=facts,
        documents=common.documents,
        note=common.note,
        effective_on=read_day(common.effective),
    )


def _shown(call: Call, outcome: Outcome) -> dict[str, Any]:
    done, say = outcome.done, call.printer
    if done is not None:
        word = "replayed" if done.replayed else "done"
        return {"code": outcome.code, "outcome": word, "target": done.target, "seq": done.seq, "reasons": []}
    names = partial(names_of, call.law(), call.today)
    problem = problem_of(outcome.error, lang=say.lang, names=names) if outcome.error else None
    lines = list(problem.lines) if problem else [str(outcome.error)]
    return {"code": outcome.code, "outcome": "failed", "target": None, "seq": None, "reasons": lines}


def _page(call: Call, document: dict[str, Any]) -> list[RenderableType]:
    say = call.printer
    rows = [(row["code"], say.word(f"batch.{row['outcome']}"), " ".join(row["reasons"])) for row in document["rows"]]
    parts: list[RenderableType] = [say.table(("code", "outcome", "reason"), rows)]
    parts.append(say.line("batch.counts", done=document["done"], failed=document["failed"]))
    if document["failed"]:
        parts.append(say.line("batch.again", batch=document["batch"]))
    return parts
