"""Proofs from stored nodes: that an entry is in the log, and that a log of today extends one of before.

Each is made of O(log n) nodes (RFC 9162, 2.1.3.1 and 2.1.4.1); no other node is read.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from audit.tree import Place, covering, joined

Range = tuple[int, int]


class Nodes(Protocol):
    """Where the complete nodes of the tree are kept; ``store`` has them in tables."""

    def nodes(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """The hashes at these places, read at once. Raises ``NodeMissing`` for one that is not kept."""
        ...


class NotInTree(ValueError):
    """A proof was asked for a leaf or a size that the tree does not have."""


def root(nodes: Nodes, size: int) -> bytes:
    """The root that the tree had when it had ``size`` leaves."""
    return _resolve(nodes, [(0, size)])[0]


def edge(nodes: Nodes, size: int) -> tuple[bytes, ...]:
    """The nodes at the right edge of the tree of ``size`` leaves, left to right."""
    places = covering(0, size)
    kept = nodes.nodes(places)
    return tuple(kept[place] for place in places)


def inclusion(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """The proof that the leaf at ``index`` is in the tree of ``size`` leaves, from the leaf upward."""
    if not 0 <= index < size:
        raise NotInTree(f"there is no leaf {index} in a tree of {size}")
    return _resolve(nodes, inclusion_ranges(index, size))


def consistency(nodes: Nodes, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of ``new`` leaves extends the one of ``old``, lowest node first; empty for equal sizes.

    An empty tree proves nothing about a later one, so ``old`` is at least 1.
    """
    if not 0 < old <= new:
        raise NotInTree(f"a tree of {new} leaves does not extend one of {old}")
    return _resolve(nodes, consistency_ranges(old, new))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The leaves under each node of the proof of a leaf (PATH of RFC 9162), from the leaf upward."""
    begin, end, found = 0, size, list[Range]()
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The leaves under each node of the proof that one tree extends another (SUBPROOF of RFC 9162), lowest first."""
    begin, end, found = 0, new, list[Range]()
    while old < end:
        middle = begin + _split(end - begin)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return ([(begin, end)] if begin else []) + found[::-1]


def _split(leaves: int) -> int:
    """The largest power of two below a number of leaves."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _resolve(nodes: Nodes, ranges: Sequence[Range]) -> tuple[bytes, ...]:
    """The hash over each range of leaves; every node is read at once."""
    places = [covering(begin, end) for begin, end in ranges]
    kept = nodes.nodes([place for row in places for place in row])
    return tuple(joined([kept[place] for place in row]) for row in places)
