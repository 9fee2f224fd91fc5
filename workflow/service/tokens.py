"""Use cases of bearer tokens, for the command and programs: made once, shown once, kept as a hash."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from msgspec import Struct

from workflow.accounts import Token
from workflow.changing import changed
from workflow.entries import instant
from workflow.errors import NotSignedIn, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat, legal_day
from workflow.service.accounts import account_of, permitted
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.refusals import recording_refusals
from workflow.storage import Store, UnitOfWork
from workflow.values import read_text

#: By so many first letters people tell tokens apart; the rest stays secret.
PREFIX = 8


def hash_of(secret: str) -> str:
    """What is kept of a token."""
    return sha256(secret.encode()).hexdigest()


class Opened(Struct, frozen=True, kw_only=True):
    """Whom a token lets in, and until when."""

    actor: Actor
    token: Token


def open_by_token(store: Store, *, secret: str, at: datetime, channel: str) -> Opened:
    """The person whose token it is; the day it was used is remembered. Raises NotSignedIn with the reason."""
    opened = _open(store, secret=secret, at=at, channel=channel)
    if opened.token.feed is not None:
        raise NotSignedIn("denied.feed_only", prefix=opened.token.prefix)
    return opened


def open_feed(store: Store, *, secret: str, at: datetime) -> tuple[Opened, tuple[Seat, ...]]:
    """Whose calendar a feed token reads, and of which seats that they hold; the day it was used is remembered.

    Raises NotSignedIn, also for a token that opens everything: it is too good for an address that programs keep.
    """
    opened = _open(store, secret=secret, at=at, channel="api")
    if opened.token.feed is None:
        raise NotSignedIn("denied.no_feed", prefix=opened.token.prefix)
    seats = _seats_of_feed(opened.token.feed, opened.actor.seats, legal_day(at))
    if opened.token.feed and not seats:
        raise NotSignedIn("denied.feed_elsewhere", feed=opened.token.feed)
    return opened, seats


def _seats_of_feed(feed: str, seats: Sequence[Seat], on: date) -> tuple[Seat, ...]:
    """The seats held that day that a calendar is about."""
    return tuple(seat for seat in seats if seat.holds(on) and feed in ("", seat.agency, str(seat)))


def _open(store: Store, *, secret: str, at: datetime, channel: str) -> Opened:
    with store.read() as uow:
        found = uow.token(hash_of(secret))
        account = uow.account(found.username) if found else None
        actor = uow.actor(found.username, channel=channel) if found else None
    if found is None or account is None:
        raise NotSignedIn("denied.bad_token")
    if refusal := found.refusal(account, at):
        raise NotSignedIn(refusal, prefix=found.prefix, user=account.username)
    if actor is None:
        raise NotSignedIn("denied.deactivated", user=account.username)
    if found.last_used_on is None or found.last_used_on < legal_day(at):
        with store.write() as uow:
            uow.use_token(found.sha256, legal_day(at))
    return Opened(actor=actor, token=found)


def make_token(
    store: Store,
    house: House,
    *,
    username: str,
    secret: str,
    label: str,
    expires_at: datetime | None,
    by: Actor,
    at: datetime,
    feed: str | None = None,
) -> Token:
    """Keeps the hash of a new token of an account: one's own, or by an administrator.

    ``feed`` makes one that only reads a calendar: of the person (empty), or of an agency or a ``role@agency`` where
    they sit. Raises UnknownUser, Refused, BadValue for a label that is no text in one line.
    """
    token = token_of(secret, username=username, label=read_text("label", label), expires_at=expires_at, at=at)
    token = changed(token, feed=feed)
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action="user token", by=by, at=at)
        unmet = [] if account.active else [Unmet("unmet.account_closed")]
        unmet += [Unmet("unmet.token_expiry")] if expires_at is not None and expires_at <= at else []
        if feed and not _seats_of_feed(feed, uow.seats_of(account.person), legal_day(at)):
            unmet.append(Unmet("unmet.feed_elsewhere", {"feed": feed}))
        if unmet:
            raise Refused("user token", unmet)
        return put_token(uow, house, token, seat=seat, by=by, at=at)


def token_of(secret: str, *, username: str, label: str, expires_at: datetime | None, at: datetime) -> Token:
    """What is kept of a new token."""
    return Token(
        sha256=hash_of(secret),
        username=username,
        label=label,
        prefix=secret[:PREFIX],
        created_at=at,
        expires_at=expires_at,
    )


def put_token(uow: UnitOfWork, house: House, token: Token, *, seat: Seat | None, by: Actor, at: datetime) -> Token:
    """Writes a token with its entry, on an open transaction."""
    content = {
        "username": token.username,
        "sha256": token.sha256,
        "prefix": token.prefix,
        "expires_at": instant(token.expires_at) if token.expires_at else None,
        **({} if token.feed is None else {"feed": token.feed}),
    }
    private = {"label": token.label} if token.label else {}
    entry = signed_entry(uow, house, "token-made", content, by=by, at=at, seat=seat, private=private)
    written = changed(token, created_at=entry.recorded_at)
    uow.add_token(written, entry)
    return written


def tokens_of(store: Store, house: House, *, username: str, by: Actor, at: datetime) -> tuple[Token, ...]:
    """The tokens of an account: one's own, or for an administrator. Raises UnknownUser, Refused."""
    with store.read() as uow:
        account = account_of(uow, username)
        permitted(uow, house, account, action="user tokens", by=by, at=at)
        return uow.tokens(username)


def revoke_token(store: Store, house: House, *, username: str, prefix: str, by: Actor, at: datetime) -> Token:
    """Closes the one token of an account whose letters (or whose hash) begin so. Raises UnknownUser, Refused."""
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action="user token-revoke", by=by, at=at)
        token = _only(uow, username, prefix)
        content = {"username": username, "sha256": token.sha256, "prefix": token.prefix}
        entry = signed_entry(uow, house, "token-revoked", content, by=by, at=at, seat=seat)
        uow.revoke_token(token.sha256, entry.recorded_at, entry)
        return changed(token, revoked_at=entry.recorded_at)


def _only(uow: UnitOfWork, username: str, prefix: str) -> Token:
    open_ones = [token for token in uow.tokens(username) if token.revoked_at is None]
    found = [token for token in open_ones if prefix and (token.prefix == prefix or token.sha256.startswith(prefix))]
    if len(found) != 1:
        raise Refused("user token-revoke", [Unmet("unmet.no_such_token", {"prefix": prefix, "n": len(found)})])
    return found[0]
