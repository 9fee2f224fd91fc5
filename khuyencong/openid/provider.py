"""A provider of OpenID Connect: found by its issuer's address, asked for a code's token, and never trusted unread."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from joserfc.jwk import KeySet

from khuyencong.identity_key import keyed
from khuyencong.openid.fetching import Line
from khuyencong.openid.id_tokens import UnknownKey, read_id_token, read_keys
from web.single_sign_on import Known, SsoFailed, challenge

_OK: Final = 200
#: What a provider says of itself is read again after an hour; its keys also whenever it signs with a new one.
_GOOD_FOR: Final = 3600
_FOUND: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: Names of what a token may call somebody, the most readable first.
_NAMES: Final = ("name", "preferred_username", "email", "sub")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a provider said of itself."""

    #: Seconds by the clock.
    at: float
    document: Mapping[str, Any]
    keys: KeySet


@dataclass(kw_only=True)
class OpenIdProvider:
    """Satisfies ``web.single_sign_on.SingleSignOn``."""

    issuer: str
    client_id: str
    client_secret: str
    label: str
    #: Where browsers come back to, as the provider was told.
    redirect_uri: str
    #: The key beside the database.
    key: Path
    line: Line = field(default_factory=Line)
    #: Seconds since 1970. Not the clock of the house: a sandbox's may stand in another year than the provider's.
    clock: Callable[[], float] = time.time
    _found: _Found | None = None

    def address(self, *, state: str, nonce: str, verifier: str, afresh: bool) -> str:
        """Where a browser is sent (RFC 6749, 4.1.1 with RFC 7636). No more is asked for than who it is."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login"} if afresh else {}),
        }
        there = self._about().document["authorization_endpoint"]
        return f"{there}{'&' if urlsplit(there).query else '?'}{urlencode(asked, quote_via=quote)}"

    def known(self, *, code: str, issuer: str, nonce: str, verifier: str) -> Known:
        """Whom the provider means by a code, which is good once."""
        about = self._about()
        must_say = about.document.get("authorization_response_iss_parameter_supported") is True
        if issuer != self.issuer and (issuer or must_say):
            raise SsoFailed("sso.refused", "iss")
        claims = self._read(self._redeemed(about, code, verifier), nonce)
        name = next(str(claims[one]) for one in _NAMES if claims.get(one))
        return Known(identity=self._identity(claims["sub"]), name=name)

    def seal(self, words: str) -> str:
        """What only the key beside the database makes of these words."""
        return keyed(self.key, f"sso-ticket/{words}").hex()

    def _identity(self, subject: str) -> str:
        return keyed(self.key, f"sso-identity/{self.issuer}\n{subject}").hex()

    def _redeemed(self, about: _Found, code: str, verifier: str) -> str:
        """The token for a code (RFC 6749, 4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        ways = about.document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in ways:
            pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        else:
            headers, form = {}, {**form, "client_id": self.client_id, "client_secret": self.client_secret}
        status, said = self.line.post(about.document["token_endpoint"], form, headers)
        if status != _OK:
            raise SsoFailed("sso.refused", _word(said.get("error")) or f"HTTP {status}")
        if not isinstance(said.get("id_token"), str):
            raise SsoFailed("sso.garbled", "id_token")
        return str(said["id_token"])

    def _read(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What the token says; where its key is unknown, after the provider's keys were fetched once more."""
        about = {"issuer": self.issuer, "client_id": self.client_id, "nonce": nonce}
        try:
            return read_id_token(token, self._about().keys, **about, now=self.clock())
        except UnknownKey:
            self._found = None
        try:
            return read_id_token(token, self._about().keys, **about, now=self.clock())
        except UnknownKey as error:
            raise SsoFailed("sso.refused", "kid") from error

    def _about(self) -> _Found:
        """What the provider says of itself. Whoever comes while it is fetched fetches it too: it is the same."""
        found = self._found
        if found is None or self.clock() >= found.at + _GOOD_FOR:
            found = self._found = self._asked()
        return found

    def _asked(self) -> _Found:
        status, document = self.line.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if status != _OK or document.get("issuer") != self.issuer:
            raise SsoFailed("sso.garbled", "issuer" if status == _OK else f"HTTP {status}")
        secure = self.issuer.startswith("https://")
        for name in _FOUND:
            there = document.get(name)
            if not isinstance(there, str) or urlsplit(there).scheme not in ("https", "" if secure else "http"):
                raise SsoFailed("sso.garbled", name)
        status, keys = self.line.get(document["jwks_uri"])
        if status != _OK:
            raise SsoFailed("sso.garbled", "jwks")
        return _Found(at=self.clock(), document=document, keys=read_keys(keys))


def _word(error: object) -> str:
    """An error code (RFC 6749, 5.2), cut to what one can look like: it stands on a page."""
    return "".join(char for char in str(error or "") if char.isascii() and (char.isalnum() or char == "_"))[:40]
