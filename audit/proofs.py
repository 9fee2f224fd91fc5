"""Whether a proof holds (RFC 9162, 2.1.3.2 and 2.1.4.2). Nothing here trusts where the proof came from.

An empty tree is refused everywhere: any log extends it, so a proof about it would say nothing, and whoever accepted one
could be handed an empty checkpoint in place of the one kept.
"""

from collections.abc import Sequence

from audit.tree import HASH_BYTES, hash_children
from definitions.errors import KhuyencongError


class ProofRejected(KhuyencongError):
    """A proof does not hold; the message says why."""


def check_inclusion(leaf_hash: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofRejected unless the leaf stands at ``index`` of the tree of ``size`` leaves with that root."""
    if not 0 <= index < size:
        raise ProofRejected(f"there is no leaf {index} in a tree of {size}")
    if any(len(node) != HASH_BYTES for node in (leaf_hash, root, *proof)):
        raise ProofRejected("something in the proof is no SHA-256 hash")
    if _climb(leaf_hash, index, size - 1, proof) != root:
        raise ProofRejected("the proof leads to another root")


def _climb(node: bytes, place: int, last: int, proof: Sequence[bytes]) -> bytes:
    for beside in proof:
        if last == 0:
            raise ProofRejected("the proof is too long")
        if place & 1 or place == last:
            node = hash_children(beside, node)
            place, last = _up_to_right(place, last)
        else:
            node = hash_children(node, beside)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRejected("the proof is too short")
    return node


def _up_to_right(place: int, last: int) -> tuple[int, int]:
    """Past the levels on which a node at the right edge has nobody beside it."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofRejected unless the tree of ``new`` leaves and root extends the one of ``old``."""
    if not 0 < old <= new:
        raise ProofRejected(f"a tree of {new} leaves cannot extend one of {old}")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRejected("trees of the same size have the same root and need no proof")
        return
    if any(len(node) != HASH_BYTES for node in (old_root, new_root, *proof)):
        raise ProofRejected("something in the proof is no SHA-256 hash")
    if (old_root, new_root) != _both_roots(old, new, old_root, proof):
        raise ProofRejected("the proof leads to other roots")


def _both_roots(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees that the proof leads to."""
    nodes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not nodes:
        raise ProofRejected("the proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise ProofRejected("the proof is too long")
        if place & 1 or place == last:
            before, after = hash_children(node, before), hash_children(node, after)
            place, last = _up_to_right(place, last)
        else:
            after = hash_children(after, node)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRejected("the proof is too short")
    return before, after
