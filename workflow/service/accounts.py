"""Use cases of accounts: signing in, passwords, closing and opening. Every change is an entry of the registers."""

from datetime import datetime

from workflow.accounts import Account, Passwords, password_faults
from workflow.administration import Administration
from workflow.changing import changed
from workflow.entries import instant
from workflow.errors import NotSignedIn, Refused, UnknownUser, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.codes import opened_by
from workflow.service.people import administration_of
from workflow.service.refusals import recording_refusals
from workflow.storage import Store, UnitOfWork


def sign_in(
    store: Store, house: House, *, username: str, password: str, at: datetime, channel: str, code: str = ""
) -> Actor:
    """The person whose account and password these are, and whose second factor gave that code. Raises NotSignedIn.

    For an unknown name, a locked account, a wrong password and a wrong code the answer is the same and takes as long,
    so that it tells no guesser anything. Too many wrong ones lock the account for a while.
    """
    passwords = _passwords(house)
    with store.read() as uow:
        found = uow.account(username)
    fits = passwords.fits(found.password_hash if found else "", password)
    if found is None:
        raise NotSignedIn("denied.bad_password")
    return _signed_in(store, house, found, password, code, fits=fits, at=at, channel=channel)


def _signed_in(
    store: Store, house: House, found: Account, password: str, code: str, *, fits: bool, at: datetime, channel: str
) -> Actor:
    """Judges by the account as it is now: another attempt may have locked it since."""
    with store.write() as uow:
        account = uow.account(found.username) or found
        refusal = _refusal(account, fits=fits and account.password_hash == found.password_hash, at=at)
        if refusal is None:
            after = opened_by(uow, house, account, code, at=at, channel=channel)
            account, refusal = after or account, refusal if after else "denied.bad_password"
        if refusal == "denied.bad_password" and account.state(at) == "active":
            _count(uow, house, account, at=at, channel=channel)
        elif refusal is None:
            _welcome(uow, house, account, password)
        actor = uow.actor(account.username, channel=channel)
    if refusal is not None or actor is None:
        named = {"user": account.username} if refusal == "denied.deactivated" else {}
        raise NotSignedIn(refusal or "denied.bad_password", **named)
    return actor


def _refusal(account: Account, *, fits: bool, at: datetime) -> str | None:
    if not fits or account.state(at) == "locked":
        return "denied.bad_password"
    return "denied.deactivated" if account.state(at) == "deactivated" else None


def _count(uow: UnitOfWork, house: House, account: Account, *, at: datetime, channel: str) -> None:
    """One more wrong password. Only the lock is history: anybody can type a name."""
    failed = account.failed(at)
    if failed.locked_until is None or failed.locked_until == account.locked_until:
        uow.change_account(failed, None)
        return
    by = Actor(person=account.person, name="", channel=channel)
    content = {"username": account.username, "until": instant(failed.locked_until)}
    uow.change_account(failed, signed_entry(uow, house, "account-locked", content, by=by, at=at))


def _welcome(uow: UnitOfWork, house: House, account: Account, password: str) -> None:
    passwords, fresh = _passwords(house), account.opened()
    if passwords.outdated(account.password_hash):
        fresh = changed(fresh, password_hash=passwords.seal(password))
    if fresh != account:
        uow.change_account(fresh, None)


def set_password(
    store: Store, house: House, *, username: str, password: str, by: Actor, at: datetime, old: str = "", code: str = ""
) -> None:
    """Sets a password: one's own, for which the old one is asked where there is one, or by an administrator.

    ``code``: of the second factor, where one's own account has one. A lock ends with it. Raises UnknownUser,
    NotSignedIn for a wrong old password or code, Refused.
    """
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.read() as uow:
        account = account_of(uow, username)
        _permitted(uow, house, account, action="user password", by=by, at=at)
    if faults := tuple(password_faults(password, username)):
        raise Refused("user password", faults)
    if account.person == by.person and account.password_hash:
        sign_in(store, house, username=username, password=old, code=code, at=at, channel=by.channel)
    sealed = _passwords(house).seal(password)
    with store.write() as uow:
        account = account_of(uow, username)
        seat = _permitted(uow, house, account, action="user password", by=by, at=at)
        entry = signed_entry(uow, house, "password-set", {"username": username}, by=by, at=at, seat=seat)
        uow.change_account(changed(account.opened(), password_hash=sealed), entry)


def deactivate(store: Store, house: House, *, username: str, by: Actor, at: datetime) -> None:
    """Closes an account: neither password nor token opens it. What the person did stays, and stays theirs.

    Raises UnknownUser, Refused.
    """
    _switch(store, house, username, active=False, by=by, at=at)


def reactivate(store: Store, house: House, *, username: str, by: Actor, at: datetime) -> None:
    """Opens a closed account again, for the same person. Raises UnknownUser, Refused."""
    _switch(store, house, username, active=True, by=by, at=at)


def _switch(store: Store, house: House, username: str, *, active: bool, by: Actor, at: datetime) -> None:
    action, kind = ("user reactivate", "account-reactivated") if active else ("user deactivate", "account-deactivated")
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = _governed(uow, house, account, action=action, by=by, at=at)
        if account.active == active:
            raise Refused(action, [Unmet("unmet.account_active" if active else "unmet.account_closed")])
        if account.person == by.person:
            raise Refused(action, [Unmet("unmet.own_account")])
        entry = signed_entry(uow, house, kind, {"username": username}, by=by, at=at, seat=seat)
        uow.change_account(changed(account, active=active), entry)


def unlock(store: Store, house: House, *, username: str, by: Actor, at: datetime) -> None:
    """Ends a lock before its time. Raises UnknownUser, Refused."""
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        account = account_of(uow, username)
        seat = _governed(uow, house, account, action="user unlock", by=by, at=at)
        if account.state(at) != "locked":
            raise Refused("user unlock", [Unmet("unmet.not_locked")])
        entry = signed_entry(uow, house, "account-unlocked", {"username": username}, by=by, at=at, seat=seat)
        uow.change_account(account.opened(), entry)


def account_of(uow: UnitOfWork, username: str) -> Account:
    """The account of that name. Raises UnknownUser."""
    found = uow.account(username)
    if found is None:
        raise UnknownUser(username)
    return found


def _permitted(uow: UnitOfWork, house: House, account: Account, *, action: str, by: Actor, at: datetime) -> Seat | None:
    """None for one's own account, else the administrator's seat. Raises Refused."""
    if account.person == by.person:
        return None
    return _governed(uow, house, account, action=action, by=by, at=at)


def _governed(uow: UnitOfWork, house: House, account: Account, *, action: str, by: Actor, at: datetime) -> Seat | None:
    office: Administration = administration_of(uow, house, at)
    if unmet := office.unmet_person(by, uow.seats_of(account.person)):
        raise Refused(action, unmet)
    return office.acting_seat(by)


#: For the use cases of tokens, which ask the same.
permitted = _permitted
#: For single sign-on, where a code can be wrong too.
count_failure = _count


def _passwords(house: House) -> Passwords:
    if house.passwords is None:
        raise NotSignedIn("denied.no_passwords")
    return house.passwords
