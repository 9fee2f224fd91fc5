"""Running deadlines counted anew, batch after batch: by the scheduler, and after whatever may have moved them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from store.database import Database
from workflow.house import House
from workflow.service.recounting import look_for_stale, recount_batch
from workflow.storage import Store


@dataclass(slots=True, kw_only=True)
class Recounted:
    """How many deadlines were looked at and changed, how many could not be counted, in how many transactions."""

    seen: int = 0
    changed: int = 0
    faults: int = 0
    batches: int = 0


def recount_all(store: Store, house: House, *, at: datetime, told: Callable[[int], None] = lambda _: None) -> Recounted:
    """Works off every open recount; ``told`` hears how many deadlines were looked at. Raises what the database raises.

    Each batch is a commit of its own, so whatever stops it in between loses nothing.
    """
    done = Recounted()
    while (batch := recount_batch(store, house, at=at)) is not None:
        done.seen += batch.seen
        done.changed += batch.changed
        done.faults += batch.faults
        done.batches += 1
        told(done.seen)
    return done


def find_stale(store: Database, *, at: datetime) -> bool:
    """Whether some running deadline was counted by another calendar than the one in force; opens a recount if so.

    A step that was being recorded while a calendar was published may have passed the recount by.
    """
    with store.write() as uow:
        return look_for_stale(uow, at=at)
