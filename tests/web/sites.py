"""A web application on a database of its own, and browsers in which people of the sandbox are signed in."""

import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from khuyencong.backstage import Behind
from khuyencong.demo.acts import at
from khuyencong.demo.stage import play, scenes
from khuyencong.identity_key import make_key
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from notifications.rendering import TemplateSet
from store.database import Database
from store.documents import Papers
from store.queries import Queries
from store.sandbox import Sandbox
from tests.offices import story
from tests.postgres import Server
from tests.staging import OPENING, staged
from web.app import create_app
from web.assets import Assets
from web.home import Choices
from web.single_sign_on import SingleSignOn
from workflow.house import House
from workflow.storage import UnitOfWork

HERE = "http://testserver"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class Clocked:
    """An installation whose clock stands still until a test moves it."""

    inner: Installation
    moment: datetime

    @property
    def store(self) -> Database:
        """The database."""
        return self.inner.store

    @property
    def papers(self) -> Papers:
        """The papers."""
        return self.inner.papers

    @property
    def house(self) -> House:
        """The surroundings."""
        return self.inner.house

    @property
    def sandbox(self) -> Sandbox | None:
        """It is one."""
        return self.inner.sandbox

    def now(self) -> datetime:
        """What the test says."""
        return self.moment

    def look(self) -> AbstractContextManager[Queries]:
        """The lists."""
        return self.inner.look()

    def survey(self) -> AbstractContextManager[tuple[Queries, UnitOfWork]]:
        """Lists and proposals."""
        return self.inner.survey()

    def templates(self, sha256: str) -> TemplateSet:
        """Notice templates."""
        return self.inner.templates(sha256)


def choices() -> Choices:
    """Choices whose randomness is counted, and in whose time every sign-in takes five seconds."""
    numbers, seconds = itertools.count(1), itertools.count(step=5)
    return Choices(
        base_url=HERE,
        language="vi",
        random=lambda size: next(numbers).to_bytes(size, "big"),
        seconds=lambda: float(next(seconds)),
    )


@dataclass
class Site:
    """An application and the installation behind it."""

    home: Clocked
    app: FastAPI

    def visitor(self) -> "Browser":
        """A browser in which nobody is signed in."""
        return Browser(site=self, client=TestClient(self.app, base_url=HERE, follow_redirects=False))

    def browser(self, username: str) -> "Browser":
        """A browser in which somebody is."""
        found = self.visitor()
        assert found.enter(username).status_code == 303
        return found


@dataclass
class Browser:
    """Opens pages and sends their forms."""

    site: Site
    client: TestClient
    headers: dict[str, str] = field(default_factory=lambda: {"origin": HERE})

    def get(self, path: str, **more: Any) -> Response:
        """A page."""
        return self.client.get(path, **more)

    def page(self, path: str, status: int = 200) -> str:
        """A page that must be there."""
        found = self.get(path)
        assert found.status_code == status, found.text.partition("<main")[2][:2000]
        return found.text

    @cached_property
    def token(self) -> str:
        """What this browser's forms carry."""
        return token_in(self.client.get("/tai-khoan", follow_redirects=True).text)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Response:
        """Sends a form as a page of ours would."""
        return self.client.post(path, data={"token": self.token, **(data or {})}, headers=self.headers, **more)

    def enter(self, username: str, **more: str) -> Response:
        """Signs in as whoever is ready in the sandbox, or with the password given."""
        form = {"token": token_in(self.page("/dang-nhap")), "username": username, **(more or {"as_is": "1"})}
        vars(self).pop("token", None)
        return self.client.post("/dang-nhap", data=form, headers=self.headers)


def token_in(page: str) -> str:
    """The token of the first form of a page."""
    found = _TOKEN.search(page)
    assert found is not None, page
    return found[1]


def fill(url: str) -> None:
    """A sandbox with everybody seated, and LC-02 handed in on 10/04/2017."""
    home = Installation.prepare(settings(url, Path(url.removeprefix("sqlite:///")).parent), clock_start=OPENING)
    stage = staged(home.store)
    for scene in scenes([story()]):
        play(stage, scene)
    home.store.close()


def settings(url: str, folder: Path) -> Settings:
    """Everything of a test beside each other."""
    own = folder if folder.is_dir() else Path("/tmp")  # noqa: S108 - of a PostgreSQL template, whose key is not used.
    return Settings(
        database_url=url,
        identity_key_file=own / "identity-key",
        documents_dir=own / "documents",
        log_key_file=own / "log-key",
        base_url=HERE,
    )


@contextmanager
def site_at(
    url: str, folder: Path, assets: Assets, when: datetime, *, single_sign_on: SingleSignOn | None = None
) -> Iterator[Site]:
    """The application on a filled database."""
    make_key(folder / "identity-key", needed=False)
    inner = Installation.open(settings(url, folder))
    home = Clocked(inner=inner, moment=when.astimezone(UTC))
    try:
        chosen = replace(choices(), single_sign_on=single_sign_on)
        app = create_app(home, chosen, Behind(inner), assets=assets)
        with TestClient(app, base_url=HERE):
            yield Site(home=home, app=app)
    finally:
        inner.store.close()


@contextmanager
def copied(filled: Path, server: Server | None, folder: Path) -> Iterator[str]:
    """The URL of a filled database of its own."""
    if server is None:
        shutil.copy(filled, folder / "khuyencong.db")
        yield f"sqlite:///{folder / 'khuyencong.db'}"
        return
    with server.database(template=server.template("web", fill)) as url:
        yield url


#: The morning after LC-02 was handed in.
MORNING = at(date(2017, 4, 11), 9)
