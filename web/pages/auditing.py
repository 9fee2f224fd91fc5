"""The auditor's desk: the whole log, what proves it, and the questions that auditors ask. Nothing is changed here."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from audit.checkpoints import read_checkpoint
from audit.events import label_of
from audit.questions import QUESTIONS, Question
from exchange.exports import About
from exchange.row_spool import kept_aside
from exchange.safe_files import hash_of
from language.catalogue import knows
from language.errors import Unreadable
from language.formats import day, instant, money, number, read_date
from shapes.answers import ANSWER_FORMATS, answer_rows, write_answer
from shapes.errors import NotFound
from shapes.finding_words import finding_words
from shapes.verified import lines_of, missing
from store.audit_rows import Asked
from store.global_log import LogLine, kinds, log_page
from store.readings import Reading, keep_reading
from store.sealed_log import SqlSealedLog
from web.brief import Found
from web.downloads import download
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.proposal import midnight
from workflow.service.exporting import may_audit, record_export

screens = Screens()
_DAY = timedelta(days=1)
#: So many rows of an answer are shown; all of them are in the file.
_SHOWN = 200
#: Under which the newest verification is kept.
VERIFIED = "verified"
_LOG_FILTERS = ("loai", "ho-so", "tu", "den")
_ASKED = ("chuong-trinh", "ho-so", "co-quan", "tu", "den", "hon")


def day_asked(text: str) -> date | None:
    """The day that was typed; None for none, and for what is no day."""
    try:
        return read_date(text) if text else None
    except Unreadable:
        return None


@screens.get("/kiem-toan", Right.AUDITOR)
def log(visit: Visit) -> Response:
    """Every entry of every chain, the newest first."""
    kind, subject = visit.asked("loai") or None, visit.asked("ho-so") or None
    since, until = day_asked(visit.asked("tu")), day_asked(visit.asked("den"))
    with visit.home.store.transaction(writes=False) as transaction:
        page = log_page(
            transaction,
            kind=kind,
            subject=subject,
            since=midnight(since) if since else None,
            until=midnight(until + _DAY) if until else None,
            after=visit.asked("sau") or None,
        )
        known = kinds(transaction)
    if subject and any(line.title for line in page.lines):
        keep_reading(visit.home.store, Reading(day=visit.today, code=subject, reader=visit.actor.person))
    asked = {name: visit.asked(name) for name in _LOG_FILTERS if visit.asked(name)}
    return visit.page(
        "auditing/log.html",
        rows=[_line(visit, line) for line in page.lines],
        asked=asked,
        kinds=sorted((kind_words(visit, one), one) for one in known),
        next_page=f"/kiem-toan?{urlencode({**asked, 'sau': page.after})}" if page.after else "",
    )


def kind_words(visit: Visit, kind: str) -> str:
    """What people call a kind of entry."""
    code = f"entry_kind.{kind}"
    return visit.word(code) if knows(code) else kind


def _line(visit: Visit, line: LogLine) -> dict[str, Any]:
    body = line.body
    ref = line.process
    process = visit.law.processes.get(ref) if ref else None
    state = str(body.get("source") or "")
    acted = line.kind == "step" and process is not None
    label = label_of(line.kind, str(body["action"]), state, process) if acted and process else ""
    moved = [process.state(key).label for key in (state, body["target"])] if acted and process else []
    agency = str(body.get("agency") or "")
    return {
        "id": line.id,
        "at": line.recorded_at,
        "label": label or kind_words(visit, line.kind),
        "kind": line.kind,
        "subject": line.subject,
        "is_case": bool(line.title),
        "title": line.title,
        "seq": line.seq,
        "actor": line.actor or str(body.get("person") or ""),
        "agency": str(body.get("agency_name") or "") or (visit.names("", agency)[1] if agency else ""),
        "capacity": str(body.get("capacity") or ""),
        "moved": moved if len(set(moved)) > 1 else [],
        "effective_on": body.get("effective_on"),
        "papers": len(body.get("documents", ())),
        "channel": str(body.get("channel") or ""),
        "hash": line.hash,
        "position": line.position,
    }


@screens.get("/kiem-toan/chuoi", Right.AUDITOR)
def chain(visit: Visit) -> Response:
    """What is sealed, by which keys, and what was verified when."""
    with visit.home.store.transaction(writes=False) as transaction:
        sealed = SqlSealedLog(transaction)
        note, size, number_of = sealed.newest(), sealed.size(), sealed.checkpoints()
    newest = read_checkpoint(note)[0] if note else None
    return visit.page(
        "auditing/chain.html",
        note=note,
        newest=newest,
        size=size,
        checkpoints=number_of,
        keys=visit.site.backstage.keys(),
        verified=visit.site.verified,
    )


@screens.post("/kiem-toan/chuoi", Right.AUDITOR, desk="door")
def verify(visit: Visit) -> Response:
    """Verifies everything now; what it shows stands on the page until the next time."""
    found, word = visit.site.backstage.verify(), visit.word
    if found.findings:
        lines = [finding_words(one, visit.lang) for one in found.findings]
        told = {"ok": False, "title": word("audit.broken", n=len(lines), entries=found.entries), "lines": lines}
    elif found.covers_nothing or not found.vouched:
        why = word("audit.nothing") if found.covers_nothing else missing(found, word)
        told = {"ok": False, "title": word("audit.unproven", entries=found.entries), "lines": [why]}
    else:
        said = [word(code, **params) for code, params in lines_of(found, outside=0, at=visit.now, word=word)]
        told = {"ok": True, "title": said[0], "lines": said[1:]}
    visit.site.verified = Found(value=told, at=visit.now)
    return visit.go("/kiem-toan/chuoi")


@screens.get("/kiem-toan/cau-hoi", Right.AUDITOR)
def questions(visit: Visit) -> Response:
    """The questions that can be asked."""
    return visit.page("auditing/questions.html", questions=QUESTIONS)


@screens.get("/kiem-toan/cau-hoi/{question}", Right.AUDITOR)
def ask(visit: Visit) -> Response:
    """The answer to a question; the first rows of it."""
    name = visit.path("question")
    known = _question(name)
    asked, more_than = _asked(visit, visit.asked)
    is_asked = bool(visit.asked("hoi"))
    rows: list[list[str]] = []
    if is_asked:
        with visit.home.store.transaction(writes=False) as transaction:
            answer = answer_rows(
                transaction, visit.law, name, asked, more_than=more_than, now=visit.now, lang=visit.lang
            )
            rows = [[_cell(row.get(key), kind) for key, _, kind, _ in known.columns] for row in islice(answer, _SHOWN)]
    return visit.page(
        "auditing/question.html",
        name=name,
        question=known,
        rows=rows,
        is_asked=is_asked,
        may_more=len(rows) == _SHOWN,
        shown=_SHOWN,
        asked={one: visit.asked(one) for one in _ASKED},
        programmes=[(one.key, one.label) for one in visit.law.programmes.values()],
        agencies=sorted((one.named(visit.today).name, key) for key, one in visit.law.agencies.items()),
        formats=tuple(ANSWER_FORMATS),
        numeric=[kind in ("number", "money") for _, _, kind, _ in known.columns],
    )


def _question(name: str) -> Question:
    if name not in QUESTIONS:
        raise NotFound("not_found.question", name=name)
    return QUESTIONS[name]


def _asked(visit: Visit, value: Any) -> tuple[Asked, int | None]:
    """What narrows the answer. Raises UnknownProposal, UnknownDefinition for what is not there."""
    given = {name: value(name).strip() for name in _ASKED}
    asked = Asked(
        programme=given["chuong-trinh"] or None,
        code=given["ho-so"] or None,
        agency=given["co-quan"] or None,
        since=day_asked(given["tu"]),
        until=day_asked(given["den"]),
    )
    with visit.home.store.read() as uow:
        if asked.code:
            uow.proposal(asked.code)
        if asked.programme:
            uow.law().programme(asked.programme)
    more = given["hon"]
    return asked, int(more) if more.isascii() and more.isdecimal() and len(more) <= len("9999") else None


def _cell(value: object, kind: str) -> str:
    """A value as offices write it."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return money(value) if kind == "money" else number(value)
    return str(value)


