"""The ``khuyencong`` command: one small module for each group."""

from typing import Annotated

import typer

from khuyencong.cli import (
    accounts,
    acting,
    asking_history,
    auditing,
    batching,
    bouncing,
    bundling,
    calendars,
    deadlines,
    definitions,
    demonstrating,
    examining,
    exporting,
    hooking,
    importing,
    looking_back,
    papers,
    proposals,
    registers,
    reminding,
    saving,
    scheduling,
    seating,
    second_factors,
    serving,
    signing,
    single_sign_on,
    starting,
    taking_history,
    telling,
    tokens,
    users,
    wishing,
)
from khuyencong.cli.call import call_of
from khuyencong.cli.options import Options, read_instant
from language.catalogue import LANGUAGES
from language.errors import UnknownLanguage

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Carry khuyến công proposals from draft to evaluation.",
)


@app.callback()
def global_options(
    context: typer.Context,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="The database; default: KHUYENCONG_DATABASE_URL.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document and nothing else.")] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="INSTANT", help="On a sandbox: run as if it were this instant.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Language of sentences: vi or en.")] = None,
    user: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="On a sandbox: who acts, without a token.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", envvar="KHUYENCONG_TOKEN", help="The token of who acts.", show_envvar=False)
    ] = None,
) -> None:
    """Carry khuyến công proposals from draft to evaluation.

    Exit status: 0 done, 1 refused or a check failed, 2 wrong usage, 3 a part that could not be reached.
    These options may stand before or after the command. Settings: KHUYENCONG_DATABASE_URL and others.
    """
    if lang is not None and lang not in LANGUAGES:
        raise UnknownLanguage(lang, LANGUAGES)
    call_of(context).options = Options(
        database=database,
        as_json=as_json,
        at=read_instant(at) if at is not None else None,
        user=user,
        token=token,
    )


app.add_typer(definitions.app, name="definitions")
app.add_typer(proposals.app, name="proposal")
app.add_typer(papers.app, name="paper")
app.add_typer(deadlines.app, name="deadline")
app.add_typer(calendars.app, name="calendar")
app.add_typer(scheduling.app, name="scheduler")
app.add_typer(reminding.app, name="reminder")
app.add_typer(telling.app, name="notice")
app.add_typer(hooking.app, name="webhook")
app.add_typer(auditing.app, name="audit")
app.add_typer(users.app, name="user")
app.add_typer(registers.agencies, name="agency")
app.add_typer(registers.appointments, name="appointment")
app.add_typer(registers.guidance, name="guidance")
app.command("init")(starting.init)
app.command("backup")(saving.backup)
app.command("restore")(saving.restore)
app.command("doctor")(examining.doctor)
app.command("demo")(demonstrating.demo)
app.command("serve")(serving.serve_pages)

#: Modules that add commands to a group of another.
__all__ = [
    "accounts",
    "acting",
    "app",
    "asking_history",
    "batching",
    "bouncing",
    "bundling",
    "exporting",
    "importing",
    "looking_back",
    "seating",
    "second_factors",
    "signing",
    "single_sign_on",
    "taking_history",
    "tokens",
    "wishing",
]
