"""Codes of a second factor: whether one lets its account in, on an open transaction."""

from datetime import datetime

from workflow.accounts import Account
from workflow.errors import NotSignedIn
from workflow.house import House
from workflow.proposal import Actor
from workflow.second_factor import SecondFactors, recovery_number, spent
from workflow.service.chaining import signed_entry
from workflow.storage import UnitOfWork


def opened_by(
    uow: UnitOfWork, house: House, account: Account, code: str, *, at: datetime, channel: str
) -> Account | None:
    """The account after its second factor let somebody in, written; None where the code does not.

    An account without one needs no code. A code for a lost telephone is history: it was good once.
    """
    if not account.factor:
        return account
    factors = factors_of(house)
    after = spent(account, code, at, factors)
    if after is None:
        return None
    entry = None
    if after.spent_codes != account.spent_codes:
        by = Actor(person=account.person, name="", channel=channel)
        content = {"username": account.username, "number": recovery_number(account, code, factors)}
        entry = signed_entry(uow, house, "recovery-code-used", content, by=by, at=at)
    uow.change_account(after, entry)
    return after


def factors_of(house: House) -> SecondFactors:
    """What this installation makes of second factors. Raises NotSignedIn where it has no key for them."""
    if house.second_factors is None:
        raise NotSignedIn("denied.no_second_factors")
    return house.second_factors
