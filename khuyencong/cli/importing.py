"""``proposal import``: a list as a province keeps it, tried first and written when told to."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from definitions.bundle import Bundle
from definitions.process import Process
from exchange.folding import fold
from exchange.opening import open_list
from exchange.reading import Reading
from exchange.reports import Report, change_said
from exchange.rows import read_rows
from exchange.safe_files import UNFINISHED, hash_of
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.facts import read_facts
from khuyencong.cli.proposals import Facts, app
from shapes.errors import WrongUsage
from shapes.importing import counts_of, heading_of, outcome_of, said_of
from store.leftovers import sweep_unfinished
from workflow.incoming import STATUSES, Imported, Incoming, Outcome
from workflow.service.importing import import_rows
from workflow.service.row_deciding import Into

#: More rows than a screen is for stand in the report.
_SHOWN = 200
#: What needs no word on a screen.
_QUIET = ("unchanged", "skipped")


@dataclass(slots=True, kw_only=True)
class _Told:
    """What was told of the rows: for the screen those that need a word, for programs all, for the report each."""

    lang: str
    every: bool
    report: Report | None
    shown: list[Outcome] = field(default_factory=list)
    left_out: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, outcome: Outcome) -> None:
        """Hears of one row."""
        if self.report is not None:
            self.report.add(outcome)
        if self.every:
            self.rows.append(outcome_of(outcome, self.lang))
        elif outcome.status not in _QUIET or outcome.remarks:
            if len(self.shown) < _SHOWN:
                self.shown.append(outcome)
            else:
                self.left_out += 1


@app.command("import")
def bring_in(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A workbook (.xlsx) or a text table (.csv).", show_default=False)],
    programme: Annotated[str, typer.Option("--programme", help="Key of the programme that the rows belong to.")],
    process: Annotated[
        str | None, typer.Option("--process", help="Key of the process; needed where the programme has several.")
    ] = None,
    implementer: Annotated[
        str | None, typer.Option("--implementer", help="Key of the agency for rows that name none.")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="Key of the province for rows that name none.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Rows that name no state run already and stand in this one.")
    ] = None,
    data: Facts = [],
    sheet: Annotated[str | None, typer.Option("--sheet", help="The sheet; default: the first with a heading.")] = None,
    papers: Annotated[
        Path | None, typer.Option("--papers", help="Folder of the papers that rows name; default: the file's own.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write; without it nothing is written.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try (the default).")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="With --apply: write the rows that can come in, leave out the others.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write what became of each row as .xlsx.")
    ] = None,
) -> None:
    """Bring a list of proposals in: tried first, all rows or none, the same file twice changes nothing.

    Exit status 1 where a row was refused. `--fact KEY=VALUE` gives a value to rows whose column says nothing.
    """
    _check(file, apply=apply, dry_run=dry_run, partial=partial, report=report)
    call = call_of(context)
    law = call.law()
    chosen = _process(law, programme, process)
    source, heading = open_list(file, chosen, sheet=sheet)
    reading = Reading(
        process=chosen,
        programme=law.programme(programme),
        law=law,
        on=call.today,
        heading=heading,
        source=source,
        papers=papers or file.parent,
        given=read_facts({one.key: one for one in chosen.data}, data),
        state=_state(chosen, state),
    )
    into = Into(
        programme=programme,
        process=chosen.key,
        implementer=implementer or _implementer(call, law, programme),
        province=province,
        file_sha256=hash_of(file),
    )
    imported, told = _carry(call, reading, into, apply=apply, partial=partial, report=report is not None)
    document = {
        "file": file.name,
        "sha256": into.file_sha256,
        "programme": programme,
        "process": chosen.ref,
        "mode": "partial" if apply and partial else "apply" if apply else "dry-run",
        "written": imported.written,
        "counts": counts_of(imported),
        **heading_of(source, heading),
        "rows": told.rows,
    }
    if told.report is not None and report is not None:
        sweep_unfinished(report.parent, f"{UNFINISHED}*")
        told.report.save(report, imported, _about(call, file, programme))
    call.printer.say(document, lambda: _page(call, document, told, imported, report))
    if imported.refused:
        raise typer.Exit(1)


def _check(file: Path, *, apply: bool, dry_run: bool, partial: bool, report: Path | None) -> None:
    if not file.exists():
        raise WrongUsage("usage.no_file", file=str(file))
    if apply and dry_run:
        raise WrongUsage("usage.apply_or_try")
    if partial and not apply:
        raise WrongUsage("usage.partial_without_apply")
    if report is not None and report.suffix.lower() != ".xlsx":
        raise WrongUsage("usage.report_suffix", file=str(report))


def _process(law: Bundle, programme: str, process: str | None) -> Process:
    """The process of the programme's track that is meant. Raises WrongUsage where it has to be named."""
    tracks = [track.process for track in law.programme(programme).tracks]
    if process is None and len(tracks) > 1:
        raise WrongUsage("usage.process_needed", known=", ".join(tracks))
    known = law.process(process or tracks[0])
    wanted = known.key
    return law.process(next((track for track in tracks if track.partition("@")[0] == wanted), known.ref))


