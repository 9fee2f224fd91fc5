"""Numbers of papers on an open transaction: the row of each, drawn and written with the entry that gives it."""

from typing import Any

from sqlalchemy import bindparam, select, update

from store.statements import Statement, Transaction, put
from store.tables import PaperNumberRow, ProposalRow, table
from workflow.paper_numbers import PaperNumber, Series

_NUMBER, _PROPOSAL = table(PaperNumberRow), table(ProposalRow)
_KEY = ("agency", "kind", "year", "number")
_ADD = put(_NUMBER)
_CANCEL = Statement(
    update(_NUMBER)
    .where(*(_NUMBER.c[name] == bindparam(f"of_{name}") for name in _KEY), _NUMBER.c.cancelled_by.is_(None))
    .values(cancelled_by=bindparam("by_entry"))
)
_OF_YEAR = Statement(
    select(*(column for column in _NUMBER.c), _PROPOSAL.c.code)
    .join(_PROPOSAL, _PROPOSAL.c.id == _NUMBER.c.proposal_id, isouter=True)
    .where(_NUMBER.c.agency == bindparam("of_agency"), _NUMBER.c.year == bindparam("of_year"))
    .order_by(_NUMBER.c.kind, _NUMBER.c.number)
)
_PROPOSAL_ID = Statement(select(_PROPOSAL.c.id).where(_PROPOSAL.c.code == bindparam("of_code")))


def add(transaction: Transaction, given: PaperNumber, entry_id: int) -> None:
    """Writes a number that the entry in that row gives."""
    about: Any = transaction.first(_PROPOSAL_ID, {"of_code": given.code}) if given.code else None
    place = {"agency": given.series.agency, "kind": given.series.kind, "year": given.series.year}
    said = {"number": given.number, "text": given.text, "issued_on": given.issued_on, "person": given.person}
    kept = {"entry_id": entry_id, "proposal_id": about.id if about else None, "cancelled_by": None}
    transaction.run(_ADD, place | said | kept)


def cancel(transaction: Transaction, given: PaperNumber, entry_id: int) -> None:
    """Marks a number's paper as cancelled by the entry in that row."""
    key = {"agency": given.series.agency, "kind": given.series.kind, "year": given.series.year}
    values = {f"of_{name}": value for name, value in {**key, "number": given.number}.items()}
    transaction.run(_CANCEL, values | {"by_entry": entry_id})


def numbers(transaction: Transaction, agency: str, year: int) -> tuple[PaperNumber, ...]:
    """The numbers that an agency gave in a year, by kind and number."""
    return tuple(map(_read, transaction.rows(_OF_YEAR, {"of_agency": agency, "of_year": year})))


def _read(row: Any) -> PaperNumber:
    return PaperNumber(
        series=Series(agency=row.agency, kind=row.kind, year=row.year),
        number=row.number,
        text=row.text,
        issued_on=row.issued_on,
        person=row.person,
        code=row.code,
        cancelled=row.cancelled_by is not None,
    )
