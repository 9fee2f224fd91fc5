"""Use cases of the second factor: a person turns it on, and off again; an administrator ends one that was lost."""

from datetime import datetime

from workflow.changing import changed
from workflow.errors import Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor
from workflow.second_factor import spent
from workflow.service.accounts import account_of, permitted
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.codes import factors_of
from workflow.service.refusals import recording_refusals
from workflow.storage import Store

_SET, _END = "user second-factor", "user second-factor-end"


def set_second_factor(
    store: Store, house: House, *, username: str, factor: str, code: str, by: Actor, at: datetime
) -> tuple[str, ...]:
    """Turns the second factor of one's own account on, if ``code`` shows that its secret arrived.

    ``factor`` is the random name from which the secret shown was made. The answer is the codes for a lost telephone,
    told this once. Raises UnknownUser, Refused, NotSignedIn where this installation has no second factors.
    """
    factors = factors_of(house)
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        wanted = changed(account, factor=factor, factor_step=0, spent_codes=0)
        step = factors.step(factor, code, at)
        unmet = [Unmet("unmet.factor_own")] if account.person != by.person else []
        unmet += [Unmet("unmet.factor_on")] if account.factor else []
        unmet += [Unmet("unmet.factor_code")] if step is None else []
        if unmet or step is None:
            raise Refused(_SET, unmet)
        entry = signed_entry(uow, house, "second-factor-set", {"username": username, "factor": factor}, by=by, at=at)
        uow.change_account(changed(wanted, factor_step=step), entry)
    return factors.recovery_codes(factor)


def end_second_factor(store: Store, house: House, *, username: str, code: str, by: Actor, at: datetime) -> None:
    """Turns it off: one's own with a code, or by an administrator for somebody who lost theirs.

    Raises UnknownUser, Refused, NotSignedIn where this installation has no second factors.
    """
    factors = factors_of(house)
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action=_END, by=by, at=at)
        if not account.factor:
            raise Refused(_END, [Unmet("unmet.factor_off")])
        if account.person == by.person and spent(account, code, at, factors) is None:
            raise Refused(_END, [Unmet("unmet.factor_code")])
        entry = signed_entry(uow, house, "second-factor-ended", {"username": username}, by=by, at=at, seat=seat)
        uow.change_account(changed(account, factor="", factor_step=0, spent_codes=0), entry)
