"""What programs do to proposals: register, edit, put papers on the case, take steps. The use cases decide."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter
from msgspec.structs import asdict
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from definitions.process import Field
from shapes.case import document_of
from shapes.errors import BodyUnreadable, WrongUsage
from web.api import case_models, models
from web.api.bodies import FORM, JSON, files_in, key_in, kind_of, parse, read_form, read_json, revision_in
from web.api.call import Call
from web.api.problems import etag
from web.api.route import KEY, MATCH, Caller, Code, answer, answers, body, form
from workflow.proposal import Document, FactValue, Proposal
from workflow.service.acting import Done, Request, act
from workflow.service.drafting import create, edit
from workflow.service.filing import attach
from workflow.service.keeping import may_attach, may_keep
from workflow.values import read_text, read_value

router = APIRouter(tags=["proposals"])
_STEP = "step"
_STALE = {412: "Somebody was faster; revision says what it is now.", 428: "If-Match is missing."}


@router.post(
    "/proposals",
    summary="Register a proposal",
    openapi_extra={"parameters": [KEY], "requestBody": body(models.NewProposal)},
    **answers(models.Registered, status=201, about="It is a draft; Location says where.", writes=True),
)
async def register(call: Caller) -> Response:
    """As a draft of the agency that implements it."""
    return await call.change(_read_new, _register)


async def _read_new(call: Call) -> tuple[str, models.NewProposal]:
    return key_in(call.request), await read_json(call.request, models.NewProposal)


def _register(call: Call, given: tuple[str, models.NewProposal]) -> Response:
    key, new = given
    process = _process(call, new)
    created = create(
        call.home.store,
        call.home.house,
        programme=new.programme,
        process=process,
        data=_typed({field.key: field for field in call.law.process(process).data}, new.data),
        by=call.actor,
        at=call.now,
        implementer=new.implementer or _own_agency(call),
        province=new.province,
        code=new.code,
        key=key,
    )
    names = models.Registered.model_fields
    document = {name: getattr(created, name) for name in names}
    headers = {"location": f"{call.request.scope['root_path']}/proposals/{created.code}", "etag": etag(0)}
    return answer(document, status=201, headers=headers)


def _process(call: Call, new: models.NewProposal) -> str:
    """The track that is asked for, or the only one there is."""
    tracks = [track.process for track in call.law.programme(new.programme).tracks]
    if new.process is None and len(tracks) > 1:
        raise WrongUsage("usage.process_needed", known=", ".join(tracks))
    chosen = new.process or tracks[0]
    return next((track for track in tracks if track in (chosen, call.law.process(chosen).ref)), chosen)


def _own_agency(call: Call) -> str:
    seats = {seat.agency for seat in call.actor.seats if seat.role == "implementer" and seat.holds(call.today)}
    if len(seats) != 1:
        raise WrongUsage("usage.implementer_needed")
    return seats.pop()


def _typed(fields: Mapping[str, Field], given: Mapping[str, models.Fact]) -> dict[str, FactValue]:
    """Typed facts; keys that no field names stay as they are, for the use case to refuse by name. Raises BadValue."""
    named = {read_text("key", key): value for key, value in given.items()}
    return {key: read_value(fields[key], value) if key in fields else value for key, value in named.items()}


@router.patch(
    "/proposals/{code}",
    summary="Edit its data",
    openapi_extra={"parameters": [MATCH], "requestBody": body(models.Edit)},
    **answers(case_models.Proposal, about="As it stands now.", writes=True, more=_STALE),
)
async def change(call: Caller, code: Code) -> Response:
    """Of a draft, or of a proposal that is back for supplement; later only the beneficiary's address."""
    return await call.change(_read_edit, partial(_edit, code=code))


async def _read_edit(call: Call) -> tuple[int, models.Edit]:
    return revision_in(call.request), await read_json(call.request, models.Edit)


def _edit(call: Call, given: tuple[int, models.Edit], code: str) -> Response:
    revision, asked = given
    fields = {field.key: field for field in _fields(call, code)[1]}
    values = _typed(fields, {key: value for key, value in asked.data.items() if value is not None})
    emptied = {read_text("key", key): None for key, value in asked.data.items() if value is None}
    changes: dict[str, FactValue | None] = {**values, **emptied}
    both = (call.home.store, call.home.house)
    edit(*both, code=code, changes=changes, by=call.actor, at=call.now, revision=revision, reason=asked.reason)
    return _standing(call, code)


def _fields(call: Call, code: str) -> tuple[Proposal, tuple[Field, ...], Mapping[str, Field]]:
    """A proposal that they may look at, the fields of its draft, and those of its whole process."""
    with call.home.store.read() as uow:
        found = call.proposal(uow, code)
        process = uow.process(found.process_sha256)
    return found, process.data, process.fields


