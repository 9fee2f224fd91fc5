"""The page of a case, its papers, and the exact text of a notice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from shapes.case import document_of, explanations_of
from shapes.errors import NotFound
from shapes.history import history_of
from shapes.notice_text import text_of
from store.lists import NoticeLine
from store.readings import Reading, keep_reading
from web import case_page
from web.case_list import CaseList, neighbours
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.authority import Situation
from workflow.service.acting import Case
from workflow.service.situations import situation_of

screens = Screens()


@screens.get("/de-an/{code}", Right.CASES)
def shown(visit: Visit) -> Response:
    """A case; that somebody opened it is put on record, once a day."""
    proposal = visit.proposal(visit.path("code"))
    code = proposal.code
    case = case_page.case_of(visit, code)
    process, asked = case.situation.process, visit.asked("ds")
    found = CaseList.of(visit, asked)
    with visit.home.survey() as (lists, uow):
        entries = uow.history(code)
        document = document_of(uow, proposal, at=visit.now, entries=entries)
        situation = situation_of(uow, proposal)
        explanations = explanations_of(uow, proposal, situation, case.deadlines, at=visit.now, entries=entries)
        notices = lists.notices(code)
        beside = neighbours(found, lists, code)
    keep_reading(visit.home.store, Reading(day=visit.today, code=code, reader=visit.actor.person))
    history = history_of(code, entries, process)
    looked = Looked(case=case, document=document, history=history, explanations=explanations, notices=notices)
    tab = visit.asked("muc") if visit.asked("muc") in case_page.TABS else case_page.TABS[0]
    offers = case_page.offers_of(visit, case)
    return visit.page(
        "cases/case.html",
        proposal=proposal,
        document=document,
        found=found,
        list_query=asked,
        beside=beside,
        tab=tab,
        tabs=case_page.TABS,
        steps=case_page.steps_bar(process, proposal),
        turn=case_page.turn_of(offers, ended=not document["open"]),
        urgent=case_page.urgent(document["deadlines"], visit.lang),
        editable=process.state(proposal.state).editable and _implements(visit, case.situation, proposal.implementer),
        last=history["steps"][-1] if history["steps"] else None,
        notice_counts=_counts(notices),
        **_OF_TAB[tab](visit, looked),
    )


def _implements(visit: Visit, situation: Situation, implementer: str) -> bool:
    agency = situation.successor(implementer, visit.today)
    return visit.actor.seat("implementer", agency, visit.today) is not None


def _counts(notices: Sequence[NoticeLine]) -> dict[str, int]:
    kinds = {"accepted": "accepted", "bounced": "bad", "failed": "bad", "cancelled": ""}
    found = {"accepted": 0, "waiting": 0, "bad": 0, "": 0}
    for one in notices:
        found[kinds.get(one.state, "waiting")] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was read of a case."""

    case: Case
    document: dict[str, Any]
    history: dict[str, Any]
    explanations: list[dict[str, Any]]
    notices: Sequence[NoticeLine]


def _timeline(visit: Visit, looked: Looked) -> dict[str, Any]:
    only, calendar = visit.asked("chi") == "buoc", looked.case.situation.law.calendar
    told = case_page.timeline(visit, looked.history, calendar, only_steps=only)
    return {"only": only, "timeline": list(told)}


def _people(visit: Visit, looked: Looked) -> dict[str, Any]:
    people = case_page.people_of(looked.history)
    return {"people": [one | {"agency": visit.names("", one["agency"])[1]} for one in people]}


#: What the tab that is open holds.
_OF_TAB: Mapping[str, Callable[[Visit, Looked], dict[str, Any]]] = {
    "tom-tat": lambda visit, it: {
        "values": case_page.draft_values(it.document, it.case.situation.process),
        "changes": case_page.changes_since(visit, it.history),
    },
    "giay-to": lambda _, it: {"papers": _papers(it.history)},
    "tham-dinh": lambda _, it: {"decided": case_page.decided(it.document)},
    "kinh-phi": lambda _, it: {"money": case_page.money_of(it.document, it.case.proposal)},
    "thoi-han": lambda visit, it: {"deadlines": case_page.explained(visit, it.explanations)},
    "thong-bao": lambda visit, it: {"notices": case_page.notices_of(visit, it.notices)},
    "tien-trinh": _timeline,
    "nguoi": _people,
}


def _papers(history: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every paper of the case with the step or act by which it came, the newest first."""
    return [
        {"paper": paper, "by": one.get("label") or one.get("kind"), "at": one["recorded_at"], "actor": one["actor"]}
        for one in sorted((*history["steps"], *history["acts"]), key=lambda one: one["seq"], reverse=True)
        for paper in one["documents"]
    ]


@screens.get("/de-an/{code}/giay-to/{sha256}", Right.CASES)
def paper(visit: Visit) -> Response:
    """A paper of the case, to be saved: never shown as a page of ours."""
    code, wanted = visit.proposal(visit.path("code")).code, visit.path("sha256")
    with visit.home.store.read() as uow:
        entries, process = uow.history(code), uow.process(uow.proposal(code).process_sha256)
    history = history_of(code, entries, process)
    named = {
        paper["sha256"]: paper["name"] for one in (*history["steps"], *history["acts"]) for paper in one["documents"]
    }
    if wanted not in named:
        raise NotFound("web.no_such_page")
    content = visit.home.papers.read(wanted)
    return attachment(content, named[wanted] or f"{wanted[:12]}.bin")


def attachment(content: bytes, name: str) -> Response:
    """Bytes to be saved under a name, whatever is in them."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in name)
    headers = {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-store",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


@screens.get("/de-an/{code}/thong-bao/{number:int}", Right.CASES)
def notice(visit: Visit) -> Response:
    """The exact text of a notice, as it was sent or will be."""
    proposal = visit.proposal(visit.path("code"))
    with visit.home.look() as lists:
        found = lists.notice(int(visit.path("number")))
        if found is None or found.code != proposal.code:
            raise NotFound("web.no_such_page")
        sent = lists.message(found.message_id) if found.message_id else None
    subject, text, _ = text_of(found, sent, visit.home.templates)
    return visit.page(
        "cases/notice.html",
        proposal=proposal,
        notice=case_page.notices_of(visit, [found])[0],
        subject=subject,
        text=text,
        sha256=sha256(sent).hexdigest() if sent else "",
    )
