"""Many people at once on a real server; ``python -m tests.web.crowd`` is the long form."""

from pathlib import Path

import pytest

from tests.postgres import Server
from tests.web.crowd import crowd


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readers_and_writers_do_not_get_in_each_others_way(kind: str, tmp_path: Path, postgres_server: Server) -> None:
    """No page fails, and history has each step that a page said was taken, no other."""
    if kind == "sqlite":
        found = crowd(f"sqlite:///{tmp_path / 'khuyencong.db'}", tmp_path, readers=8, writers=3, seconds=3)
    else:
        with postgres_server.database() as url:
            found = crowd(url, tmp_path, readers=8, writers=3, seconds=3)

    assert found.wrong == ()
    assert (found.lost, found.reads > 0, found.steps > 0) == (0, True, True)
