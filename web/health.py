"""Whether the process lives, and whether it can work: for whoever watches it."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from store.errors import StorageFault
from web.home import Home
from web.serving import Hands


def health_routes(home: Home, hands: Hands) -> list[Route]:
    """``/healthz`` asks nothing of anything; ``/readyz`` asks the database."""
    return [Route("/healthz", _lives), Route("/readyz", _ready(home, hands))]


async def _lives(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def _ready(home: Home, hands: Hands) -> Callable[[Request], Awaitable[Response]]:
    def asked() -> Response:
        try:
            home.store.check()
        except StorageFault as fault:
            return PlainTextResponse(f"{type(fault).__name__}\n", status_code=503)
        return PlainTextResponse("ready\n")

    async def ready(_: Request) -> Response:
        return await asyncio.get_running_loop().run_in_executor(hands.desks["read"], asked)

    return ready