def _standing(call: Call, code: str) -> Response:
    with call.home.store.read() as uow:
        found = uow.proposal(code)
        document = document_of(uow, found, at=call.now)
    return answer(document, headers={"etag": etag(found.revision)})


@router.post(
    "/proposals/{code}/documents",
    summary="Put papers on the case",
    openapi_extra={"parameters": [KEY], "requestBody": {"required": True, "content": form(None, None)}},
    **answers(models.Attached, status=201, about="The next step that asks for them finds them there.", writes=True),
)
async def put(call: Caller, code: Code) -> Response:
    """Without acting; each file under the key of its paper, as the actions name it."""
    return await call.change(_read_papers, partial(_put, code=code))


async def _read_papers(call: Call) -> tuple[str, dict[str, UploadFile]]:
    key = key_in(call.request)
    kind_of(call.request, FORM)
    parts = await call.kept.enter_async_context(read_form(call.request))
    files = files_in(parts)
    if not files or len(files) != len(parts):
        raise BodyUnreadable("api.malformed_form")
    return key, files


def _put(call: Call, given: tuple[str, dict[str, UploadFile]], code: str) -> Response:
    key, files = given
    with call.home.store.read() as uow:
        call.proposal(uow, code)
    both = (call.home.store, call.home.house)
    documents = _keep(call, files) if may_attach(both[0], code=code, key=key, by=call.actor, at=call.now) else ()
    attach(*both, code=code, documents=documents, by=call.actor, at=call.now, key=key)
    names = models.Given.model_fields
    kept = [{name: getattr(one, name) for name in names} for one in documents]
    return answer({"code": code, "documents": kept}, status=201)


def _keep(call: Call, files: Mapping[str, UploadFile]) -> tuple[Document, ...]:
    return tuple(
        call.home.papers.keep(one.file, key=read_text("key", key), name=one.filename or "", declared=one.size)
        for key, one in files.items()
    )


@router.post(
    "/proposals/{code}/steps",
    summary="Take a step",
    openapi_extra={
        "parameters": [KEY, MATCH],
        "requestBody": {
            "required": True,
            "content": {**body(models.NewStep)["content"], **form(_STEP, models.NewStep)},
        },
    },
    **answers(models.Done, status=201, about="What it led to.", writes=True, more=_STALE),
)
async def step(call: Caller, code: Code) -> Response:
    """Wholly or not at all. Papers come as files of a form beside its part ``step``, or were put on the case before."""
    return await call.change(_read_step, partial(_take, code=code))


class _Asked(NamedTuple):
    """A step as it was sent."""

    key: str
    revision: int
    step: models.NewStep
    files: Mapping[str, UploadFile]


async def _read_step(call: Call) -> _Asked:
    key, revision = key_in(call.request), revision_in(call.request)
    if kind_of(call.request, JSON, FORM) == JSON:
        return _Asked(key, revision, await read_json(call.request, models.NewStep), {})
    parts = await call.kept.enter_async_context(read_form(call.request))
    files = files_in(parts)
    said = await _said(parts, files)
    return _Asked(key, revision, parse(said, models.NewStep), files)


async def _said(parts: FormData, files: dict[str, UploadFile]) -> bytes:
    """The part that says what is asked, with a file name or without. Raises BodyUnreadable for parts beside it."""
    texts = [name for name, part in parts.multi_items() if isinstance(part, str)]
    if _STEP in files and not texts:
        return await files.pop(_STEP).read()
    if texts != [_STEP]:
        raise BodyUnreadable("api.missing", place=_STEP)
    return str(parts[_STEP]).encode("utf-8", "surrogatepass")


def _take(call: Call, given: _Asked, code: str) -> Response:
    key, revision, asked, files = given
    fields = _fields(call, code)[2]
    both = (call.home.store, call.home.house)
    worth = bool(files) and may_keep(*both, code=code, action=asked.action, key=key, by=call.actor, at=call.now)
    request = Request(
        code=code,
        action=read_text("action", asked.action),
        facts=_typed(fields, asked.facts),
        documents=_keep(call, files) if worth else (),
        note=asked.note,
        effective_on=asked.effective_on,
        revision=revision,
        key=key,
    )
    return _done(act(*both, request, by=call.actor, at=call.now))


def _done(done: Done) -> Response:
    document = asdict(done)
    replayed = document.pop("replayed")
    headers = {"etag": etag(done.revision)} | ({"idempotent-replayed": "true"} if replayed else {})
    return answer(document, status=201, headers=headers)
