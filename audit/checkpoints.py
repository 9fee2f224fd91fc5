"""Checkpoints: how many leaves the log had, with which root, told and signed (C2SP tlog-checkpoint).

The first three lines are the origin (which log), the size and the root. Extension lines follow: the instant at which
it was made, in a sandbox that it is one, and which checkpoint of its log it is, so that none can be left out.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime

from audit.notes import Note, NoteRefused, Signer, Verifier, read_note, write_note
from audit.tree import HASH_BYTES
from workflow.entries import instant

_MADE, _SANDBOX, _NUMBER = "made ", "sandbox", "number "
_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a checkpoint says."""

    #: Which log; every log has a name of its own from its first day.
    origin: str
    size: int
    root: bytes
    made_at: datetime
    sandbox: bool = False
    #: Which checkpoint of its log it is, from 1 on; None: it was made before they were numbered.
    number: int | None = None

    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), b64encode(self.root).decode(), _MADE + instant(self.made_at)]
        lines += [_SANDBOX] if self.sandbox else []
        lines += [] if self.number is None else [f"{_NUMBER}{self.number}"]
        return "".join(f"{line}\n" for line in lines)

    def signed(self, *signers: Signer) -> str:
        """The note that leaves the server."""
        return write_note(self.text(), *signers)


def read_checkpoint(note: str) -> tuple[Checkpoint, Note]:
    """A checkpoint and the note it stands in; no signature was looked at. Raises NoteRefused."""
    read = read_note(note)
    lines = read.text.removesuffix("\n").split("\n")
    if len(lines) <= _LINES or not lines[0] or not lines[3].startswith(_MADE):
        raise NoteRefused("checkpoint.malformed")
    try:
        found = Checkpoint(
            origin=lines[0],
            size=int(lines[1]),
            root=b64decode(lines[2], validate=True),
            made_at=datetime.fromisoformat(lines[3].removeprefix(_MADE)),
            sandbox=_SANDBOX in lines[4:],
            number=next((int(one.removeprefix(_NUMBER)) for one in lines[4:] if one.startswith(_NUMBER)), None),
        )
    except (NotBase64, ValueError) as error:
        raise NoteRefused("checkpoint.malformed") from error
    if len(found.root) != HASH_BYTES or found.size < 0 or found.text() != read.text:
        raise NoteRefused("checkpoint.malformed")
    return found, read


def open_checkpoint(note: str, *keys: Verifier) -> Checkpoint:
    """A checkpoint that one of these keys of a log signed. Raises NoteRefused, also for a checkpoint of another log."""
    found, read = read_checkpoint(note)
    if found.origin not in {key.name for key in keys}:
        raise NoteRefused("checkpoint.other_log", origin=found.origin, expected=keys[-1].name if keys else "-")
    if not any(read.is_signed_by(key) for key in keys):
        raise NoteRefused("checkpoint.not_signed", origin=found.origin)
    return found
