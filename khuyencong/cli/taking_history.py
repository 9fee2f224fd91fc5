"""``audit export``: history as tables and as logs for process mining, each file with who asked for which rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from audit.backdating import days_back
from audit.events import events_of
from definitions.bundle import Bundle
from exchange.control_paper import write_control_paper
from exchange.event_tables import write_events
from exchange.exports import About
from exchange.ocel import write_ocel
from exchange.safe_files import UNFINISHED, hash_of, written
from exchange.spool import Line, Spool, event_line
from exchange.xes import write_xes
from khuyencong.cli.answers import answered, control_sheet, known_question, refuse_unknown
from khuyencong.cli.auditing import app
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.options import read_day
from shapes.answers import ANSWER_FORMATS, write_answer
from shapes.errors import WrongUsage
from store.audit_rows import Asked, Case, Cases
from store.leftovers import sweep_unfinished
from store.lists import NoticeLine
from store.statements import Transaction
from workflow.entries import Entry
from workflow.proposal import legal_day
from workflow.service.exporting import may_audit, record_export

Write = Callable[[Path, About, Spool], None]


def _table(form: str) -> Write:
    return lambda path, about, spool: write_events(path, form, about, spool)


#: By format: how its file ends, and what writes it.
FORMATS: Mapping[str, tuple[str, Write]] = {
    "xes": (".xes", write_xes),
    "ocel": (".ocel.json", write_ocel),
    "csv": (".csv", _table("csv")),
    "xlsx": (".xlsx", _table("xlsx")),
    "jsonl": (".jsonl", _table("jsonl")),
}
#: Of answers to questions, and of papers about one case.
ANSWERS, PAPERS = tuple(ANSWER_FORMATS), ("docx",)

ProgrammeOf = Annotated[str | None, typer.Option("--programme", help="Only cases of this programme.")]
CodeOf = Annotated[str | None, typer.Option("--code", help="Only this case.")]
AgencyOf = Annotated[str | None, typer.Option("--agency", help="Only what this agency did.")]
FromDay = Annotated[str | None, typer.Option("--from", metavar="DATE", help="Only what was recorded from this day on.")]
MoreThan = Annotated[
    int | None,
    typer.Option("--more-than", min=0, help="back-dated: days (usual: 15); returned: times (usual: 2)."),
]
ToDay = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Only what was recorded up to this day.")]


@app.command("export")
def export(
    context: typer.Context,
    stem: Annotated[Path, typer.Argument(help="Where to write; each format adds its ending.")] = Path("nhat-ky"),
    formats: Annotated[
        str | None,
        typer.Option("--format", help="One or several of xes, ocel, csv, xlsx, jsonl, with commas."),
    ] = None,
    programme: ProgrammeOf = None,
    code: CodeOf = None,
    agency: AgencyOf = None,
    since: FromDay = None,
    until: ToDay = None,
    question: Annotated[
        str | None, typer.Option("--question", help="The answer to a question of `audit ask`: xlsx, csv or json.")
    ] = None,
    more_than: MoreThan = None,
) -> None:
    """Write the entries of cases as tables (csv, xlsx, jsonl) or as logs for process mining (XES, OCEL 2.0).

    With --question, the answer to it; with --format docx and --code, the control sheet of a case (Phiếu kiểm soát).
    All formats hold the same rows. History keeps who took them, which options selected them, and each file's hash.
    """
    call = call_of(context)
    asking = known_question(question) if question else None
    chosen = _chosen(formats, ANSWERS if asking else (*FORMATS, *PAPERS))
    if set(chosen) & set(PAPERS) and (code is None or len(chosen) > 1):
        raise WrongUsage("usage.export_paper")
    actor = call.actor
    may_audit(actor, action="audit export", at=call.now)
    asked = Asked(programme=programme, code=code, agency=agency, since=read_day(since), until=read_day(until))
    refuse_unknown(call, asked)
    sweep_unfinished(stem.parent, f"{UNFINISHED}*")
    if asking or set(chosen) & set(PAPERS):
        files = _answers(call, stem, chosen, asked, question or "", more_than)
        _say(call, files, asked, {"rows": files[0]["count"]})
        return
    with TemporaryDirectory(prefix="khuyencong-") as folder:
        spool = Spool(Path(folder) / "spool")
        with spool, call.home.store.transaction(writes=False) as transaction:
            fill(transaction, call.law(), spool, asked)
        about = about_of(call, asked.given(), spool.counts.events)
        files = [
            _keep(call, stem, form, FORMATS[form][0], about, partial(_of_spool, form=form, about=about, spool=spool))
            for form in chosen
        ]
    counts = {"cases": spool.counts.cases, "events": spool.counts.events, "resources": len(spool.counts.resources)}
    _say(call, files, asked, counts)


def _of_spool(path: Path, *, form: str, about: About, spool: Spool) -> None:
    FORMATS[form][1](path, about, spool)


def _say(call: Call, files: Sequence[Mapping[str, Any]], asked: Asked, counts: Mapping[str, int]) -> None:
    document = {
        "files": list(files),
        **counts,
        "filters": asked.given(),
        "asked_by": call.actor.name,
        "asked_at": call.now.isoformat(),
    }
    call.printer.say(
        document,
        lambda: [
            call.printer.line("export.history_done", n=one["count"], file=one["file"], sha256=one["sha256"])
            for one in files
        ],
    )


def _answers(
    call: Call, stem: Path, forms: Sequence[str], asked: Asked, question: str, more_than: int | None
) -> list[dict[str, Any]]:
    """The answer to a question in each format, from one reading; or the control sheet of a case."""
    if not question:
        sheet = control_sheet(call, asked.code or "")
        about = about_of(call, {**asked.given(), "question": "control-sheet"}, len(sheet.rows))
        write = partial(write_control_paper, sheet=sheet, asked_by=call.actor.name, at=call.now)
        return [_keep(call, stem, "docx", ".docx", about, write)]
    more = {} if more_than is None else {"more_than": str(more_than)}
    with answered(call, question, asked, more_than) as rows:
        about = about_of(call, {"question": question, **asked.given(), **more}, rows.count)
        write = partial(write_answer, question=question, about=about, rows=rows)
        return [_keep(call, stem, form, f".{form}", about, partial(write, form=form)) for form in forms]


def _chosen(formats: str | None, known: Sequence[str]) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(filter(None, (word.strip() for word in (formats or known[0]).split(",")))))
    if not named or set(named) - set(known):
        raise WrongUsage("usage.export_format", formats=formats, known=", ".join(known))
    return named


def about_of(call: Call, filters: Mapping[str, str], count: int) -> About:
    """Who asks, when, and in words for which rows."""
    say = call.printer.word
    words = "; ".join(f"{say(f'export.filter.{key}')}: {value}" for key, value in filters.items())
    return About(
        asked_by=call.actor.name,
        asked_at=call.now,
        words=words or say("export.filter.none"),
        filters=dict(filters),
        count=count,
    )


def fill(transaction: Transaction, law: Bundle, spool: Spool, asked: Asked) -> None:
    """One pass over the cases in one moment's truth; one case at a time is in memory."""
    cases = Cases(transaction)
    for case in cases.of(asked):
        events = [line for entry, line in _lines(case, law) if asked.takes(entry)]
        events = [line for line in events if asked.agency in (None, line["agency"])]
        numbers = {line["seq"] for line in events}
        notices = [_notice(one) for one in cases.notices(case.row.code) if one.seq in numbers]
        spool.add(_case(case), events, notices)


