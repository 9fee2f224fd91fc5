"""Files and folders that a process began and, because it was killed, neither finished nor took away."""

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import time

#: How long nobody may have written to what counts as left behind.
ABANDONED = timedelta(days=1)


def sweep_unfinished(folder: Path, pattern: str) -> int:
    """Removes what bears an unfinished name in a folder and was not written to for a day; how many went.

    The age is told by the machine's clock. What cannot be removed stays for the next time.
    """
    oldest = time() - ABANDONED.total_seconds()
    with suppress(OSError):
        return sum(_removed(path) for path in tuple(folder.glob(pattern)) if _written_last(path) < oldest)
    return 0


def _written_last(path: Path) -> float:
    inside = tuple(path.iterdir()) if path.is_dir() and not path.is_symlink() else ()
    return max(one.lstat().st_mtime for one in (path, *inside))


def _removed(path: Path) -> bool:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    return False
