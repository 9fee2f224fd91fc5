"""History entries: the exact bytes that are hashed, and the openings that keep personal values erasable.

``body`` is canonical JSON (RFC 8785 for our values: ASCII keys, NFC strings, integers below 2^53, booleans, null). The
chain of a subject runs through the bodies themselves: each names the hash of the one before. Personal values stand in
the body only as SHA-256(salt + value); salt and value are kept apart as openings, so a lawful erasure breaks no proof.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from msgspec import Struct

from definitions.errors import KhuyencongError

#: The layout of ``body``; a later layout gets the next number and old entries keep theirs.
FORMAT = 1
Salt = Callable[[], bytes]


class BrokenHistory(KhuyencongError):
    """An entry does not fit its hash, its place in the chain, or its openings; ``subject`` and ``seq`` say which.

    ``code`` is the sentence of the catalogues, ``params`` what it names.
    """

    def __init__(self, subject: str, seq: int | None, code: str, **params: str | int) -> None:
        self.subject, self.seq, self.code, self.params = subject, seq, code, params
        super().__init__(f"{subject} entry {seq}: {code} {params}")


class Opening(Struct, frozen=True, kw_only=True):
    """A personal value that an entry's body holds as a commitment; ``path`` says where (``facts.reason``)."""

    path: str
    salt: bytes
    #: None once it was erased.
    value: str | None


class Entry(Struct, frozen=True, kw_only=True):
    """One row of history. ``seq`` and ``previous_hash`` are None for entries outside every chain (refusals)."""

    kind: str
    subject: str
    seq: int | None
    recorded_at: datetime
    body: bytes
    hash: str
    previous_hash: str | None
    format: int = FORMAT
    openings: tuple[Opening, ...] = ()


class ReadEntry(Entry, frozen=True, kw_only=True):
    """An entry that was held against its hash, its columns and its openings, with what it says, read once."""

    content: dict[str, Any]
    #: Its personal values by path, erased ones left out.
    personal: dict[str, str]


#: Where the fraction of a second begins in a text; orjson leaves it out where it is nothing.
_SECONDS = len("2026-10-25T08:00:00")


def canonical(value: object) -> bytes:
    """Canonical JSON of a value without floats and with ASCII keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def instant(at: datetime) -> str:
    """An instant as history writes it: UTC, microseconds, ``Z``."""
    text = orjson.dumps(at, option=orjson.OPT_UTC_Z).decode()[1:-1]  # A quarter of what isoformat takes.
    return text if at.microsecond else f"{text[:_SECONDS]}.000000{text[_SECONDS:]}"


def commitment(salt: bytes, value: str) -> str:
    """What stands in a body for a personal value: SHA-256 of salt and UTF-8 value, in hex."""
    return sha256(salt + value.encode()).hexdigest()


def make_entry(
    kind: str,
    subject: str,
    *,
    seq: int | None,
    recorded_at: datetime,
    content: Mapping[str, Any],
    private: Mapping[str, str],
    previous_hash: str | None,
    salt: Salt,
) -> Entry:
    """The entry of some content; ``private`` maps paths (``note``, ``facts.reason``) to personal values.

    ``salt`` gives fresh random bytes (at least 16) at every call; it is called once per private value.
    """
    openings = tuple(Opening(path=path, salt=salt(), value=value) for path, value in sorted(private.items()))
    document: dict[str, Any] = {
        **content,
        "kind": kind,
        "subject": subject,
        "seq": seq,
        "recorded_at": instant(recorded_at),
        "previous": previous_hash,
        "private": {opening.path: commitment(opening.salt, opening.value or "") for opening in openings},
        "format": FORMAT,
    }
    body = canonical(document)
    return Entry(
        kind=kind,
        subject=subject,
        seq=seq,
        recorded_at=recorded_at,
        body=body,
        hash=sha256(body).hexdigest(),
        previous_hash=previous_hash,
        openings=openings,
    )


def read_body(entry: Entry) -> dict[str, Any]:
    """The content of an entry. Raises BrokenHistory where the bytes do not fit the hash or the columns beside them."""
    if isinstance(entry, ReadEntry):
        return entry.content
    if sha256(entry.body).hexdigest() != entry.hash:
        raise BrokenHistory(entry.subject, entry.seq, "finding.body")
    body: dict[str, Any] = orjson.loads(entry.body)
    beside = (entry.kind, entry.subject, entry.seq, entry.previous_hash, instant(entry.recorded_at), entry.format)
    if tuple(body.get(key) for key in ("kind", "subject", "seq", "previous", "recorded_at", "format")) != beside:
        raise BrokenHistory(entry.subject, entry.seq, "finding.columns")
    return body


def opened(entry: Entry, body: Mapping[str, Any]) -> dict[str, str]:
    """The personal values of an entry by path, erased ones left out. Raises BrokenHistory where one does not fit."""
    if isinstance(entry, ReadEntry):
        return entry.personal
    committed: Mapping[str, str] = body["private"]
    values: dict[str, str] = {}
    for opening in entry.openings:
        if opening.value is None:
            continue
        if committed.get(opening.path) != commitment(opening.salt, opening.value):
            raise BrokenHistory(entry.subject, entry.seq, "finding.value", path=opening.path)
        values[opening.path] = opening.value
    if sorted(opening.path for opening in entry.openings) != sorted(committed):
        raise BrokenHistory(entry.subject, entry.seq, "finding.openings")
    return values


def read(entry: Entry) -> ReadEntry:
    """The entry with what it says. Raises BrokenHistory where something of it does not fit."""
    if isinstance(entry, ReadEntry):
        return entry
    body = read_body(entry)
    return ReadEntry(
        kind=entry.kind,
        subject=entry.subject,
        seq=entry.seq,
        recorded_at=entry.recorded_at,
        body=entry.body,
        hash=entry.hash,
        previous_hash=entry.previous_hash,
        format=entry.format,
        openings=entry.openings,
        content=body,
        personal=opened(entry, body),
    )


def check_chain(entries: Sequence[Entry]) -> None:
    """Holds the entries of one subject, in order, against each other. Raises BrokenHistory at the first that breaks."""
    previous: str | None = None
    for number, entry in enumerate(entries, start=1):
        opened(entry, read_body(entry))
        if entry.seq != number:
            raise BrokenHistory(entry.subject, entry.seq, "finding.missing", number=number)
        if entry.previous_hash != previous:
            raise BrokenHistory(entry.subject, entry.seq, "finding.chain")
        previous = entry.hash
