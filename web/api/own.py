"""Who asks, and what lets them trust the answers: their own identity, and the newest checkpoint of the log."""

from fastapi import APIRouter
from starlette.responses import Response

from audit.checkpoints import open_checkpoint
from audit.keys import keys_of
from shapes.errors import NotFound
from store.sealed_log import SqlSealedLog
from web.api import models
from web.api.call import Call
from web.api.route import Caller, answer, answers
from workflow.entries import read_body
from workflow.proposal import Seat
from workflow.service.keys_of_log import LOG

router = APIRouter()


@router.get("/me", tags=["own"], summary="Who asks", **answers(models.Me))
async def me(call: Caller) -> Response:
    """The person of the token, with their seats, past ones too."""
    return await call.read(_me)


def _me(call: Call) -> Response:
    token, actor = call.opened.token, call.actor
    expires = token.expires_at.isoformat() if token.expires_at else None
    document = {
        "username": token.username,
        "person": actor.person,
        "name": actor.name,
        "seats": [_seat(seat) for seat in actor.seats],
        "token": {"prefix": token.prefix, "label": token.label, "expires_at": expires},
    }
    return answer(document)


def _seat(seat: Seat) -> dict[str, str | None]:
    until = seat.until.isoformat() if seat.until else None
    named = {"seat": str(seat), "role": seat.role, "agency": seat.agency, "capacity": seat.capacity}
    return {**named, "since": seat.since.isoformat(), "until": until}


@router.get("/audit/checkpoint", tags=["audit"], summary="The newest checkpoint", **answers(models.Checkpoint))
async def checkpoint(call: Caller) -> Response:
    """Signed; it is made by the scheduler, not by asking."""
    return await call.read(_checkpoint)


def _checkpoint(call: Call) -> Response:
    with call.home.store.transaction(writes=False) as transaction:
        note = SqlSealedLog(transaction).newest()
    if note is None:
        raise NotFound("not_found.checkpoint")
    with call.home.look() as lists:
        keys = keys_of([read_body(entry) for entry in lists.history(LOG)])
    found = open_checkpoint(note, *keys)
    told = {"size": found.size, "root": found.root.hex(), "origin": found.origin, "note": note}
    return answer(told | {"keys": [key.text() for key in keys]})
