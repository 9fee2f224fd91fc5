"""How people are reached, in a unit of work in memory: their addresses and wishes, bad addresses, webhooks."""

from dataclasses import dataclass, field
from datetime import datetime

from store.memory_people import MemoryPeople
from store.memory_rows import KeptNotice
from workflow.addresses import BadAddress
from workflow.changing import changed
from workflow.entries import Entry
from workflow.storage import Person
from workflow.webhooks import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAddresses:
    """Bad addresses and webhooks; never changed, only replaced."""

    bad: dict[str, BadAddress] = field(default_factory=dict)
    webhooks: tuple[Webhook, ...] = ()


class MemoryAddresses(MemoryPeople):
    """Addresses of a transaction in memory."""

    def person(self, id_: str) -> Person:
        """The person of that id, who is known to exist."""
        found: Person = self._state.people.persons[id_]
        return found

    def change_person(self, person: Person, entry: Entry) -> None:
        """Writes a person's new address or wish."""
        self.append(entry)
        self._keep(persons={**self._state.people.persons, person.id: person})

    def readdress(self, code: str, seat: str, address: str) -> None:
        """Sends what waits for a seat of a proposal that no person holds to another address."""
        kept = self._state.kept[code]
        notices = tuple(_readdressed(row, seat, address) for row in kept.notices)
        self._state.kept[code] = changed(kept, notices=notices)

    def bad_address(self, address: str) -> BadAddress | None:
        """What is wrong with an address, or None."""
        kept: KeptAddresses = self._state.addresses
        return kept.bad.get(address.lower())

    def bad_addresses(self) -> tuple[BadAddress, ...]:
        """The addresses that wait to be mended, oldest first."""
        return tuple(sorted(self._state.addresses.bad.values(), key=lambda bad: bad.since))

    def mark_address(self, bad: BadAddress) -> bool:
        """Marks an address as bad; False where it is already."""
        kept: KeptAddresses = self._state.addresses
        if bad.address.lower() in kept.bad:
            return False
        marked = changed(bad, address=bad.address.lower())
        self._state.addresses = changed(kept, bad={**kept.bad, marked.address: marked})
        return True

    def clear_address(self, address: str, *, at: datetime, by: str, entry: Entry | None) -> None:  # noqa: ARG002 - a database remembers both.
        """Ends the mark of an address; without an entry where another entry of this transaction tells of it."""
        if entry is not None:
            self.append(entry)
        kept: KeptAddresses = self._state.addresses
        self._state.addresses = changed(kept, bad={k: v for k, v in kept.bad.items() if k != address.lower()})

    def webhooks(self) -> tuple[Webhook, ...]:
        """The webhooks that are not removed, oldest first."""
        found: tuple[Webhook, ...] = self._state.addresses.webhooks
        return found

    def add_webhook(self, webhook: Webhook, entry: Entry) -> None:
        """Writes a webhook."""
        self.append(entry)
        kept: KeptAddresses = self._state.addresses
        self._state.addresses = changed(kept, webhooks=(*kept.webhooks, webhook))

    def remove_webhook(self, id_: str, *, at: datetime, entry: Entry) -> None:  # noqa: ARG002 - a database remembers when.
        """Ends a webhook."""
        self.append(entry)
        kept: KeptAddresses = self._state.addresses
        self._state.addresses = changed(kept, webhooks=tuple(one for one in kept.webhooks if one.id != id_))


def _readdressed(row: KeptNotice, seat: str, address: str) -> KeptNotice:
    """A notice with its new address, where it waits for that seat and no person holds it."""
    to, waits = row.notice.to, row.state == "scheduled" and row.notice.channel in ("mail", "digest", "list")
    if not waits or to.seat != seat or to.person is not None:
        return row
    return changed(row, notice=changed(row.notice, to=changed(to, address=address)))
