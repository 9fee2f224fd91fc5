"""Answers that may be a little old: kept for a moment, and shown with the instant at which they were found."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")
#: So long a sum over a whole programme may be shown before it is found again.
AGE: Final = timedelta(seconds=60)
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """An answer and when it was found."""

    value: T
    at: datetime


@dataclass(slots=True)
class Brief(Generic[T]):
    """Answers by what was asked. Threads may share it."""

    _kept: dict[Hashable, Found[T]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable, now: datetime, find: Callable[[], T]) -> Found[T]:
        """The answer, found now unless one of the last minute is known."""
        with self._lock:
            known = self._kept.get(key)
        if known is not None and known.at <= now < known.at + AGE:
            return known
        found = Found(value=find(), at=now)
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = found
        return found
