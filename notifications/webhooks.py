"""Webhooks over HTTPS: one signed POST for each event, to the host that was named and to no other.

Signed is ``timestamp.body`` with HMAC-SHA-256 (FIPS 198-1). Redirects are refused, names are resolved once and only
public addresses are connected to, so that nobody can make the house call its own machines.
"""

import hmac
import http.client
import ssl
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from socket import IPPROTO_TCP, SHUT_RDWR, create_connection, getaddrinfo, socket
from threading import Timer
from time import time
from urllib.parse import urlsplit

from notifications.channels import Accepted, Letter, Outcome, PermanentFailure, TemporaryFailure, Unreachable
from notifications.hooking import delivery_of

_OK, _MULTIPLE = 200, 300
_AGAIN = (408, 425, 429)  # Too slow, too early, too many: as good as any 5xx.
_SERVER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """Posts events to webhooks."""

    #: The secret of a webhook by its id.
    secret: Callable[[str], str]
    #: The only hosts that are called, whatever network they are in; empty: all of the public internet.
    hosts: Collection[str] = ()
    #: Whether this very machine may be called (on a sandbox).
    loopback: bool = False
    #: Seconds that each answer may take, and that the whole call may.
    timeout: float = 10.0
    whole: float = 20.0
    #: Seconds since 1970, for the signature.
    clock: Callable[[], float] = time
    context: ssl.SSLContext | None = None

    def send(self, letter: Letter) -> Outcome:
        """Posts the letter once. 2xx is accepted; 408, 425, 429 and 5xx are temporary; all else is for good.

        Whoever does not answer at all is Unreachable: the next letter to the same place would fare no better.
        """
        try:
            line = self._line(letter.recipient)
        except _Forbidden as error:
            return PermanentFailure(str(error), about="house")
        except (OSError, ValueError) as error:
            return Unreachable(_words(error))
        # A server that sends a byte now and then would otherwise hold the whole outbox.
        end = Timer(self.whole, _cut, (line.sock,))
        end.start()
        try:
            return self._post(line, letter)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Unreachable(_words(error))
        finally:
            end.cancel()
            line.close()

    def _line(self, url: str) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        line = http.client.HTTPConnection(host, port, timeout=self.timeout)
        bare = create_connection((self._allowed(host, port), port), timeout=self.timeout)
        try:
            line.sock = self._wrapped(bare, host) if secure else bare
        except BaseException:
            bare.close()
            raise
        return line

    def _wrapped(self, bare: socket, host: str) -> ssl.SSLSocket:
        return (self.context or ssl.create_default_context()).wrap_socket(bare, server_hostname=host)

    def _allowed(self, host: str, port: int) -> str:
        """The address to connect to. Raises _Forbidden where there is none that may be called."""
        if self.hosts and host not in self.hosts:
            raise _Forbidden(f"{host} is not on the list of hosts that webhooks may go to")
        found = [str(row[4][0]) for row in getaddrinfo(host, port, proto=IPPROTO_TCP)]
        allowed = [address for address in found if self.hosts or self._is_public(address)]
        if not allowed:
            raise _Forbidden(f"{host} is no public address")
        return allowed[0]

    def _is_public(self, address: str) -> bool:
        number = ip_address(address.partition("%")[0])
        return number.is_global or (self.loopback and number.is_loopback)

    def _post(self, line: http.client.HTTPConnection, letter: Letter) -> Outcome:
        parts = urlsplit(letter.recipient)
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        line.request("POST", path, body=letter.content, headers=self._headers(letter))
        answer = line.getresponse()
        return _outcome(answer.status, answer.getheader("Retry-After") or "")

    def _headers(self, letter: Letter) -> dict[str, str]:
        stamp = str(int(self.clock()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "khuyencong",
            "Khuyencong-Delivery": delivery_of(letter.id),
            "Khuyencong-Timestamp": stamp,
            "Khuyencong-Signature": f"v1={sign(self.secret(letter.about), stamp, letter.content)}",
        }


class _Forbidden(Exception):
    """The house does not call there."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a delivery, in hexadecimal; who receives it makes the same and compares."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def _outcome(status: int, retry_after: str) -> Outcome:
    if _OK <= status < _MULTIPLE:
        return Accepted(str(status))
    if status in _AGAIN or status >= _SERVER:
        return TemporaryFailure(
            str(status), wait=float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
        )
    return PermanentFailure(str(status))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _cut(line: socket) -> None:
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)
