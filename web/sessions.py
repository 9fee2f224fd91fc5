"""Who is signed in: a secret that only the browser keeps, a row that knows its hash, an end when nobody works."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from store import sessions
from store.sessions import Session
from web.home import Choices, Home
from workflow.changing import changed
from workflow.errors import NotSignedIn
from workflow.proposal import Actor, legal_day
from workflow.service.tokens import hash_of

#: A day's work, and a meeting in it.
LONGEST: Final = timedelta(hours=12)
IDLE: Final = timedelta(hours=2)
_TOUCHED: Final = timedelta(minutes=1)
_SECRET = 32
#: The browser's secret; the one of a browser in which nobody is signed in yet; theme and language.
COOKIE, VISITOR, THEME, LANGUAGE = "kc", "kc_khach", "kc_giao_dien", "kc_ngon_ngu"
_YEAR = 365 * 24 * 3600


def new_secret(choices: Choices) -> str:
    """A secret of 256 bits."""
    return choices.random(_SECRET).hex()


def open_session(home: Home, choices: Choices, *, username: str, old: str) -> str:
    """Signs a browser in and gives its new secret; what it kept before opens nothing any more."""
    at, secret = home.now(), new_secret(choices)
    fresh = Session(sha256=hash_of(secret), username=username, seat="", created_at=at, seen_at=at, told="")
    with home.store.transaction(writes=True) as transaction:
        sessions.drop_old_sessions(transaction, at - LONGEST)
        sessions.drop_session(transaction, hash_of(old))
        sessions.put_session(transaction, fresh)
    return secret


def find(home: Home, secret: str, at: datetime) -> tuple[Session, Actor] | None:
    """Whose browser it is; None for nobody's, one that was left too long, and a closed account."""
    if not secret:
        return None
    with home.store.transaction(writes=False) as transaction:
        found = sessions.find_session(transaction, hash_of(secret))
    if found is None or at >= min(found.created_at + LONGEST, found.seen_at + IDLE):
        return None
    with home.store.read() as uow:
        actor = uow.actor(found.username, channel="web")
    if actor is None:
        return None
    if at >= found.seen_at + _TOUCHED:
        with home.store.transaction(writes=True) as transaction:
            sessions.touch_session(transaction, found.sha256, at)
    return found, actor


def acting(actor: Actor, seat: str, at: datetime) -> Actor:
    """The person with the seats that they act from now: one seat, those at one agency, or those at the first one."""
    held = [one for one in actor.seats if one.holds(legal_day(at))]
    chosen = [one for one in held if seat in (str(one), one.agency)]
    if not chosen and held:
        chosen = [one for one in held if one.agency == held[0].agency]
    return changed(actor, seats=tuple(chosen))


def choose(home: Home, session: Session, actor: Actor, seat: str) -> None:
    """Makes a person act from another of their seats. Raises NotSignedIn for one that is not theirs today."""
    today = legal_day(home.now())
    if not any(seat in (str(one), one.agency) and one.holds(today) for one in actor.seats):
        raise NotSignedIn("denied.not_your_seat")
    with home.store.transaction(writes=True) as transaction:
        sessions.seat_session(transaction, session.sha256, seat)


def close(home: Home, secret: str) -> None:
    """Signs a browser out."""
    with home.store.transaction(writes=True) as transaction:
        sessions.drop_session(transaction, hash_of(secret))


def close_others(home: Home, session: Session | None) -> None:
    """Signs an account out of every other browser."""
    if session is not None:
        with home.store.transaction(writes=True) as transaction:
            sessions.drop_other_sessions(transaction, session.username, session.sha256)


def tell(home: Home, session: Session, said: Mapping[str, Any]) -> None:
    """Keeps what the next page tells."""
    with home.store.transaction(writes=True) as transaction:
        sessions.tell_session(transaction, session.sha256, json.dumps(said))


def told(home: Home, session: Session) -> Mapping[str, Any] | None:
    """What this page is to tell, once."""
    if not session.told:
        return None
    with home.store.transaction(writes=True) as transaction:
        sessions.tell_session(transaction, session.sha256, "")
    found: Mapping[str, Any] = json.loads(session.told)
    return found


def give(response: Response, name: str, value: str, choices: Choices, *, lasts: bool = False) -> None:
    """Lays a cookie into a browser, which no script reads and no other site's form sends."""
    age = _YEAR if lasts else None
    response.set_cookie(name, value, max_age=age, path="/", secure=choices.secure, httponly=True, samesite="lax")


def take(response: Response, name: str, choices: Choices) -> None:
    """Takes a cookie out of a browser."""
    response.delete_cookie(name, path="/", secure=choices.secure, httponly=True, samesite="lax")
