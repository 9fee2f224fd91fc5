"""Database URLs: which ones we can keep things in, and how they are shown without their password."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from store.errors import MemoryRefused, UnknownDatabase


def parse(url: str) -> URL:
    """The URL of a database that we can keep things in, file paths made absolute.

    Raises UnknownDatabase, or MemoryRefused for SQLite without a file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnknownDatabase("the database URL", "cannot be read; it looks like sqlite:///khuyencong.db") from error
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise MemoryRefused(shown(parsed))
        return parsed.set(drivername="sqlite", database=str(file_of(parsed)))
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    raise UnknownDatabase(shown(parsed), "is neither sqlite:///FILE nor postgresql://USER@HOST/DATABASE")


def shown(url: URL) -> str:
    """The URL without its password."""
    return url.render_as_string(hide_password=True)


def file_of(url: URL) -> Path:
    """The file of an SQLite URL."""
    return Path(url.database or "").absolute()
