"""``serve``: the web application."""

from typing import Annotated, cast

import typer

from khuyencong.cli.call import call_of, warn_owner
from khuyencong.logs import Log, Mode
from khuyencong.openid.wiring import single_sign_on_of
from khuyencong.serving import open_socket, serve


def serve_pages(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="The address to answer at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to answer at.")] = 8000,
    scheduler: Annotated[
        bool | None,
        typer.Option(
            "--scheduler/--no-scheduler",
            help="Run the scheduler in this process; default: on SQLite.",
        ),
    ] = None,
) -> None:
    """Serve the pages and `/api/v1` until it is told to stop (Ctrl-C, SIGTERM)."""
    call = call_of(context)
    home = call.home
    single_sign_on_of(home)  # What is wrong with it is told before it is said that pages are served.
    listening = open_socket(host, port)
    warn_owner(call)
    call.printer.aside("serve.started", url=f"http://{host}:{port}")
    log = Log(mode=cast("Mode", call.settings.log or "off"))
    wanted = home.store.dialect == "sqlite" if scheduler is None else scheduler
    serve(home, listening, log=log, with_scheduler=wanted)
