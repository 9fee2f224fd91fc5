"""The web application: everything it needs enters as an argument, and nothing is decided in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route

from web.api import make_api
from web.api.roots import for_programs, root_routes
from web.assets import Assets
from web.backstage import Backstage
from web.health import health_routes
from web.home import Choices, Home
from web.pages import SCREENS
from web.pages_of import Pages
from web.security import Guarded
from web.serving import Hands, endpoint, missing
from web.visit import Site


def create_app(home: Home, choices: Choices, backstage: Backstage, *, assets: Assets | None = None) -> FastAPI:
    """Pages at ``/``, programs at ``/api/v1``, health at ``/healthz`` and ``/readyz``.

    The caller opens ``home`` and closes its store. Raises Unreachable where the fetched assets are missing.
    """
    found = assets or Assets()
    site = Site(home=home, choices=choices, assets=found, pages=Pages(found), backstage=backstage)
    hands = Hands.of(home.store.dialect)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(hands.close))
    for screen in SCREENS:
        methods = ["GET", "HEAD"] if screen.method == "GET" else ["POST"]
        app.router.routes.append(Route(screen.path, endpoint(site, hands, screen), methods=methods))
    app.router.routes.append(Route("/static/{name:path}", found.serve, methods=["GET", "HEAD"]))
    app.router.routes.extend(health_routes(home, hands))
    app.router.routes.extend(root_routes(site, hands))
    app.mount("/api/v1", make_api(site, hands))
    app.add_exception_handler(HTTPException, for_programs(site, missing(site, hands)))
    app.add_middleware(Guarded, secure=choices.secure)
    app.state.site = site
    return app


def _lifespan(close: Callable[[], None]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        close()

    return life
