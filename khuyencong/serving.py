"""The web application in this process, and beside it the scheduler where the database is a file."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import uvicorn

from khuyencong.backstage import Behind
from khuyencong.logs import Log
from khuyencong.openid.wiring import single_sign_on_of
from khuyencong.ticking import make_scheduler
from khuyencong.wiring import Installation
from shapes.errors import Unreachable
from web.app import create_app
from web.home import Choices
from workflow.changing import changed


def choices_of(home: Installation, log: Log) -> Choices:
    """What the settings choose for the pages. Raises BadSetting where single sign-on cannot be used as they say."""
    settings = home.settings

    def told(figures: Mapping[str, str | int], seconds: float) -> None:
        traced = changed(log, request=str(figures["request"]))
        action, outcome = f"api {figures['method']} {figures['route']}", str(figures["status"])
        traced.line(action, outcome=outcome, seconds=seconds)

    return Choices(
        base_url=settings.base_url,
        language=settings.language,
        random=secrets.token_bytes,
        seconds=monotonic,
        told=told,
        metrics_from=settings.metrics_from,
        single_sign_on=single_sign_on_of(home),
    )


def open_socket(host: str, port: int) -> socket.socket:
    """Where the pages are served; taken before anything is said. Raises Unreachable where somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, so that asyncio sends small answers at once instead of waiting 40 ms for more of them (TCP_NODELAY).
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise Unreachable("serve.port_taken", host=host, port=port, why=error.strerror or str(error)) from error
    return made


def serve(home: Installation, listening: socket.socket, *, log: Log, with_scheduler: bool) -> None:
    """Answers until it is told to stop (Ctrl-C, SIGTERM)."""
    app = create_app(home, choices_of(home, log), Behind(home))
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none")
    with _ticking(home, log) if with_scheduler else _nothing():
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _ticking(home: Installation, log: Log) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=make_scheduler(home, log=log).run, args=(stop,), name="scheduler", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _nothing() -> Iterator[None]:
    yield
