"""Use case of the keys that sign checkpoints: each is an entry of history; a later one is signed by the one before."""

from collections.abc import Mapping
from datetime import datetime

from workflow.entries import Entry
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.chaining import chained_entry
from workflow.storage import Store

#: The chain that the keys stand in, and the kind of its entries.
LOG, LOG_KEY = "log", "log-key"


def record_key(store: Store, house: House, content: Mapping[str, object], *, by: Actor, at: datetime) -> Entry:
    """Records a key of the log with its signatures (``audit.keys``); the entry as written."""
    who = {"person": by.person, "channel": by.channel}
    with store.write() as uow:
        entry = chained_entry(uow, LOG_KEY, {**content, **who}, at=at, salt=house.salt, subject=LOG)
        uow.append(entry)
    return entry
