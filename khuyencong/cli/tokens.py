"""``user token``, ``user tokens``, ``user token-revoke``: bearer tokens for the command and for programs."""

from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.secret_words import new_secret, read_expiry, read_secret
from khuyencong.cli.users import Username, app
from khuyencong.os_user import os_user
from workflow.accounts import Token
from workflow.proposal import Actor
from workflow.service.accounts import sign_in
from workflow.service.tokens import make_token, revoke_token, tokens_of


@app.command("token")
def token(
    context: typer.Context,
    username: Username,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="Its last day; default: a year from now.")
    ] = None,
    with_password: Annotated[
        bool, typer.Option("--password", help="Sign in with the account's password, typed unseen or from input.")
    ] = False,
) -> None:
    """Make a bearer token for an account and print it, once: only its hash is kept."""
    call = call_of(context)
    by = _with_password(call, username) if with_password else call.registrar
    secret, until = new_secret(), read_expiry(expires, call.now)
    made = make_token(
        call.home.store,
        call.home.house,
        username=username,
        secret=secret,
        label=label,
        expires_at=until,
        by=by,
        at=call.now,
    )
    call.printer.say(_plain(made) | {"token": secret}, lambda: [secret])
    call.printer.aside("user.token_once")


@app.command("feed")
def feed(
    context: typer.Context,
    username: Username,
    of: Annotated[
        str,
        typer.Option("--of", metavar="AGENCY or ROLE@AGENCY", help="Whose deadlines; default: the person's own."),
    ] = "",
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="Its last day; default: a year from now.")
    ] = None,
) -> None:
    """Make the address of a calendar of deadlines, for calendar programs, and print it, once.

    It can only read that calendar, as long as its person sits there. `user token-revoke` closes it.
    """
    call = call_of(context)
    secret, until = new_secret(), read_expiry(expires, call.now)
    made = make_token(
        call.home.store,
        call.home.house,
        username=username,
        secret=secret,
        label=label,
        expires_at=until,
        by=call.registrar,
        at=call.now,
        feed=of,
    )
    address = f"{call.settings.base_url}/api/v1/calendar.ics?token={secret}"
    call.printer.say(_plain(made) | {"address": address}, lambda: [address])
    call.printer.aside("user.feed_once")


def _with_password(call: Call, username: str) -> Actor:
    store, house = call.home.store, call.home.house
    typed = read_secret(call, "prompt.password")
    with store.read() as uow:
        known = uow.account(username)
    code = read_secret(call, "prompt.code") if known and known.factor else ""
    found = sign_in(store, house, username=username, password=typed, code=code, at=call.now, channel="cli")
    return Actor(person=found.person, name=found.name, seats=found.seats, channel="cli", os_user=os_user())


@app.command("tokens")
def find(context: typer.Context, username: Username) -> None:
    """List the tokens of an account by their first letters, with the last day on which each was used."""
    call = call_of(context)
    found = tokens_of(call.home.store, call.home.house, username=username, by=call.registrar, at=call.now)
    rows = [_plain(one) for one in found]
    columns = ("prefix", "label", "feed", "created_at", "expires_at", "revoked_at", "last_used_on")
    shown = [row | {"feed": _whose(call, row["feed"])} for row in rows]
    table = [tuple(row[column] for column in columns) for row in shown]
    call.printer.say({"tokens": rows}, lambda: [call.printer.table(columns, table)])


@app.command("token-revoke")
def revoke(
    context: typer.Context,
    username: Username,
    prefix: Annotated[str, typer.Argument(help="Its first letters, as `user tokens` shows them.", show_default=False)],
) -> None:
    """Close a token for good."""
    call = call_of(context)
    by = call.registrar
    gone = revoke_token(call.home.store, call.home.house, username=username, prefix=prefix, by=by, at=call.now)
    call.printer.say(
        _plain(gone), lambda: [call.printer.line("user.token_revoked", username=username, prefix=gone.prefix)]
    )


def _whose(call: Call, feed: str | None) -> str:
    """Which calendar a token reads, in words; nothing for one that opens everything."""
    return "" if feed is None else feed or call.printer.word("user.feed_own")


def _plain(one: Token) -> dict[str, Any]:
    return {
        "username": one.username,
        "prefix": one.prefix,
        "label": one.label,
        "feed": one.feed,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
        "last_used_on": one.last_used_on.isoformat() if one.last_used_on else None,
    }
