"""The law as data: definitions and programmes in force, and the working days of a year."""

from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from definitions.bundle import Bundle, identity
from definitions.calendar import CalendarYear
from definitions.errors import CalendarNotPublished, UnknownDefinition
from definitions.loading import TYPES, read
from definitions.process import Process
from definitions.programme import Programme
from web.api import models
from web.api.call import Call
from web.api.route import Caller, answer, answers
from workflow.values import visible

router = APIRouter(tags=["law"])
Key = Annotated[str, Path(max_length=200, description="Such as kcdp, kcdp@2021.1 or lai-chau-2021-2025.")]


@router.get("/definitions", summary="List the definitions in force", **answers(models.DefinitionList))
async def definitions(call: Caller) -> Response:
    """Each with the hash of its text."""
    return await call.read(_definitions)


def _definitions(call: Call) -> Response:
    rows = [_row(text) for text in call.law.texts if text.kind in TYPES]
    return answer({"definitions": rows})


def _row(text: Any) -> dict[str, str]:
    value = read(text)
    kind, key, version = identity(value)
    label = str(getattr(value, "label", ""))
    return {"kind": kind, "key": key, "version": version, "label": label, "sha256": text.sha256}


@router.get("/processes/{key}", summary="Show a process", **answers(Process))
async def process(call: Caller, key: Key) -> Response:
    """States, transitions, fields, deadlines, notices, each with what it rests on."""
    return await call.read(partial(_process, key=key))


def _process(call: Call, key: str) -> Response:
    found = call.law.process(_plain(key))
    return answer(found.model_dump(mode="json", by_alias=True))


@router.get("/programmes", summary="List the programmes", **answers(models.ProgrammeList))
async def programmes(call: Caller) -> Response:
    """In short."""
    return await call.read(_programmes)


def _programmes(call: Call) -> Response:
    return answer({"programmes": [_line(one) for one in call.law.programmes.values()]})


def _line(one: Programme) -> dict[str, Any]:
    names = ("key", "label", "first_year", "last_year", "province")
    return {name: getattr(one, name) for name in names} | {"processes": [track.process for track in one.tracks]}


@router.get("/programmes/{key}", summary="Show a programme", **answers(Programme))
async def programme(call: Caller, key: Key) -> Response:
    """Its years, sources, activities, targets and tracks."""
    return await call.read(partial(_programme, key=key))


def _programme(call: Call, key: str) -> Response:
    return answer(_known(call.law, _plain(key)).model_dump(mode="json", by_alias=True))


def _known(law: Bundle, key: str) -> Programme:
    if key in law.programmes:
        return law.programmes[key]
    raise UnknownDefinition("programme", key, next(iter(get_close_matches(key, law.programmes, n=1)), ""))


def _plain(key: str) -> str:
    return visible(key)


_UNPUBLISHED = {409: "The calendar of that year is not published yet."}


@router.get("/calendars/{year}", summary="Show the working days of a year", **answers(CalendarYear, more=_UNPUBLISHED))
async def calendar(call: Caller, year: Annotated[int, Path(ge=1900, le=2200)]) -> Response:
    """Days off and worked weekend days, each with what it rests on."""
    return await call.read(partial(_calendar, year=year))


def _calendar(call: Call, year: int) -> Response:
    found = call.law.calendar.years.get(year)
    if found is None:
        raise CalendarNotPublished(year)
    return answer(found.model_dump(mode="json"))
