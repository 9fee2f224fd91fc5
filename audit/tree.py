"""The Merkle tree of RFC 6962 and RFC 9162: how leaves and nodes are hashed, and which nodes cover which leaves.

A ``Place`` names a node that never changes again once its leaves are there: ``level`` 0 is a leaf, and the node at
(level, number) covers the 2^level leaves from number * 2^level on. Every root and every proof is made of such nodes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

#: The root of a tree without leaves (RFC 9162, 2.1.1).
EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


class Place(NamedTuple):
    """Where a complete node stands."""

    level: int
    number: int


def hash_leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


def covering(begin: int, end: int) -> tuple[Place, ...]:
    """The fewest complete nodes that cover the leaves from ``begin`` to before ``end``, left to right.

    ``begin`` is a multiple of the largest power of two below the number of leaves, as every range in a proof is.
    """
    found: list[Place] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append(Place(level, begin >> level))
        begin += 1 << level
    return tuple(found)


def joined(hashes: Sequence[bytes]) -> bytes:
    """The hash of neighbouring complete nodes that grow smaller to the right, as ``covering`` names them."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = hash_children(left, root)
    return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in order, reading them once and keeping as many nodes as the tree is high."""
    growth = Growth(0, ())
    for leaf in leaf_hashes:
        growth.add(leaf)
    return growth.root()


class Growth:
    """The right edge of a growing tree: the complete nodes that cover its ``size`` leaves, left to right."""

    __slots__ = ("_edge", "size")

    def __init__(self, size: int, edge: Sequence[bytes]) -> None:
        if len(edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} nodes at its edge, not {len(edge)}")
        self.size, self._edge = size, list(edge)

    def add(self, leaf_hash: bytes) -> list[tuple[Place, bytes]]:
        """Takes one more leaf; the nodes above level 0 that it completes, lowest first."""
        made: list[tuple[Place, bytes]] = []
        level, index, node = 0, self.size, leaf_hash
        while index & 1:
            level, index, node = level + 1, index >> 1, hash_children(self._edge.pop(), node)
            made.append((Place(level, index), node))
        self._edge.append(node)
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root as of now."""
        return joined(self._edge)

    def edge(self) -> tuple[bytes, ...]:
        """The nodes from which growing can go on."""
        return tuple(self._edge)
