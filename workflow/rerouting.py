"""What becomes of a notice that cannot reach its reader where it was sent: the next way to them. Pure.

From a person to the mailbox of their agency, from there to paper. A line of a digest is not worth a letter: it is left
to the application, as where there never was an address.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from msgspec import Struct

from definitions.bundle import Bundle
from workflow.administration import ADMINISTRATOR, HEAD
from workflow.authority import seat_of, successor
from workflow.storage import Letter, Notice, Person, Recipient
from workflow.telling import greeting

#: The notice that says so to whoever has to mend an address.
BOUNCED = "bounced"
#: What its template may use besides the common variables.
SAID = ("tieu_de", "dia_chi", "ly_do")


class Lost(Struct, frozen=True, kw_only=True):
    """A notice that did not arrive."""

    id: int
    key: str
    notice: str
    seq: int | None
    reminder_id: int | None
    channel: str
    to: Recipient
    variables: Mapping[str, Any]
    templates_sha256: str
    proposal_id: int
    #: Code of its proposal and the agency that implements it.
    code: str
    implementer: str


def next_way(lost: Lost, *, law: Bundle, on: date, is_bad: Callable[[str], bool], send_after: datetime) -> Notice:
    """The same notice by the next way. Of several people of one agency the mailbox gets it once."""
    agency = law.agencies.get(successor(law, body_of(lost.to.seat), on))
    mailbox = agency.mailbox if agency else ""
    if agency and mailbox and mailbox.lower() != lost.to.address.lower() and not is_bad(mailbox):
        to = Recipient(seat=lost.to.seat, person=None, name=agency.named(on).name, address=mailbox)
        event = lost.seq if lost.reminder_id is None else f"r{lost.reminder_id}"
        key = f"{lost.code}/{event}/{lost.notice}/{lost.to.seat}/instead/{mailbox}"
        return _again(lost, to, _gathered_or_mail(lost.channel), key, send_after)
    to = Recipient(seat=lost.to.seat, person=lost.to.person, name=lost.to.name, address="")
    return _again(lost, to, "app" if lost.channel == "digest" else "paper", f"{lost.key}/instead", send_after)


def _gathered_or_mail(channel: str) -> Literal["mail", "digest", "list"]:
    return "digest" if channel == "digest" else "list" if channel == "list" else "mail"


def _again(
    lost: Lost, to: Recipient, channel: Literal["mail", "digest", "list", "app", "paper"], key: str, at: datetime
) -> Notice:
    return Notice(
        notice=lost.notice,
        seq=lost.seq,
        to=to,
        channel=channel,
        variables={**lost.variables, **greeting(to)},
        templates_sha256=lost.templates_sha256,
        send_after=at,
        key=key,
    )


def body_of(seat: str) -> str:
    """The right side of ``role@agency``."""
    return seat.partition("@")[2]


def mending(lost: Lost | Letter) -> str:
    """The agency that has to mend the address: the reader's own, or for a beneficiary the implementer."""
    return lost.implementer if lost.to.seat.startswith(("beneficiary@", "commune@")) else body_of(lost.to.seat)


def task_notices(
    lost: Lost,
    *,
    subject: str,
    why: str,
    law: Bundle,
    on: date,
    people: Callable[[str], tuple[Person, ...]],
    templates: str,
    at: datetime,
) -> tuple[Notice, ...]:
    """What tells the agency that an address needs mending: in the application, to its administrators or its heads.

    Never by mail, or a bounce could bring on another.
    """
    agency = successor(law, mending(lost), on)
    said = {**lost.variables, "tieu_de": subject, "dia_chi": lost.to.address, "ly_do": why}
    return tuple(
        Notice(
            notice=BOUNCED,
            seq=lost.seq,
            to=to,
            channel="app",
            variables={**said, **greeting(to)},
            templates_sha256=templates,
            send_after=at,
            key=f"{lost.key}/{BOUNCED}/{to.person or to.seat}",
        )
        for to in _menders(agency, law, on, people)
    )


def _menders(agency: str, law: Bundle, on: date, people: Callable[[str], tuple[Person, ...]]) -> Iterable[Recipient]:
    seats = (seat_of(ADMINISTRATOR, agency), seat_of(HEAD, agency))
    found = next(((seat, held) for seat in seats if (held := people(seat))), None)
    if found:
        return [Recipient(seat=found[0], person=one.id, name=one.name, address="") for one in found[1]]
    known = law.agencies.get(agency)
    return [Recipient(seat=seats[1], person=None, name=known.named(on).name if known else agency, address="")]
