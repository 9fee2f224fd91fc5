"""A clock that processes share: it goes as clocks go, until whoever makes the weather sets it."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

_TWO = struct.Struct("dd")


class Clock:
    """The time of a storm, kept in a file that every process maps."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_TWO.pack(monotonic(), 0.0))
        with file.open("r+b") as opened:
            self._kept = mmap.mmap(opened.fileno(), _TWO.size)

    def now(self) -> datetime:
        """The instant."""
        real, virtual = _TWO.unpack_from(self._kept)
        return datetime.fromtimestamp(virtual, UTC) + timedelta(seconds=monotonic() - real)

    def set(self, at: datetime) -> None:
        """Jumps there."""
        _TWO.pack_into(self._kept, 0, monotonic(), at.timestamp())
