"""How mail leaves the house, and what a pass over the outbox did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from msgspec import Struct

from notifications.channels import Letter
from notifications.composing import Desk
from notifications.retrying import Retry
from workflow.office_hours import OfficeHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """How mail leaves the house."""

    desk: Desk
    retry: Retry = field(default_factory=Retry)
    #: How long a mail is ours; a pass stops sending at half of it, so that nobody else begins meanwhile.
    lease: timedelta = timedelta(minutes=10)
    #: Notices taken in one transaction.
    limit: int = 100
    #: Seconds that pass, for measuring how long a batch has been sending.
    seconds: Callable[[], float] = monotonic
    #: When people may be written to; None: at any hour.
    office: OfficeHours | None = None
    #: Each recipient is a server of its own, so that one who does not answer stops nobody else.
    own_lines: bool = False

    def end(self) -> float:
        """Until when a pass that begins now may send, in ``seconds``: its leases are counted from its beginning."""
        return self.seconds() + self.lease.total_seconds() / 2

    def opens(self, at: datetime) -> datetime:
        """``at``, or when offices open next."""
        return self.office.opens(at) if self.office else at


def passing(clock: Callable[[], datetime]) -> Callable[[], float]:
    """Seconds from now on, by the machine or by the clock that leases are counted in, whichever says more.

    Whose lease a jump of the clock has ended (the machine slept, its time was put right) sends nothing more.
    """
    begun, since = clock(), monotonic()
    return lambda: max((clock() - begun).total_seconds(), monotonic() - since)


@dataclass(slots=True, kw_only=True)
class Delivered:
    """How many mails were accepted, failed or wait for another attempt, and notices that needed none."""

    accepted: int = 0
    failed: int = 0
    retried: int = 0
    released: int = 0
    shown: int = 0
    cancelled: int = 0
    #: Notices that take another way, because this one is closed for good.
    rerouted: int = 0
    #: Notices that this process took to itself.
    claimed: int = 0
    #: What is wrong with the channel itself; empty: nothing.
    unreachable: str = ""


class Leased(Struct, frozen=True, kw_only=True):
    """A letter that this process has to itself."""

    letter: Letter
    #: The numbers of the notices that it carries; empty where they were written together with it.
    notices: tuple[int, ...] = ()
    #: Composed just now; else its bytes are those of an earlier attempt.
    fresh: bool
    #: The number of this attempt.
    attempts: int
    #: Told by a step, so that it is tried again at night too, once it was begun.
    official: bool
