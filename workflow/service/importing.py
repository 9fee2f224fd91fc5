"""Use case of a list that comes in: every row is decided like an act of its own, all of them in one transaction.

Drafts are registered as by hand. A proposal that runs already comes in with one opening entry. A row that is known
changes nothing where it says the same, edits a draft, and is only told where a running proposal stands otherwise.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal

import orjson

from definitions.errors import KhuyencongError
from workflow.changing import changed
from workflow.errors import Refused, UnknownProposal, Unmet
from workflow.house import House
from workflow.incoming import STATUSES, Imported, Incoming, Outcome, Paper, Status
from workflow.proposal import Actor, Document
from workflow.service.contracts import Contracts
from workflow.service.drafting import track_of
from workflow.service.row_deciding import ROWS, Decided, Into, Listed, refused
from workflow.service.row_known import decide_known
from workflow.service.row_new import decide_new
from workflow.storage import Store, UnitOfWork


class _KeptOut(KhuyencongError):
    """A row was refused, so nothing of the list stays."""


def import_rows(
    store: Store,
    house: House,
    rows: Iterable[Incoming],
    *,
    into: Into,
    by: Actor,
    at: datetime,
    mode: Literal["try", "all", "each"],
    keep: Callable[[Paper], Document],
    told: Callable[[Outcome], None],
) -> Imported:
    """Brings the rows in and tells the outcome of each in its turn; rows are read one at a time.

    ``try`` writes nothing; ``all`` writes every row in one transaction, or none where one is refused; ``each`` writes
    the rows that are not refused, each in its own. Raises UnknownDefinition; Refused (KeyReused) or CodeTaken where
    another import of the same rows came first.
    """
    counts = Counter[Status](dict.fromkeys(STATUSES, 0))

    def tell(outcome: Outcome) -> None:
        counts[outcome.status] += 1
        told(outcome)

    with store.read() as uow:
        situation = track_of(uow, into.programme, into.process)
        listed = Listed(house=house, into=into, by=changed(by, channel="import"), at=at, situation=situation, keep=keep)
        if mode == "try":
            for row in rows:
                tell(_decide(uow, listed, row).outcome)
            return Imported(counts=counts, written=False)
    if mode == "each":
        for row in rows:
            tell(_alone(store, listed, row))
        return Imported(counts=counts, written=True)
    return Imported(counts=counts, written=_together(store, listed, rows, tell))


def _together(store: Store, listed: Listed, rows: Iterable[Incoming], tell: Callable[[Outcome], None]) -> bool:
    """Writes all rows or none; after the first that is refused the others are only decided, so that each is told."""
    kept_out, listed.contracts = False, Contracts()
    try:
        with store.write() as uow:
            for row in rows:
                decided = _decide(uow, listed, row)
                kept_out = kept_out or decided.outcome.status == "refused"
                tell(decided.outcome if kept_out else _written(uow, decided))
            if kept_out:
                raise _KeptOut  # noqa: TRY301 - it is what rolls the transaction back.
    except _KeptOut:
        return False
    return True


def _alone(store: Store, listed: Listed, row: Incoming) -> Outcome:
    try:
        with store.write() as uow:
            return _written(uow, _decide(uow, listed, row))
    except Refused as error:
        return refused(row, error.unmet)


def _written(uow: UnitOfWork, decided: Decided) -> Outcome:
    if decided.write is None:
        return decided.outcome
    return changed(decided.outcome, code=decided.write(uow))


def _decide(uow: UnitOfWork, listed: Listed, row: Incoming) -> Decided:
    if row.skipped is not None:
        return Decided(Outcome(number=row.number, status="skipped", title=row.title, remarks=(row.skipped,)))
    faults = [*row.faults, *_twice(listed, row), *_elsewhere(listed, row)]
    if faults:
        return Decided(refused(row, faults))
    code = row.code or _code_of(uow, row)
    try:
        return decide_known(uow, listed, row, uow.proposal(code)) if code else decide_new(uow, listed, row)
    except UnknownProposal:
        return decide_new(uow, listed, row)


def _twice(listed: Listed, row: Incoming) -> Iterator[Unmet]:
    first = listed.seen.setdefault(row.key, row.number)
    if first != row.number:
        yield Unmet("unmet.row_twice", {"row": first, "title": row.code or row.title})


def _elsewhere(listed: Listed, row: Incoming) -> Iterator[Unmet]:
    if row.programme and row.programme != listed.into.programme:
        yield Unmet("unmet.row_of_other_programme", {"other": row.programme, "programme": listed.into.programme})


def _code_of(uow: UnitOfWork, row: Incoming) -> str:
    """The code that an earlier import gave this row; empty where there was none."""
    found = uow.answer(ROWS, row.key)
    return str(orjson.loads(found.answer)["code"]) if found else ""
