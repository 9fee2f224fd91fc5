"""Sealing history: the key at the beginning, then batch after batch, and every checkpoint out of the house."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from os import getpid
from pathlib import Path

from audit import keys
from audit.checkpoints import Checkpoint, open_checkpoint, read_checkpoint
from audit.notes import NoteRefused, Signer, Verifier
from audit.sealing import Batch, seal
from definitions.errors import KhuyencongError
from khuyencong.log_key import new_signer, read_key, remember, remembered, set_aside, write_key
from khuyencong.wiring import Installation, log_key_file
from language.catalogue import sentence
from notifications.channels import Accepted, Channel, Letter
from notifications.composing import Desk
from notifications.message import Mailbox, compose, message_id
from notifications.rendering import Rendered
from shapes.errors import LogKeyUnusable
from store.queries import Queries
from store.readings import ACCESS, CASES_OPENED, content_of, fresh_readings, record_read
from store.sealed_log import SqlSealedLog, checkpoints_after, mailed, note_mailed
from store.sent import NOTICES, SENT, fresh_mails, record_sent
from workflow.administration import operator
from workflow.entries import make_entry, read_body
from workflow.proposal import Actor
from workflow.service.keys_of_log import LOG, record_key

#: Entries of one transaction: SQLite lets nobody else write meanwhile.
_BATCH = 1000
_MAILS = 100
_READINGS = 500
_PAUSE = timedelta(hours=1)
_DIGITS = 12


@dataclass(slots=True, kw_only=True)
class Sealed:
    """How many entries were sealed in how many batches, and how large the log is now."""

    sealed: int = 0
    batches: int = 0
    size: int = 0


def make_log_key(home: Installation, *, at: datetime) -> bool:
    """Makes the first key of the log and records it; whether it did.

    A key that never signed is taken; one that did is of another log, and is set aside under the name of its id.
    """
    if home.log_keys():
        return False
    file = log_key_file(home.settings)
    if remembered(file) is not None:
        set_aside(file)
    if not file.exists():
        write_key(file, new_signer())
    record_key(home.store, home.house, keys.introduce(read_key(file), None), by=operator(), at=at)
    return True


def rotate(home: Installation, *, by: Actor, at: datetime, lost: bool) -> Verifier:
    """Puts another key in the place of the present one, which signs it too; ``lost``: that one is gone.

    The new key lies beside its place until its entry is written. Raises LogKeyUnusable.
    """
    file, known = log_key_file(home.settings), home.log_keys()
    old = None if lost else current_signer(home)
    new = new_signer(known[-1].name if known else "")
    coming = file.with_name(f"{file.name}.coming")
    write_key(coming, new)
    content = keys.introduce(new, old, lost=known[-1] if known else None)
    record_key(home.store, home.house, content, by=by, at=at)
    coming.replace(file)
    return new.verifier


def current_signer(home: Installation) -> Signer:
    """The key that signs now. Raises LogKeyUnusable, also for a key that is not the log's newest."""
    return _signer(log_key_file(home.settings), home.log_keys())


def _signer(file: Path, known: Sequence[Verifier]) -> Signer:
    if known:
        _take_coming(file, known[-1])
    signer = read_key(file)
    if not known or known[-1] != signer.verifier:
        raise LogKeyUnusable("log_key.other", file)
    return signer


def _take_coming(file: Path, newest: Verifier) -> None:
    """A rotation that was killed between its entry and the key's new name is ended here."""
    coming = file.with_name(f"{file.name}.coming")
    with suppress(LogKeyUnusable):
        if read_key(coming).verifier == newest:
            coming.replace(file)


def seal_all(home: Installation, *, at: datetime, batch: int = _BATCH) -> Sealed:
    """Seals everything that waits, and remembers each checkpoint beside the key. Raises LogKeyUnusable, LogForked."""
    signer, file, done = current_signer(home), log_key_file(home.settings), Sealed()
    while (made := _seal(home, file, at=at, batch=batch)) is not None:
        remember(file, made.note)
        done.sealed, done.batches, done.size = done.sealed + len(made.leaves), done.batches + 1, made.checkpoint.size
        if len(made.leaves) < batch:
            break
    if not done.batches:
        _catch_up(home, signer, file)
    return done


def _catch_up(home: Installation, signer: Signer, file: Path) -> None:
    """A sealer that was killed between its commit and the note beside the key is followed here.

    Only what this very key signed is remembered; anything else is for ``audit verify`` to find.
    """
    note = newest_checkpoint(home)
    if note is not None:
        with suppress(NoteRefused):
            open_checkpoint(note, signer.verifier)
            remember(file, note)


def _seal(home: Installation, file: Path, *, at: datetime, batch: int) -> Batch | None:
    with home.store.transaction(writes=True) as transaction:
        log, queries = SqlSealedLog(transaction), Queries(transaction)

        def current() -> Signer:
            return _signer(file, keys.keys_of([read_body(entry) for entry in queries.history(LOG)]))

        return seal(log, current, at=at, most=batch, sandbox=home.sandbox is not None, kept=remembered(file))


