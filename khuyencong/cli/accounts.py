"""``user password``, ``deactivate``, ``reactivate``, ``unlock``: how an account is opened and closed."""

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.secret_words import read_secret
from khuyencong.cli.users import Username, app
from workflow.accounts import Account
from workflow.proposal import Actor
from workflow.service.accounts import deactivate, reactivate, set_password, unlock


@app.command("password")
def password(context: typer.Context, username: Username) -> None:
    """Set a password, typed unseen or as lines of input: first the old one where it is one's own, then the new."""
    call = call_of(context)
    by = call.registrar
    own = own_account(call, by, username)
    old = read_secret(call, "prompt.old_password") if own and own.password_hash else ""
    code = read_secret(call, "prompt.code") if own and own.factor else ""
    new = read_secret(call, "prompt.password")
    store, house = call.home.store, call.home.house
    set_password(store, house, username=username, password=new, old=old, code=code, by=by, at=call.now)
    _said(call, "user.password_set", username)


def own_account(call: Call, by: Actor, username: str) -> Account | None:
    """The account of that name if it is of whoever acts."""
    with call.home.store.read() as uow:
        found = uow.account(username)
    return found if found is not None and found.person == by.person else None


@app.command("deactivate")
def close(context: typer.Context, username: Username) -> None:
    """Close an account: neither password nor token opens it. What the person did stays."""
    call = call_of(context)
    deactivate(call.home.store, call.home.house, username=username, by=call.registrar, at=call.now)
    _said(call, "user.deactivated", username)


@app.command("reactivate")
def reopen(context: typer.Context, username: Username) -> None:
    """Open a closed account again, for the same person."""
    call = call_of(context)
    reactivate(call.home.store, call.home.house, username=username, by=call.registrar, at=call.now)
    _said(call, "user.reactivated", username)


@app.command("unlock")
def release(context: typer.Context, username: Username) -> None:
    """End the lock that too many wrong passwords brought."""
    call = call_of(context)
    unlock(call.home.store, call.home.house, username=username, by=call.registrar, at=call.now)
    _said(call, "user.unlocked", username)


def _said(call: Call, code: str, username: str) -> None:
    call.printer.say({"username": username}, lambda: [call.printer.line(code, username=username)])