def _state(process: Process, word: str | None) -> str:
    """The key of a state by its key or label. Raises WrongUsage for an unknown one."""
    if word is None:
        return ""
    found = next((one.key for one in process.states if fold(word) in (fold(one.key), fold(one.label))), None)
    if found is None:
        known = ", ".join(f"{one.key} ({one.label})" for one in process.states)
        raise WrongUsage("usage.unknown_state", state=word, known=known)
    return found


def _implementer(call: Call, law: Bundle, programme: str) -> str:
    """Whose proposals these are where nobody says: the actor's own agency, else the programme's only implementer."""
    own = {one.agency for one in call.actor.seats if one.role == "implementer" and one.holds(call.today)}
    appointed = {row.agency for row in law.appointments if row.role == "implementer" and row.programme == programme}
    only = own if len(own) == 1 else appointed
    return next(iter(only)) if len(only) == 1 else ""


def _carry(
    call: Call, reading: Reading, into: Into, *, apply: bool, partial: bool, report: bool
) -> tuple[Imported, _Told]:
    """Tries, and then writes if that is wanted and nothing stands in the way."""
    imported, told = _pass(call, reading, into, "each" if apply and partial else "try", report=report)
    if apply and not partial and not imported.refused:
        return _pass(call, reading, into, "all", report=report)
    return imported, told


def _pass(
    call: Call, reading: Reading, into: Into, mode: Literal["try", "all", "each"], *, report: bool
) -> tuple[Imported, _Told]:
    told = _Told(lang=call.printer.lang, every=call.printer.as_json, report=Report() if report else None)
    imported = import_rows(
        call.home.store,
        call.home.house,
        _watched(call, read_rows(reading), mode, reading),
        into=into,
        by=call.actor,
        at=call.now,
        mode=mode,
        keep=lambda paper: call.home.keep(paper.key, Path(paper.path)),
        told=told,
    )
    return imported, told


def _watched(call: Call, rows: Iterable[Incoming], mode: str, reading: Reading) -> Iterator[Incoming]:
    """The rows, with a bar on standard error for whoever waits at a terminal."""
    console = Console(file=sys.stderr)
    about = reading.source.about
    total = about - reading.heading.number if about and about > reading.heading.number else None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        words = call.printer.word("import.trying" if mode == "try" else "import.writing")
        task = bar.add_task(words, total=total)
        for row in rows:
            yield row
            bar.advance(task)


def _about(call: Call, file: Path, programme: str) -> list[str]:
    say = call.printer.word
    return [
        say("import.about.file", file=file.name),
        say("import.about.programme", programme=call.law().programme(programme).label),
        say("import.about.who", who=call.actor.name, at=call.now),
    ]


def _page(
    call: Call, document: dict[str, Any], told: _Told, imported: Imported, report: Path | None
) -> Iterable[RenderableType]:
    say = call.printer
    read = ", ".join(f"{one['text']} → {one['field']}" for one in document["columns"])
    yield say.line("import.heading", sheet=document["sheet"] or "–", row=document["heading_row"], columns=read)
    if document["unknown_columns"]:
        yield say.line("import.unknown_columns", columns="; ".join(document["unknown_columns"]))
    if document["other_sheets"]:
        yield say.line("import.other_sheets", sheets="; ".join(document["other_sheets"]))
    if told.shown:
        rows = [_row(call, outcome) for outcome in told.shown]
        yield say.table(("row", "result", "code", "title", "remarks"), rows)
    if told.left_out:
        yield say.line("import.left_out", n=told.left_out)
    counts = [f"{say.word(f'import.status.{one}')}: {imported.counts[one]}" for one in STATUSES if imported.counts[one]]
    yield say.line("import.counts", counts="; ".join(counts) or "0")
    if report is not None:
        yield say.line("import.reported", file=str(report))
    yield say.line(_end(document, imported))


def _end(document: dict[str, Any], imported: Imported) -> str:
    if imported.written:
        changed = sum(imported.counts[one] for one in ("created", "opened", "edited"))
        return "import.written" if changed else "import.nothing"
    return "import.kept_out" if document["mode"] == "apply" else "import.tried"


def _row(call: Call, outcome: Outcome) -> tuple[object, ...]:
    changes = "\n".join(change_said(change) for change in outcome.changes)
    words = "\n".join(filter(None, (said_of(outcome, call.printer.lang), changes)))
    status = call.printer.word(f"import.status.{outcome.status}")
    return outcome.number, status, outcome.code, outcome.title, words
