"""Makes `.venv` what `requirements.lock` and `pyproject.toml` say, and does nothing when it already is.

Needs only the standard library. An older Python must be able to read this file, or it could not say that it is too old:
no syntax newer than 3.6 here.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Dict, List, Optional  # noqa: UP035 - list[str] in an annotation stops Python 3.8 before it speaks

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "khuyencong.stamp"
LOCK = ROOT / ".cache" / "bootstrap.lock"
INPUTS = ("requirements.lock", "pyproject.toml")


class Unprepared(Exception):
    """The environment could not be made; the message is the one sentence a person needs."""


def main() -> int:
    """Exit status 0 when `.venv` is ready, 1 with one sentence when it could not be made."""
    try:
        refuse_old_python()
        LOCK.parent.mkdir(exist_ok=True)
        with LOCK.open("w") as handle:
            hold_lock(handle)
            prepare()
    except (Unprepared, OSError) as problem:
        say(str(problem))
        return 1
    return 0


def refuse_old_python() -> None:
    """Raises Unprepared when this interpreter cannot run the project."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise Unprepared(
            f"khuyencong needs Python 3.11 or newer, and {sys.executable} is {found}; "
            "name a newer one, for example: make PYTHON=python3.12 test"
        )


def hold_lock(handle: IO[str]) -> None:
    """Waits until no other make is preparing `.venv`; the lock goes when the handle closes."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another make is preparing .venv; waiting for it")
        fcntl.flock(handle, fcntl.LOCK_EX)


def prepare() -> None:
    """Brings `.venv` up to date; the stamp goes first and comes last, so half an installation never counts as one."""
    wanted, current = wanted_stamp(), current_stamp()
    if current == wanted:
        return
    if current.splitlines()[:2] == wanted.splitlines()[:2]:
        STAMP.unlink()
    else:
        make_venv()
    install()
    STAMP.write_text(wanted, encoding="utf-8")
    say(".venv is ready")


def wanted_stamp() -> str:
    """What a finished `.venv` has in its stamp: its Python, its place, and a digest of what it was made from."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {sys.base_prefix}"
    return "\n".join([python, str(ROOT), digest.hexdigest()]) + "\n"


def current_stamp() -> str:
    """The stamp of the finished `.venv`; '' when there is none or its interpreter is gone."""
    if not ((VENV / "bin" / "python").exists() and STAMP.exists()):
        return ""
    return STAMP.read_text(encoding="utf-8")


def make_venv() -> None:
    """A new `.venv` with nothing but pip in it."""
    ensure_ensurepip()
    say("creating .venv with " + sys.executable)
    if VENV.exists():
        shutil.rmtree(str(VENV))
    call([sys.executable, "-m", "venv", str(VENV)], "creating .venv failed")


def ensure_ensurepip() -> None:
    """Debian's python3 comes without ensurepip: as root installs it, else says what is missing."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    missing = f"{sys.executable} has no ensurepip, so it cannot make a virtual environment"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unprepared(
            missing + "; install it (Debian, Ubuntu: sudo apt-get install python3-venv) and run make again"
        )
    say("python3 has no ensurepip: installing python3-venv")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    call(["apt-get", "-qq", "update"], missing + ", and apt-get update failed", env)
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "python3-venv"]
    call(install, missing + ", and installing python3-venv failed", env)
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        raise Unprepared(missing + ", not even with python3-venv; try the system's: make PYTHON=/usr/bin/python3 test")


def install() -> None:
    """The pinned packages, then the project itself, editable, built by the pinned hatchling: no unpinned download."""
    say("installing the packages of requirements.lock (about a minute on a new machine)")
    # Wheels only: a source distribution would run its own build, with build tools that no lock pins.
    pinned = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements.lock"]
    pip_install(pinned, "installing the packages of requirements.lock failed")
    project = ["--no-build-isolation", "--no-deps", "--editable", "."]
    pip_install(project, "installing the project itself failed")


def pip_install(arguments: List[str], failure: str) -> None:  # noqa: UP006 - see the import
    """Installs into `.venv`, whatever the caller's own Python settings are."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER")}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    call([str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", *arguments], failure, env)


def call(command: List[str], failure: str, env: Optional[Dict[str, str]] = None) -> None:  # noqa: UP006, UP045 - see the import
    """Runs a command whose own words go to standard error; raises Unprepared(failure) when it does not end well."""
    try:
        status = subprocess.call(command, stdout=sys.stderr, env=env, cwd=str(ROOT))
    except OSError as problem:
        raise Unprepared(f"{failure} ({problem})") from problem
    if status != 0:
        raise Unprepared(f"{failure} (exit status {status}; its own words are above)")


def say(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write("bootstrap: " + text + "\n")


if __name__ == "__main__":
    sys.exit(main())
