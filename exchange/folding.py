"""Words as they are compared: without marks, case and punctuation, so that "Tên đề-án " and "TEN DE AN" are one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

_OTHER = re.compile(r"[^a-z0-9]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_LIKENESS = 0.72
#: Shorter words stand in too many others.
_FEWEST = 6


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Small letters a-z and digits, one space between words."""
    small = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(letter for letter in small if not unicodedata.combining(letter))
    return _OTHER.sub(" ", letters).strip()


def without_brackets(text: str) -> str:
    """The text without what stands in round brackets."""
    return _BRACKETS.sub(" ", text)


def nearest(word: str, known: Iterable[str]) -> str:
    """The folded word of ``known`` that is most likely meant: it looks alike or holds the word; empty where none is."""
    folded, all_ = fold(word), list(known)
    alike = get_close_matches(folded, all_, n=1, cutoff=_LIKENESS)
    holding = (
        one for one in all_ if len(folded) >= _FEWEST and (folded in one or (len(one) >= _FEWEST and one in folded))
    )
    return next(iter(alike), "") or next(holding, "")


def by_folded(words: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Keys by the folded words for them; of two keys with one word the first stays."""
    found: dict[str, str] = {}
    for word, key in words:
        found.setdefault(fold(word), key)
    return found
