"""Use cases of reaching people: addresses, wishes, webhooks. Every change is an entry of the registers."""

from datetime import datetime

from workflow.addresses import unmet_address
from workflow.changing import changed
from workflow.entries import instant
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat
from workflow.service.accounts import account_of, permitted
from workflow.service.chaining import signed_entry
from workflow.service.people import administration_of
from workflow.storage import MailWish, Person, Store, UnitOfWork
from workflow.values import read_text
from workflow.webhooks import Webhook, url_faults


def set_address(store: Store, house: House, *, username: str, address: str, by: Actor, at: datetime) -> Person:
    """Changes where a person's mail goes: one's own, or by an administrator. What waits for them goes there too.

    A mark on the former address ends with it. Raises UnknownUser, Refused.
    """
    address = read_text("address", address)
    with store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action="user address", by=by, at=at)
        before = uow.person(account.person)
        unmet = [*unmet_address(address)]
        unmet += [Unmet("unmet.same_address")] if address == before.address else []
        unmet += [Unmet("unmet.address_is_bad", {"address": address})] if uow.bad_address(address) else []
        if unmet:
            raise Refused("user address", unmet)
        content, private = {"holder": before.id}, {"address": address}
        entry = signed_entry(uow, house, "address-set", content, by=by, at=at, seat=seat, private=private)
        after = changed(before, address=address)
        uow.change_person(after, entry)
        uow.clear_address(before.address, at=entry.recorded_at, by=by.person, entry=None)
        return after


def wish_mail(store: Store, house: House, *, username: str, mail: MailWish, by: Actor, at: datetime) -> None:
    """Says which reminders a person gets by mail: one's own wish, or an administrator's word. Raises Refused."""
    with store.write() as uow:
        account = account_of(uow, username)
        seat = permitted(uow, house, account, action="user notify", by=by, at=at)
        before = uow.person(account.person)
        if before.mail == mail:
            raise Refused("user notify", [Unmet("unmet.same_wish")])
        content = {"holder": before.id, "mail": mail}
        entry = signed_entry(uow, house, "mail-wished", content, by=by, at=at, seat=seat)
        uow.change_person(changed(before, mail=mail), entry)


def clear_address(store: Store, house: House, *, address: str, by: Actor, at: datetime) -> None:
    """Says that an address that was refused works again; by an administrator over its agency. Raises Refused."""
    with store.write() as uow:
        bad = uow.bad_address(address)
        agency = bad.agency if bad else ""
        seat = _governing(uow, house, agency, action="notice address-clear", by=by, at=at)
        if bad is None:
            raise Refused("notice address-clear", [Unmet("unmet.address_not_bad", {"address": address})])
        private = {"address": bad.address}
        content = {"seat": bad.seat, "agency": bad.agency}
        entry = signed_entry(uow, house, "address-cleared", content, by=by, at=at, seat=seat, private=private)
        uow.clear_address(bad.address, at=entry.recorded_at, by=by.person, entry=entry)


def add_webhook(store: Store, house: House, *, webhook: Webhook, by: Actor, at: datetime) -> Webhook:
    """Lets an agency's software hear of its notices from now on; by an administrator over it. Raises Refused."""
    with store.write() as uow:
        known = uow.law().agencies
        unmet = [] if webhook.agency in known else [Unmet("unmet.unknown_agency", {"agency": webhook.agency})]
        unmet += [*url_faults(webhook.url, sandbox=house.told.sandbox)]
        if any((one.agency, one.url) == (webhook.agency, webhook.url) for one in uow.webhooks()):
            unmet.append(Unmet("unmet.webhook_known"))
        if unmet:
            raise Refused("webhook add", unmet)
        seat = _governing(uow, house, webhook.agency, action="webhook add", by=by, at=at)
        content = {"webhook": webhook.id, "agency": webhook.agency, "url": webhook.url, "made_at": instant(at)}
        entry = signed_entry(uow, house, "webhook-added", content, by=by, at=at, seat=seat)
        uow.add_webhook(changed(webhook, created_at=at), entry)
        return changed(webhook, created_at=at)


def remove_webhook(store: Store, house: House, *, id_: str, by: Actor, at: datetime) -> None:
    """Ends a webhook: nothing more goes there. Raises Refused."""
    with store.write() as uow:
        known = next((one for one in uow.webhooks() if one.id == id_), None)
        agency = known.agency if known else ""
        seat = _governing(uow, house, agency, action="webhook remove", by=by, at=at)
        if known is None:
            raise Refused("webhook remove", [Unmet("unmet.no_such_webhook", {"id": id_}, (NOBODY,))])
        content = {"webhook": known.id, "agency": known.agency}
        entry = signed_entry(uow, house, "webhook-removed", content, by=by, at=at, seat=seat)
        uow.remove_webhook(known.id, at=entry.recorded_at, entry=entry)


def webhooks_of(store: Store, house: House, *, by: Actor, at: datetime) -> tuple[Webhook, ...]:
    """The webhooks of the agencies that the actor governs, oldest first."""
    with store.read() as uow:
        office = administration_of(uow, house, at)
        return tuple(one for one in uow.webhooks() if not office.unmet_agency(by, one.agency))


def _governing(uow: UnitOfWork, house: House, agency: str, *, action: str, by: Actor, at: datetime) -> Seat | None:
    """The administrator's seat over an agency; for no agency, any administrator's. Raises Refused."""
    office = administration_of(uow, house, at)
    if unmet := office.unmet_agency(by, agency) if agency else office.unmet_person(by, ()):
        raise Refused(action, unmet)
    return office.seat_over(by, agency) if agency else office.acting_seat(by)
