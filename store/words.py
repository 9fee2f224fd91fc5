"""The words that a search compares: small letters without marks, as people type them in a hurry."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
#: PostgreSQL takes words of up to 2,046 bytes and 1 MiB of them; no word that somebody looks for is near that.
_LONGEST, _MOST = 64, 1_000
#: More words than that do not narrow a search any further.
_MOST_ASKED = 20


def words_of(text: str) -> tuple[str, ...]:
    """``Chế biến gỗ, LC-2024`` has ``che``, ``bien``, ``go``, ``lc`` and ``2024``: letters and digits, nothing else.

    So a text that somebody types can neither break a query nor steer it, and both databases part words alike.
    """
    small = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    words = _WORD.findall("".join(letter for letter in small if not unicodedata.combining(letter)))
    return tuple(word[:_LONGEST] for word in words[:_MOST])


def asked(text: str) -> tuple[str, ...]:
    """The words that a search is made with, each once."""
    return tuple(dict.fromkeys(words_of(text)))[:_MOST_ASKED]


@lru_cache(maxsize=4096)
def searchable(text: str) -> str:
    """The column ``proposal.search`` of a text: a blank before every word, so that ``LIKE '% che%'`` is a prefix."""
    return "".join(f" {word}" for word in words_of(text))
