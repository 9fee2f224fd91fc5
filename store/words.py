"""The words that a search compares: small letters without marks, as people type them in a hurry."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """``Chế biến gỗ, LC-2024`` has ``che``, ``bien``, ``go``, ``lc`` and ``2024``: letters and digits, nothing else.

    So a text that somebody types can neither break a query nor steer it, and both databases part words alike.
    """
    small = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return tuple(_WORD.findall("".join(letter for letter in small if not unicodedata.combining(letter))))


@lru_cache(maxsize=4096)
def searchable(text: str) -> str:
    """The column ``proposal.search`` of a text: a blank before every word, so that ``LIKE '% che%'`` is a prefix."""
    return "".join(f" {word}" for word in words_of(text))
