"""What a leaf of the sealed log says of an entry: which one it is, and the hash of its bytes.

The kind, subject and number stand in the leaf beside the hash, so that of an entry that was removed it can still be
proved which one it was (docs/decisions/0021).
"""

from typing import Any

import orjson

from workflow.entries import canonical


def leaf_data(kind: str, subject: str, seq: int | None, hash_: str, format_: int) -> bytes:
    """The bytes of an entry's leaf: canonical JSON, as the entry's own body is."""
    return canonical({"format": format_, "hash": hash_, "kind": kind, "seq": seq, "subject": subject})


def read_leaf(data: bytes) -> tuple[str, int | None]:
    """Which entry a leaf is about: subject and number; where it is none of ours, the bytes as they are."""
    try:
        said: Any = orjson.loads(data)
        return str(said["subject"]), said["seq"]
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return repr(data), None
