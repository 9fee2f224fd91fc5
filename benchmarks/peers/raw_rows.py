"""The rows that contenders without storage of their own write on the bare driver: a case, and three that tell of it."""

import json
import sqlite3
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg

from benchmarks.peers.work import LIMIT, OWNERS, VARIABLES, owner

_UTC = timezone.utc  # noqa: UP017 - the environment of the peers may be of any Python.
_TABLES = (
    "CREATE TABLE cases (id INTEGER PRIMARY KEY, code TEXT UNIQUE, version INTEGER NOT NULL, workflow TEXT NOT NULL)",
    'CREATE TABLE history (id {serial}, "case" INTEGER NOT NULL, action TEXT, source TEXT, person TEXT, at TEXT)',
    'CREATE TABLE outbox (id {serial}, "case" INTEGER NOT NULL, key TEXT UNIQUE, address TEXT, variables TEXT, '
    "state TEXT, send_after TEXT)",
    'CREATE TABLE deadline (id {serial}, "case" INTEGER NOT NULL, rule TEXT, holder TEXT, due TEXT, state TEXT)',
    "CREATE INDEX outbox_due ON outbox (send_after)",
    "CREATE INDEX deadline_due ON deadline (due)",
)
_SERIAL = {True: "INTEGER PRIMARY KEY", False: "BIGSERIAL PRIMARY KEY"}


class RawRows:
    """Tables with nothing but keys and two indexes, on one lasting connection."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self._connection = _connect(url)
        for statement in _TABLES:
            self.run(statement.format(serial=_SERIAL[self.sqlite]))

    def run(self, sql: str, *values: Any) -> Any:
        """Runs a statement; the driver's cursor."""
        return self._connection.execute(sql if self.sqlite else sql.replace("?", "%s"), values)

    def add(self, number: int, workflow: str) -> None:
        """A case at its first step."""
        self.run("INSERT INTO cases VALUES (?, ?, 0, ?)", number, f"B-{number:05d}", workflow)

    def announce(self, number: int, step: int, source: str) -> None:
        """One row of history, of the outbox and of a deadline."""
        now, holder = datetime.now(tz=_UTC), owner(step + 1)
        self.run(
            'INSERT INTO history ("case", action, source, person, at) VALUES (?, ?, ?, ?, ?)',
            *(number, f"step_{step}", source, OWNERS[step], now.isoformat()),
        )
        self.run(
            'INSERT INTO outbox ("case", key, address, variables, state, send_after) VALUES (?, ?, ?, ?, ?, ?)',
            *(number, f"{number}/{step}", f"{holder}@example", json.dumps(VARIABLES), "scheduled", now.isoformat()),
        )
        self.run(
            'INSERT INTO deadline ("case", rule, holder, due, state) VALUES (?, ?, ?, ?, ?)',
            *(number, source, holder, (now + timedelta(days=LIMIT)).isoformat(), "running"),
        )


def _connect(url: str) -> Any:
    if not url.startswith("sqlite"):
        return psycopg.connect(url, autocommit=True)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
