"""A proposal as a line of a list: its columns with the name of the officer in charge."""

from typing import Any

from sqlalchemy import Select, SelectBase, select

from store.lists import ProposalLine
from store.narrowing import PROPOSAL, in_order
from store.tables import NO_DUE, PersonRow, table

_PERSON = table(PersonRow)
_SHOWN = (
    *("code", "title", "programme", "process", "state", "milestone", "revision", "implementer", "province"),
    *("holder", "officer", "open", "waiting", "due", "plan_year", "activity", "created_at", "last_at"),
)


def shown(keys: SelectBase, order: str) -> Select[Any]:
    """The lines of the keys, each an ``id`` with the ``at`` that it is sorted by."""
    page = keys.subquery("page")
    rows = page.join(PROPOSAL, PROPOSAL.c.id == page.c.id)
    rows = rows.join(_PERSON, _PERSON.c.id == PROPOSAL.c.officer, isouter=True)
    columns = (PROPOSAL.c[name] for name in ("id", *_SHOWN))
    lines = select(*columns, _PERSON.c.name.label("officer_name"), page.c.at).select_from(rows)
    return lines.order_by(*in_order(page.c, order))


def line_of(row: Any) -> ProposalLine:
    """The line of a row that ``shown`` gave."""
    values = {name: getattr(row, name) for name in (*_SHOWN, "officer_name")}
    return ProposalLine(**values | {"due": None if row.due == NO_DUE else row.due})
