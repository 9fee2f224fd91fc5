"""The layout of a backup: a ZIP with every table as lines of JSON, every paper by its hash, and a manifest.

It knows no database, so what SQLite kept can be restored into PostgreSQL and back. A row is one JSON array in the order
of the manifest's columns: instants and days as text, bytes in base64, the rest as JSON has it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Boolean, Date, Integer, LargeBinary, Table
from sqlalchemy.types import TypeEngine

from definitions.errors import KhuyencongError
from store.tables import Row
from store.types import UTC, CanonicalJson, UtcInstant
from workflow.entries import instant

#: The layout that this software writes and reads.
LAYOUT = 1
MANIFEST = "manifest.json"
PAPERS = "papers/"
#: No line of a table and no manifest is longer: a longer one is no work of ours, and would fill the memory.
LONGEST = 256 * 1024 * 1024
_SHA256 = r"^[0-9a-f]{64}$"


class ArchiveDamaged(KhuyencongError):
    """A backup is not whole, or not one; ``member`` says which part of it (the file itself, or one inside)."""

    def __init__(self, member: str, why: str) -> None:
        self.member, self.why = member, why
        super().__init__(f"{member}: {why}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TablePart(_Part):
    """One table of a backup."""

    name: str
    columns: list[str]
    rows: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)


class Manifest(_Part):
    """What a backup says of itself."""

    layout: int
    software: str
    #: The revision of the tables; a backup is restored by the software of the same revision.
    revision: str
    #: ``sqlite`` or ``postgresql``: where it came from. It restores into both.
    dialect: str
    #: When it was begun, by the machine's clock, in ISO 8601.
    made_at: str
    sandbox: bool
    tables: list[TablePart]
    papers: int = Field(ge=0)
    #: Papers on record whose files were gone or changed when the backup was made, by their hash.
    lost: list[str]


def tables() -> tuple[Table, ...]:
    """Every table, those that others point at first."""
    return tuple(Row.metadata.sorted_tables)


def member_of(table: str) -> str:
    """The name of a table inside the archive."""
    return f"tables/{table}.jsonl"


def line(values: Sequence[Any], kinds: "Kinds") -> bytes:
    """A row as one line, from what either driver gives."""
    return orjson.dumps([_plain(value, kind) for value, kind in zip(values, kinds.names, strict=True)]) + b"\n"


def _plain(value: Any, kind: str) -> Any:
    match value:
        case None | str():
            return value
        case datetime():
            return instant(value.astimezone(UTC))
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return b64encode(value).decode()
        case _:
            return bool(value) if kind == "bool" else value


@dataclass(frozen=True, slots=True)
class Kinds:
    """How the columns of a table stand in a line: ``text``, ``int``, ``bool``, ``bytes``, ``day`` or ``instant``."""

    names: tuple[str, ...]

    def read(self, line: bytes) -> list[Any]:
        """A line as values that both drivers take. Raises ValueError or TypeError for one that is none of ours."""
        values = orjson.loads(line)
        if not isinstance(values, list) or len(values) != len(self.names):
            raise ValueError(f"it has not {len(self.names)} values")
        return [None if value is None else _READ[kind](value) for value, kind in zip(values, self.names, strict=True)]


def kinds_of(table: Table) -> Kinds:
    """The kinds of a table's columns, in their order."""
    return Kinds(tuple(_kind(column.type) for column in table.columns))


def _kind(type_: TypeEngine[Any]) -> str:
    return next((name for known, name in _KINDS if isinstance(type_, known)), "text")


_KINDS: tuple[tuple[Any, str], ...] = (
    (UtcInstant, "instant"),
    (CanonicalJson, "text"),
    (Boolean, "bool"),
    (LargeBinary, "bytes"),
    (Integer, "int"),
    (Date, "day"),
)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _instant(value: Any) -> str:
    """The text itself, which both databases take. Its width is fixed, because SQLite sorts it as text."""
    if instant(datetime.fromisoformat(_text(value)).astimezone(UTC)) != value:
        raise ValueError(f"{value!r} is no instant as this software writes them")
    return _text(value)


def _day(value: Any) -> str:
    return date.fromisoformat(_text(value)).isoformat()


def _bytes(value: Any) -> bytes:
    return b64decode(_text(value), validate=True)


_READ = {"text": _text, "int": _number, "bool": _flag, "instant": _instant, "day": _day, "bytes": _bytes}
