"""What the storm breaks over: a database of its own, with proposals whose deadlines fall due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from khuyencong.demo.stage import play, scenes
from store.database import open_database
from store.migrations import upgrade
from tests import private_postgres
from tests.offices import story
from tests.postgres import ROUTES
from tests.private_postgres import NoPostgres
from tests.staging import staged

KINDS = ("sqlite", "postgresql")


@contextmanager
def ground(kind: str, folder: Path, proposals: int) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """The URL of a database with so many proposals handed in, and what restarts its server (None: it has none).

    Raises NoPostgres.
    """
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'khuyencong.db'}"
        fill(url, proposals)
        yield url, None
        return
    with private_postgres.running(_programs()) as address:
        fill(url := address.render_as_string(hide_password=False), proposals)
        yield url, lambda: private_postgres.restart(address)


def _programs() -> Path:
    failures = []
    for route in ROUTES.values():
        try:
            return route()
        except NoPostgres as problem:
            failures.append(str(problem))
    raise NoPostgres("; ".join(failures))


def fill(url: str, proposals: int) -> None:
    """Migrates an empty database and hands proposals in."""
    upgrade(url)
    database = open_database(url)
    stage = staged(database)
    for scene in scenes(story(f"CH-{number:05d}") for number in range(proposals)):
        play(stage, scene)
    database.close()
