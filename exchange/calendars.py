"""Deadlines as a calendar that calendar programs subscribe to (RFC 5545), each an event of its last day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event
from msgspec import Struct

_DAY = timedelta(days=1)
#: How often a program should ask again.
_EVERY = timedelta(hours=4)
#: When it reminds: two days before the day begins (at eight in the morning), and at eight on the day.
_ALARMS = (timedelta(days=-2, hours=8), timedelta(hours=8))


class Due(Struct, frozen=True, kw_only=True):
    """A deadline as a calendar shows it; texts are in the language of whoever reads it."""

    #: The same for as long as the deadline exists, whatever day it moves to.
    id: str
    #: Grows with every change of the day.
    epoch: int
    #: The last day in Vietnam on which acting is in time.
    last_day: date
    title: str
    about: str
    #: Opens the case, and does nothing else.
    url: str
    category: str
    changed_at: datetime
    #: It ended, or stands still.
    cancelled: bool = False


def write_calendar(name: str, deadlines: Iterable[Due], *, lang: str) -> bytes:
    """The calendar: whole days without a zone, so that every program shows the day that the law means."""
    made = Calendar()
    made.add("prodid", "-//khuyencong//deadlines//VI")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", name, parameters={"LANGUAGE": lang})
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", "Asia/Ho_Chi_Minh")
    made.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT4H")
    for one in deadlines:
        made.add_component(_event(one))
    return bytes(made.to_ical())


def _event(one: Due) -> Event:
    event = Event()
    event.add("uid", one.id)
    event.add("sequence", one.epoch)
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("dtstart", one.last_day)
    event.add("dtend", one.last_day + _DAY)
    event.add("summary", one.title)
    event.add("description", one.about)
    event.add("url", one.url)
    event.add("categories", [one.category])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    for trigger in () if one.cancelled else _ALARMS:
        event.add_component(_alarm(one, trigger))
    return event


def _alarm(one: Due, trigger: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one.title)
    alarm.add("trigger", trigger)
    return alarm
