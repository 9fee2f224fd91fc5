"""pm4py's own environment: made when it is missing or when its requirements changed, never mixed with ours."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent
_FOLDER = _ROOT / ".cache" / "mining"
_REQUIREMENTS = Path(__file__).parent / "requirements.txt"


def python() -> Path:
    """Its Python. Raises CalledProcessError where the packages cannot be had."""
    _FOLDER.parent.mkdir(exist_ok=True)
    with (_FOLDER.parent / "mining.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _made()


def _made() -> Path:
    found, stamp = _FOLDER / "bin" / "python", _FOLDER / "mining.stamp"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        shutil.rmtree(_FOLDER, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(_FOLDER)], check=True)
        # Only what reading and replaying import: pictures and solvers stay away (--no-deps).
        pinned = ("-qq", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(_REQUIREMENTS))
        subprocess.run([str(found), "-m", "pip", "install", *pinned], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return found
