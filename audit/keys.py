"""Which keys a log was signed with, each vouched for by the one before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.notes import NoteRefused, Signer, Verifier, read_verifier


def statement(origin: str, old: Verifier | None, new: Verifier) -> str:
    """What both keys sign when one follows the other; the first key signs it alone."""
    return f"khuyencong log key\n{origin}\n{old.text() if old else '-'}\n{new.text()}\n"


def introduce(new: Signer, old: Signer | None, *, lost: Verifier | None = None) -> Mapping[str, Any]:
    """The content of the entry of a key. ``lost``: the key before it, which can sign nothing any more."""
    before = old.verifier if old else lost
    text = statement(new.name, before, new.verifier)
    return {
        "origin": new.name,
        "key": new.verifier.text(),
        "follows": before.text() if before else None,
        "signature": new.sign(text).hex(),
        "signature_of_old": old.sign(text).hex() if old else None,
    }


class KeyUnproven(ValueError):
    """A key of the log does not fit the one before it; ``number`` is its place among the entries of keys.

    ``code`` is the sentence of the catalogues.
    """

    def __init__(self, number: int, code: str) -> None:
        self.number, self.code = number, code
        super().__init__(f"key {number} of the log: {code}")


def keys_of(introduced: Sequence[Mapping[str, Any]]) -> tuple[Verifier, ...]:
    """The keys, oldest first, of the contents of their entries. Raises KeyUnproven.

    A key whose predecessor was lost is taken on its own word: ``replaced_unsigned`` tells of it.
    """
    keys: list[Verifier] = []
    for number, content in enumerate(introduced, start=1):
        keys.append(_next(content, keys[-1] if keys else None, number))
    return tuple(keys)


def replaced_unsigned(introduced: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """The places of the keys for which the one before did not vouch."""
    return tuple(
        number for number, content in enumerate(introduced, start=1) if number > 1 and not content["signature_of_old"]
    )


def _next(content: Mapping[str, Any], old: Verifier | None, number: int) -> Verifier:
    try:
        new = read_verifier(content["key"])
        signature, vouched = bytes.fromhex(content["signature"]), bytes.fromhex(content["signature_of_old"] or "")
    except (NoteRefused, KeyError, TypeError, ValueError) as error:
        raise KeyUnproven(number, "finding.key_unread") from error
    if content["follows"] != (old.text() if old else None) or (old and old.name != new.name):
        raise KeyUnproven(number, "finding.key_follows")
    text = statement(new.name, old, new)
    if not new.signed(text, signature) or (vouched and not (old and old.signed(text, vouched))):
        raise KeyUnproven(number, "finding.key_unsigned")
    return new
