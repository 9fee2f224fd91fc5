"""Databases of a run: empty ones, and copies that begin alike."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from benchmarks.measuring import Options
from store.address import file_of, parse

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
TITLES: dict[Kind, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextmanager
def empty(options: Options, kind: Kind) -> Iterator[str]:
    """The URL of a database without tables, gone at the end."""
    if kind == "postgresql":
        with options.server.database() as url:
            yield url
        return
    with TemporaryDirectory(dir=options.folder) as folder:
        yield f"sqlite:///{Path(folder) / 'khuyencong.db'}"


@contextmanager
def copy(options: Options, url: str) -> Iterator[str]:
    """The URL of a copy of a database that nobody has open, gone at the end."""
    if not url.startswith("sqlite"):
        with options.server.database(template=url.rpartition("/")[2]) as copied:
            yield copied
        return
    with empty(options, "sqlite") as copied:
        shutil.copy(file_of(parse(url)), file_of(parse(copied)))
        yield copied
