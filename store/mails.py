"""Mails kept byte for byte with their hash: each once, those of a batch together."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from sqlalchemy import bindparam, select

from store.cutting import gathered, put_cutting
from store.statements import Statement, Transaction, put
from store.tables import MessageRow, table

_MESSAGE = table(MessageRow)
_KEPT = Statement(select(_MESSAGE.c.id).where(_MESSAGE.c.id == bindparam("of_id")))
_KEEP = put(_MESSAGE)
_KEEP_ALL = Statement(put_cutting(_MESSAGE, "bytes"))


class Kept(Protocol):
    """A mail as it is kept."""

    @property
    def id(self) -> str:
        """Its Message-ID."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


def is_kept(transaction: Transaction, message_id: str) -> bool:
    """Whether a mail of that Message-ID is kept."""
    return transaction.first(_KEPT, {"of_id": message_id}) is not None


def keep(transaction: Transaction, mails: Iterable[Kept], *, composed_at: datetime) -> None:
    """Keeps mails that are not accepted yet."""
    about = {"composed_at": composed_at, "accepted_at": None, "entry_id": None}
    found = list(mails)
    rows = [about | {"id": one.id, "sha256": sha256(one.content).hexdigest()} for one in found]
    if transaction.dialect == "postgresql" and found:
        transaction.run(_KEEP_ALL, gathered(rows, [one.content for one in found]))
        return
    transaction.run_many(_KEEP, [row | {"bytes": one.content} for row, one in zip(rows, found, strict=True)])
