"""The lines of the reference are typed as they stand there, with the real curl against a real server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import orjson
import uvicorn

from tests.web.programs import OFFICER, token_of
from tests.web.sites import Site

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The application on a port of this machine."""
    config = uvicorn.Config(site.app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        until = monotonic() + 60
        while not server.started and monotonic() < until:
            sleep(0.02)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


def lines() -> list[str]:
    """What a reader would type."""
    text = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    return [line[2:] for block in _BLOCK.findall(text) for line in block.splitlines() if line.startswith("$ ")]


def test_the_lines_of_the_reference_do_what_they_say(office: Site, tmp_path: Path) -> None:
    """Each is answered, with JSON that is no problem."""
    assert shutil.which("curl"), "curl is needed to try docs/reference/api.md: apt-get install curl"
    (tmp_path / "thong-bao.txt").write_text("Thông báo", encoding="utf-8")
    token = token_of(office, OFFICER)

    with served(office) as server:
        environment = {"SERVER": server, "TOKEN": token, "PATH": "/usr/local/bin:/usr/bin:/bin"}
        typed = {line: _typed(line, environment, tmp_path) for line in lines()}

    assert len(typed) > 5
    refused = {line: said for line, said in typed.items() if "unmet" in said}
    assert refused == {}


def _typed(line: str, environment: dict[str, str], folder: Path) -> dict[str, object]:
    done = subprocess.run(["sh", "-c", line], env=environment, cwd=folder, capture_output=True, check=True, timeout=60)
    said: dict[str, object] = orjson.loads(done.stdout)
    return said
