"""The interface of programs as an application of its own, mounted at ``/api/v1``."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from definitions.errors import KhuyencongError
from shapes.errors import MethodRefused, NoSuchRoute, WrongUsage
from web.api import acting, feed, law, own, papers, reading
from web.api.call import Call, language_of, request_id
from web.api.openapi import described
from web.api.problems import problem_response
from web.serving import Hands
from web.visit import Site
from workflow.values import visible

ROUTERS = (reading.router, papers.router, acting.router, law.router, own.router, feed.router)


def make_api(site: Site, hands: Hands) -> FastAPI:
    """The interface of programs, mounted by ``web.app``. Its callers have bearer tokens; cookies are not looked at."""
    api = FastAPI(
        title="Khuyến công",
        version="1",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    api.state.site, api.state.hands = site, hands
    for router in ROUTERS:
        api.include_router(router)
    for error in (KhuyencongError, RequestValidationError, HTTPException):
        api.add_exception_handler(error, refused(site))
    api.openapi = described(api)  # type: ignore[method-assign]
    api.add_middleware(Traced, site=site)
    return api


def refused(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What comes before a route has begun: the form of its parameters, or that there is none."""

    async def answer(request: Request, error: Exception) -> Response:
        lang = language_of(request.headers.get("accept-language", ""), site.choices.language)
        more = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return problem_response(_said(request, error), lang=lang, names=lambda role, agency: (role, agency), more=more)

    return answer


def _said(request: Request, error: Exception) -> Exception:
    path = visible(request.url.path)
    match error:
        case RequestValidationError():
            return _misput(error.errors()[0])
        case HTTPException(status_code=405):
            return MethodRefused("api.method", path=path, method=visible(request.method))
        case HTTPException():
            return NoSuchRoute("api.no_route", path=path)
        case _:
            return error


def _misput(first: Any) -> WrongUsage:
    place = visible(str(first["loc"][-1]))
    codes = {"missing": "api.missing", "extra_forbidden": "api.surplus"}
    return WrongUsage(codes.get(first["type"], "api.wrong_type"), place=place)


class Traced:
    """Gives every request an id, which the answer and the operator's line about it bear."""

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        mine, began, status = request_id(given), monotonic(), 500

        async def traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = mine
            await send(message)

        try:
            await self._app(scope, receive, traced)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            told = {"method": scope["method"], "route": route, "status": status, "request": mine}
            self._site.choices.told(told, monotonic() - began)


__all__ = ["Call", "make_api"]
