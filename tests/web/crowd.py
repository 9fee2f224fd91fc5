"""Many people at once on a real server: fifty read while five work, and every step that was promised is there.

``python -m tests.web.crowd [--seconds 60] [--readers 50] [--writers 5] [--kind sqlite|postgresql|both]``.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from khuyencong.demo.stage import play, scenes
from khuyencong.logs import Log
from khuyencong.serving import choices_of, open_socket
from khuyencong.settings import read_settings
from khuyencong.wiring import Installation
from store.database import open_database
from tests.offices import story
from tests.postgres import running
from tests.staging import staged
from tests.web.sites import MORNING
from web import sessions

READER, DIRECTOR, CENTRE = "thanh-tra", "giam-doc.sct-lai-chau", "can-bo.ttkc-lai-chau"
_FORM = re.compile(r'<input type="hidden" name="(ban|khoa|token)" value="([^"]*)"')
#: What the two do in turn: the action, its facts, and the field of its paper.
_TURNS = (
    ("return", {"f.missing": "Bổ sung báo giá."}, ""),
    ("resubmit", {"f.answer": "Đã bổ sung báo giá."}, "p.tai_lieu_bo_sung"),
)
_EDGE = "crowd-of-people"
_PAPER = "%PDF-1.4\n%%EOF\n"
_SEE_OTHER, _OK = 303, 200
_PATIENCE = 60.0


@dataclass(slots=True)
class Heard:
    """What the people of a crowd met."""

    reads: int = 0
    steps: int = 0
    wrong: list[str] = field(default_factory=list)
    #: Seconds that each page took.
    waits: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    reads: int
    steps: int
    #: Steps that a page said were taken and history does not have, or the other way round.
    lost: int
    wrong: tuple[str, ...]
    #: Seconds within which 95 of 100 pages came.
    slow: float


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, port: int, secret: str) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        self._here = f"http://127.0.0.1:{port}"
        self._cookies = {sessions.COOKIE: secret}

    def close(self) -> None:
        """Goes home."""
        self._line.close()

    def open(self, path: str) -> tuple[int, str]:
        """Status and page."""
        return self._ask("GET", path, None)

    def send(self, path: str, form: dict[str, str], file: str = "") -> tuple[int, str]:
        """Status and page after a form; ``file`` is the field of a paper that goes along."""
        parts = [f'form-data; name="{name}"\r\n\r\n{value}' for name, value in form.items()]
        if file:
            parts.append(f'form-data; name="{file}"; filename="a.pdf"\r\ncontent-type: application/pdf\r\n\r\n{_PAPER}')
        body = "".join(f"--{_EDGE}\r\ncontent-disposition: {part}\r\n" for part in parts)
        return self._ask("POST", path, f"{body}--{_EDGE}--\r\n".encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, str]:
        headers = {
            "origin": self._here,
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if body is not None:
            headers["content-type"] = f"multipart/form-data; boundary={_EDGE}"
        self._line.request(method, path, body=body, headers=headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        for one in answer.headers.get_all("set-cookie", []):
            name, _, value = one.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text


def read_on(person: Person, codes: list[str], until: float, heard: Heard) -> None:
    """Looks at the list and at cases, one after the other."""
    while time.monotonic() < until:
        path = f"/de-an/{codes[heard.reads // 2 % len(codes)]}" if heard.reads % 2 else "/de-an?tab=all"
        began = time.monotonic()
        status, text = person.open(path)
        heard.waits.append(time.monotonic() - began)
        if status != _OK:
            heard.wrong.append(f"{path}: {status} {text[:200]}")
        heard.reads += 1


def work_on(people: tuple[Person, Person], code: str, until: float, heard: Heard) -> None:
    """Sends a case back and hands it in again, until it is time to go home."""
    while time.monotonic() < until and not heard.wrong:
        (action, facts, paper), person = _TURNS[heard.steps % 2], people[heard.steps % 2]
        path = f"/de-an/{code}/thao-tac/{action}"
        form = dict(_FORM.findall(person.open(path)[1]))
        status, text = person.send(path, {**form, **facts, "buoc": "lam"}, paper)
        if status == _SEE_OTHER:
            heard.steps += 1
        else:
            heard.wrong.append(f"{path}: {status} {re.sub('<[^>]+>', ' ', text).partition('sau:')[2][:300]}")


def _during(port: int, secrets: tuple[str, ...], work: Callable[..., None], *given: object) -> None:
    """The day of somebody with so many browsers; ``given`` ends with what they hear."""
    people = tuple(Person(port, secret) for secret in secrets)
    heard = given[-1]
    assert isinstance(heard, Heard)
    try:
        work(people if len(people) > 1 else people[0], *given)
    except (OSError, HTTPException) as error:
        heard.wrong.append(repr(error))
    finally:
        for one in people:
            one.close()


def crowd(url: str, folder: Path, *, readers: int, writers: int, seconds: float) -> Outcome:
    """Fills a sandbox, serves it by the command in a process of its own, and lets the crowd in."""
    codes = [f"LC-T{number:02d}" for number in range(1, writers + 1)]
    before = _filled(url, folder, codes)
    seated = [*[READER] * readers, *[DIRECTOR] * writers, *[CENTRE] * writers]
    secrets = _signed_in(url, folder, seated)
    working = list(zip(secrets[readers : readers + writers], secrets[readers + writers :], strict=True))
    with _served(url, folder) as port:
        until = time.monotonic() + seconds
        heard = [Heard() for _ in range(readers + writers)]
        people = [
            Thread(target=_during, args=(port, (secret,), read_on, codes, until, one))
            for secret, one in zip(secrets[:readers], heard[:readers], strict=True)
        ]
        people += [
            Thread(target=_during, args=(port, both, work_on, code, until, one))
            for both, code, one in zip(working, codes, heard[readers:], strict=True)
        ]
        for one in people:
            one.start()
        for one in people:
            one.join()
    after = _steps(url, codes)
    waits = sorted(wait for one in heard for wait in one.waits)
    return Outcome(
        reads=sum(one.reads for one in heard),
        steps=sum(one.steps for one in heard),
        lost=sum(abs(after[code] - before[code] - one.steps) for code, one in zip(codes, heard[readers:], strict=True)),
        wrong=tuple(line for one in heard for line in one.wrong),
        slow=waits[len(waits) * 95 // 100] if waits else 0.0,
    )


def _environment(url: str, folder: Path) -> dict[str, str]:
    return {
        "KHUYENCONG_DATABASE_URL": url,
        "KHUYENCONG_IDENTITY_KEY_FILE": str(folder / "identity-key"),
        "KHUYENCONG_LOG_KEY_FILE": str(folder / "log-key"),
        "KHUYENCONG_DOCUMENTS_DIR": str(folder / "documents"),
        "KHUYENCONG_MAIL_DIR": str(folder / "mail"),
    }


def _filled(url: str, folder: Path, codes: list[str]) -> dict[str, int]:
    home = Installation.prepare(read_settings(_environment(url, folder)), clock_start=MORNING)
    stage = staged(home.store)
    for code in codes:
        for scene in scenes([story(code)]):
            play(stage, scene)
    home.store.close()
    return _steps(url, codes)


def _signed_in(url: str, folder: Path, usernames: list[str]) -> list[str]:
    """What the browsers of so many people keep; the door lets only so many in each minute."""
    home = Installation.open(read_settings(_environment(url, folder)))
    try:
        return [
            sessions.open_session(home, choices_of(home, Log(mode="off")), username=one, old="") for one in usernames
        ]
    finally:
        home.store.close()


def _steps(url: str, codes: list[str]) -> dict[str, int]:
    with closing(open_database(url)) as database, database.look() as lists:
        return {code: sum(entry.kind == "step" for entry in lists.history(code)) for code in codes}


@contextmanager
def _served(url: str, folder: Path) -> Iterator[int]:
    with closing(open_socket("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = {**os.environ, **_environment(url, folder)}
    words = [sys.executable, "-m", "khuyencong", "serve", "--port", str(port), "--scheduler"]
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            _await(port)
            yield port
        finally:
            server.terminate()


def _await(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as line:
                line.request("GET", "/readyz")
                if line.getresponse().status == _OK:
                    return
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def main() -> int:
    """Prints what came of it; exit status 0 when nothing was wrong and nothing lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.crowd")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--writers", type=int, default=5)
    parser.add_argument("--kind", choices=("sqlite", "postgresql", "both"), default="both")
    asked = parser.parse_args()
    worst = 0
    for kind in ("sqlite", "postgresql") if asked.kind == "both" else (asked.kind,):
        with TemporaryDirectory() as folder, _empty(kind, Path(folder)) as url:
            found = crowd(url, Path(folder), readers=asked.readers, writers=asked.writers, seconds=asked.seconds)
        print(
            f"{kind}: {found.reads} pages read by {asked.readers}, {found.steps} steps taken by {asked.writers}, "
            f"{len(found.wrong)} wrong, {found.lost} lost, 95 of 100 pages within {found.slow:.2f} s",
            *found.wrong[:5],
            sep="\n  ",
            flush=True,
        )
        worst = max(worst, int(bool(found.wrong or found.lost)))
    return worst


@contextmanager
def _empty(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'khuyencong.db'}"
        return
    with running() as server, server.database() as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
