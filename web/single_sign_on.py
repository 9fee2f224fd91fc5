"""What the pages need of a single sign-on, and what a browser keeps while its person is at the provider.

Nothing is kept here meanwhile: one cookie has a fresh secret, and state, nonce and PKCE verifier are made from it.
"""

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, Protocol, Self

from definitions.errors import KhuyencongError

#: Where the provider sends browsers back to; it knows this address, and no other of ours.
BACK: Final = "/dang-nhap/mot-lan/ve"
COOKIE: Final = "kc_mot_lan"
#: Sent along to where single sign-on is, and nowhere else.
COOKIE_PATH: Final = "/dang-nhap/mot-lan"
#: For so many seconds, the time in which somebody signs in at the provider.
LASTS: Final = 600
#: What browsers keep in a cookie (RFC 6265, 6.1: 4096 octets with its name), and what may be unpacked from it.
_COOKIE_MOST: Final = 3_800
_UNPACKED_MOST: Final = 2**18
Purpose = Literal["enter", "link"]


class SsoFailed(KhuyencongError):
    """Nobody was recognised; ``code`` is the sentence, and ``why`` a word for whoever looks after the provider."""

    def __init__(self, code: str, why: str = "") -> None:
        self.code, self.why = code, why
        super().__init__(f"{code}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody whom the provider vouches for."""

    #: Keyed hash of the provider and of its name for them; the only part that is ever kept.
    identity: str
    #: What the provider calls them, to be shown to themselves once.
    name: str


class SingleSignOn(Protocol):
    """A provider that knows people. Every call may raise SsoFailed."""

    @property
    def label(self) -> str:
        """The words on the button."""

    def address(self, *, state: str, nonce: str, verifier: str, afresh: bool) -> str:
        """Where a browser is sent. ``afresh``: also whoever is signed in there must show who they are."""

    def known(self, *, code: str, issuer: str, nonce: str, verifier: str) -> Known:
        """Whom the provider means by a code. ``issuer``: as its answer says, if it does (RFC 9207)."""

    def seal(self, words: str) -> str:
        """What only this installation can make of these words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Why a browser was sent to the provider, and where it wants to go afterwards."""

    #: Known to this browser and to nobody else.
    secret: str
    purpose: Purpose
    path: str
    #: A form that was under way.
    carried: tuple[tuple[str, str], ...] = ()

    def packed(self) -> str | None:
        """As the cookie keeps it; None where the form is too long for one."""
        plain = json.dumps([self.purpose, self.path, self.carried], ensure_ascii=False).encode()
        found = f"{self.secret}.{urlsafe_b64encode(zlib.compress(plain, 9)).decode()}"
        return found if len(found) <= _COOKIE_MOST else None

    @classmethod
    def unpacked(cls, cookie: str) -> Self | None:
        """What a cookie says, which anybody may have written; None for what is none of ours."""
        secret, _, rest = cookie.partition(".")
        try:
            opened = zlib.decompressobj()
            plain = opened.decompress(urlsafe_b64decode(rest), _UNPACKED_MOST)
            purpose, path, carried = json.loads(plain)
            pairs = tuple((str(name), str(value)) for name, value in carried)
        except (NoBase64, zlib.error, ValueError, TypeError):
            return None
        if not secret or purpose not in ("enter", "link") or not isinstance(path, str):
            return None
        return cls(secret=secret, purpose=purpose, path=path, carried=pairs)

    def state(self, session: str) -> str:
        """What the provider must give back: made of the whole errand, and of the session that sets out."""
        return self._made(f"state/{session}/{self.purpose}/{self.path}/{json.dumps(self.carried)}")

    @property
    def nonce(self) -> str:
        """What the signed token must repeat."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What only the browser that set out can make (RFC 7636): 64 letters and digits."""
        return self._made("verifier")

    def _made(self, words: str) -> str:
        return hmac.new(self.secret.encode(), words.encode(), sha256).hexdigest()


def challenge(verifier: str) -> str:
    """What goes to the provider of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def ticket(seal: Callable[[str], str], about: str, identity: str, at: datetime) -> str:
    """Whom the provider vouched for, to be shown by the next form of the same browser, for ten minutes."""
    until = int(at.timestamp()) + LASTS
    return f"{identity}.{until}.{seal(f'{about}/{identity}/{until}')}"


def opened_ticket(seal: Callable[[str], str], about: str, given: str, at: datetime) -> str | None:
    """The identity of a ticket of ours; None for any other, and for one that is over."""
    identity, _, rest = given.partition(".")
    until, _, mark = rest.partition(".")
    if not (until.isascii() and until.isdigit()) or at.timestamp() >= int(until):
        return None
    ours = hmac.compare_digest(seal(f"{about}/{identity}/{until}").encode(), mark.encode())
    return identity if ours else None
