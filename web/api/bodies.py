"""What programs send: JSON of a known structure, or forms of several parts with files."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from shapes.errors import BodyTooLarge, BodyUnreadable, KeyNeeded, RevisionNeeded, UnknownMediaType
from web.security import TooLarge
from workflow.values import visible

Body = TypeVar("Body", bound=BaseModel)
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
#: Of a JSON body, and of the JSON part of a form.
MOST_JSON: Final = 1024 * 1024
_FIELDS, _FILES = 50, 40
_KEY: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
_TAG: Final = re.compile(r'"(\d{1,9})"')


def kind_of(request: Request, *known: str) -> str:
    """The media type of a body. Raises UnknownMediaType for one that is not among ``known``."""
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind not in known:
        raise UnknownMediaType("api.media_type", given=visible(given) or "–", known=", ".join(known))
    return kind


async def read_json(request: Request, model: type[Body]) -> Body:
    """The body as JSON of that structure. Raises UnknownMediaType, BodyTooLarge, BodyUnreadable."""
    kind_of(request, JSON)
    return parse(await _bytes(request), model)


async def _bytes(request: Request) -> bytes:
    found = bytearray()
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > MOST_JSON:
                raise BodyTooLarge("api.too_large", most=MOST_JSON // 1024)
    except TooLarge as error:
        raise BodyTooLarge("api.too_large", most=MOST_JSON // 1024) from error
    return bytes(found)


def parse(raw: bytes, model: type[Body]) -> Body:
    """JSON of a known structure; the first thing wrong with it is said. Raises BodyUnreadable."""
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _unreadable(error.errors(include_url=False, include_input=False, include_context=False)) from error


def _unreadable(errors: Iterable[ErrorDetails]) -> BodyUnreadable:
    first = next(iter(errors))
    place = visible(".".join(map(str, first["loc"])))
    match first["type"]:
        case "json_invalid":
            return BodyUnreadable("api.malformed", why=visible(first["msg"]))
        case "missing":
            return BodyUnreadable("api.missing", place=place)
        case "extra_forbidden":
            return BodyUnreadable("api.surplus", place=place)
        case _:
            return BodyUnreadable("api.wrong_type", place=place or "body")


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """A form of several parts; its files are gone at the end. Raises BodyUnreadable, BodyTooLarge."""
    try:
        form = await request.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=MOST_JSON)
    except (MultiPartException, HTTPException) as error:
        raise BodyUnreadable("api.malformed_form") from error
    except TooLarge as error:
        raise BodyTooLarge("api.too_large", most=MOST_JSON // 1024) from error
    try:
        yield form
    finally:
        await form.close()


def files_in(form: FormData) -> dict[str, UploadFile]:
    """The files of a form by the key of the paper. Raises BodyUnreadable for a key that comes twice."""
    found: dict[str, UploadFile] = {}
    for key, part in form.multi_items():
        if isinstance(part, UploadFile):
            if key in found:
                raise BodyUnreadable("api.surplus", place=visible(key))
            found[key] = part
    return found


def key_in(request: Request) -> str:
    """The caller's idempotency key. Raises KeyNeeded."""
    given = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(given):
        raise KeyNeeded("api.key_needed")
    return given


def revision_in(request: Request) -> int:
    """The revision that the caller looked at. Raises RevisionNeeded, BodyUnreadable for what is no tag of ours."""
    given = request.headers.get("if-match", "").strip()
    if not given or given == "*":
        raise RevisionNeeded("api.revision_needed")
    found = _TAG.fullmatch(given)
    if found is None:
        raise BodyUnreadable("api.revision_unreadable", given=visible(given))
    return int(found[1])
