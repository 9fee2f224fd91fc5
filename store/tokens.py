"""Bearer tokens of accounts, kept as hashes only."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, or_, select

from store.statements import Statement, Transaction, put
from store.tables import AccountRow, TokenRow, table

_TOKEN, _ACCOUNT = table(TokenRow), table(AccountRow)
_ADD = put(_TOKEN)
_KNOWN = Statement(
    select(_ACCOUNT.c.username).where(_ACCOUNT.c.username == bindparam("of_username"), _ACCOUNT.c.active)
)
_HOLDER = Statement(
    select(_TOKEN.c.username)
    .join(_ACCOUNT, _ACCOUNT.c.username == _TOKEN.c.username)
    .where(
        _TOKEN.c.sha256 == bindparam("of_sha256"),
        _TOKEN.c.revoked_at.is_(None),
        or_(_TOKEN.c.expires_at.is_(None), _TOKEN.c.expires_at > bindparam("at")),
        _ACCOUNT.c.active,
    )
)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def add_token(transaction: Transaction, username: str, token: str, *, label: str, at: datetime) -> bool:
    """Keeps the hash of a new token of an active account; False where there is no such account."""
    if transaction.first(_KNOWN, {"of_username": username}) is None:
        return False
    row = {"sha256": hash_of(token), "username": username, "label": label, "created_at": at}
    transaction.run(_ADD, row | {"expires_at": None, "revoked_at": None, "prefix": "", "last_used_on": None})
    return True


def holder_of(transaction: Transaction, token: str, *, at: datetime) -> str | None:
    """The username whose token this is, or None for one that is unknown, expired, revoked or of a closed account."""
    row: Any = transaction.first(_HOLDER, {"of_sha256": hash_of(token), "at": at})
    return str(row.username) if row else None
