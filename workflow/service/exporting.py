"""Use case of a list that goes out: history keeps who took which proposals, and the hash of the file."""

from collections.abc import Mapping
from datetime import datetime

from workflow.administration import AUDITOR
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, legal_day
from workflow.service.chaining import chained_entry
from workflow.storage import Store
from workflow.values import visible

#: The chain that exports stand in.
EXPORTS = "exports"


def record_export(
    store: Store,
    house: House,
    *,
    by: Actor,
    at: datetime,
    filters: Mapping[str, str | bool],
    count: int,
    form: str,
    sha256: str,
) -> None:
    """Records that a person took a list of ``count`` proposals as a file of that hash.

    ``filters`` are the options that selected them; words that were searched for may name people and are kept as an
    opening that can be erased.
    """
    public = {key: value for key, value in filters.items() if key != "search"}
    private = {"filters.search": visible(str(filters["search"]))} if "search" in filters else {}
    content = {
        "person": by.person,
        "channel": by.channel,
        "filters": public,
        "count": count,
        "form": form,
        "file_sha256": sha256,
    }
    with store.write() as uow:
        entry = chained_entry(
            uow, "exported", content, at=at, salt=house.salt, private={"actor": by.name, **private}, subject=EXPORTS
        )
        uow.append(entry)


def may_audit(by: Actor, *, action: str, at: datetime) -> None:
    """Raises Refused unless the actor sits as an auditor today: history as a whole goes to nobody else."""
    if not any(seat.role == AUDITOR and seat.holds(legal_day(at)) for seat in by.seats):
        raise Refused(action, [Unmet("unmet.no_auditor", {}, (NOBODY,))])
