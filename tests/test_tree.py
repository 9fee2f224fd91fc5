"""The tree of RFC 6962 and RFC 9162: published proofs, and our own from stored nodes."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import proving
from audit.proofs import ProofRejected, check_consistency, check_inclusion
from audit.tree import EMPTY_ROOT, Growth, Place, hash_children, hash_leaf, root_of

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rfc6962-proofs.json").read_text())
LARGEST = 130


def _hashes(found: list[str] | None) -> list[bytes]:
    return [b64decode(one) for one in found or []]


class Counted:
    """Stored nodes in memory, counting what is read."""

    def __init__(self, leaves: int) -> None:
        self.kept: dict[Place, bytes] = {}
        self.leaves = [hash_leaf(str(number).encode()) for number in range(leaves)]
        self.read = 0
        growth = Growth(0, ())
        for index, leaf in enumerate(self.leaves):
            self.kept[Place(0, index)] = leaf
            self.kept.update(growth.add(leaf))

    def nodes(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        self.read += len(places)
        return {place: self.kept[place] for place in places}


KEPT = Counted(LARGEST)


def _root(leaves: Sequence[bytes]) -> bytes:
    """MTH as RFC 9162 2.1.1 words it, recursively."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_children(_root(leaves[:split]), _root(leaves[split:]))


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda one: one["name"])
def test_every_published_inclusion_proof_is_judged_as_published(vector: dict[str, Any]) -> None:
    """98 proofs that a leaf is in a tree; 92 of them are spoilt."""
    leaf, root = b64decode(vector["leafHash"]), b64decode(vector["root"])

    def judge() -> None:
        check_inclusion(leaf, vector["leafIdx"], vector["treeSize"], root, _hashes(vector["proof"]))

    if vector["wantErr"]:
        with pytest.raises(ProofRejected):
            judge()
    else:
        judge()


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda one: one["name"])
def test_every_published_consistency_proof_is_judged_as_published(vector: dict[str, Any]) -> None:
    """98 proofs that a tree extends another; 92 of them are spoilt."""
    roots = b64decode(vector["root1"]), b64decode(vector["root2"])

    def judge() -> None:
        check_consistency(vector["size1"], vector["size2"], *roots, _hashes(vector["proof"]))

    if vector["wantErr"]:
        with pytest.raises(ProofRejected):
            judge()
    else:
        judge()


def test_there_are_196_published_proofs() -> None:
    """None was lost on the way here."""
    assert len(VECTORS["inclusion"]) + len(VECTORS["consistency"]) == 196


@pytest.mark.parametrize("sizes", [(0, 0), (0, 1), (1, 0), (5, 4)])
def test_an_empty_tree_and_a_shrunken_one_prove_nothing(sizes: tuple[int, int]) -> None:
    """Any log extends an empty one: a proof about it would say nothing, so it is refused, as are equal empty trees."""
    with pytest.raises(ProofRejected, match="cannot extend"):
        check_consistency(*sizes, EMPTY_ROOT, EMPTY_ROOT, [])


def test_the_root_of_every_size_is_the_one_of_the_rfc() -> None:
    """Growing leaf by leaf gives the root that the recursive definition gives."""
    roots = [root_of(KEPT.leaves[:size]) for size in range(LARGEST)]

    assert roots == [_root(KEPT.leaves[:size]) for size in range(LARGEST)]
    assert roots == [proving.root(KEPT, size) for size in range(LARGEST)]


@given(st.integers(1, LARGEST), st.data())
def test_every_leaf_of_every_size_can_be_proved(size: int, data: st.DataObject) -> None:
    """A proof made of stored nodes holds for its own leaf and place, and for no other leaf."""
    index = data.draw(st.integers(0, size - 1))
    proof = proving.inclusion(KEPT, index, size)

    check_inclusion(KEPT.leaves[index], index, size, proving.root(KEPT, size), proof)

    with pytest.raises(ProofRejected):
        check_inclusion(hash_leaf(b"another"), index, size, proving.root(KEPT, size), proof)


@given(st.integers(1, LARGEST), st.data())
def test_every_later_size_is_proved_to_extend_every_earlier_one(new: int, data: st.DataObject) -> None:
    """A proof made of stored nodes holds for its own two roots, and not where the earlier root was another."""
    old = data.draw(st.integers(1, new))
    proof, after = proving.consistency(KEPT, old, new), proving.root(KEPT, new)

    check_consistency(old, new, proving.root(KEPT, old), after, proof)

    with pytest.raises(ProofRejected):
        check_consistency(old, new, hash_leaf(b"another"), after, proof)


@given(st.integers(0, LARGEST - 1), st.integers(1, 40))
def test_growing_goes_on_from_the_edge_alone(size: int, more: int) -> None:
    """A sealer that starts again needs the nodes at the right edge and nothing else."""
    again = Growth(size, proving.edge(KEPT, size))

    made: dict[Place, bytes] = {}
    for leaf in KEPT.leaves[size : size + more]:
        made.update(again.add(leaf))

    assert again.root() == proving.root(KEPT, again.size)
    assert made.items() <= KEPT.kept.items()


@pytest.mark.parametrize("size", [1, 2, 3, 64, 65, 127, 130])
def test_a_proof_reads_no_more_nodes_than_twice_the_height(size: int) -> None:
    """O(log n), never the whole tree."""
    kept = Counted(size)

    for index in range(size):
        proving.inclusion(kept, index, size)
        proving.consistency(kept, index + 1, size)

    assert kept.read <= 2 * size * 2 * size.bit_length()


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_no_proof_is_made_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    """A place outside the tree is the caller's mistake, told as such."""
    with pytest.raises(proving.NotInTree):
        proving.inclusion(KEPT, index, size)
