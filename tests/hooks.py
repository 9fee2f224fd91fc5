"""A real HTTP server on 127.0.0.1 that keeps what it is told and misbehaves when asked to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A request that came in whole."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Listener:
    """A running server. ``orders``: what it does at a path: a status, or ``hang``, ``drop``, ``drip``."""

    port: int = 0
    told: list[Told] = field(default_factory=list)
    orders: dict[str, int | str] = field(default_factory=dict)
    retry_after: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/khuyen-cong") -> str:
        """A place on it."""
        return f"http://127.0.0.1:{self.port}{path}"


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.told.append(Told(path=self.path, headers=dict(self.headers.items()), body=body))
            order = listener.orders.get(self.path, 204)
            if isinstance(order, int):
                self._answer(order)
            elif order == "hang":
                listener.over.wait(30)
            elif order == "drip":
                self._drip()
            self.close_connection = True

        def _answer(self, status: int) -> None:
            self.send_response(status)
            if listener.retry_after:
                self.send_header("Retry-After", listener.retry_after)
            if status == 302:
                self.send_header("Location", listener.url("/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            """A byte now and then, never an end."""
            while not listener.over.wait(0.05):
                try:
                    self.wfile.write(b"H")
                    self.wfile.flush()
                except OSError:
                    return

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def listening() -> Iterator[Listener]:
    """A server on a free port for as long as the block lasts."""
    listener = Listener()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(listener))
    server.daemon_threads = True
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield listener
    finally:
        listener.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
