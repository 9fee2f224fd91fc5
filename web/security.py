"""What browsers are told not to do, where a form may come from, and how often a door may be tried."""

from collections import deque
from collections.abc import Mapping, MutableMapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing from elsewhere, nothing written into the page, no frame around it.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
#: Over https only, for a year.
_STRICT = (b"strict-transport-security", b"max-age=31536000")
#: Papers of one step, with room for the form around them.
MOST_BYTES: Final = 64 * 2**20


class Guarded:
    """Puts the headers on every answer, and refuses bodies that are larger than anything that is asked for."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        pairs = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        self._headers = [*pairs, _STRICT] if secure else pairs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in self._headers if one[0] not in given)]
            await send(message)

        if _announced(scope) > MOST_BYTES:
            await _refuse(guarded)
            return
        await self._app(scope, _counting(receive), guarded)


class TooLarge(Exception):
    """More came than was announced, or than anything may be."""


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _counting(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise TooLarge
        return message

    return counted


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": "Tệp gửi lên quá lớn (tối đa 64 MiB).\n".encode()})


def form_token(secret: str) -> str:
    """What a form of a browser carries, made from the secret that only this browser keeps."""
    return sha256(f"form/{secret}".encode()).hexdigest()


def is_ours(secret: str, token: object) -> bool:
    """Whether a form was made for this browser."""
    return bool(secret) and isinstance(token, str) and compare_digest(form_token(secret), token)


def from_here(headers: Mapping[str, str]) -> bool:
    """Whether a form was sent from a page of ours: browsers say where from, and say it for every form."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    said = headers.get("origin") or headers.get("referer") or ""
    return bool(said) and urlsplit(said).netloc.lower() == headers.get("host", "").lower()


class Turnstile:
    """Lets so many through in a stretch of time; one for each key."""

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._seen: MutableMapping[Any, deque[float]] = {}

    def lets_in(self, key: object, at: float) -> bool:
        """Whether one more may pass now; it counts where it may."""
        if len(self._seen) > 10_000:  # noqa: PLR2004 - as many doors as would fill memory are forgotten.
            self._seen.clear()
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= at - self._seconds:
            seen.popleft()
        if len(seen) >= self._most:
            return False
        seen.append(at)
        return True
