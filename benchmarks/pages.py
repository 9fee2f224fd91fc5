"""The case list over HTTP, beside a bare handler that asks the database the very same and draws the same rows."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import uvicorn

from benchmarks.bare_page import BarePage
from benchmarks.measuring import Options, Spent, Table, interleave, microseconds, middle, share, times
from khuyencong.backstage import Behind
from khuyencong.demo.stage import play, scenes
from khuyencong.logs import Log
from khuyencong.serving import choices_of, open_socket
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from tests.offices import story
from tests.staging import OPENING, staged
from web import sessions
from web.app import create_app
from workflow.changing import changed

#: Who looks, at which tab: everything, so that a page is full.
WHO, PATH = "thanh-tra", "/de-an?tab=all"
#: Cases on the page, and how often it is asked for in a turn.
ROWS, OFTEN = 50, 100
_FEW = 2
_SILENT = Log(mode="off")
NOTES = (
    "Both answer over HTTP from a process of their own on SQLite; CPU is that process's, all threads. The bare handler "
    "runs the statements that our page ran, word for word (session, rights, law, seven counts, list, data), and draws "
    "the same template of the rows with what comes from the database: no menu, no tabs, no filters, nothing checked, "
    "no key made a name, no day counted.",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a process of its own."""

    pid: int
    line: HTTPConnection
    path: str
    cookie: str

    def turn(self, often: int) -> Spent:
        """What asking so often cost it."""
        cpu, wall = cpu_of_all(self.pid), perf_counter()
        for _ in range(often):
            self.ask()
        return Spent(operations=often, client=cpu_of_all(self.pid) - cpu, server=0.0, wall=perf_counter() - wall)

    def ask(self) -> bytes:
        """The page. Raises PageMissing for any other answer."""
        self.line.request("GET", self.path, headers={"cookie": self.cookie})
        answer = self.line.getresponse()
        read = answer.read()
        if answer.status != 200 or read.count(b"<tr") <= _FEW // 2:  # noqa: PLR2004 - the page is there.
            raise PageMissing(f"{answer.status}: {read[:200]!r}")
        return read


class PageMissing(Exception):
    """A server did not give the page that is measured."""


def cpu_of_all(pid: int) -> float:
    """CPU seconds of a process with all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text(encoding="ascii").split()[0]) for one in tasks) / 1e9


def measure(options: Options) -> Iterable[Table]:
    """One table, on SQLite, where reading is the server's own work."""
    settings = _filled(options.folder, _FEW if options.quick else ROWS)
    secret, statements = _watched(settings)
    with ExitStack() as stack:
        cookie = f"{sessions.COOKIE}={secret}"
        bare = stack.enter_context(_served(_bare, (settings, statements), cookie))
        ours = stack.enter_context(_served(_ours, (settings,), cookie))
        often = 2 if options.quick else OFTEN
        contenders: dict[str, Callable[[int], Spent]] = {
            "bare": lambda _: bare.turn(often),
            "ours": lambda _: ours.turn(often),
        }
        found = interleave(contenders, options.rounds)
        sizes = {"bare": len(bare.ask()), "ours": len(ours.ask())}
    rows = tuple(
        (
            name,
            microseconds(middle(found[name], lambda spent: spent.cpu)),
            f"{middle(found[name], lambda spent: spent.rate):,.0f}",
            f"{sizes[name]:,}",
            *(share(times(found[name], found["bare"], figure)) for figure in (_cpu, _wall)),
        )
        for name in ("bare", "ours")
    )
    columns = ("", "CPU µs a page", "pages a second", "bytes", "of bare, CPU", "of bare, wall")
    yield Table(title=f"The case list, {ROWS} rows", columns=columns, rows=rows, notes=NOTES)


def _cpu(spent: Spent) -> float:
    return spent.cpu


def _wall(spent: Spent) -> float:
    return spent.wall / spent.operations


def _filled(folder: Path, cases: int) -> Settings:
    """A sandbox with so many cases at the Sở."""
    file = folder / "pages.db"
    settings = Settings(database_url=f"sqlite:///{file}", base_url="http://127.0.0.1")
    home = Installation.prepare(settings, clock_start=OPENING)
    stage = staged(home.store)
    told = [changed(story(), code=f"LC-T{number:03d}") for number in range(1, cases + 1)]
    for scene in scenes(told):
        play(stage, scene)
    home.store.close()
    return settings


def _watched(settings: Settings) -> tuple[str, list[str]]:
    """A session, and every statement that one page runs, as the driver runs it."""
    heard: list[str] = []
    usual: Any = sqlite3.connect

    def connect(*given: Any, **more: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = usual(*given, **more)
        made.set_trace_callback(heard.append)
        return made

    sqlite3.connect = connect  # type: ignore[assignment]  # Until the page has been drawn: nothing else tells what a connection runs.
    home = Installation.open(settings)
    try:
        secret = sessions.open_session(home, choices_of(home, _SILENT), username=WHO, old="")
        with _in_threads(home) as ask:
            ask(secret)
            heard.clear()
            ask(secret)
        return secret, [one for one in heard if one.lstrip().upper().startswith("SELECT")]
    finally:
        sqlite3.connect = usual
        home.store.close()


@contextmanager
def _in_threads(home: Installation) -> Iterator[Callable[[str], None]]:
    """Asks the page of an application in this process."""
    from starlette.testclient import TestClient  # noqa: PLC0415 - it takes long, and only this needs it.

    with TestClient(create_app(home, choices_of(home, _SILENT), Behind(home)), base_url="http://127.0.0.1") as client:

        def ask(secret: str) -> None:
            client.cookies.set(sessions.COOKIE, secret)
            answer = client.get(PATH)
            if answer.status_code != 200:  # noqa: PLR2004 - as above.
                raise PageMissing(answer.text[:200])

        yield ask


@contextmanager
def _served(app_of: Callable[..., Any], arguments: tuple[Any, ...], cookie: str) -> Iterator[Served]:
    """A server for as long as the block lasts."""
    listening = open_socket("127.0.0.1", 0)
    port = listening.getsockname()[1]
    process = get_context("fork").Process(target=_serve, args=(app_of, arguments, listening))
    process.start()
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        listening.listen()
        yield Served(pid=int(process.pid or 0), line=line, path=PATH, cookie=cookie)
    finally:
        line.close()
        process.terminate()
        process.join()
        listening.close()


def _serve(app_of: Callable[..., Any], arguments: tuple[Any, ...], listening: Any) -> None:
    config = uvicorn.Config(app_of(*arguments), log_config=None, access_log=False, server_header=False, ws="none")
    uvicorn.Server(config).run(sockets=[listening])


def _ours(settings: Settings) -> Any:
    return _app(Installation.open(settings))


def _app(home: Installation) -> Any:
    return create_app(home, choices_of(home, _SILENT), Behind(home))


def _bare(settings: Settings, statements: list[str]) -> Any:
    return BarePage(settings.database_url.removeprefix("sqlite:///"), statements)
