"""A case as an auditor reads it: what was known at an instant, its control sheet, its proof, and all of it to take."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response

from audit.control_sheet import NOTE, TITLE, ControlSheet, sheet_of
from audit.events import label_of
from exchange.control_paper import HEADINGS, about, cells, write_control_paper
from shapes.as_of import case_as_of
from shapes.errors import CheckFailed, NotFound, WrongUsage
from store.as_of import AsOf, NothingKnown
from store.audit_answers import Answers
from store.audit_rows import Asked
from store.readings import Reading, keep_reading
from web.case_page import decided, draft_values
from web.downloads import download
from web.pages.auditing import record_taking
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.entries import Entry, read_body
from workflow.service.exporting import may_audit

screens = Screens()
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@screens.get("/kiem-toan/ho-so/{code}", Right.AUDITOR)
def looked(visit: Visit) -> Response:
    """What was known of a case at an instant: of one of its entries, or one that was typed."""
    proposal = visit.proposal(visit.path("code"))
    with visit.home.look() as lists:
        entries = lists.history(proposal.code)
    keep_reading(visit.home.store, Reading(day=visit.today, code=proposal.code, reader=visit.actor.person))
    at, step = _instant(visit, entries)
    with visit.home.store.transaction(writes=False) as transaction:
        then = AsOf(transaction, at)
        try:
            case = then.case(proposal.code)
        except NothingKnown as nothing:
            raise NotFound("not_found.before_creation", code=proposal.code, at=at) from nothing
        document = case_as_of(then, case)
        process = case.situation.process
    return visit.page(
        "auditing/case.html",
        it=document,
        known=document["as_of"],
        at=at,
        typed=f"{at.astimezone(_VIETNAM):%Y-%m-%dT%H:%M}",
        step=step,
        last=len(entries),
        steps=[_told(one, process) for one in entries],
        values=draft_values(document, process),
        decided=decided(document),
    )


def _instant(visit: Visit, entries: Sequence[Entry]) -> tuple[datetime, int]:
    """The instant that is looked at, and how many entries were recorded by then."""
    typed, number = visit.asked("luc"), visit.asked("buoc")
    if typed:
        at = _read(typed)
        if at > visit.now and visit.home.sandbox is None:
            raise WrongUsage("usage.future", at=at, now=visit.now)
    elif number.isascii() and number.isdecimal() and 0 < int(number[:9]) <= len(entries):
        at = entries[int(number) - 1].recorded_at
    else:
        at = max(entries[-1].recorded_at, visit.now)
    return at, sum(one.recorded_at <= at for one in entries)


def _read(text: str) -> datetime:
    """An instant of Vietnam as a browser's field gives it. Raises WrongUsage."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUsage("usage.instant", text=text) from error
    return (found if found.tzinfo else found.replace(tzinfo=_VIETNAM)).astimezone(UTC)


def _told(entry: Entry, process: Any) -> dict[str, Any]:
    body = read_body(entry)
    action = str(body.get("action") or entry.kind)
    label = label_of(entry.kind, action, str(body.get("source") or ""), process)
    return {"seq": entry.seq, "at": entry.recorded_at, "label": label}


@screens.get("/kiem-toan/ho-so/{code}/phieu", Right.AUDITOR)
def sheet(visit: Visit) -> Response:
    """The control sheet of a case."""
    made = _sheet(visit, visit.proposal(visit.path("code")).code)
    keep_reading(visit.home.store, Reading(day=visit.today, code=made.code, reader=visit.actor.person))
    return visit.page(
        "auditing/sheet.html",
        it=made,
        title=TITLE,
        note=NOTE,
        about=list(about(made)),
        headings=HEADINGS,
        rows=[cells(number, row) for number, row in enumerate(made.rows, 1)],
    )


def _sheet(visit: Visit, code: str) -> ControlSheet:
    with visit.home.store.transaction(writes=False) as transaction:
        answers = Answers(transaction, visit.law, now=visit.now)
        return sheet_of(answers.told(next(answers.cases(Asked(code=code)))))


@screens.get("/kiem-toan/ho-so/{code}/chung-minh", Right.AUDITOR)
def proof(visit: Visit) -> Response:
    """The proof that the entries of a case are in the sealed log."""
    code = visit.proposal(visit.path("code")).code
    keep_reading(visit.home.store, Reading(day=visit.today, code=code, reader=visit.actor.person))
    try:
        found = visit.site.backstage.prove(code)
    except CheckFailed:
        found = None
    return visit.page("auditing/proof.html", code=code, it=found)


@screens.post("/kiem-toan/ho-so/{code}/tai", Right.AUDITOR, desk="door")
def take(visit: Visit) -> Response:
    """A file of a case: everything that proves it (``goi``), its control sheet (``phieu``), its proofs alone."""
    may_audit(visit.actor, action="audit bundle", at=visit.now)
    code, kind = visit.proposal(visit.path("code")).code, visit.typed("dang")
    if kind not in _FILES:
        raise WrongUsage("usage.export_format", formats=kind, known=", ".join(_FILES))
    ending, form, write = _FILES[kind]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{ending}"
        count = write(visit, path, code)
        record_taking(visit, path, filters={"code": code}, count=count, form=form)
        return download(path.read_bytes(), f"{code}.{ending}")


def _bundle(visit: Visit, path: Path, code: str) -> int:
    return visit.site.backstage.bundle(path, code=code, by=visit.actor, at=visit.now)


def _paper(visit: Visit, path: Path, code: str) -> int:
    made = _sheet(visit, code)
    write_control_paper(path, made, asked_by=visit.actor.name, at=visit.now)
    return len(made.rows)


def _proofs(visit: Visit, path: Path, code: str) -> int:
    found = visit.site.backstage.prove(code)
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return len(found["proofs"])


#: By what is asked for: how the file ends, as what history keeps it, and what writes it.
_FILES = {
    "goi": ("zip", "bundle", _bundle),
    "phieu": ("docx", "docx", _paper),
    "chung-minh": ("json", "proof", _proofs),
}
