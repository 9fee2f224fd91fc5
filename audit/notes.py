"""Signed notes: a text, a blank line, and a line for each signature (C2SP signed-note), with Ed25519 keys.

A *verifier key* ``NAME+ID+KEY`` is what auditors keep; a *signer key* ``PRIVATE+KEY+NAME+ID+KEY`` stays on its server.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from definitions.errors import KhuyencongError

#: Signature type of Ed25519 in a note, before the key's bytes.
_ED25519 = b"\x01"
_ID_BYTES = 4
_KEY_BYTES = 32
_DASH = "\u2014 "
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - the published beginning of every signer key, not one of them.


class NoteRefused(KhuyencongError):
    """A note or a key is not what it should be; ``code`` is the sentence of the catalogues."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(f"{code} {params}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key and the name it signs under."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_ID_BYTES]

    def text(self) -> str:
        """The key as it is handed to auditors."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.key).decode()}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether the signature is this key's, over exactly this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key and the name it signs under. It is never printed."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"Signer(name={self.name!r})"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, key=self._private().public_key().public_bytes_raw())

    def text(self) -> str:
        """The key as its file holds it."""
        return f"{_SECRET}{self.name}+{self.verifier.key_id.hex()}+{b64encode(_ED25519 + self.seed).decode()}"

    def sign(self, text: str) -> bytes:
        """The signature over exactly this text."""
        return self._private().sign(text.encode())

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, ending in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def is_signed_by(self, verifier: Verifier) -> bool:
        """Whether one of the signatures is this key's."""
        wanted = (verifier.name, verifier.key_id)
        mine = [one for one in self.signatures if (one.name, one.key_id) == wanted]
        return any(verifier.signed(self.text, one.signature) for one in mine)


def write_note(text: str, *signers: Signer) -> str:
    """The note of a text that ends in a newline, signed by each."""
    return f"{text}\n" + "".join(_line(text, signer) for signer in signers)


def _line(text: str, signer: Signer) -> str:
    blob = signer.verifier.key_id + signer.sign(text)
    return f"{_DASH}{signer.name} {b64encode(blob).decode()}\n"


def read_note(note: str) -> Note:
    """A note in its parts; no signature was looked at. Raises NoteRefused for what is cut off or no note."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteRefused("note.malformed")
    return Note(text=text + "\n", signatures=tuple(map(_read_line, lines.removesuffix("\n").split("\n"))))


def _read_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name:
        raise NoteRefused("note.malformed")
    blob = _decoded(encoded)
    return Signature(name=name, key_id=blob[:_ID_BYTES], signature=blob[_ID_BYTES:])


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (NotBase64, ValueError) as error:
        raise NoteRefused("note.malformed") from error


def read_verifier(text: str) -> Verifier:
    """A verifier key from its text. Raises NoteRefused."""
    name, key = _read_key(text.strip())
    found = Verifier(name=name, key=key)
    if found.text() != text.strip():
        raise NoteRefused("note.bad_key")
    return found


def read_signer(text: str) -> Signer:
    """A signer key from its text. Raises NoteRefused."""
    if not text.startswith(_SECRET):
        raise NoteRefused("note.bad_key")
    name, seed = _read_key(text.strip().removeprefix(_SECRET))
    found = Signer(name=name, seed=seed)
    if found.text() != text.strip():
        raise NoteRefused("note.bad_key")
    return found


def _read_key(text: str) -> tuple[str, bytes]:
    try:
        name, _, encoded = text.split("+", 2)
        blob = b64decode(encoded, validate=True)
    except (NotBase64, ValueError) as error:
        raise NoteRefused("note.bad_key") from error
    if not name or any(char.isspace() for char in name) or len(blob) != 1 + _KEY_BYTES or blob[:1] != _ED25519:
        raise NoteRefused("note.bad_key")
    return name, blob[1:]
