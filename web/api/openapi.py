"""The OpenAPI document: what FastAPI tells of the routes, and what it does not know of bodies, tokens and problems."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from shapes.problems import STATUSES
from web.api import models

_ABOUT: Final = """\
The same use cases as the command `khuyencong` and the pages. Tokens come from `khuyencong user token`; every error is a
problem document (RFC 9457) whose type is one of those listed in `Problem`, explained at `/problems/{name}`.
Sentences are Vietnamese, or English for `Accept-Language: en`. Money is whole đồng, days are those of Vietnam."""
_BODIES: Final = (models.NewProposal, models.Edit, models.NewStep, models.ProblemType)
_REF: Final = "#/components/schemas/{model}"
_SECURITY: Final = {"token": {"type": "http", "scheme": "bearer", "description": "Of `khuyencong user token`."}}


def described(api: FastAPI) -> Callable[[], dict[str, Any]]:
    """What ``api.openapi`` is to be: the document, made once."""

    def document() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = _document(api)
        return api.openapi_schema

    return document


def _forget_validation(found: dict[str, Any]) -> None:
    """FastAPI promises an answer of its own to wrong parameters, in place of which a problem document comes."""
    for methods in found["paths"].values():
        for operation in methods.values():
            told = operation["responses"].get("422", {})
            if "HTTPValidationError" in str(told.get("content", {})):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(name, None)


def _document(api: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=api.title,
        version=api.version,
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=api.routes,
        separate_input_output_schemas=False,
    )
    found["servers"] = [{"url": "/api/v1"}]
    schemas = found["components"]["schemas"]
    _, bodies = models_json_schema([(one, "validation") for one in _BODIES], ref_template=_REF)
    schemas |= bodies["$defs"]
    schemas["Problem"]["properties"]["type"]["enum"] = [f"/problems/{name}" for name in STATUSES]
    _forget_validation(found)
    found["components"]["securitySchemes"] = _SECURITY
    found["security"] = [{"token": []}]
    return found
