"""``demo``: builds a sandbox in a folder of its own and tells what happened in it."""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.demo.build import OPENING, TODAY, Meanwhile, build
from khuyencong.demo.timeline import timeline
from khuyencong.os_user import os_user
from khuyencong.publishing import publish_shipped
from khuyencong.sealing import make_log_key
from khuyencong.serving import open_socket, serve
from khuyencong.settings import Settings
from khuyencong.ticking import BY_HAND, make_scheduler
from khuyencong.wiring import Installation
from shapes.errors import WrongUsage
from store.lists import ProposalLine, Wanted
from store.waiting import next_due
from workflow.administration import operator
from workflow.changing import changed
from workflow.proposal import Document

_DATABASE = "khuyencong.db"
#: One on national and one on local money, both told to their end.
_STORIES = ("LC-01", "LC-02")
_ALL = 10_000


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--dir", help="Where the sandbox lies; built if it is not there yet.")] = Path(
        ".demo"
    ),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the pages are served.")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Serve nothing.")] = False,
) -> None:
    """Build a sandbox with people and proposals in every state, print logins, tell the story of two, and serve it."""
    call, folder = call_of(context), folder.expanduser().resolve()
    if not (folder / _DATABASE).is_file():
        _build(call, folder)
    settings = changed(_settings(call.settings, folder), base_url=f"http://127.0.0.1:{port}")
    home = Installation.open(settings)
    try:
        document = _told(home, folder) | {"port": port, "serves": not no_serve, "asked_to_serve": not no_serve}
        call.printer.say(document, lambda: _page(call, document))
        if not no_serve:
            _serve(call, home, port)
    finally:
        home.store.close()


def _serve(call: Call, home: Installation, port: int) -> None:
    """Serves the sandbox with its scheduler until it is told to stop."""
    listening = open_socket("127.0.0.1", port)
    call.printer.aside("serve.started", url=home.settings.base_url)
    serve(home, listening, log=call.log, with_scheduler=True)


def _settings(settings: Settings, folder: Path) -> Settings:
    """Everything of a demonstration lies in its folder, and no mail leaves it."""
    return changed(
        settings,
        database_url=f"sqlite:///{(folder / _DATABASE).absolute()}",
        documents_dir=None,
        identity_key_file=None,
        mail_dir=None,
        smtp_host="",
    )


def _build(call: Call, folder: Path) -> None:
    """Builds beside the folder and renames at the end, so that a folder of that name is always a whole sandbox."""
    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage("usage.folder_not_empty", folder=str(folder))
    beside = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
    except OSError as error:
        raise WrongUsage("usage.folder", folder=str(folder), why=error.strerror or str(error)) from error
    try:
        _fill(call, beside)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _fill(call: Call, folder: Path) -> None:
    home = Installation.prepare(_settings(call.settings, folder), clock_start=TODAY)
    make_log_key(home, at=OPENING)
    publish_shipped(home.store, home.house, by=operator(os_user=os_user()), at=OPENING)
    moment = [OPENING]
    scheduler = make_scheduler(home, clock=lambda: moment[0], process=BY_HAND)

    def tick(at: datetime) -> None:
        moment[0] = at
        scheduler.tick()

    def due() -> datetime | None:
        with home.store.transaction(writes=False) as transaction:
            return next_due(transaction)

    try:
        with call.printer.progress("demo.progress") as told:
            meanwhile = Meanwhile(next_due=due, tick=tick)
            build(home.store, home.house, keep=_keeper(home), meanwhile=meanwhile, progress=told)
    finally:
        home.store.close()


def _keeper(home: Installation) -> Callable[[str, str, bytes], Document]:
    def keep(key: str, name: str, content: bytes) -> Document:
        return home.papers.keep(BytesIO(content), key=key, name=name)

    return keep


def _told(home: Installation, folder: Path) -> dict[str, Any]:
    with home.look() as lists:
        lines = lists.proposals(Wanted(), limit=_ALL).lines
        users = lists.users()
    return {
        "folder": str(folder),
        "database": home.settings.database_url,
        "now": home.now().isoformat(),
        "proposals": len(lines),
        "states": dict(Counter(line.state for line in lines)),
        "tracks": _tracks(home, lines),
        "logins": [{"username": one.username, "name": one.name, "seats": [*map(str, one.seats)]} for one in users],
        "stories": [{"code": code, "lines": _story(home, code)} for code in _STORIES],
    }


def _tracks(home: Installation, lines: Sequence[ProposalLine]) -> list[dict[str, Any]]:
    """How many proposals stand in each state of each process, in the order of the process."""
    with home.store.read() as uow:
        processes = uow.law().processes.values()
    counted = Counter((line.process, line.state) for line in lines)
    return [
        {
            "process": process.ref,
            "states": [
                {"state": state.key, "label": state.label, "proposals": counted[process.ref, state.key]}
                for state in process.states
            ],
        }
        for process in processes
    ]


def _story(home: Installation, code: str) -> list[str]:
    with home.store.read() as uow:
        proposal, deadlines = uow.proposal(code), uow.deadlines(code)
        process, programme = uow.process(proposal.process_sha256), uow.programme(proposal.programme_sha256)
    with home.look() as lists:
        entries, notices = lists.history(code), lists.notices(code)
    found = timeline(
        proposal,
        process,
        programme=programme.label,
        entries=entries,
        deadlines=deadlines,
        notices=notices,
        subject_of=lambda notice: (
            home.templates(notice.templates_sha256).render(notice.notice, notice.variables).subject
        ),
    )
    return list(found)


def _page(call: Call, document: dict[str, Any]) -> list[RenderableType]:
    say = call.printer
    parts: list[RenderableType] = []
    for story in document["stories"]:
        parts += [*map(Text, story["lines"]), Text("")]
    rows = [
        (track["process"], state["label"], state["proposals"])
        for track in document["tracks"]
        for state in track["states"]
    ]
    parts.append(
        say.table(("process", "state", "proposals"), rows, title=say.word("demo.states", n=document["proposals"]))
    )
    logins = [(one["username"], one["name"], ", ".join(one["seats"])) for one in document["logins"]]
    parts.append(say.table(("username", "name", "seats"), logins, title=say.word("demo.logins")))
    return [*parts, say.line("demo.next", database=document["database"])]
