"""What every route of the interface has in common: who calls, how answers are written, how they are described."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Path, Request
from pydantic import BaseModel
from starlette.responses import Response

from shapes.errors import WrongUsage
from web.api import models
from web.api.bodies import FORM, JSON
from web.api.call import Call
from web.api.problems import MEDIA_TYPE
from workflow.values import visible


async def _caller(request: Request) -> Call:
    """Who calls; parameters that no route knows are refused. Raises WrongUsage."""
    route = request.scope["route"]
    known = {name for one in route.dependant.query_params for name in _names(one)}
    strange = sorted(request.query_params.keys() - known)
    if strange:
        raise WrongUsage("api.surplus", place=visible(strange[0]))
    state = request.app.state
    return Call(site=state.site, hands=state.hands, request=request, now=state.site.home.now())


def _names(parameter: Any) -> Iterable[str]:
    """The names of a parameter, or of all that a type of several takes together."""
    several: Mapping[str, Any] = getattr(parameter.field_info.annotation, "model_fields", {parameter.alias: None})
    return several


Caller = Annotated[Call, Depends(_caller)]
Code = Annotated[str, Path(description="The proposal's code.", examples=["LC-2026-0001"])]

#: What every route may answer instead, by status.
_PROBLEM: Final = {"model": models.Problem, "content": {MEDIA_TYPE: {}}}
_ALWAYS: Final = {
    400: "The request is of the wrong form.",
    401: "Nobody, or nobody any more, by this token.",
    404: "There is no such thing, or the caller may not see it.",
    500: "A fault of the software.",
    503: "The database does not answer, or is busy.",
}
_WRITING: Final = {
    403: "The act belongs to another seat.",
    409: "What stands there does not allow it.",
    413: "More was sent than is taken.",
    415: "The media type is not read here.",
    422: "Conditions are not met; each is listed.",
}


def answers(
    model: type[BaseModel],
    *,
    status: int = 200,
    about: str = "As asked.",
    writes: bool = False,
    more: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """How FastAPI describes a route that answers with a document of this type; ``more``: what it may answer besides."""
    described: dict[int | str, dict[str, Any]] = {status: {"model": model, "description": about}}
    told = described | problems(writes=writes, more=more)
    return {"responses": told, "status_code": status, "response_class": Response}


def problems(*, writes: bool = False, more: Mapping[int, str] | None = None) -> dict[int | str, dict[str, Any]]:
    """How a route describes what it may answer instead."""
    told = _ALWAYS | (_WRITING if writes else {}) | dict(more or {})
    return {status: {**_PROBLEM, "description": about} for status, about in told.items()}


def header(name: str, about: str, *, example: str) -> dict[str, Any]:
    """A header that a request must have, as OpenAPI describes it."""
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": True, "description": about, "schema": schema, "example": example}


KEY: Final = header(
    "Idempotency-Key", "Made up by the caller for each act; the same again gets the first answer.", example="a7f3-1"
)
MATCH: Final = header("If-Match", "The ETag of the proposal that the caller looked at.", example='"7"')
MATCH["schema"] = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}


def body(model: type[BaseModel]) -> dict[str, Any]:
    """A body of JSON, as OpenAPI describes it."""
    return {"required": True, "content": {JSON: {"schema": _ref(model)}}}


def form(part: str | None, model: type[BaseModel] | None) -> dict[str, Any]:
    """A form with files under the keys of the papers, and one part of JSON."""
    own = {} if part is None or model is None else {part: _ref(model)}
    files = {"type": "string", "format": "binary"}
    schema = {"type": "object", "properties": own, "additionalProperties": files, "required": list(own)}
    encoding = {name: {"contentType": JSON} for name in own}
    return {FORM: {"schema": schema, **({"encoding": encoding} if encoding else {})}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def answer(document: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A document as JSON; nobody keeps it in between."""
    given = {"cache-control": "no-store", **(headers or {})}
    return Response(orjson.dumps(document), status_code=status, media_type=JSON, headers=given)
