"""Fixtures of the tests that watch an office at work; a module asks for them with ``pytest_plugins``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.offices import Office, copied, fill, office_at


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file to copy."""
    path = tmp_path_factory.mktemp("office") / "filled.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def workplace(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[Office]:
    """The Sở with one proposal to appraise until 24/04/2017, on each kind of database."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    with copied(filled, server, tmp_path) as url, office_at(url, tmp_path / "mail") as found:
        yield found
