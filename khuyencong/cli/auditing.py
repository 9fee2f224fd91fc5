"""``audit verify``: whether history is whole, and whether it still leads to what is stored."""

from dataclasses import asdict
from typing import Any

import typer

from khuyencong.cli.call import call_of, warn_owner
from khuyencong.cli.finding_words import finding_words
from khuyencong.errors import CheckFailed

app = typer.Typer(no_args_is_help=True, help="Prove that history was not tampered with.")


@app.callback()
def audit() -> None:
    """Prove that history was not tampered with."""


@app.command("verify")
def verify(context: typer.Context) -> None:
    """Check every chain of history, and that replaying it gives what is stored: states, papers, deadlines, holders."""
    call = call_of(context)
    warn_owner(call)
    found = call.home.verify()
    if found.findings:
        broken = tuple(finding_words(one, call.printer.lang) for one in found.findings)
        raise CheckFailed("audit.broken", broken, n=len(broken), entries=found.entries)
    if found.covers_nothing:
        raise CheckFailed("audit.nothing")
    document: dict[str, Any] = {"ok": found.holds, **asdict(found), "checked_at": call.now.isoformat()}
    line = call.printer.line("audit.whole", entries=found.entries, chains=found.chains, at=call.now)
    counts = ("proposals", "attachments", "deadlines", "untold", "documents")
    compared = call.printer.line("audit.compared", **{name: getattr(found, name) for name in counts})
    call.printer.say(document, lambda: [line, compared, call.printer.line("audit.limits")])
