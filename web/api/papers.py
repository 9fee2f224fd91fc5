"""The papers of a case: which there are, and their content, by its hash alone and as a file to keep."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path
from starlette.responses import Response

from shapes.errors import NotFound
from shapes.history import history_of
from web.api import models
from web.api.call import Call
from web.api.route import Caller, Code, answer, answers, problems
from workflow.storage import UnitOfWork

router = APIRouter(tags=["proposals"])
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The hash of its content.")]
_FILE = {200: {"description": "The file.", "content": {"application/octet-stream": {}}}}


@router.get("/proposals/{code}/documents", summary="List its papers", **answers(models.Papers))
async def documents(call: Caller, code: Code) -> Response:
    """Those of its steps, those on the case, and those that were replaced."""
    return await call.read(partial(_documents, code=code))


def _documents(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        call.proposal(uow, code)
        found = list(_papers(uow, code))
    return answer({"code": code, "documents": [one | _href(call, code, one["sha256"]) for one in found]})


def _href(call: Call, code: str, sha256: str) -> dict[str, str]:
    return {"href": f"{call.request.scope['root_path']}/proposals/{quote(code)}/documents/{sha256}"}


def _papers(uow: UnitOfWork, code: str) -> Iterator[dict[str, Any]]:
    """Each paper that the history of a case tells of, where it came."""
    told = history_of(code, uow.history(code), uow.process(uow.proposal(code).process_sha256))
    for entry in sorted([*told["steps"], *told["acts"]], key=lambda one: int(one["seq"])):
        for paper in entry["documents"]:
            if paper.get("attached") is None:
                yield {**{name: paper[name] for name in ("key", "name", "size", "sha256")}, "seq": entry["seq"]}


@router.get(
    "/proposals/{code}/documents/{sha256}",
    summary="Give a paper",
    responses={**_FILE, **problems(more={409: "The file is not what its hash says."})},  # type: ignore[dict-item]
    response_class=Response,
)
async def document(call: Caller, code: Code, sha256: Sha256) -> Response:
    """Its content, as a file to keep and not to open here; only of a case that the caller may see."""
    return await call.read(partial(_document, code=code, sha256=sha256))


def _document(call: Call, code: str, sha256: str) -> Response:
    with call.home.store.read() as uow:
        call.proposal(uow, code)
        found = next((one for one in _papers(uow, code) if one["sha256"] == sha256), None)
    if found is None:
        raise NotFound("not_found.document", code=code)
    call.note(code)
    return Response(call.home.papers.read(sha256), media_type="application/octet-stream", headers=_headers(found))


def _headers(paper: Mapping[str, Any]) -> dict[str, str]:
    """A browser keeps it under its own name and neither opens nor guesses what it is."""
    name = paper["name"] or paper["sha256"]
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
        "etag": f'"{paper["sha256"]}"',
    }
