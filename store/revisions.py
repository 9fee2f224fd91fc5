"""Which revision of the tables this software needs, and which one a database has."""

from sqlalchemy import String, column, select, table

from store.errors import SchemaOutdated
from store.statements import Statement, Transaction

#: The newest migration; a test holds it equal to the last file of ``store/migrations/versions``.
HEAD = "0015_single_sign_on"

_FOUND = Statement(select(column("version_num", String)).select_from(table("alembic_version")))


def revision_of(transaction: Transaction) -> str:
    """The revision of a database's tables; empty where it has none."""
    try:
        row = transaction.first(_FOUND)
    except SchemaOutdated:
        return ""
    return str(row.version_num) if row else ""
