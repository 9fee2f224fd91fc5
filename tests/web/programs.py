"""Programs that ask ``/api/v1`` with the token of somebody in the sandbox."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from tests.web.sites import HERE, Site
from workflow.administration import operator
from workflow.changing import changed
from workflow.service.tokens import make_token

OFFICER, HEAD, CENTRE = "tham-dinh.sct-lai-chau", "giam-doc.sct-lai-chau", "can-bo.ttkc-lai-chau"
AUDITOR, ADMINISTRATOR, ABROAD = "thanh-tra", "quan-tri.bct", "tham-dinh.sct-quang-nam"
CASE = "/api/v1/proposals/LC-02"


def token_of(site: Site, username: str, *, feed: str | None = None, expires: timedelta | None = None) -> str:
    """A token of an account of the sandbox."""
    secret = f"kc_{'lich' if feed is not None else 'may'}_{username}_{feed or ''}_{expires or ''}"
    named = {"username": username, "secret": secret, "label": "", "feed": feed}
    at = site.home.now() if expires is None else site.home.now() - timedelta(days=30)
    house = changed(site.home.house, told=changed(site.home.house.told, sandbox=True))
    until = at + expires if expires is not None else None
    make_token(site.home.store, house, **named, expires_at=until, by=operator(), at=at)  # type: ignore[arg-type]
    return secret


@dataclass
class Program:
    """Asks for something as somebody; nobody, without a token."""

    client: TestClient
    token: str | None = None
    lang: str = "vi"
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
        """A request."""
        named = {"authorization": f"Bearer {self.token}"} if self.token else {}
        given = {"accept-language": self.lang, **named, **(headers or {})}
        return self.client.request(method, path, headers=given, **more)

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        """A document that must be there."""
        found = self.ask("GET", path, **more)
        assert found.status_code == status, found.text
        return found.json()

    def post(self, path: str, *, key: str | None = None, revision: int | None = None, **more: Any) -> Response:
        """Asks for an act, under a key of its own unless one is given."""
        headers = {"idempotency-key": key or f"k-{next(self.numbers)}"}
        headers |= {} if revision is None else {"if-match": f'"{revision}"'}
        return self.ask("POST", path, headers=headers | more.pop("headers", {}), **more)


def program(site: Site, username: str | None = None, **more: Any) -> Program:
    """A program with a token of somebody."""
    token = None if username is None else token_of(site, username, **more)
    return Program(client=TestClient(site.app, base_url=HERE, follow_redirects=False), token=token)
