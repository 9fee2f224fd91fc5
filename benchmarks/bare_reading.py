"""The least that a check can cost: the rows that it reads, each read once through the bare driver, their bytes hashed.

Tables are read one after the other from beginning to end, nothing is joined and nothing is compared.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

import psycopg

from benchmarks.measuring import driver_url
from store.address import file_of, parse

_AT_ONCE = 2000


class Reading(NamedTuple):
    """The columns of a table that a check reads, and those of them whose bytes are hashed, in one piece."""

    columns: str
    texts: tuple[int, ...] = ()
    #: Bytes, or texts that may be absent: each hashed by itself.
    values: tuple[int, ...] = ()


#: What the log is made of.
LOG: Mapping[str, Reading] = {
    "leaf": Reading("position, entry_id, data", values=(2,)),
    "entry": Reading("id, kind, subject, seq, recorded_at, body, hash, previous_hash, format", values=(5,)),
    "opening": Reading("entry_id, path, salt, value", values=(2, 3)),
    "node": Reading("level, number, hash", values=(2,)),
    "checkpoint": Reading("size, note", texts=(1,)),
    "unsealed": Reading("entry_id"),
}
_PROPOSAL = (
    "id, code, title, programme, process, process_sha256, programme_sha256, templates_sha256, implementer, province, "
    "state, milestone, revision, holder, open, due, plan_year, activity, officer, paper_since, contract, created_at, "
    "last_at, last_on, last_seq, last_hash, data, past, papers, opinions, signings"
)
_DEADLINE = (
    "proposal_id, rule, period, epoch, seat, allowance, unit, started_by, started_on, consumed, running_since, "
    "last_day, due, provisional, calendar, state, reason"
)
#: What is held against it.
REST: Mapping[str, Reading] = {
    "proposal": Reading(_PROPOSAL, texts=tuple(range(26, 31))),
    "deadline": Reading(_DEADLINE, texts=(1, 2, 4, 14, 15, 16)),
    "attachment": Reading("entry_id, number, proposal_id, key, sha256", texts=(3, 4)),
    "document": Reading("sha256, size", texts=(0,)),
    "message": Reading("id, sha256, entry_id, bytes", values=(3,)),
    "definition": Reading("kind, key, sha256, text", texts=(3,)),
    **dict.fromkeys(("publication", "appointment", "guidance", "person", "account", "seat", "token"), Reading("*")),
}


def connect(url: str) -> sqlite3.Connection | psycopg.Connection[Any]:
    """A connection of the driver itself. It stays open, so that what its server spends can be asked for."""
    if url.startswith("sqlite"):
        return sqlite3.connect(file_of(parse(url)), isolation_level=None)
    return psycopg.connect(driver_url(url))


def read_all(connection: Any, tables: Mapping[str, Reading]) -> None:
    """Reads every row of these tables and hashes its bytes."""
    streamed = {"name": "bare", "binary": True} if isinstance(connection, psycopg.Connection) else {}
    for name, reading in tables.items():
        with closing(connection.cursor(**streamed)) as cursor:
            cursor.execute(f'SELECT {reading.columns} FROM "{name}"')
            for rows in iter(partial(cursor.fetchmany, _AT_ONCE), []):
                _hash(rows, reading)


def _hash(rows: list[Any], reading: Reading) -> None:
    texts, values = reading.texts, reading.values
    for row in rows:
        if texts:
            sha256("".join([row[place] for place in texts]).encode()).digest()
        for place in values:
            value = row[place]
            if value is not None:
                sha256(value.encode() if value.__class__ is str else value).digest()