def _lines(case: Case, law: Bundle) -> Iterator[tuple[Entry, Line]]:
    for entry, event in zip(case.entries, events_of(case.entries, case.process), strict=True):
        on = legal_day(event.recorded_at)
        known = law.agencies.get(event.agency)
        yield (
            entry,
            event_line(
                event,
                agency_name=known.named(on).name if known else event.agency,
                before_label=case.process.state(event.before).label if event.before else "",
                after_label=case.process.state(event.after).label,
                days_back=days_back(event.effective_on, event.recorded_at) if event.effective_on else 0,
            ),
        )


def _case(case: Case) -> Line:
    row = case.row
    names = ("code", "title", "programme", "process", "implementer", "province", "plan_year")
    return {**{name: getattr(row, name) for name in names}, "created_at": row.created_at.isoformat()}


def _notice(one: NoticeLine) -> Line:
    told = {"id": one.id, "seq": one.seq, "notice": one.notice, "channel": one.channel, "state": one.state}
    return {**told, "seat": one.to.seat, "at": one.send_after.isoformat()}


def _keep(
    call: Call, stem: Path, form: str, ending: str, about: About, write: Callable[[Path], None]
) -> dict[str, Any]:
    """Writes a file whole or not at all, and records in history that it was taken."""
    file = stem if stem.name.endswith(ending) else stem.with_name(stem.name + ending)
    with written(file) as path:
        write(path)
        sha256 = hash_of(path)
        record_export(
            call.home.store,
            call.home.house,
            by=call.actor,
            at=call.now,
            filters=about.filters,
            count=about.count,
            form=form,
            sha256=sha256,
        )
    return {"file": str(file), "format": form, "count": about.count, "sha256": sha256}