def record_mails(home: Installation, *, at: datetime) -> int:
    """Writes into history which mails were sent, with the hash of each one's bytes and notices; how many.

    Outside every chain, many mails to an entry: delivering a mail waits for nothing. Gives way where another process
    seals or records, which would tell the same mails a second time.
    """
    done = 0
    while True:
        with home.store.transaction(writes=True) as transaction:
            if not SqlSealedLog(transaction).take():
                return done
            mails = fresh_mails(transaction, _MAILS)
            if not mails.ids:
                return done
            entry = make_entry(
                SENT,
                NOTICES,
                seq=None,
                recorded_at=at,
                content=mails.content,
                private=mails.private,
                previous_hash=None,
                salt=home.house.salt,
            )
            record_sent(transaction, entry, mails.ids)
        done += len(mails.ids)


def record_readings(home: Installation, *, at: datetime) -> int:
    """Writes into history who opened which cases since it was last said; how many. Gives way like ``record_mails``."""
    done = 0
    while True:
        with home.store.transaction(writes=True) as transaction:
            if not SqlSealedLog(transaction).take():
                return done
            fresh = fresh_readings(transaction, _READINGS)
            if not fresh:
                return done
            entry = make_entry(
                CASES_OPENED,
                ACCESS,
                seq=None,
                recorded_at=at,
                content=content_of(fresh),
                private={},
                previous_hash=None,
                salt=home.house.salt,
            )
            record_read(transaction, entry, fresh)
        done += len(fresh)


def newest_checkpoint(home: Installation) -> str | None:
    """The note of the newest checkpoint."""
    with home.store.transaction(writes=False) as transaction:
        return SqlSealedLog(transaction).newest()


def hand_out(home: Installation, channel: Channel, desk: Desk, *, at: datetime) -> Mapping[str, object]:
    """Copies checkpoints into the folder and mails the newest; how many went where, and what could not be reached."""
    done: dict[str, object] = {}
    note = newest_checkpoint(home)
    if note is None:
        return done
    if home.settings.checkpoint_dir:
        done |= _copied(home, home.settings.checkpoint_dir)
    if home.settings.checkpoint_mail:
        done["mailed"] = sum(_mailed(home, channel, desk, note, to=to, at=at) for to in home.settings.checkpoint_mail)
    return done


def _copied(home: Installation, folder: Path) -> Mapping[str, object]:
    """Every checkpoint that the folder lacks, in order; into an empty one only the newest.

    Where the newest one there is not this log's own, nothing more is laid beside it, so that every pass says so.
    """
    try:
        there = {int(path.stem.rpartition("-")[2]): path for path in folder.glob("checkpoint-*.txt")}
        last = max(there, default=None)
        with home.store.transaction(writes=False) as transaction:
            notes = checkpoints_after(transaction, None if last is None else last - 1)
        if last is not None:
            _compare(there[last], notes[0] if notes else "")
            notes = notes[1:]
        for note in notes:
            _lay(folder, note)
    except (OSError, ValueError, _OtherCheckpoint) as error:
        return {"unreachable": str(error)}
    return {"copied": len(notes)}


class _OtherCheckpoint(KhuyencongError):
    """A checkpoint that left the house is not one of this log: one of the two was changed, or belongs elsewhere."""

    def __init__(self, file: Path) -> None:
        super().__init__(sentence("checkpoint.other_content", {"file": str(file)}))


def _lay(folder: Path, note: str) -> None:
    """A file of its own for each; one that is there is never written over. Raises _OtherCheckpoint."""
    size = read_checkpoint(note)[0].size
    place = folder / f"checkpoint-{size:0{_DIGITS}}.txt"
    if not place.exists():
        part = folder / f".{place.name}.{getpid()}.part"
        try:
            part.write_text(note)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
    _compare(place, note)


def _compare(file: Path, note: str) -> None:
    if file.read_text() != note:
        raise _OtherCheckpoint(file)


def _mailed(home: Installation, channel: Channel, desk: Desk, note: str, *, to: str, at: datetime) -> bool:
    checkpoint = read_checkpoint(note)[0]
    with home.store.transaction(writes=False) as transaction:
        last = mailed(transaction, to)
    if last is not None and (last.size >= checkpoint.size or at - last.sent_at < _PAUSE):
        return False
    letter = _letter(checkpoint, note, desk, to, at)
    if not isinstance(channel.send(letter), Accepted):
        return False
    with home.store.transaction(writes=True) as transaction:
        note_mailed(transaction, to, checkpoint.size, at)
    return True


def _letter(checkpoint: Checkpoint, note: str, desk: Desk, to: str, at: datetime) -> Letter:
    """The same bytes for the same checkpoint and address but for the date: a second copy bears the same Message-ID."""
    params = {"size": checkpoint.size, "origin": checkpoint.origin, "at": checkpoint.made_at}
    words = sentence("checkpoint.mail", params)
    text = f"{words}\n\n{note}"
    html = f"<p>{escape(words)}</p>\n<pre>{escape(note)}</pre>\n"
    rendered = Rendered(subject=sentence("checkpoint.subject", params), text=text, html=html)
    id_ = message_id(f"checkpoint/{checkpoint.origin}/{checkpoint.size}/{to}", desk.domain)
    content = compose(rendered, sender=desk.sender, recipient=Mailbox(name="", address=to), message_id=id_, date=at)
    return Letter(id=id_, recipient=to, content=content)
