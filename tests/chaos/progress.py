"""How far the schedulers of a storm have come, in a file that all of them map; whoever makes the weather goes by it.

By the work that is done, never by seconds: on a slow machine a storm takes longer and is no worse.
"""

import mmap
import struct
from pathlib import Path
from typing import Final

#: What is counted of each place: passes of the two jobs that were gone through without fault, reminders that were
#: worked off and mails that came to an end. Only one thread writes each of them.
PASSED_REMINDERS, PASSED_OUTBOX, SETTLED, SENT = FIELDS = range(4)
_NUMBER: Final = struct.Struct("=Q")


class Progress:
    """Numbers of every place of a crew."""

    def __init__(self, file: Path, places: int) -> None:
        self._places, size = places, places * len(FIELDS) * _NUMBER.size
        if not file.exists():
            file.write_bytes(bytes(size))
        with file.open("r+b") as opened:
            self._kept = mmap.mmap(opened.fileno(), size)

    def add(self, place: int, field: int, number: int = 1) -> None:
        """Counts on."""
        _NUMBER.pack_into(self._kept, self._at(place, field), self._read(place, field) + number)

    def done(self) -> int:
        """All that all have done."""
        return sum(self._read(place, field) for place in range(self._places) for field in (SETTLED, SENT))

    def passes(self) -> tuple[int, ...]:
        """How often each has gone through each job."""
        fields = (PASSED_REMINDERS, PASSED_OUTBOX)
        return tuple(self._read(place, field) for place in range(self._places) for field in fields)

    def _read(self, place: int, field: int) -> int:
        return int(_NUMBER.unpack_from(self._kept, self._at(place, field))[0])

    def _at(self, place: int, field: int) -> int:
        return (place * len(FIELDS) + field) * _NUMBER.size
