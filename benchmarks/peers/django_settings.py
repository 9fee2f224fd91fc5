"""Django set up for speed and durability: no debugging, one lasting connection, full flushes."""

from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

_APPS = ("django.contrib.contenttypes", "django.contrib.auth", "viewflow", "viewflow.workflow", "benchmarks.peers")


def set_up(url: str) -> None:
    """Makes Django ready for a database."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="of a benchmark",  # noqa: S106 - it signs nothing.
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=_APPS,
        DATABASES={"default": {**_database(url), "CONN_MAX_AGE": None}},
    )
    django.setup()


def _database(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
        options = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///"), "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port,
    }
