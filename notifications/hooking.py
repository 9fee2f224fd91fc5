"""What a webhook hears of a notice: its bytes, and which notices of which agency it hears of.

Only what any officer of the agency may see, and nobody's name, address or free words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from notifications.channels import Letter
from notifications.composing import Waiting
from notifications.message import message_id
from notifications.rerouting import WEBHOOK
from workflow.storage import Notice, Recipient, UnitOfWork
from workflow.webhooks import Webhook

#: The webhooks of each agency.
Hooks = Mapping[str, Sequence[Webhook]]
#: What an event says, and the variable of the notice that it is taken from.
_SAID = {
    "code": "ma",
    "plan_year": "nam",
    "state": "trang_thai",
    "action": "hanh_dong",
    "day": "ngay",
    "due": "han",
    "due_provisional": "tam_tinh",
    "deadline": "muc",
    "working_days": "n",
    "link": "lien_ket",
    "sandbox": "sandbox",
}


def hooks_of(uow: UnitOfWork) -> Hooks:
    """The webhooks that there are, by agency."""
    found: dict[str, list[Webhook]] = {}
    for hook in uow.webhooks():
        found.setdefault(hook.agency, []).append(hook)
    return found


def event_notices(notice: Waiting, hooks: Hooks, *, at: datetime) -> tuple[Notice, ...]:
    """What the webhooks of the notice's agency are to hear: of one event once, however many people read of it."""
    found = hooks.get(notice.to_seat.partition("@")[2])
    return tuple(_events(notice, found, at)) if found else ()


def _events(notice: Waiting, hooks: Sequence[Webhook], at: datetime) -> Iterator[Notice]:
    event = f"r{notice.reminder_id}" if notice.reminder_id is not None else notice.seq
    role = notice.to_seat.partition("@")[0]
    said = {name: notice.variables.get(variable) for name, variable in _SAID.items()}
    for hook in hooks:
        yield Notice(
            notice=notice.notice,
            seq=notice.seq,
            to=Recipient(seat=notice.to_seat, person=None, name=hook.id, address=hook.url),
            channel=WEBHOOK,
            variables={**said, "notice": notice.notice, "seq": notice.seq, "agency": hook.agency, "role": role},
            templates_sha256=notice.templates_sha256,
            send_after=at,
            key=f"{WEBHOOK}/{hook.id}/{notice.proposal_id}/{event}/{notice.notice}",
        )


def event_of(notice: Waiting, domain: str) -> Letter:
    """The bytes of an event: JSON with sorted keys, UTF-8. Its id stays the same however often it is sent."""
    id_ = message_id(notice.key, domain)
    body = json.dumps({**notice.variables, "id": delivery_of(id_)}, ensure_ascii=False, sort_keys=True)
    return Letter(id=id_, recipient=notice.to_address, content=body.encode(), about=notice.to_name)


def delivery_of(id_: str) -> str:
    """The id of a delivery, as the receiver sees it."""
    return id_.strip("<>").partition("@")[0]
