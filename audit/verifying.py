"""Holds every entry against its bytes, its chain and its leaf, and every leaf against the tree and its checkpoints.

Everything is read once, in the order of the leaves, and nothing is kept but the end of each chain and the right edge
of the tree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from audit.checkpoints import Checkpoint, read_checkpoint
from audit.findings import Coverage, Finding
from audit.leaves import leaf_data, read_leaf
from audit.notes import Note, NoteRefused, Verifier
from audit.tree import Growth, Place, hash_leaf
from workflow.service.keys_of_log import LOG


class _Said(Struct):
    """What every body says of its own entry; all else in it is passed over, which takes a fifth of reading it."""

    kind: str
    subject: str
    seq: int | None
    previous: str | None
    recorded_at: str
    private: dict[str, str]
    format: int


_read = Decoder(_Said).decode


#: An entry as its columns have it: id, kind, subject, seq, the instant as the text that stands in a body, body, hash,
#: previous hash, format. Plain tuples, because there may be millions.
Line = tuple[int, str, str, int | None, str, bytes, str, str | None, int]
#: A leaf: its position, its bytes, and the line of the entry that it points at; where that is gone, its id is None.
Leaf = tuple[Any, ...]
#: An opening: the id of its entry, its path, salt and value (None: erased).
Opened = tuple[int, str, bytes | None, str | None]
#: Where a chain begins.
_BEFORE: tuple[int, str | None] = (0, None)
#: What is taken for the bytes of a leaf that are none.
_NO_BYTES = b"\0"
Openings = Mapping[int, Sequence[Opened]]


class LogCheck:
    """One pass over the log. ``find`` hears what does not fit.

    ``keys`` are those of the log, oldest first; ``ends`` the leaf at which each of the older ones was replaced, beyond
    which it signs nothing.
    """

    def __init__(
        self, find: Callable[[Finding], None], keys: Sequence[Verifier], ends: Sequence[int | None] = ()
    ) -> None:
        self.coverage = Coverage()
        #: Subjects of which something does not fit: their state cannot be told from their entries.
        self.broken: set[str] = set()
        #: The checkpoint that covers the most.
        self.newest: Checkpoint | None = None
        self._find, self._keys = find, tuple(zip_longest(keys, ends))
        #: How many checkpoints were found missing so far, and whether one had a number.
        self._skipped, self._numbered = 0, False
        self._ends: dict[str, tuple[int, str | None]] = {}
        self._growth = Growth(0, ())
        self._gapped = False

    @property
    def size(self) -> int:
        """The leaves seen so far."""
        return self._growth.size

    def root(self) -> bytes:
        """The root over the leaves seen so far, computed from them alone."""
        return self._growth.root()

    def leaves(self, leaves: Iterable[Leaf], openings: Openings) -> dict[Place, bytes]:
        """Takes the next leaves with their entries; the nodes above them, as they should be stored."""
        should: dict[Place, bytes] = {}
        growth, coverage = self._growth, self.coverage
        for leaf in leaves:
            position, data, id_, kind, subject, seq, _, _, hash_, _, format_ = leaf
            if position != growth.size:
                self._gap(position)
            if data.__class__ is not bytes:
                data = _NO_BYTES
            if made := growth.add(hash_leaf(data)):
                should.update(made)
            if id_ is None:
                self._gone(position, data)
                continue
            coverage.sealed += 1
            self._line(leaf[2:], openings.get(id_, ()))
            if data != leaf_data(kind, subject, seq, hash_, format_):
                self._break(subject, seq, "finding.leaf", leaf=position)
        return should

    def waiting(self, lines: Iterable[Line], openings: Openings) -> None:
        """Takes entries that no leaf covers yet."""
        for line in lines:
            self.coverage.unsealed += 1
            self._line(line, openings.get(line[0], ()))

    def nodes(self, should: Mapping[Place, bytes], stored: Mapping[Place, bytes]) -> None:
        """Holds stored nodes against those that the leaves make."""
        self.coverage.nodes += len(stored)
        if should == stored:
            return
        wrong = sorted(place for place in {*should, *stored} if should.get(place) != stored.get(place))
        first, more = Place(*wrong[0]), len(wrong) - 1
        how = "gone" if first not in stored else "surplus" if first not in should else "differs"
        self._tell(LOG, None, f"finding.node_{how}", number=first.number, level=first.level, more=more)

    def checkpoint(self, size: int, note: str, made_at: datetime) -> None:
        """Takes a stored checkpoint when as many leaves were seen."""
        self.coverage.checkpoints += 1
        try:
            found, read = read_checkpoint(note)
        except NoteRefused:
            self._tell(LOG, None, "finding.checkpoint_unread", size=size)
            return
        self.newest = found
        self._signature(size, read)
        self._number(size, found.number)
        if found.made_at != made_at:
            self._tell(LOG, None, "finding.checkpoint_made", size=size)
        if found.size != size or size != self.size:
            self._tell(LOG, None, "finding.checkpoint_beyond", size=size)
        elif found.root != self.root():
            self._tell(LOG, None, "finding.checkpoint_root", size=size)

    def _signature(self, size: int, note: Note) -> None:
        """Whether a key signed it that had not been replaced by then."""
        ends = [end for key, end in self._keys if key is not None and note.is_signed_by(key)]
        if not ends:
            self._tell(LOG, None, "finding.checkpoint_unsigned", size=size)
        elif all(end is not None and size > end for end in ends):
            self._tell(LOG, None, "finding.checkpoint_overdue", size=size, end=max(filter(None, ends), default=0))

    def _number(self, size: int, number: int | None) -> None:
        """Whether none before it was left out; those from before they were numbered come first."""
        due = self.coverage.checkpoints + self._skipped
        if number is None:
            if self._numbered:
                self._tell(LOG, None, "finding.checkpoint_unnumbered", size=size)
        elif number != due:
            self._tell(LOG, None, "finding.checkpoint_gap", size=size, number=number, due=due)
            self._skipped += number - due
        self._numbered = self._numbered or number is not None

    def ended(self, leaves: int) -> None:
        """Hears that there are no more leaves, and counts the chains."""
        self.coverage.chains = len(self._ends)
        covered = self.newest.size if self.newest else 0
        if covered < leaves:
            self._tell(LOG, None, "finding.uncovered", size=covered)

    def outside(self, subject: str, seq: int | None) -> None:
        """Hears of an entry that is neither under a leaf nor waits for one."""
        self._break(subject, seq, "finding.outside")

    def twice(self, subject: str, seq: int | None) -> None:
        """Hears of an entry that is under a leaf and waits for one all the same."""
        self._break(subject, seq, "finding.twice")

    def surplus(self, number: int) -> None:
        """Hears of nodes that belong to no leaf."""
        self._tell(LOG, None, "finding.surplus", n=number)

    def _line(self, line: Line, openings: Sequence[Opened]) -> None:
        """The bytes of an entry, against its hash, the columns beside it, its openings and its place in the chain.

        In one piece, because a call costs as much here as a comparison.
        """
        _, kind, subject, seq, at, body, hash_, previous, format_ = line
        self.coverage.entries += 1
        if seq is not None:
            number, end = self._ends.get(subject, _BEFORE)
            self._ends[subject] = (seq, hash_)
            if seq != number + 1:
                self._break(subject, seq, "finding.missing", number=number + 1)
            elif previous != end:
                self._break(subject, seq, "finding.chain")
        if body.__class__ is not bytes or sha256(body).hexdigest() != hash_:  # SQLite keeps a text in any column.
            self._break(subject, seq, "finding.body")
            return
        try:
            told = _read(body)
        except DecodeError:
            self._break(subject, seq, "finding.foreign")
            return
        said = (told.kind, told.subject, told.seq, told.previous, told.recorded_at, told.format)
        if said != (kind, subject, seq, previous, at, format_):
            self._break(subject, seq, "finding.columns")
        elif openings or told.private:
            self._personal(subject, seq, openings, told.private)

    def _personal(
        self, subject: str, seq: int | None, openings: Sequence[Opened], committed: Mapping[str, str]
    ) -> None:
        self.coverage.openings += len(openings)
        fits = len(openings) == len(committed)
        for _, path, salt, value in openings:
            if value is None:
                self.coverage.erased += 1
                fits = fits and path in committed
            elif not _opens(salt, value, committed.get(path)):
                self._break(subject, seq, "finding.value", path=path)
        if not fits:
            self._break(subject, seq, "finding.openings")

    def _gap(self, position: int) -> None:
        if not self._gapped:
            self._tell(LOG, None, "finding.leaves_gone", first=self._growth.size, last=position)
        self._gapped = True  # From here on nothing stands where it should.

    def _gone(self, position: int, data: bytes) -> None:
        subject, seq = read_leaf(data)
        self._break(subject, seq, "finding.sealed_gone", leaf=position)

    def _break(self, subject: str, seq: int | None, code: str, **params: str | int) -> None:
        if seq is not None:
            self.broken.add(subject)
        self._tell(subject, seq, code, **params)

    def _tell(self, subject: str, seq: int | None, code: str, **params: str | int) -> None:
        self._find(Finding(subject=subject, seq=seq, code=code, params=params))


def _opens(salt: bytes | None, value: str, committed: str | None) -> bool:
    """Whether salt and value are what was committed to; of another type than they were written they are not."""
    try:
        return committed == sha256((salt or b"") + value.encode()).hexdigest()
    except (AttributeError, TypeError):
        return False
