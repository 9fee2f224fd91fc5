"""Sealing: entries that wait become leaves of the log, in one transaction with the nodes above and a checkpoint.

Moves only leave a row that says they wait; they never wait for each other or for the tree. Positions are given out
here, so an entry that was committed late is sealed later, and none is passed over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from audit import proving
from audit.checkpoints import Checkpoint, read_checkpoint
from audit.leaves import leaf_data
from audit.notes import Signer
from audit.tree import Growth, Place, hash_leaf
from definitions.errors import KhuyencongError


class LogForked(KhuyencongError):
    """The stored log is not the one that was signed before: nothing more is signed until somebody has looked."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"the stored log does not have the root that was signed for its first {size} entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry that no leaf covers yet."""

    entry_id: int
    kind: str
    subject: str
    seq: int | None
    hash: str
    format: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one sealing adds to the log."""

    #: The position of the first leaf.
    begin: int
    #: Row number of the entry and the bytes of its leaf, in order.
    leaves: Sequence[tuple[int, bytes]]
    nodes: Sequence[tuple[Place, bytes]]
    checkpoint: Checkpoint
    note: str


class SealedLog(proving.Nodes, Protocol):
    """The log on one open transaction."""

    def take(self) -> bool:
        """Keeps other sealers away until the transaction ends; False: another one is at work."""
        ...

    def size(self) -> int:
        """How many leaves there are."""
        ...

    def newest(self) -> str | None:
        """The note of the newest checkpoint."""
        ...

    def checkpoints(self) -> int:
        """How many checkpoints there are."""
        ...

    def waiting(self, most: int) -> Sequence[Waiting]:
        """Entries that wait, the oldest first."""
        ...

    def add(self, batch: Batch) -> None:
        """Writes a batch, and takes its entries from those that wait."""
        ...


def seal(
    log: SealedLog, current: Callable[[], Signer], *, at: datetime, most: int, sandbox: bool, kept: str | None = None
) -> Batch | None:
    """Seals up to ``most`` entries that wait; None: nothing waits, or another sealer is at work.

    ``current`` gives the key that signs now; it is asked once it is known what is sealed, so that no key signs the
    entry by which another took its place. ``kept`` is the newest checkpoint that the signer remembers outside the
    database. Raises LogForked where the stored log is not the one that was signed.
    """
    if not log.take():
        return None
    waiting, size = log.waiting(most), log.size()
    if not waiting:
        return None
    signer, newest = current(), log.newest()
    signed = [_refuse_fork(log, note, size) for note in filter(None, (newest, kept))]
    at = max((at, *(one.made_at for one in signed)))
    growth, nodes, leaves = Growth(size, proving.edge(log, size)), list[tuple[Place, bytes]](), []
    for one in waiting:
        data = leaf_data(one.kind, one.subject, one.seq, one.hash, one.format)
        leaves.append((one.entry_id, data))
        nodes += growth.add(hash_leaf(data))
    before = signed[0].number or log.checkpoints() if newest else 0
    made = Checkpoint(
        origin=signer.name,
        size=growth.size,
        root=growth.root(),
        made_at=at,
        sandbox=sandbox,
        number=before + 1,
    )
    batch = Batch(begin=size, leaves=leaves, nodes=nodes, checkpoint=made, note=made.signed(signer))
    log.add(batch)
    return batch


def _refuse_fork(log: SealedLog, note: str, size: int) -> Checkpoint:
    """Extending a log that is not the one signed before would put a good signature over a changed history."""
    signed, _ = read_checkpoint(note)
    if signed.size > size or proving.root(log, signed.size) != signed.root:
        raise LogForked(signed.size)
    return signed
