"""The whole of history, newest first, page by page: read along the index of kinds, whichever of them are wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ClauseElement, String, Text, bindparam, column, select, text

from store.claims import among, several
from store.errors import NoSuchPage
from store.lists import ALL
from store.statements import Statement, Transaction
from store.tables import EntryRow, LeafRow, OpeningRow, ProposalRow, table
from store.types import RowId, UtcInstant
from workflow.entries import instant

_ENTRY, _LEAF = table(EntryRow), table(LeafRow)
_OPENING, _PROPOSAL = table(OpeningRow), table(ProposalRow)
#: Ends of time, for whoever names none.
_FIRST, _LAST = datetime.fromisoformat("0001-01-02T00:00:00+00:00"), datetime.fromisoformat("9998-12-31T00:00:00+00:00")
#: One look into the index for each kind, however many entries there are.
_KINDS = Statement(
    text(
        "WITH RECURSIVE known(kind) AS (SELECT min(kind) FROM entry UNION ALL "
        "SELECT (SELECT min(entry.kind) FROM entry WHERE entry.kind > known.kind) FROM known "
        "WHERE known.kind IS NOT NULL) SELECT kind FROM known WHERE kind IS NOT NULL ORDER BY kind"
    ).columns(column("kind", String()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """An entry of whatever chain, with what stands readable in it."""

    id: int
    kind: str
    subject: str
    #: None: it stands outside every chain (a refusal).
    seq: int | None
    recorded_at: datetime
    hash: str
    body: Mapping[str, Any] = field(repr=False)
    #: The name of who did it; None: erased, or nobody.
    actor: str | None
    #: Its place in the sealed log; None: no checkpoint covers it yet.
    position: int | None
    #: Of the case that it is about; empty for the registers and other chains.
    title: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A stretch of the log; ``after`` is what to give for the next one, None after the last."""

    lines: tuple[LogLine, ...]
    after: str | None


def kinds(transaction: Transaction) -> tuple[str, ...]:
    """Every kind of entry that there is."""
    return tuple(row.kind for row in transaction.rows(_KINDS))


def log_page(
    transaction: Transaction,
    *,
    kind: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> LogPage:
    """A page of entries recorded at ``since`` or later and before ``until``. Raises NoSuchPage for a wrong ``after``.

    Whatever is asked, no more than a page of each kind is looked at, or the entries of one subject.
    """
    before_at, before_id = _place(after) if after else (until or _LAST, 0)
    given = {"since": since or _FIRST, "before_at": before_at, "before_id": before_id}
    wanted = (kind,) if kind else () if subject else kinds(transaction)
    if subject:
        rows = transaction.rows(_of_subject(limit + 1, kind is not None), {**given, "subject": subject, "kind_0": kind})
    elif wanted:
        named = {f"kind_{number}": one for number, one in enumerate(wanted)}
        rows = transaction.rows(_of_kinds(len(wanted), limit + 1), {**given, **named})
    else:
        rows = []
    last = rows[limit - 1] if len(rows) > limit else None
    here = f"{instant(last.recorded_at)}~{last.id}" if last is not None else None
    return LogPage(lines=_lines(transaction, [row.id for row in rows[:limit]]), after=here)


_WITHIN = (
    "recorded_at >= :since AND (recorded_at < :before_at OR (recorded_at = :before_at AND id < :before_id)) "
    "AND recorded_at <= :before_at"
)
_ORDER = "ORDER BY recorded_at DESC, id DESC LIMIT"


@lru_cache(maxsize=128)
def _of_kinds(number: int, most: int) -> Statement:
    arms = " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, recorded_at FROM entry WHERE kind = :kind_{place} "  # noqa: S608 - no value in it.
        f"AND {_WITHIN} {_ORDER} {most}) AS of_{place}"
        for place in range(number)
    )
    return _places(f"SELECT id, recorded_at FROM ({arms}) AS found {_ORDER} {most}", number)  # noqa: S608 - as above.


@lru_cache(maxsize=8)
def _of_subject(most: int, of_kind: bool) -> Statement:  # noqa: FBT001 - parts of the cache's key.
    kind = "AND kind = :kind_0" if of_kind else ""
    return _places(
        f"SELECT id, recorded_at FROM entry WHERE subject = :subject {kind} AND {_WITHIN} {_ORDER} {most}",  # noqa: S608
        int(of_kind),
        bindparam("subject", type_=String()),
    )


def _places(sql: str, number: int, *more: Any) -> Statement:
    given: list[Any] = [bindparam(f"kind_{place}", type_=String()) for place in range(number)]
    given += [bindparam(name, type_=UtcInstant()) for name in ("since", "before_at")]
    given += [bindparam("before_id", type_=RowId), *more]
    columns = (column("id", RowId), column("recorded_at", UtcInstant()))
    return Statement(text(sql).bindparams(*given).columns(*columns))


def _of_ids(dialect: str) -> ClauseElement:
    joined = _ENTRY.join(_LEAF, _LEAF.c.entry_id == _ENTRY.c.id, isouter=True)
    joined = joined.join(_PROPOSAL, _PROPOSAL.c.code == _ENTRY.c.subject, isouter=True)
    found: ClauseElement = (
        select(
            *(_ENTRY.c[name] for name in ("id", "kind", "subject", "seq", "recorded_at", "hash", "body")),
            *(_LEAF.c.position, _PROPOSAL.c.title, _PROPOSAL.c.process),
        )
        .select_from(joined)
        .where(among(_ENTRY.c.id, "ids", dialect))
        .order_by(_ENTRY.c.recorded_at.desc(), _ENTRY.c.id.desc())
    )
    return found


def _actors(dialect: str) -> ClauseElement:
    found: ClauseElement = select(_OPENING.c.entry_id, _OPENING.c.value).where(
        among(_OPENING.c.entry_id, "ids", dialect), _OPENING.c.path == bindparam("path", type_=Text())
    )
    return found


_ENTRIES, _ACTORS = Statement(_of_ids), Statement(_actors)


def _lines(transaction: Transaction, ids: Sequence[int]) -> tuple[LogLine, ...]:
    if not ids:
        return ()
    given = {"ids": several(list(ids), transaction.dialect)}
    actors = {row.entry_id: row.value for row in transaction.rows(_ACTORS, {**given, "path": "actor"})}
    return tuple(_line(row, actors.get(row.id)) for row in transaction.rows(_ENTRIES, given))


def _line(row: Any, actor: str | None) -> LogLine:
    known = {name: getattr(row, name) for name in ("id", "kind", "subject", "seq", "recorded_at", "hash", "position")}
    body = orjson.loads(row.body)
    return LogLine(**known, body=body, actor=actor, title=row.title or "", process=row.process or "")


def _place(after: str) -> tuple[datetime, int]:
    moment, _, number = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise NoSuchPage(after) from error
    if at.tzinfo is None or not (number.isascii() and number.isdecimal() and int(number) <= ALL):
        raise NoSuchPage(after)
    return at, int(number)
