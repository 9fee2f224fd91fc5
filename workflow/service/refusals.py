"""What was refused and to whom, kept outside every chain: a transaction of its own after nothing was changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from workflow.entries import make_entry
from workflow.errors import Refused
from workflow.house import House
from workflow.ledger import typed_by
from workflow.proposal import Actor
from workflow.storage import Store


@contextmanager
def recording_refusals(store: Store, house: House, subject: str, *, by: Actor, at: datetime) -> Iterator[None]:
    """Within it, an act that is refused is written down as an entry about ``subject``; the refusal goes on."""
    try:
        yield
    except Refused as refused:
        record_refusal(store, house, subject, refused, by=by, at=at)
        raise


def record_refusal(
    store: Store, house: House, subject: str, refused: Refused, *, by: Actor, at: datetime, action: str | None = None
) -> None:
    """Writes a refusal down, as far as the cap per person and minute admits. ``action``: None, as it was refused."""
    left_out = house.refusals.admit(by.person, at)
    if left_out is None:
        return
    content = {
        "action": action or refused.action,
        "person": by.person,
        "channel": by.channel,
        "problem": refused.problem,
        "unmet": [{"code": unmet.code, "lifted_by": list(unmet.lifted_by)} for unmet in refused.unmet],
        "left_out_before": left_out,
    }
    entry = make_entry(
        "refused",
        subject,
        seq=None,
        recorded_at=at,
        content=content,
        private={"actor": by.name, **typed_by(by.os_user)},
        previous_hash=None,
        salt=house.salt,
    )
    with store.write() as uow:
        uow.append(entry)
