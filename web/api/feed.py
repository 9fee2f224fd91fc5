"""The calendar of deadlines that calendar programs subscribe to, by an address that opens nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange.calendars import Due, write_calendar
from language.catalogue import sentence
from shapes.errors import Denied
from shapes.listing import seats_at
from store.feeds import FeedLine, feed_lines
from web.api.call import Call
from web.api.route import Caller, problems
from workflow.accounts import Token
from workflow.proposal import Actor, Seat, midnight
from workflow.service.tokens import open_feed

router = APIRouter(tags=["calendar"])
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_FILE = {200: {"description": "The calendar.", "content": {"text/calendar": {"schema": {"type": "string"}}}}}
#: How far back a running deadline is shown, and one that ended or stands still; and of how many at most.
_BACK, _ENDED, _MOST = timedelta(days=365), timedelta(days=30), 2000


@router.get(
    "/calendar.ics",
    summary="Deadlines as a calendar",
    responses={**_FILE, **problems()},  # type: ignore[dict-item]
    response_class=Response,
    openapi_extra={"security": []},
)
async def calendar(
    call: Caller, token: Annotated[str, Query(max_length=200, description="As `user feed` made it.")] = ""
) -> Response:
    """An event for the last day of each running deadline; those that ended are told as cancelled for a month."""
    return await call.read(partial(_calendar, secret=token), known=False)


def _calendar(call: Call, secret: str) -> Response:
    if not secret:
        raise Denied("api.no_token")
    opened, seats = open_feed(call.home.store, secret=secret, at=call.now)
    start = midnight(call.today)
    since = {"due_after": start - _BACK, "ended_after": start - _ENDED}
    with call.home.store.transaction(writes=False) as transaction:
        found = feed_lines(transaction, _looked_at(call, opened.token, seats), **since, most=_MOST)
    mine = [one for one in found if opened.token.feed or _is_theirs(one, opened.actor)]
    content = write_calendar(_name(call, opened.token, opened.actor), _due(call, mine), lang=call.lang)
    headers = {"cache-control": "private, max-age=900", "content-disposition": 'inline; filename="khuyencong.ics"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _looked_at(call: Call, token: Token, seats: tuple[Seat, ...]) -> tuple[str, ...]:
    """The seats whose deadlines are shown: of an agency all of its own, else those that the person holds."""
    if token.feed and "@" not in token.feed:
        return seats_at(call.law, token.feed)
    return tuple(dict.fromkeys(map(str, seats)))


def _is_theirs(line: FeedLine, actor: Actor) -> bool:
    """Whether it waits for the person: nobody else is in charge of the case at that seat."""
    return line.officer in (None, actor.person) or line.holder != line.deadline.seat


def _name(call: Call, token: Token, actor: Actor) -> str:
    agency = (token.feed or "").rpartition("@")[2]
    return sentence("feed.name", {"whose": call.names("", agency)[1] if agency else actor.name}, call.lang)


def _due(call: Call, lines: list[FeedLine]) -> Iterator[Due]:
    base = call.site.choices.base_url
    with call.home.store.read() as uow:
        for line in lines:
            deadline, rule = line.deadline, uow.process(line.process_sha256).rule(line.deadline.rule)
            about = {"agency": call.names("", deadline.seat.partition("@")[2])[1], "basis": rule.basis.text}
            period = f".{deadline.period}" if deadline.period else ""
            code = "feed.provisional" if deadline.provisional else "feed.about"
            yield Due(
                id=f"{line.code}.{deadline.rule}{period}@khuyencong",
                epoch=deadline.epoch,
                last_day=deadline.last_day,
                title=sentence("feed.title", {"rule": rule.label, "title": line.title, "code": line.code}, call.lang),
                about=sentence(code, about, call.lang),
                url=f"{base}/de-an/{line.code}",
                category=line.programme,
                changed_at=line.last_at,
                cancelled=deadline.state != "running",
            )
