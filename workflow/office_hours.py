"""When offices are open: nothing that a person reads is sent at night or on days off."""

from datetime import date, datetime, time, timedelta

from msgspec import Struct

from definitions.calendar import Calendar
from workflow.deadlines import assume
from workflow.proposal import VIETNAM

#: Reminders go out when the working day begins.
MORNING = time(8)
EVENING = time(17, 30)
_DAY = timedelta(days=1)


class OfficeHours(Struct, frozen=True, kw_only=True):
    """The hours of all offices by the calendar of working days; of years that are not published, by the usual week."""

    calendar: Calendar

    def opens(self, at: datetime, *, also: date | None = None) -> datetime:
        """``at`` within office hours, else the next working day's 08:00; ``also``: a day off that counts as one."""
        local = at.astimezone(VIETNAM)
        calendar = assume(self.calendar, local.year, local.year + 1)
        open_ = calendar.is_working(local.date()) or local.date() == also
        if open_ and MORNING <= local.time() < EVENING:
            return at
        early = local.time() < MORNING and open_
        day = local.date() if early else calendar.on_or_after(local.date() + _DAY)
        return datetime.combine(day, MORNING, VIETNAM)

    def closed_since(self, at: datetime) -> datetime | None:
        """When the night or the days off began in which ``at`` lies; None: offices are open.

        On a day off, days off before it and their nights belong to it by day; by night, the night alone counts.
        """
        if self.opens(at) == at:
            return None
        local = at.astimezone(VIETNAM)
        if local.time() >= EVENING:
            return datetime.combine(local.date(), EVENING, VIETNAM)
        day = local.date() - _DAY
        if local.time() >= MORNING:
            day = assume(self.calendar, local.year - 1, local.year).on_or_before(day)
        return datetime.combine(day, EVENING, VIETNAM)
