"""Real faults: a line to the server that breaks at COMMIT, a server that restarts, an account that may not write."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
from sqlalchemy.engine import URL

from tests.private_postgres import _account, _as

#: ``before``: the server never hears of the COMMIT. ``after``: it obeys, and nobody hears of that.
Moment = Literal["before", "after"]
_WRITES, _COMMIT = b"INSERT INTO entry", b"COMMIT"
_CHUNK = 65_536
_NOBODY = 65_534


@dataclass(slots=True, kw_only=True)
class Line:
    """A line to a server that breaks once, at the COMMIT of a transaction that wrote history."""

    server: tuple[str, int]
    moment: Moment
    port: int = 0
    broke: bool = False
    _wrote: bool = False
    _open: list[socket.socket] = field(default_factory=list)
    _obeyed: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        """Carries one conversation after another until nobody listens any more."""
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self.server)
                self._open += [client, server]
                threading.Thread(target=self._answers, args=(server, client), daemon=True).start()
                threading.Thread(target=self._asked, args=(client, server), daemon=True).start()

    def close(self) -> None:
        """Ends every conversation."""
        for one in self._open:
            _hang_up(one)

    def _asked(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(_CHUNK):
                self._wrote = self._wrote or _WRITES in said
                if self._wrote and _COMMIT in said and not self.broke:
                    self._break(said, client, server)
                    return
                server.sendall(said)
        _hang_up(server)

    def _break(self, said: bytes, client: socket.socket, server: socket.socket) -> None:
        """The answer to a COMMIT that was passed on is waited for here, and goes nowhere."""
        self.broke = True
        if self.moment == "after":
            self._obeyed.clear()
            server.sendall(said)
            self._obeyed.wait(timeout=10)
        _hang_up(client)
        _hang_up(server)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(_CHUNK):
                if self.broke:
                    self._obeyed.set()
                    return
                client.sendall(said)
        _hang_up(client)


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@contextmanager
def breaking(url: URL, moment: Moment) -> Iterator[tuple[Line, str]]:
    """A line to the server of a URL, and the URL that leads through it."""
    assert url.host is not None
    assert url.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        line = Line(server=(url.host, url.port), moment=moment, port=port)
        serving = threading.Thread(target=line.serve, args=(listening,), daemon=True)
        serving.start()
        try:
            yield line, url.set(port=port).render_as_string(hide_password=False)
        finally:
            _hang_up(listening)
            line.close()
            serving.join(timeout=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarter:
    """Restarts a private server as if it had crashed: at once, with whatever was going on."""

    address: URL

    def words(self) -> tuple[str, ...]:
        """The command that does it."""
        target = self.address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(target) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        folder = Path(str(row[0]))
        program = (folder / "postmaster.opts").read_text(encoding="utf-8").split()[0]
        restart = ("restart", "-w", "-t", "60", "-m", "immediate", "-D", str(folder), "-l", str(folder.parent / "log"))
        return (str(Path(program).with_name("pg_ctl")), *restart)

    def restart(self) -> None:
        """Does it, and waits until the server answers again."""
        run_as_server(self.words())


def run_as_server(words: tuple[str, ...]) -> None:
    """Runs a program as the account that servers run as here."""
    subprocess.run(words, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as(_account()))


def become_nobody() -> None:
    """Gives the rights of root away, if this is root: it may write everywhere."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
