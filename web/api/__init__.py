"""Programs at ``/api/v1``: OpenAPI 3.1, bearer tokens, problem documents, ETags and idempotency keys."""

from fastapi import FastAPI

from web.serving import Hands
from web.visit import Site


def make_api(site: Site, hands: Hands) -> FastAPI:
    """The interface of programs, mounted by ``web.app``."""
    api = FastAPI(title="Khuyến công", version="1", docs_url=None, redoc_url=None)
    api.state.site, api.state.hands = site, hands
    return api
