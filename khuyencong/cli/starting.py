"""``init``: prepares an installation."""

from typing import Annotated

import typer

from khuyencong.cli.call import OPERATOR, call_of
from khuyencong.errors import WrongUsage
from khuyencong.publishing import publish_shipped
from khuyencong.wiring import Installation, real_now


def init(
    context: typer.Context,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Make a new database a sandbox, for good: its data has no legal force.")
    ] = False,
) -> None:
    """Create or upgrade the database and publish the shipped definitions and notice templates. Repeatable."""
    call = call_of(context)
    say = call.printer
    if call.options.at is not None and not sandbox and call.home.sandbox is None:
        raise WrongUsage("usage.at_outside_sandbox")
    say.aside("init.upgrading")
    start = (call.options.at or real_now()) if sandbox else None
    home = Installation.prepare(call.chosen, clock_start=start)
    say.aside("init.publishing")
    at = call.options.at or home.now()
    published = publish_shipped(home.store, home.house, by=OPERATOR, at=at)
    for kind, key in published.overwritten:
        say.aside("init.changed_text", kind=kind, key=key)
    document = {
        "database": home.store.url,
        "sandbox": home.sandbox is not None,
        "published": [{"kind": kind, "key": key} for kind, key in published.changed],
        "templates": published.templates,
        "same_version_other_text": [{"kind": kind, "key": key} for kind, key in published.overwritten],
    }
    lines = [say.line("init.done", url=home.store.url, n=len(published.changed))]
    lines += [say.line("init.sandbox")] if home.sandbox else []
    say.say(document, lambda: [*lines])
    home.store.close()
