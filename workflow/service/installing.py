"""Use case of a new installation: its first administrator, made by the operator of the machine."""

from datetime import datetime

from workflow.accounts import Token
from workflow.administration import ADMINISTRATOR
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat, legal_day
from workflow.service.people import Newcomer, add_newcomer, administration_of
from workflow.service.tokens import put_token, token_of
from workflow.storage import Store, UnitOfWork


def install_administrator(
    store: Store, house: House, newcomer: Newcomer, *, secret: str, expires_at: datetime, by: Actor, at: datetime
) -> Token:
    """Registers the first administrator with a token, whose agency is the installation's own from then on.

    Once there is one, it makes a token for an administrator of that agency who lost theirs, and nothing else: whoever
    holds the machine can do no less, and so it stands in history. Raises Refused, IdentityUnreadable, UsernameTaken.
    """
    token = token_of(secret, username=newcomer.username, label="", expires_at=expires_at, at=at)
    with store.write() as uow:
        if uow.home() is None:
            add_newcomer(uow, house, newcomer, by=by, at=at)
        else:
            _known_administrator(uow, house, newcomer.username, at=at)
        return put_token(uow, house, token, seat=None, by=by, at=at)


def first_seat(agency: str, at: datetime) -> tuple[Seat, ...]:
    """The seat of the first administrator."""
    return (Seat(role=ADMINISTRATOR, agency=agency, since=legal_day(at)),)


def _known_administrator(uow: UnitOfWork, house: House, username: str, *, at: datetime) -> None:
    office, actor = administration_of(uow, house, at), uow.actor(username, channel="cli")
    if actor is None or office.seat_at_home(actor) is None:
        raise Refused("init", [Unmet("unmet.already_administered", {"agency": office.home or ""}, (NOBODY,))])
