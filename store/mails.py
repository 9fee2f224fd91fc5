"""Mails kept byte for byte with their hash: each once, those of a batch together."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any, Protocol

from sqlalchemy import Integer, LargeBinary, bindparam, column, func, select

from store.statements import ROWS, Statement, Transaction, inserting, put
from store.tables import MessageRow, table
from store.together import given

_MESSAGE = table(MessageRow)
_KEPT = Statement(select(_MESSAGE.c.id).where(_MESSAGE.c.id == bindparam("of_id")))
_KEEP = put(_MESSAGE)


class Kept(Protocol):
    """A mail as it is kept."""

    @property
    def id(self) -> str:
        """Its Message-ID."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


def _keep_all(dialect: str) -> Any:
    """Their bytes come as one value, out of which each row cuts its own: in a JSON text they would double."""
    named = [column(one.name, one.type) for one in _MESSAGE.columns if one.name != "bytes"]
    rows = given(ROWS, column("begin", Integer()), column("length", Integer()), *named)
    cut = func.substring(bindparam("contents", type_=LargeBinary()), rows.c.begin, rows.c.length)
    names = ["bytes", *(one.name for one in named)]
    return inserting(_MESSAGE, dialect).from_select(names, select(cut, *(rows.c[one.name] for one in named)))


_KEEP_ALL = Statement(_keep_all)


def is_kept(transaction: Transaction, message_id: str) -> bool:
    """Whether a mail of that Message-ID is kept."""
    return transaction.first(_KEPT, {"of_id": message_id}) is not None


def keep(transaction: Transaction, mails: Iterable[Kept], *, composed_at: datetime) -> None:
    """Keeps mails that are not accepted yet."""
    about = {"composed_at": composed_at, "accepted_at": None, "entry_id": None}
    found = list(mails)
    rows = [about | {"id": one.id, "sha256": sha256(one.content).hexdigest()} for one in found]
    if transaction.dialect == "postgresql" and found:
        _keep_together(transaction, rows, [one.content for one in found])
        return
    transaction.run_many(_KEEP, [row | {"bytes": one.content} for row, one in zip(rows, found, strict=True)])


def _keep_together(transaction: Transaction, rows: Sequence[dict[str, Any]], contents: Sequence[bytes]) -> None:
    begins = accumulate(map(len, contents), initial=1)  # PostgreSQL counts from one.
    for row, begin, content in zip(rows, begins, contents, strict=False):
        row |= {"begin": begin, "length": len(content)}
    transaction.run(_KEEP_ALL, {ROWS: rows, "contents": b"".join(contents)})
