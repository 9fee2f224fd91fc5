"""The peers' own environment: made when it is missing or when its requirements changed, never mixed with ours."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_FOLDER = _ROOT / ".cache" / "bench-peers"
_REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"


def python() -> Path:
    """Its Python. Raises CalledProcessError where the packages cannot be had."""
    found, stamp = _FOLDER / "bin" / "python", _FOLDER / "bench.stamp"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        shutil.rmtree(_FOLDER, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(_FOLDER)], check=True)
        pinned = ("-qq", "--require-hashes", "--only-binary", ":all:", "-r", str(_REQUIREMENTS))
        subprocess.run([str(found), "-m", "pip", "install", *pinned], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return found
