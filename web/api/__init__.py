"""Programs at ``/api/v1``: OpenAPI 3.1, bearer tokens, problem documents, ETags and idempotency keys."""

from web.api.app import make_api

__all__ = ["make_api"]
