"""Asks a provider something over HTTP: a few seconds, a few kilobytes, no redirects, and nothing but JSON."""

import http.client
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from web.single_sign_on import SsoFailed

#: Documents of providers have a few kilobytes.
_MOST = 2**20
_SERVER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a provider is asked."""

    #: Seconds for each octet that comes, and for the whole answer.
    timeout: float = 3.0
    whole: float = 6.0
    context: ssl.SSLContext | None = None

    def get(self, url: str) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object that are there. Raises SsoFailed."""
        return self._ask("GET", url, None, {})

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object that a form is answered with. Raises SsoFailed."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, urlencode(form), {**kind, **headers})

    def _ask(
        self, method: str, url: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        status, content = self._answer(method, url, body, {"Accept": "application/json", **headers})
        if status >= _SERVER:
            raise SsoFailed("sso.unreachable", f"HTTP {status}")
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise SsoFailed("sso.garbled", f"HTTP {status}, JSON") from error
        if not isinstance(found, dict):
            raise SsoFailed("sso.garbled", f"HTTP {status}, JSON")
        return status, found

    def _answer(self, method: str, url: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(url)
        try:
            line = self._line(parts.scheme, parts.hostname or "", parts.port)
        except (OSError, ValueError) as error:
            raise SsoFailed("sso.unreachable", type(error).__name__) from error
        # A server that sends an octet now and then would otherwise hold its hand for ever.
        end = Timer(self.whole, _cut, (line.sock,))
        end.start()
        try:
            line.request(method, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, dict(headers))
            answer = line.getresponse()
            content = answer.read(_MOST + 1)
        except OSError as error:
            raise SsoFailed("sso.unreachable", type(error).__name__) from error
        except (http.client.HTTPException, ValueError) as error:
            raise SsoFailed("sso.garbled", type(error).__name__) from error
        finally:
            end.cancel()
            line.close()
        if len(content) > _MOST:
            raise SsoFailed("sso.garbled", "length")
        return answer.status, content

    def _line(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection(host, port, timeout=self.timeout)
        if scheme == "https":
            context = self.context or ssl.create_default_context()
            line = http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context)
        line.connect()
        return line


def _cut(line: socket) -> None:
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)
