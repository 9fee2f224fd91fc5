"""Use cases of single sign-on: a person links their account, comes in by the link, and ends it; or an administrator.

A provider's name for a person never comes here: ``identity`` is a hash of it and of the provider, made with a key that
lies outside the database.
"""

from datetime import datetime

from workflow.accounts import Account
from workflow.changing import changed
from workflow.errors import NotSignedIn, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.accounts import account_of, count_failure, permitted, sign_in
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.codes import opened_by
from workflow.service.refusals import recording_refusals
from workflow.storage import Store, UnitOfWork

_LINK, _END = "user sso-link", "user sso-end"


def link_single_sign_on(
    store: Store,
    house: House,
    *,
    username: str,
    identity: str,
    by: Actor,
    at: datetime,
    password: str = "",
    code: str = "",
) -> None:
    """Links one's own account; whoever the provider knows so is let in from now on, instead of an earlier one.

    Where the account has a password it is asked for, with the code of a second factor: a browser that was left open
    links nothing. Raises UnknownUser, NotSignedIn, Refused.
    """
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.read() as uow:
        account = account_of(uow, username)
        _may_link(uow, account, identity, by=by)
    if account.password_hash:
        sign_in(store, house, username=username, password=password, code=code, at=at, channel=by.channel)
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        uow.tail(REGISTERS)  # From here on nobody else links the same, on any database.
        account = account_of(uow, username)
        _may_link(uow, account, identity, by=by)
        private = {"single_sign_on": identity}
        entry = signed_entry(uow, house, "sso-linked", {"username": username}, by=by, at=at, private=private)
        uow.change_account(changed(account, single_sign_on=identity), entry)


def _may_link(uow: UnitOfWork, account: Account, identity: str, *, by: Actor) -> None:
    known = uow.username_linked(identity)
    unmet = [Unmet("unmet.sso_own")] if account.person != by.person else []
    unmet += [Unmet("unmet.sso_linked")] if known == account.username else []
    unmet += [Unmet("unmet.sso_taken")] if known not in (None, account.username) else []
    if unmet:
        raise Refused(_LINK, unmet)


def end_single_sign_on(store: Store, house: House, *, username: str, by: Actor, at: datetime) -> None:
    """Ends the link of one's own account, or as an administrator of another's. Raises UnknownUser, Refused."""
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action=_END, by=by, at=at)
        if account.single_sign_on is None:
            raise Refused(_END, [Unmet("unmet.sso_unlinked")])
        entry = signed_entry(uow, house, "sso-ended", {"username": username}, by=by, at=at, seat=seat)
        uow.change_account(changed(account, single_sign_on=None), entry)


def enter_single_sign_on(
    store: Store, house: House, *, identity: str, at: datetime, channel: str, code: str = ""
) -> str:
    """The name of the account that is linked so; with a second factor its code is asked for here too.

    A lock after wrong passwords does not stand in the way, because nobody guesses a provider's signature; where a code
    is asked for, it does. Raises NotSignedIn with ``denied.sso_unlinked``, ``denied.deactivated``, ``denied.sso_code``
    (none was given yet) or ``denied.sso_bad_code``.
    """
    with store.write() as uow:
        username = uow.username_linked(identity)
        account = uow.account(username) if username is not None else None
        if account is None or account.single_sign_on != identity:
            raise NotSignedIn("denied.sso_unlinked")
        if not account.active:
            raise NotSignedIn("denied.deactivated", user=account.username)
        refusal = _second_step(uow, house, account, code, at=at, channel=channel)
    if refusal is not None:
        raise NotSignedIn(refusal)
    return account.username


def _second_step(
    uow: UnitOfWork, house: House, account: Account, code: str, *, at: datetime, channel: str
) -> str | None:
    """Why the code does not let them in, or None. A wrong one counts as a wrong password does."""
    if not account.factor:
        return None
    if not code:
        return "denied.sso_code"
    if account.state(at) == "locked":
        return "denied.sso_bad_code"
    if opened_by(uow, house, account, code, at=at, channel=channel) is None:
        count_failure(uow, house, account, at=at, channel=channel)
        return "denied.sso_bad_code"
    return None
