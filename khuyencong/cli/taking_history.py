"""``audit export``: history as tables and as logs for process mining, each file with who asked for which rows."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from audit.backdating import days_back
from audit.events import events_of
from definitions.bundle import Bundle
from exchange.event_tables import write_events
from exchange.exports import About
from exchange.ocel import write_ocel
from exchange.safe_files import UNFINISHED, hash_of, written
from exchange.spool import Line, Spool, event_line
from exchange.xes import write_xes
from khuyencong.cli.auditing import app
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.options import read_day
from khuyencong.errors import WrongUsage
from store.audit_rows import Asked, Case, Cases
from store.leftovers import sweep_unfinished
from store.lists import NoticeLine
from workflow.entries import Entry
from workflow.proposal import legal_day
from workflow.service.exporting import may_audit, record_export

Write = Callable[[Path, About, Spool], None]


def _table(form: str) -> Write:
    return lambda path, about, spool: write_events(path, form, about, spool)


#: By format: how its file ends, and what writes it.
FORMATS: Mapping[str, tuple[str, Write]] = {
    "csv": (".csv", _table("csv")),
    "xlsx": (".xlsx", _table("xlsx")),
    "jsonl": (".jsonl", _table("jsonl")),
    "xes": (".xes", write_xes),
    "ocel": (".ocel.json", write_ocel),
}

ProgrammeOf = Annotated[str | None, typer.Option("--programme", help="Only cases of this programme.")]
CodeOf = Annotated[str | None, typer.Option("--code", help="Only this case.")]
AgencyOf = Annotated[str | None, typer.Option("--agency", help="Only what this agency did.")]
FromDay = Annotated[str | None, typer.Option("--from", metavar="DATE", help="Only what was recorded from this day on.")]
ToDay = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Only what was recorded up to this day.")]


@app.command("export")
def export(
    context: typer.Context,
    stem: Annotated[Path, typer.Argument(help="Where to write, without an ending.", show_default=False)],
    formats: Annotated[
        str, typer.Option("--format", help="One or several of csv, xlsx, jsonl, xes, ocel, with commas.")
    ] = "xes,ocel",
    programme: ProgrammeOf = None,
    code: CodeOf = None,
    agency: AgencyOf = None,
    since: FromDay = None,
    until: ToDay = None,
) -> None:
    """Write the entries of cases as tables (csv, xlsx, jsonl) or as logs for process mining (XES, OCEL 2.0).

    All formats hold the same rows. History keeps who took them, which options selected them, and each file's hash.
    """
    call = call_of(context)
    chosen = _chosen(formats)
    actor = call.actor
    may_audit(actor, action="audit export", at=call.now)
    asked = Asked(programme=programme, code=code, agency=agency, since=read_day(since), until=read_day(until))
    refuse_unknown(call, asked)
    sweep_unfinished(stem.parent, f"{UNFINISHED}*")
    with TemporaryDirectory(prefix="khuyencong-") as folder:
        spool = Spool(Path(folder) / "spool")
        with spool:
            _fill(call, spool, asked)
        about = about_of(call, asked.given(), spool.counts.events)
        files = [_write(call, stem, form, about, spool) for form in chosen]
    counts = {"cases": spool.counts.cases, "events": spool.counts.events, "resources": len(spool.counts.resources)}
    document = {
        "files": files,
        **counts,
        "filters": asked.given(),
        "asked_by": actor.name,
        "asked_at": call.now.isoformat(),
    }
    call.printer.say(
        document,
        lambda: [
            call.printer.line("export.history_done", n=spool.counts.events, file=one["file"], sha256=one["sha256"])
            for one in files
        ],
    )


def _chosen(formats: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(filter(None, (word.strip() for word in formats.split(",")))))
    if not named or set(named) - set(FORMATS):
        raise WrongUsage("usage.export_format", formats=formats, known=", ".join(FORMATS))
    return named


def refuse_unknown(call: Call, asked: Asked) -> None:
    """Raises UnknownProposal or UnknownDefinition for a case or a programme that is not there."""
    with call.home.store.read() as uow:
        if asked.code:
            uow.proposal(asked.code)
        if asked.programme:
            uow.law().programme(asked.programme)


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


def _fill(call: Call, spool: Spool, asked: Asked) -> None:
    """One pass over the cases in one moment's truth."""
    law = call.law()
    with call.home.store.transaction(writes=False) as transaction:
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


def _write(call: Call, stem: Path, form: str, about: About, spool: Spool) -> dict[str, str]:
    ending, write = FORMATS[form]
    file = stem.with_name(stem.name + ending)
    with written(file) as path:
        write(path, about, spool)
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
    return {"file": str(file), "format": form, "sha256": sha256}
