"""Builds the wheel, installs it where only its declared dependencies and pytest are, and tries it there.

Run with the Python of `.venv` (`make test` does). It catches what the source tree hides: a data file that is not
packaged, a dependency that is only there for developers, a module that is found because the tests run beside it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "wheel"
VENV = CACHE / "venv"
STAMP = VENV / "khuyencong.stamp"


class Unfit(Exception):
    """The wheel is not what the source tree is; the message says where."""


def main() -> int:
    """Exit status 0 when the installed wheel does what the tree does."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as handle, tempfile.TemporaryDirectory(dir=CACHE) as folder:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            wheel = build(Path(folder))
            compare_with_tree(wheel)
            install(wheel)
            try_out(Path(folder))
        except (Unfit, subprocess.CalledProcessError) as problem:
            sys.stderr.write(f"try_wheel: {problem}\n")
            return 1
    return 0


def build(folder: Path) -> Path:
    """The wheel, built by the pinned hatchling without a download."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), quiet=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def compare_with_tree(wheel: Path) -> None:
    """Raises Unfit naming every file of a room that the wheel left out."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    missing = sorted(set(files_of_rooms()) - packed)
    if missing:
        raise Unfit("the wheel lacks " + ", ".join(missing))
    sys.stdout.write(f"try_wheel: {wheel.name} has all {len(packed)} files\n")


def files_of_rooms() -> list[str]:
    """Every file of the packages, as the wheel should name it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    found = [path for room in rooms for path in (ROOT / room).rglob("*") if path.is_file()]
    return [str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts]


def install(wheel: Path) -> None:
    """The wheel in its environment; the dependencies are installed only when the lock changed."""
    pins = runtime_pins()
    digest = hashlib.sha256((pins + sys.version + str(ROOT)).encode()).hexdigest()
    if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != digest:
        make_venv(pins)
        STAMP.write_text(digest, encoding="utf-8")
    pip("install", "--no-index", "--no-deps", "--force-reinstall", str(wheel))
    pip("check")


def make_venv(pins: str) -> None:
    """A new environment with what a user gets, and pytest."""
    if VENV.exists():
        shutil.rmtree(VENV)
    run(sys.executable, "-m", "venv", str(VENV))
    listed = CACHE / "runtime.lock"
    listed.write_text(pins, encoding="utf-8")
    pip("install", "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(listed))


def runtime_pins() -> str:
    """The entries of requirements.lock that the project without its extras and pytest need."""
    wanted = closure({"khuyencong", "pytest"})
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "\\\0").splitlines()
    kept = [entry for entry in entries if canonicalize_name(Requirement(pin(entry)).name) in wanted]
    return "\n".join(kept).replace("\0", "\n") + "\n"


def pin(entry: str) -> str:
    """The requirement of a lock entry without its hashes."""
    return entry.split("\\", 1)[0].strip()


def closure(names: set[str]) -> set[str]:
    """These distributions and everything they require, as installed beside this Python."""
    known: set[str] = set()
    waiting = {(name, "") for name in names}
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        known.add(name)
        fresh = needs(name, extra) - seen
        seen |= fresh
        waiting |= fresh
    return known


def needs(name: str, extra: str) -> set[tuple[str, str]]:
    """(distribution, extra) pairs that one distribution with one of its extras (or '') requires here."""
    found: set[tuple[str, str]] = set()
    for requirement in map(Requirement, requires(name) or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            found |= {(canonicalize_name(requirement.name), wanted) for wanted in {"", *requirement.extras}}
    return found


def try_out(folder: Path) -> None:
    """The command answers, and the smoke tests pass, out of sight of the source tree and of tests/conftest.py."""
    run(str(VENV / "bin" / "khuyencong"), "--help", cwd=folder, quiet=True)
    shutil.copy(ROOT / "tests" / "test_smoke.py", folder)
    run(str(VENV / "bin" / "pytest"), "-q", "-W", "error", "--rootdir", str(folder), "test_smoke.py", cwd=folder)


def pip(*arguments: str) -> None:
    """Runs the environment's own pip."""
    run(str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q", *arguments)


def run(*command: str, cwd: Path = ROOT, quiet: bool = False) -> None:
    """Runs a command without the caller's PYTHONPATH; raises Unfit with its output when it fails."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    output = subprocess.PIPE if quiet else None
    done = subprocess.run(command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Unfit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout or ''}")


if __name__ == "__main__":
    sys.exit(main())
