"""What one check found: a place, what is wrong there, and a shortest example; the file is added around it."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple


class Finding(NamedTuple):
    """One thing wrong inside one definition."""

    place: str
    message: str
    example: str = ""


def unknown(place: str, what: str, word: str, known: Iterable[str], example: str = "") -> Finding:
    """``word`` names nothing of the kind ``what``; the nearest known word is offered."""
    nearest = next(iter(get_close_matches(word, sorted(known), n=1)), "")
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    return Finding(place, f"there is no {what} {word!r}{hint}", example)


def doubled(place: str, what: str, words: Iterable[Hashable]) -> Iterator[Finding]:
    """A finding for each word that stands more than once."""
    for word, count in Counter(words).items():
        if count > 1:
            yield Finding(f"{place}[{word}]", f"{what} {str(word)!r} stands {count} times")


def circle(place: str, start: str, onward: Callable[[str], str | None]) -> Iterator[Finding]:
    """A finding where the chain that begins with ``start`` comes back to it."""
    chain = [start]
    while (following := onward(chain[-1])) is not None and following not in chain:
        chain.append(following)
    if following == start:
        yield Finding(place, "goes in a circle", " -> ".join([*chain, start]))