@screens.post("/kiem-toan/cau-hoi/{question}/xuat", Right.AUDITOR)
def take(visit: Visit) -> Response:
    """The whole answer as a file; history keeps who took it."""
    name = visit.path("question")
    known = _question(name)
    may_audit(visit.actor, action="audit export", at=visit.now)
    asked, more_than = _asked(visit, visit.typed)
    form = next((one for one in ANSWER_FORMATS if one == visit.typed("dang")), "xlsx")
    filters = {"question": name, **asked.given(), **({} if more_than is None else {"more_than": str(more_than)})}
    days = [key for key, _, kind, _ in known.columns if kind == "date"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"answer.{form}"
        with kept_aside(_rows(visit, name, asked, more_than), days=days) as rows:
            about = about_of(visit, filters, rows.count)
            write_answer(path, question=name, about=about, rows=rows, form=form)
        record_taking(visit, path, filters=filters, count=about.count, form=form)
        return download(path.read_bytes(), f"{name}-{visit.today:%Y%m%d}.{form}")


def _rows(visit: Visit, name: str, asked: Asked, more_than: int | None) -> Iterator[Any]:
    with visit.home.store.transaction(writes=False) as transaction:
        yield from answer_rows(transaction, visit.law, name, asked, more_than=more_than, now=visit.now, lang=visit.lang)


def about_of(visit: Visit, filters: Mapping[str, str], count: int) -> About:
    """Who asks, when, and in words for which rows."""
    words = "; ".join(f"{visit.word(f'export.filter.{key}')}: {value}" for key, value in filters.items())
    return About(
        asked_by=visit.actor.name,
        asked_at=visit.now,
        words=words or visit.word("export.filter.none"),
        filters=dict(filters),
        count=count,
    )


def record_taking(visit: Visit, path: Path, *, filters: Mapping[str, str], count: int, form: str) -> None:
    """History keeps who took a file, and its hash."""
    store, house = visit.home.store, visit.home.house
    record_export(
        store,
        house,
        by=visit.actor,
        at=visit.now,
        filters=dict(filters),
        count=count,
        form=form,
        sha256=hash_of(path),
    )
