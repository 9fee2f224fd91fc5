"""What a whole verification has shown and what not, as sentences of the catalogues."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from store.log import UNCHECKED, Verified
from store.types import read_instant

Said = tuple[str, Mapping[str, Any]]
_COUNTS = ("proposals", "attachments", "deadlines", "untold", "documents")
_LOG = ("entries", "sealed", "unsealed", "nodes", "checkpoints", "covered")


def lines_of(found: Verified, *, outside: int, at: datetime, word: Callable[..., str]) -> Iterator[Said]:
    """Each sentence by its code, the adversaries last. ``outside``: how far a checkpoint reaches that was kept away."""
    yield "audit.whole", {"entries": found.entries, "chains": found.chains, "at": at}
    yield "audit.sealed", {name: getattr(found, name) for name in _LOG}
    yield "audit.compared", {name: getattr(found, name) for name in _COUNTS}
    yield "audit.mails", {"mails": found.mails, "notices": found.notices, "fresh": found.mails_unrecorded}
    yield "audit.beside", {"numbers": found.numbers, "opened": found.opened, "fresh": found.opened_unrecorded}
    yield "audit.unchecked", {"what": _unchecked(found, word)}
    for one in found.compared:
        yield "audit.extends", {"source": one.source, "size": one.size, "at": read_instant(one.made_at)}
    for number in found.keys_unvouched:
        yield "audit.unvouched", {"n": number}
    yield "audit.database_excluded", {"covered": found.vouched}
    yield "audit.server_excluded" if outside else "audit.server_open", {"size": outside}


def missing(found: Verified, word: Callable[..., str]) -> str:
    """Why nobody vouches for a log that fits itself."""
    code = "audit.no_kept" if found.checkpoints else "audit.unsealed"
    return word("audit.no_key" if not found.key_checked else code)


def _unchecked(found: Verified, word: Callable[..., str]) -> str:
    """What was not compared with anything: by its nature, or in this very check."""
    parts = [word(f"unchecked.{one}") for one in UNCHECKED]
    counted = {"erased": found.erased, "unread": found.documents_unread, "unsealed": found.unsealed}
    return "; ".join(parts + [word(f"unchecked.{name}", n=n) for name, n in counted.items() if n])
