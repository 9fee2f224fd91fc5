"""Sites for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.sites import MORNING, Site, copied, fill, site_at
from web.assets import Assets


@pytest.fixture(scope="session")
def assets() -> Assets:
    """What pages are drawn with."""
    return Assets()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file to copy."""
    path = tmp_path_factory.mktemp("web") / "filled.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, filled: Path, tmp_path: Path, assets: Assets) -> Iterator[Site]:
    """The application on a database of the test's own, of each kind."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    with copied(filled, server, tmp_path) as url, site_at(url, tmp_path, assets, MORNING) as found:
        yield found


@pytest.fixture
def office(filled: Path, tmp_path: Path, assets: Assets) -> Iterator[Site]:
    """The application on SQLite, for what no database changes."""
    with copied(filled, None, tmp_path) as url, site_at(url, tmp_path, assets, MORNING) as found:
        yield found
