"""What programs ask for outside ``/api/v1``: what a type of problem means, and the figures of operation."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shapes.errors import NotForHere
from store.counters import read_counters
from web.api.app import refused
from web.api.call import Call, language_of
from web.api.metrics import MEDIA_TYPE, may_ask, written
from web.api.problems import explained, problem_response
from web.api.route import answer
from web.serving import Hands
from web.visit import Site

Answered = Callable[[Request], Awaitable[Response]]
Refused = Callable[[Request, Exception], Awaitable[Response]]


def root_routes(site: Site, hands: Hands) -> list[Route]:
    """``/problems/{name}`` for everybody; ``/metrics`` for the networks that may ask."""
    return [Route("/problems/{name}", _problem(site)), Route("/metrics", _metrics(site, hands))]


def for_programs(site: Site, page: Refused) -> Refused:
    """What is not found below ``/api/`` is told to programs as a problem, anything else as a page."""
    problem = refused(site)

    async def told(request: Request, error: Exception) -> Response:
        return await (problem if request.url.path.startswith("/api/") else page)(request, error)

    return told


def _problem(site: Site) -> Answered:
    async def told(request: Request) -> Response:
        lang = language_of(request.headers.get("accept-language", ""), site.choices.language)
        headers = {"content-language": lang, "vary": "accept-language"}
        try:
            return answer(explained(request.path_params["name"], lang), headers=headers)
        except Exception as error:
            return problem_response(error, lang=lang, names=lambda role, agency: (role, agency))

    return told


def _metrics(site: Site, hands: Hands) -> Answered:
    async def told(request: Request) -> Response:
        call = Call(site=site, hands=hands, request=request, now=site.home.now())
        return await call.read(_figures, known=False)

    return told


def _figures(call: Call) -> Response:
    if not may_ask(call.request, call.site.choices):
        raise NotForHere("api.metrics_closed")
    with call.home.store.transaction(writes=False) as transaction:
        found = read_counters(transaction, at=call.now)
    with call.home.look() as lists:
        beats = lists.heartbeats()
    return PlainTextResponse(written(found, beats), media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})
