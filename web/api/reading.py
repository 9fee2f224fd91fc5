"""Proposals as programs read them: the list, one case, its actions, history, deadlines and notices."""

from functools import partial
from typing import Annotated, Any
from unicodedata import normalize
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from shapes.actions import actions_of
from shapes.case import document_of, explanations_of
from shapes.errors import NotFound, WrongUsage
from shapes.history import history_of
from shapes.listing import line_of, seats_at
from shapes.notices import STATES, notice_of, told_of
from shapes.views import wanted
from store.lists import Wanted
from web.api import case_models, models
from web.api.call import Call
from web.api.list_query import MOST, USUAL, ListQuery
from web.api.problems import etag
from web.api.route import Caller, Code, answer, answers
from workflow.errors import BadValue
from workflow.service.acting import look
from workflow.service.situations import situation_of
from workflow.values import WANTED, is_writable

router = APIRouter(tags=["proposals"])
#: Parameters that are lists of the command by name.
_LISTS = ("inbox", "followed", "waiting", "ended", "due_soon", "overdue")
After = Annotated[str | None, Query(max_length=200, description="Go on after the page that ended with this place.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="No more than so many.")]


@router.get("/proposals", summary="List proposals", **answers(models.ProposalPage))
async def proposals(call: Caller, asked: Annotated[ListQuery, Query()]) -> Response:
    """Those that the caller may see, due first at the top; a search of everything shows the newest first."""
    return await call.read(partial(_proposals, asked=asked))


def _proposals(call: Call, asked: ListQuery) -> Response:
    named = {name: _text(name, value) if isinstance(value, str) else value for name, value in asked}
    page_of = _wanted(call, named)
    with call.home.look() as lists:
        page = lists.proposals(page_of, after=named["after"], limit=asked.limit)
        counted = lists.count(page_of)
    rows = [line_of(line, call.law, today=call.today) for line in page.lines]
    document = {"proposals": rows, "count": counted.number, "count_exact": counted.exact, "after": page.after}
    return answer(document | _next(call, page.after), headers=_link(call, page.after))


def _wanted(call: Call, asked: dict[str, Any]) -> Wanted:
    names = {"inbox": ("mine",), "followed": ("ours", "elsewhere")}
    narrowings = [one for name in _LISTS if asked[name] for one in names.get(name, (name,))]
    return wanted(
        call.viewer,
        narrowings,
        days=asked["days"],
        programme=asked["programme"],
        state=asked["state"],
        holders=_seats(call, asked["holder"], asked["seat"]),
        officer=_person(call, asked["officer"]) if asked["officer"] else None,
        text=asked["search"],
        scope=call.scope(asked["agency"]),
    )


def _seats(call: Call, holder: str | None, seat: str | None) -> tuple[str, ...] | None:
    if seat is None:
        return seats_at(call.law, holder) if holder else None
    if seat not in seats_at(call.law, seat.partition("@")[2]):
        raise WrongUsage("usage.unknown_seat", word=seat)
    return (seat,) if holder is None or seat in seats_at(call.law, holder) else ()


def _person(call: Call, username: str) -> str:
    with call.home.store.read() as uow:
        found = uow.actor(username, channel="api")
    if found is None:
        raise NotFound("not_found.user", user=username)
    return found.person


def _text(name: str, value: str) -> str:
    text = normalize("NFC", value)
    if not is_writable(text):
        raise BadValue(name, text.encode("unicode_escape").decode(), WANTED["line"])
    return text


def _next(call: Call, after: str | None) -> dict[str, str | None]:
    return {"next": _address(call, after) if after else None}


def _link(call: Call, after: str | None) -> dict[str, str]:
    return {"link": f'<{_address(call, after)}>; rel="next"'} if after else {}


def _address(call: Call, after: str) -> str:
    given = [(name, value) for name, value in call.request.query_params.multi_items() if name != "after"]
    return f"{call.request.url.path}?{urlencode([*given, ('after', after)])}"


@router.get("/proposals/{code}", summary="Show one proposal", **answers(case_models.Proposal, about="With its ETag."))
async def proposal(call: Caller, code: Code) -> Response:
    """Where it stands, whose turn it is, its data and deadlines."""
    return await call.read(partial(_proposal, code=code))


def _proposal(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        found = call.proposal(uow, code)
        document = document_of(uow, found, at=call.now)
    call.note(code)
    return answer(document, headers={"etag": etag(found.revision)})


@router.get("/proposals/{code}/actions", summary="List every action of its state", **answers(case_models.Actions))
async def actions(call: Caller, code: Code) -> Response:
    """Whether the caller may take it, why not, what it asks for and what it would do."""
    return await call.read(partial(_actions, code=code))


def _actions(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        call.proposal(uow, code)
    case = look(call.home.store, call.home.house, code=code, by=call.actor, at=call.now)
    document = actions_of(case, at=call.now, lang=call.lang, names=call.names)
    return answer(document, headers={"etag": etag(case.proposal.revision), "vary": "accept-language"})


@router.get("/proposals/{code}/history", summary="List every step", **answers(case_models.History))
async def history(call: Caller, code: Code) -> Response:
    """Oldest first, with the hashes that chain them, and what was done beside them."""
    return await call.read(partial(_history, code=code))


def _history(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        found = call.proposal(uow, code)
        document = history_of(code, uow.history(code), uow.process(found.process_sha256))
    call.note(code)
    return answer(document, headers={"etag": etag(found.revision)})


@router.get("/proposals/{code}/deadlines", summary="Explain its deadlines", **answers(case_models.Explanations))
async def deadlines(call: Caller, code: Code) -> Response:
    """Rule, legal basis, start, each day counted or skipped, pauses, result."""
    return await call.read(partial(_deadlines, code=code))


def _deadlines(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        found = call.proposal(uow, code)
        rows = explanations_of(uow, found, situation_of(uow, found), uow.deadlines(code), at=call.now)
    return answer({"code": code, "today": call.today.isoformat(), "deadlines": rows})


@router.get("/proposals/{code}/notices", summary="List its notices", **answers(models.NoticePage))
async def notices(
    call: Caller,
    code: Code,
    state: Annotated[str | None, Query(max_length=20, description=f"One of: {', '.join(STATES)}.")] = None,
    after: After = None,
    limit: Limit = USUAL,
) -> Response:
    """What was told to whom, the newest first, and where each of them stands."""
    return await call.read(partial(_notices, code=code, state=state, after=after, limit=limit))


def _notices(call: Call, code: str, state: str | None, after: str | None, limit: int) -> Response:
    if state is not None and state not in STATES:
        raise WrongUsage("usage.unknown_notice_state", state=_text("state", state), known=", ".join(STATES))
    with call.home.survey() as (lists, uow):
        call.proposal(uow, code)
        page = lists.notice_page(code=code, state=state, after=after and _text("after", after), limit=limit)
    document = {"notices": [notice_of(one) for one in page.lines], "after": page.after}
    return answer(document | _next(call, page.after), headers=_link(call, page.after))


@router.get("/proposals/{code}/notices/{number}", summary="Show a notice", **answers(models.NoticeText))
async def notice(call: Caller, code: Code, number: Annotated[int, Path(ge=1, le=2**62)]) -> Response:
    """With its exact text: the bytes that were sent, or what will be."""
    return await call.read(partial(_notice, code=code, number=number))


def _notice(call: Call, code: str, number: int) -> Response:
    with call.home.survey() as (lists, uow):
        call.proposal(uow, code)
        found = lists.notice(number)
        if found is None or found.code != code:
            raise NotFound("not_found.notice", number=number)
        sent = lists.message(found.message_id) if found.message_id else None
    return answer(told_of(found, sent, call.home.templates))
