"""What a provider signed about somebody (OpenID Connect Core 1.0, 3.1.3.7), read with joserfc: all of it or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from web.single_sign_on import SsoFailed

#: Signatures with a key that only the provider has: neither ``none`` nor anything made with a shared secret.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KINDS: Final = ("RSA", "EC")
#: Seconds by which the clocks of two machines may differ.
LEEWAY: Final = 60
#: Core 1.0, section 2: a name has at most 255 ASCII letters.
_NAME_MOST: Final = 255


class UnknownKey(Exception):
    """Signed with a key that is not among those known: the provider may have a new one."""


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """The provider's keys for signatures (RFC 7517); those of other kinds are passed over. Raises SsoFailed."""
    listed = document.get("keys")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise SsoFailed("sso.garbled", "jwks")
    usable = [one for one in listed if isinstance(one, dict) and one.get("kty") in _KINDS and _signs(one)]
    try:
        found = KeySet([JWKRegistry.import_key(one) for one in usable])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SsoFailed("sso.garbled", "jwks") from error
    return found


def _signs(key: Mapping[str, Any]) -> bool:
    return bool(key.get("use", "sig") == "sig")


def read_id_token(text: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: float) -> Mapping[str, Any]:
    """What the token says, once everything about it is right.

    Raises UnknownKey, or SsoFailed with the name of the first thing that is not.
    """
    try:
        claims = jwt.decode(text, keys, algorithms=ALGORITHMS).claims
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SsoFailed("sso.refused", "signature") from error
    if wrong := next(_wrong(claims, issuer, client_id, nonce, now), None):
        raise SsoFailed("sso.refused", wrong)
    return claims


def _wrong(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: float) -> Iterator[str]:
    """The names of the claims that are wrong, in the order of the standard."""
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        yield "iss"
    if client_id not in meant:
        yield "aud"
    if claims.get("azp", client_id if len(meant) == 1 else None) != client_id:
        yield "azp"
    if not now < _number(claims.get("exp")) + LEEWAY:
        yield "exp"
    if not 0 <= _number(claims.get("iat")) <= now + LEEWAY:
        yield "iat"
    if not _number(claims.get("nbf", 0)) <= now + LEEWAY:
        yield "nbf"
    said = claims.get("nonce")
    if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
        yield "nonce"
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _NAME_MOST:
        yield "sub"


def _number(value: object) -> float:
    """Seconds since 1970; what is no number is never right."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
