"""How people are reached, in a unit of work on a database: their addresses and wishes, bad addresses, webhooks."""

from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, bindparam, select, text, update

from store.accounts import Accounts
from store.statements import Statement, inserting, put
from store.tables import BadAddressRow, NoticeRow, PersonRow, ProposalRow, WebhookRow, table
from store.types import UtcInstant
from workflow.addresses import BadAddress
from workflow.entries import Entry
from workflow.storage import Person
from workflow.webhooks import Webhook

_PERSON, _NOTICE, _PROPOSAL = table(PersonRow), table(NoticeRow), table(ProposalRow)
_BAD, _WEBHOOK = table(BadAddressRow), table(WebhookRow)
_OPEN = text("bad_address.cleared_at IS NULL")
_ONE_PERSON = Statement(
    select(*(_PERSON.c[name] for name in ("id", "name", "address", "mail"))).where(_PERSON.c.id == bindparam("of_id"))
)
_CHANGE = Statement(
    update(_PERSON)
    .where(_PERSON.c.id == bindparam("of_id"))
    .values(address=bindparam("to_address"), mail=bindparam("to_mail"))
)
#: What is composed keeps its bytes and their recipient.
_UNCOMPOSED = (
    _NOTICE.c.message_id.is_(None),
    text("notice.channel IN ('mail', 'digest', 'list')"),
    text("notice.state IN ('scheduled', 'sending')"),
)
_READDRESS = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.to_person == bindparam("of_id"), *_UNCOMPOSED)
    .values(to_address=bindparam("to_address"))
)
_READDRESS_SEAT = Statement(
    update(_NOTICE)
    .where(
        _NOTICE.c.proposal_id
        == select(_PROPOSAL.c.id).where(_PROPOSAL.c.code == bindparam("of_code")).scalar_subquery(),
        _NOTICE.c.to_seat == bindparam("of_seat"),
        _NOTICE.c.to_person.is_(None),
        *_UNCOMPOSED,
    )
    .values(to_address=bindparam("to_address"))
)
_BADS = Statement(select(_BAD).where(_OPEN).order_by(_BAD.c.since, _BAD.c.id))
_ONE_BAD = Statement(select(_BAD).where(_BAD.c.address == bindparam("of_address"), _OPEN))
_CLEAR = Statement(
    update(_BAD)
    .where(_BAD.c.address == bindparam("of_address"), _OPEN)
    .values(cleared_at=bindparam("at", type_=UtcInstant()), cleared_by=bindparam("by"))
)
_WEBHOOKS = Statement(
    select(_WEBHOOK).where(_WEBHOOK.c.removed_at.is_(None)).order_by(_WEBHOOK.c.created_at, _WEBHOOK.c.id)
)
_REMOVE = Statement(
    update(_WEBHOOK)
    .where(_WEBHOOK.c.id == bindparam("of_id"), _WEBHOOK.c.removed_at.is_(None))
    .values(removed_at=bindparam("at", type_=UtcInstant()))
)
_ADD_WEBHOOK = put(_WEBHOOK)


def _mark(dialect: str) -> ClauseElement:
    names = [column.name for column in _BAD.columns if column.name != "id"]
    marked: ClauseElement = inserting(_BAD, dialect).values({name: bindparam(name) for name in names})
    once: ClauseElement = marked.on_conflict_do_nothing().inline()  # type: ignore[attr-defined]
    return once


_MARK = Statement(_mark)
_PLACE = ("address", "seat", "agency", "reason", "since")


class Addresses(Accounts):
    """Addresses on an open transaction."""

    def person(self, id_: str) -> Person:
        """The person of that id, who is known to exist."""
        row: Any = self._transaction.first(_ONE_PERSON, {"of_id": id_})
        return Person(id=row.id, name=row.name, address=row.address, mail=row.mail)

    def change_person(self, person: Person, entry: Entry) -> None:
        """Writes a person's new address or wish; what waits for them, uncomposed, goes to the new address."""
        self._change(entry)
        self._transaction.run(_CHANGE, {"of_id": person.id, "to_address": person.address, "to_mail": person.mail})
        if person.address:
            self._transaction.run(_READDRESS, {"of_id": person.id, "to_address": person.address})

    def readdress(self, code: str, seat: str, address: str) -> None:
        """Sends what waits for a seat of a proposal that no person holds, uncomposed, to another address."""
        self._transaction.run(_READDRESS_SEAT, {"of_code": code, "of_seat": seat, "to_address": address})

    def bad_address(self, address: str) -> BadAddress | None:
        """What is wrong with an address, or None."""
        row = self._transaction.first(_ONE_BAD, {"of_address": address.lower()})
        return _bad(row) if row else None

    def bad_addresses(self) -> tuple[BadAddress, ...]:
        """The addresses that wait to be mended, oldest first."""
        return tuple(map(_bad, self._transaction.rows(_BADS)))

    def mark_address(self, bad: BadAddress) -> bool:
        """Marks an address as bad; False where it is already."""
        values = {name: getattr(bad, name) for name in _PLACE} | {"address": bad.address.lower()}
        fresh = {"person_id": bad.person, "cleared_at": None, "cleared_by": None}
        return self._transaction.run(_MARK, values | fresh) == 1

    def clear_address(self, address: str, *, at: datetime, by: str, entry: Entry | None) -> None:
        """Ends the mark of an address; without an entry where another entry of this transaction tells of it."""
        if entry is not None:
            self._change(entry)
        self._transaction.run(_CLEAR, {"of_address": address.lower(), "at": at, "by": by})

    def webhooks(self) -> tuple[Webhook, ...]:
        """The webhooks that are not removed, oldest first."""
        names = ("id", "agency", "url", "created_at")
        return tuple(
            Webhook(**{name: getattr(row, name) for name in names}) for row in self._transaction.rows(_WEBHOOKS)
        )

    def add_webhook(self, webhook: Webhook, entry: Entry) -> None:
        """Writes a webhook."""
        about = {"id": webhook.id, "agency": webhook.agency, "url": webhook.url, "created_at": webhook.created_at}
        written = self._change(entry)
        self._transaction.run(_ADD_WEBHOOK, about | {"removed_at": None, "entry_id": written})

    def remove_webhook(self, id_: str, *, at: datetime, entry: Entry) -> None:
        """Ends a webhook; its row stays."""
        self._change(entry)
        self._transaction.run(_REMOVE, {"of_id": id_, "at": at})


def _bad(row: Any) -> BadAddress:
    return BadAddress(person=row.person_id, **{name: getattr(row, name) for name in _PLACE})
