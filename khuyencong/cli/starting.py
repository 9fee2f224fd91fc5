"""``init``: prepares an installation."""

from datetime import datetime
from typing import Annotated

import typer

from khuyencong.cli.call import call_of
from khuyencong.cli.secret_words import FIRST, new_secret, read_secret
from khuyencong.os_user import os_user
from khuyencong.publishing import Published, publish_shipped
from khuyencong.sealing import make_log_key
from khuyencong.wiring import Installation, is_sandbox, log_key_file, real_now
from shapes.errors import WrongUsage
from workflow.administration import operator
from workflow.service.installing import first_seat, install_administrator
from workflow.service.people import Newcomer


def init(
    context: typer.Context,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Make a new database a sandbox, for good: its data has no legal force.")
    ] = False,
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="USERNAME", help="Make the first administrator, with a token.")
    ] = None,
    agency: Annotated[
        str, typer.Option("--agency", help="The administrator's agency: the installation's own from then on.")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="The administrator's name.")] = "",
    address: Annotated[str, typer.Option("--address", "--email", help="Where notices to them go.")] = "",
    identity: Annotated[
        str | None, typer.Option("--identity", help="Their identity number (12 digits); - reads it from input.")
    ] = None,
    runtime_role: Annotated[
        str | None,
        typer.Option("--runtime-role", metavar="NAME", help="PostgreSQL: an existing role to run as; gets its rights."),
    ] = None,
) -> None:
    """Create or upgrade the database and publish the shipped definitions and notice templates. Repeatable."""
    call = call_of(context)
    say = call.printer
    if call.options.at is not None and not sandbox and not is_sandbox(call.chosen):
        raise WrongUsage("usage.at_outside_sandbox")
    say.aside("init.upgrading")
    start = (call.options.at or real_now()) if sandbox else None
    call.close()
    home = call.home = Installation.prepare(call.chosen, clock_start=start)
    say.aside("init.publishing")
    at = call.options.at or home.now()
    made_key = make_log_key(home, at=at)
    published = publish_shipped(home.store, home.house, by=operator(os_user=os_user()), at=at)
    for kind, key in published.overwritten:
        say.aside("init.changed_text", kind=kind, key=key)
    for kind, key in published.kept:
        say.aside("init.kept_text", kind=kind, key=key)
    document = _document(home, published)
    lines = [say.line("init.done", url=home.store.url, n=len(published.changed))]
    document |= {"log_key": str(log_key_file(home.settings))} if made_key else {}
    lines += [say.line("init.log_key", file=str(log_key_file(home.settings)))] if made_key else []
    lines += [say.line("init.sandbox")] if home.sandbox else []
    if runtime_role is not None:
        home.grant(runtime_role)
        document |= {"runtime_role": runtime_role}
        lines += [say.line("init.runtime_role", role=runtime_role)]
    if admin is not None:
        newcomer = Newcomer(
            username=admin,
            name=name or admin,
            address=address,
            seats=first_seat(agency, at),
            identity=read_secret(call, "prompt.identity", identity) if identity is not None else None,
        )
        made = _administrator(home, newcomer, at=at)
        document |= {"administrator": admin, "token": made}
        lines += [say.line("init.administrator", username=admin), say.line("user.token_made", token=made)]
    say.say(document, lambda: [*lines])


def _document(home: Installation, published: Published) -> dict[str, object]:
    return {
        "database": home.store.url,
        "sandbox": home.sandbox is not None,
        "published": [{"kind": kind, "key": key} for kind, key in published.changed],
        "templates": published.templates,
        "kept": [{"kind": kind, "key": key} for kind, key in published.kept],
        "same_version_other_text": [{"kind": kind, "key": key} for kind, key in published.overwritten],
    }


def _administrator(home: Installation, newcomer: Newcomer, *, at: datetime) -> str:
    made = new_secret()
    by = operator(os_user=os_user())
    install_administrator(home.store, home.house, newcomer, secret=made, expires_at=at + FIRST, by=by, at=at)
    return made
