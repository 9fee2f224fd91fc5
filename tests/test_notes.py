"""Signed notes and checkpoints, as C2SP writes them down."""

from base64 import b64encode
from datetime import datetime, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoints import Checkpoint, open_checkpoint, read_checkpoint
from audit.notes import NoteRefused, Signer, read_note, read_signer, read_verifier, write_note
from workflow.changing import changed

UTC = timezone.utc  # noqa: UP017 - the same object that workflow's instants carry.
SIGNER = Signer(name="khuyencong-test/log", seed=bytes(range(32)))
OTHER = Signer(name="khuyencong-test/log", seed=bytes(range(1, 33)))
CHECKPOINT = Checkpoint(
    origin=SIGNER.name, size=7, root=bytes(32), made_at=datetime(2026, 11, 23, 1, 0, 0, 5, tzinfo=UTC)
)
#: The example of the Go implementation of notes (golang.org/x/mod/sumdb/note), public.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_another_program_is_understood() -> None:
    """The published example of signed notes opens with its published key, and with no other."""
    note = read_note(NEUMANN)

    assert note.is_signed_by(read_verifier(PETER))
    assert not note.is_signed_by(SIGNER.verifier)


def test_keys_travel_as_text() -> None:
    """A key read from its text is the same key; the secret never shows in its representation."""
    assert read_verifier(SIGNER.verifier.text()) == SIGNER.verifier
    assert read_signer(SIGNER.text() + "\n") == SIGNER
    assert b64encode(SIGNER.seed).decode()[:8] not in repr(SIGNER)


@pytest.mark.parametrize(
    "text", ["", "a+b", "PRIVATE+KEY+x", SIGNER.verifier.text()[:-4], "x" + SIGNER.verifier.text(), "a b+00000000+AQ=="]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """A key that was cut, or whose id does not fit, opens nothing."""
    with pytest.raises(NoteRefused):
        read_verifier(text)
    with pytest.raises(NoteRefused):
        read_signer("PRIVATE+KEY+" + text)


def test_a_checkpoint_comes_back_as_it_was_made() -> None:
    """Text and back, in a sandbox too; the lines are those of tlog-checkpoint."""
    note = CHECKPOINT.signed(SIGNER)
    sandbox = changed(CHECKPOINT, sandbox=True)

    assert open_checkpoint(note, SIGNER.verifier) == CHECKPOINT
    assert open_checkpoint(sandbox.signed(SIGNER), SIGNER.verifier) == sandbox
    assert note.split("\n")[:3] == [SIGNER.name, "7", b64encode(bytes(32)).decode()]
    assert "\nsandbox\n" in sandbox.signed(SIGNER)


def test_two_keys_may_sign_one_checkpoint() -> None:
    """During a rotation either key opens it."""
    note = CHECKPOINT.signed(SIGNER, OTHER)

    assert open_checkpoint(note, SIGNER.verifier) == open_checkpoint(note, OTHER.verifier) == CHECKPOINT


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (CHECKPOINT.signed(OTHER), "checkpoint.not_signed"),
        (CHECKPOINT.signed(SIGNER).replace("\n7\n", "\n8\n"), "checkpoint.not_signed"),
        (changed(CHECKPOINT, origin="another/log").signed(SIGNER), "checkpoint.other_log"),
        (CHECKPOINT.text(), "note.malformed"),
        (CHECKPOINT.signed(SIGNER)[:-3], "note.malformed"),
        ("", "note.malformed"),
        (write_note("hello\n", SIGNER), "checkpoint.malformed"),
        (write_note(CHECKPOINT.text().replace("\n7\n", "\n07\n"), SIGNER), "checkpoint.malformed"),
        (write_note(CHECKPOINT.text() + "more\n", SIGNER), "checkpoint.malformed"),
    ],
)
def test_every_other_text_is_refused_by_its_fault(note: str, code: str) -> None:
    """Forged, of another log, cut off, or no checkpoint at all: each has its own sentence."""
    with pytest.raises(NoteRefused) as refused:
        open_checkpoint(note, SIGNER.verifier)

    assert refused.value.code == code


def test_a_flipped_bit_anywhere_is_seen() -> None:
    """No byte of a signed checkpoint can be another, the signature's own included."""
    note = CHECKPOINT.signed(SIGNER).encode()

    for place in range(len(note)):
        spoilt = bytes((*note[:place], note[place] ^ 1, *note[place + 1 :]))
        with pytest.raises(NoteRefused):
            open_checkpoint(spoilt.decode(errors="replace"), SIGNER.verifier)


def test_signatures_are_plain_ed25519() -> None:
    """Whoever has the public key and RFC 8032 can check a checkpoint without this software."""
    checkpoint, note = read_checkpoint(CHECKPOINT.signed(SIGNER))

    Ed25519PublicKey.from_public_bytes(SIGNER.verifier.key).verify(
        note.signatures[0].signature, checkpoint.text().encode()
    )
