"""What follows a publication or a letter at once: running deadlines counted anew, with a bar that moves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType

from khuyencong.cli.call import Call
from khuyencong.recounting import recount_all
from store.counters import read_counters
from store.errors import StorageFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What came of it, for programs and for people."""

    document: Mapping[str, Any]
    lines: list[RenderableType]


def recount_now(call: Call) -> Recount:
    """Works off every open recount. What was published stays so whatever happens here: the scheduler goes on."""
    store = call.home.store
    try:
        with store.transaction(writes=False) as transaction:
            whole = max(read_counters(transaction, at=call.now).deadlines_running, 1)
        with call.printer.progress("recount.progress") as bar:
            done = recount_all(
                store, call.home.house, at=call.now, told=lambda seen: bar(min(seen, whole), whole) if seen else None
            )
    except StorageFault as fault:
        document = {"left": True, "why": str(fault)}
        return Recount(document=document, lines=[call.printer.line("recount.left", why=str(fault))])
    document = {"left": False, **asdict(done)}
    if not done.batches:
        return Recount(document=document, lines=[])
    return Recount(document=document, lines=[call.printer.line("recount.done", seen=done.seen, changed=done.changed)])
