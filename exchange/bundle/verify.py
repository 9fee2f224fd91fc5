#!/usr/bin/env python3
"""Checks a bundle of one case without any other software: needs only Python 3.8 or newer and its standard library.

    python3 -I verify.py                      the folder in which this file lies
    python3 -I verify.py BUNDLE.zip           a bundle that was not unpacked
    ... --key KEY                             the log's key as you keep it, instead of the one in the bundle
    ... --checkpoint FILE                     a checkpoint that you keep: the one in the bundle, or one that the
                                              bundle was made --against and is proved to extend

Prints VERIFIED and what that covers, or every part that does not fit. Without a key or a checkpoint that you keep,
nobody can tell who signed: then it prints SIGNER NOT CHECKED. Exit status: 0 verified, 1 not, 2 not readable, 3 all
fits, but the signer was not checked. That no entry came after the last one here rests on the signer's word: no proof
of single entries can show it.
Ed25519 as in RFC 8032, proofs as in RFC 9162; nothing is taken from the network.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def _recovered(encoded: bytes) -> tuple[int, int] | None:
    """The point of 32 bytes as (x, y), or None for bytes that encode none (RFC 8032, 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def _sum(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The sum of two points in extended coordinates (RFC 8032, 5.1.4)."""
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    three, four = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _sum(total, point)
        point, scalar = _sum(point, point), scalar >> 1
    return total


def _extended(point: tuple[int, int]) -> tuple[int, int, int, int]:
    return point[0], point[1], 1, point[0] * point[1] % P


# The base point (RFC 8032, 5.1): y is 4/5, and x is the even one of the two that fit it.
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE = _extended((BASE_X, 4 * pow(5, P - 2, P) % P))


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature of 64 bytes is this key's over the message (RFC 8032, 5.1.7, without cofactor)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    point, scalar = _recovered(key), int.from_bytes(signature[32:], "little")
    if point is None or scalar >= L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = _extended(((P - point[0]) % P, point[1]))
    x, y, z, _ = _sum(_times(scalar, BASE), _times(hashed, minus))
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


class Unreadable(Exception):
    """The bundle cannot be looked at at all."""


class Bundle:
    """The files of a bundle, packed or not."""

    def __init__(self, place: Path) -> None:
        try:
            if place.is_dir():
                found = [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
                self._files = {path.relative_to(place).as_posix(): path.read_bytes() for path in found}
            else:
                with zipfile.ZipFile(str(place)) as archive:
                    names = archive.namelist()
                    if len(names) != len(set(names)):
                        raise Unreadable("the bundle holds a file twice: %s" % place)
                    self._files = {name: archive.read(name) for name in names}
        except (OSError, zipfile.BadZipFile, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
            raise Unreadable("%s is cut off or is no bundle: %s" % (place, error))

    def read(self, name: str) -> bytes:
        if name not in self._files:
            raise Unreadable("the bundle is not whole: %s is missing" % name)
        return self._files[name]

    def names(self) -> set[str]:
        return set(self._files)


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and bytes of a verifier key ``NAME+ID+KEY``."""
    try:
        name, id_, encoded = text.strip().split("+", 2)
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Unreadable("this is no key of a log: %s" % text.strip())
    made = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    if blob[:1] != b"\x01" or len(blob) != 33 or made.hex() != id_:
        raise Unreadable("this is no key of a log: %s" % text.strip())
    return name, made, blob[1:]


def signed_text(note: str, keys: list[tuple[str, bytes, bytes]]) -> tuple[str, tuple[str, bytes] | None]:
    """The text of a signed note, and the one of the keys that signed it, or None (C2SP signed-note)."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank:
        return note, None
    text += "\n"
    for line in lines.splitlines():
        name, _, encoded = line[2:].partition(" ")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        for known, id_, key in keys:
            if (name, blob[:4]) == (known, id_) and ed25519_holds(key, text.encode(), blob[4:]):
                return text, (known, id_)
    return text, None


def inclusion_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a proof leads to (RFC 9162, 2.1.3.2), or None where it cannot be one."""
    node, last, found = index, size - 1, leaf
    if not 0 <= index < size:
        return None
    for other in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + other + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + other).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def extends(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    """Whether a proof leads from the tree of ``old`` leaves to the one of ``new`` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    nodes = path if old & (old - 1) else [old_root, *path]
    if not nodes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = nodes[0]
    for other in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before = hashlib.sha256(b"\x01" + other + before).digest()
            after = hashlib.sha256(b"\x01" + other + after).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = hashlib.sha256(b"\x01" + after + other).digest()
        node, last = node >> 1, last >> 1
    return (before, after, last) == (old_root, new_root, 0)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Check:
    """One pass over a bundle; ``wrong`` says everything that does not fit."""

    def __init__(self, bundle: Bundle, key: str = "", checkpoint: str = "") -> None:
        self.bundle = bundle
        self.wrong: list[str] = []
        self.said: list[str] = []
        self.signers: list[tuple[str, bytes]] = []
        self.keys = [read_key(key)] if key else [read_key(line) for line in self._text("keys.txt").split("\n") if line]
        self.given, self.outside = bool(key), checkpoint
        self.kept_signer: tuple[str, bytes] | None = None
        self.size, self.root, self.code = 0, b"", ""
        self.missing: set[str] = set()

    def run(self) -> None:
        self.manifest()
        self.checkpoint()
        entries = self.entries("history.jsonl", chain=True)
        published = self.entries("registers.jsonl", chain=False)
        self.papers(entries)
        self.definitions(entries, published)
        self.notices()

    def find(self, what: str) -> None:
        self.wrong.append(what)

    def _text(self, name: str) -> str:
        try:
            return self.bundle.read(name).decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("%s is not text" % name)

    def signed(self, name: str) -> str:
        """The text of a note; the key that signed it is remembered, whatever other keys the bundle names."""
        text, signer = signed_text(self._text(name), self.keys)
        if signer is None:
            self.find("%s: no key of the log signed it" % name)
        elif signer not in self.signers:
            self.signers.append(signer)
        return text

    def manifest(self) -> None:
        text = self.signed("manifest.txt")
        head, listed = text.split("\n")[:5], text.split("\n")[5:]
        if head[0] != "khuyencong bundle 1" or len(head) < 5:
            raise Unreadable("manifest.txt is not the list of a bundle")
        self.code = head[1]
        known = {"manifest.txt"}
        for line in filter(None, listed):
            hashed, _, name = line.partition("  ")
            known.add(name)
            if name.startswith("missing/"):
                self.missing.add(hashed)
            elif name not in self.bundle.names():
                self.find("%s: it is listed and not in the bundle" % name)
            elif hashlib.sha256(self.bundle.read(name)).hexdigest() != hashed:
                self.find("%s: its content is not the one that was listed" % name)
        for name in sorted(self.bundle.names() - known):
            self.find("%s: it is in the bundle and not listed" % name)
        self.said.append("case %s, %s, %s; %d files" % (head[1], head[2], head[3], len(known) - 1))

    def checkpoint(self) -> None:
        text = self.signed("checkpoint.txt")
        lines = text.split("\n")
        try:
            self.size, self.root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (ValueError, IndexError):
            self.find("checkpoint.txt: it is no checkpoint")
            return
        if lines[0] not in [name for name, _, _ in self.keys]:
            self.find("checkpoint.txt: it is of another log (%s)" % lines[0])
        if self.outside:
            kept, self.kept_signer = signed_text(self.outside, self.keys)
            if text != kept:
                self.extended(kept)
        self.said.append("checkpoint of %d entries, %s" % (self.size, lines[3]))
        if "sandbox" in lines[4:]:
            self.said.append("this log is a SANDBOX: it has no legal force")

    def extended(self, kept: str) -> None:
        """Holds the log of the bundle against a checkpoint that was kept before, by the proof in the bundle."""
        try:
            old, root = int(kept.split("\n")[1]), base64.b64decode(kept.split("\n")[2], validate=True)
            rows = [json.loads(line) for line in self._text("extends.jsonl").split("\n") if line]
            paths = [[bytes.fromhex(node) for node in row["proof"]] for row in rows if row["size"] == old]
        except (Unreadable, ValueError, IndexError, KeyError, TypeError):
            old, root, paths = 0, b"", []
        if any(extends(old, self.size, root, self.root, path) for path in paths):
            self.said.append("it extends the checkpoint of %d entries that you keep" % old)
        else:
            self.find("checkpoint.txt: it is not the checkpoint that you keep, and not proved to extend it")

    def entries(self, name: str, *, chain: bool) -> list[dict[str, Any]]:
        bodies: list[dict[str, Any]] = []
        previous: str | None = None
        for number, line in enumerate(filter(None, self._text(name).split("\n")), 1):
            place = "%s line %d" % (name, number)
            try:
                row = json.loads(line)
                body = json.loads(row["body"])
                place = "%s: entry %s of %s" % (name, body["seq"], body["subject"])
                self.entry(place, row, body)
                if chain and (body["seq"], body["previous"]) != (number, previous):
                    self.find("%s: it does not follow the entry before it" % place)
                if chain and body["subject"] != self.code:
                    self.find("%s: it is of another case" % place)
                previous = row["hash"]
                bodies.append(body)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.find("%s: it cannot be read (%r)" % (place, error))
        if chain and not bodies:
            self.find("%s: there is no entry" % name)
        self.said.append("%s: %d entries with their proofs" % (name, len(bodies)))
        if chain:
            self.said.append("that none came after the last of them rests on the signer's word")
        return bodies

    def entry(self, place: str, row: dict[str, Any], body: dict[str, Any]) -> None:
        if hashlib.sha256(row["body"].encode()).hexdigest() != row["hash"]:
            self.find("%s: its content does not fit its hash" % place)
        named = {"format": body["format"], "hash": row["hash"], "kind": body["kind"]}
        leaf = canonical({**named, "seq": body["seq"], "subject": body["subject"]})
        path = [bytes.fromhex(node) for node in row["proof"]]
        found = inclusion_root(hashlib.sha256(b"\x00" + leaf).digest(), row["index"], self.size, path)
        if found != self.root:
            self.find("%s: it is not in the log that the checkpoint signs" % place)
        known: dict[str, bool] = {}
        for one in row["openings"]:
            known[one["path"]] = True
            if one["value"] is None:
                continue
            made = hashlib.sha256(bytes.fromhex(one["salt"]) + one["value"].encode()).hexdigest()
            if body["private"].get(one["path"]) != made:
                self.find("%s: the value of %s does not fit its commitment" % (place, one["path"]))
        if sorted(known) != sorted(body["private"]):
            self.find("%s: values are missing or too many" % place)

    def papers(self, entries: list[dict[str, Any]]) -> None:
        held = self._held("documents/")
        wanted: dict[str, tuple[int, str]] = {}
        for body in entries:
            for paper in body.get("documents", ()):
                wanted[paper["sha256"]] = (body["seq"], paper["key"])
        for hashed, (seq, key) in sorted(wanted.items()):
            if hashed not in held and hashed not in self.missing:
                self.find("documents: the paper %s of entry %d (%s) is not in the bundle" % (key, seq, hashed[:16]))
        for hashed in sorted(set(held) - set(wanted)):
            self.find("%s: no entry names this paper" % held[hashed])
        gone = len(self.missing & set(wanted))
        self.said.append("documents: %d%s" % (len(held), ", %d could not be given out" % gone if gone else ""))

    def definitions(self, entries: list[dict[str, Any]], published: list[dict[str, Any]]) -> None:
        held = self._held("definitions/")
        if entries:
            for kind in ("process", "programme", "templates"):
                if entries[0].get(kind + "_sha256") not in held:
                    self.find("definitions: the %s that the case follows is not in the bundle" % kind)
        named = {body.get("sha256") for body in published}
        for hashed in sorted(set(held) - named):
            self.find("%s: the log does not tell that it was published" % held[hashed])
        self.said.append("definitions and calendars in force: %d" % len(held))

    def signer_checked(self) -> bool:
        """Whether everything was signed by a key that is known from outside: given, or of the checkpoint kept."""
        return self.given or (self.kept_signer is not None and self.signers == [self.kept_signer])

    def sent(self) -> dict[str, tuple[str, dict[str, str] | None]]:
        """Of each mail that the log tells of: the hash of its bytes, and of its notices (None: not opened)."""
        name = "notices-sent.jsonl"
        if name not in self.bundle.names():
            return {}
        told: dict[str, tuple[str, dict[str, str] | None]] = {}
        self.entries(name, chain=False)
        for line in filter(None, self._text(name).split("\n")):
            try:
                row = json.loads(line)
                values = {one["path"]: one["value"] for one in row["openings"]}
                for number, mail in enumerate(json.loads(row["body"])["messages"]):
                    value = values.get("messages.%d" % number)
                    told[mail["id"]] = (mail["sha256"], dict(json.loads(value)) if value else None)
            except (ValueError, KeyError, TypeError, AttributeError):
                self.find("%s: an entry tells of no mails" % name)
        return told

    def carried(self, row: dict[str, Any], known: tuple[str, dict[str, str] | None]) -> None:
        """One notice against what the log says of the mail that carried it."""
        hashed, notices = known
        if row["file"] is not None and row["sha256"] != hashed:
            self.find("%s: the log says that another mail was sent (notice %s)" % (row["file"], row["id"]))
        said = hashlib.sha256((row.get("said") or "").encode()).hexdigest()
        if notices is not None and notices.get(row["key"]) != said:
            self.find("notices.jsonl: the log tells something else of the notice %s (%s)" % (row["id"], row["key"]))

    def notices(self) -> None:
        told = self.sent()
        rows = [json.loads(line) for line in self._text("notices.jsonl").split("\n") if line]
        held = {name for name in self.bundle.names() if name.startswith("notices/")}
        proved = [row for row in rows if row.get("mail") in told]
        for row in proved:
            self.carried(row, told[row["mail"]])
        keys = {row.get("key") for row in rows}
        for key in sorted(key for _, notices in told.values() for key in notices or () if key not in keys):
            if key.startswith(self.code + "/"):
                self.find("notices.jsonl: the notice %s is in the log and not in the bundle" % key)
        for row in rows:
            if row["file"] is None:
                continue
            if row["file"] not in held:
                self.find("%s: the notice %s is not in the bundle" % (row["file"], row["id"]))
            elif hashlib.sha256(self.bundle.read(row["file"])).hexdigest() != row["sha256"]:
                self.find("%s: it is not the mail that was sent (notice %s)" % (row["file"], row["id"]))
        for name in sorted(held - {row["file"] for row in rows}):
            self.find("%s: no notice of the case" % name)
        sent = "notices: %d with %d mails as sent; %d notices proved by the log, the others by the signed list alone"
        self.said.append(sent % (len(rows), len(held), len(proved)))

    def _held(self, folder: str) -> dict[str, str]:
        names = (name for name in self.bundle.names() if name.startswith(folder))
        return {hashlib.sha256(self.bundle.read(name)).hexdigest(): name for name in names}


def main(words: list[str]) -> int:
    options: dict[str, str] = {}
    places: list[str] = []
    words = list(words)
    while words:
        word = words.pop(0)
        if word in ("--key", "--checkpoint"):
            options[word] = words.pop(0) if words else ""
        else:
            places.append(word)
    try:
        place = Path(places[0]) if places else Path(__file__).resolve().parent
        kept = Path(options["--checkpoint"]).read_text("utf-8") if "--checkpoint" in options else ""
        check = Check(Bundle(place), options.get("--key", ""), kept)
        check.run()
    except (Unreadable, OSError, ValueError, KeyError, TypeError, IndexError) as error:
        print("NOT VERIFIED: %s" % error)
        return 2
    for line in check.said:
        print(line)
    if check.wrong:
        print("NOT VERIFIED: %d do not fit" % len(check.wrong))
        for line in check.wrong:
            print("- " + line)
        return 1
    signers = " and ".join("%s+%s" % (name, id_.hex()) for name, id_ in check.signers)
    if not check.signer_checked():
        print("SIGNER NOT CHECKED: all fits under the key %s" % signers)
        print("That key came with the bundle: name yours with --key, or a checkpoint you keep with --checkpoint.")
        return 3
    print("VERIFIED under the key %s" % signers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
