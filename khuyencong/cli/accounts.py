"""``user password``, ``deactivate``, ``reactivate``, ``unlock``: how an account is opened and closed."""

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.secret_words import read_secret
from khuyencong.cli.users import Username, app
from workflow.proposal import Actor
from workflow.service.accounts import deactivate, reactivate, set_password, unlock


@app.command("password")
def password(context: typer.Context, username: Username) -> None:
    """Set a password, typed unseen or as lines of input: first the old one where it is one's own, then the new."""
    call = call_of(context)
    by = call.registrar
    old = read_secret(call, "prompt.old_password") if _asks_for_old(call, by, username) else ""
    new = read_secret(call, "prompt.password")
    set_password(call.home.store, call.home.house, username=username, password=new, old=old, by=by, at=call.now)
    _said(call, "user.password_set", username)


def _asks_for_old(call: Call, by: Actor, username: str) -> bool:
    with call.home.store.read() as uow:
        found = uow.account(username)
    return found is not None and found.person == by.person and bool(found.password_hash)


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
