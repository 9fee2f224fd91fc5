"""Webhooks: where an agency's own software hears of the notices that its agency gets."""

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from msgspec import Struct

from workflow.errors import Unmet

_LONGEST = 2000
_PORTS = range(1, 65_536)
#: As far as it matters here (RFC 3986): ASCII without white space.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<login>[!-.0-~]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][!\"$-~]*)?(?P<fragment>#[!-~]*)?"
)


class Webhook(Struct, frozen=True, kw_only=True):
    """A subscription. The secret of its signatures is made from ``id`` and a key that lies outside the database."""

    id: str
    agency: str
    url: str
    created_at: datetime


def url_faults(url: str, *, sandbox: bool) -> Iterator[Unmet]:
    """Why nothing may be sent there. On a sandbox this very machine may be named, and without encryption."""
    parts = _URL.fullmatch(url) if len(url) <= _LONGEST else None
    if parts is None or parts["login"] or parts["fragment"] or int(parts["port"] or 1) not in _PORTS:
        yield Unmet("unmet.webhook_url", {"url": url})
        return
    host = parts["host"].strip("[]")
    here = sandbox and _is_loopback(host)
    if parts["scheme"] != "https" and not here:
        yield Unmet("unmet.webhook_scheme", {"url": url})
    if not here and _is_number(host):
        yield Unmet("unmet.webhook_host", {"host": host})


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_number(host) and ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
