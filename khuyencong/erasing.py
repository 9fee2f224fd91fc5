"""Erases what is kept of a person: one transaction with the entry that says so."""

from datetime import datetime

from khuyencong.wiring import Installation
from store.erasing import Personal, erase, personal_of
from store.pinned import Pinned
from store.unit_of_work import SqlUnitOfWork
from workflow.proposal import Actor
from workflow.service.accounts import account_of
from workflow.service.chaining import REGISTERS
from workflow.service.erasing import erasing_entry, may_erase
from workflow.service.refusals import recording_refusals


def erase_person(home: Installation, username: str, *, reason: str, decision: str, by: Actor, at: datetime) -> Personal:
    """Erases the personal values of the person behind an account; what it was. Raises UnknownUser, Refused."""
    refusals = recording_refusals(home.store, home.house, REGISTERS, by=by, at=at)
    with refusals, home.store.transaction(writes=True) as transaction:
        uow = SqlUnitOfWork(transaction, Pinned(), writes=True)
        may_erase(uow, home.house, by=by, at=at)
        found = personal_of(transaction, account_of(uow, username).person)
        entry = erasing_entry(
            uow,
            home.house,
            person=found.person,
            active=found.active,
            openings=found.openings,
            mails=found.mails,
            reason=reason,
            decision=decision,
            by=by,
            at=at,
        )
        erase(transaction, entry, found, at=at)
        return found
