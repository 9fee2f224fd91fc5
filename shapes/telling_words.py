"""Reminders and notices in words: what each is called, how far from the last day it speaks, and what became of it."""

import re
from datetime import date

from definitions.bundle import Bundle
from definitions.process import Process
from language.catalogue import knows
from shapes.daywork import action_label
from shapes.naming import names_of
from shapes.speaking import Speaker
from store.lists import ReminderLine
from workflow.reminding import is_weekly, promised_day

_DISTANCE = re.compile(r"(?P<n>[+-]\d+)(?P<unit>wd|cd)")
_DAY = re.compile(r"day-(?P<month>\d\d)-(?P<day>\d\d)")
_UNITS = {"wd": "working", "cd": "calendar"}
#: A file is told by so much of its name, which is a hash.
_SHORT = 8
#: What the outbox writes beside a notice, and the word for it; what servers said is left as they said it.
_OUTCOMES = (
    (re.compile(r"shown in the application"), "outcome.shown"),
    (re.compile(r"the deadline ended or moved before it went out"), "outcome.over"),
    (re.compile(r"muted"), "outcome.muted"),
    (re.compile(r"nobody is at the address: (?P<why>.*)", re.DOTALL), "outcome.nobody"),
    (re.compile(r"given up after (?P<n>\d+) attempts: (?P<why>.*)", re.DOTALL), "outcome.given_up"),
)


def notice_name(say: Speaker, key: str) -> str:
    """What people call a notice; one of an installation's own by its key."""
    code = f"notice_name.{key}"
    return say.word(code) if knows(code) else key


def seat_names(law: Bundle, say: Speaker, seat: str, on: date) -> str:
    """A seat by the words for its role and its agency; the beneficiary's is the proposal's own."""
    role, _, agency = seat.partition("@")
    if role == "beneficiary":
        return names_of(law, on, role, agency)[0]
    label, name = names_of(law, on, role, agency)
    return f"{say.word('seat.head') if role == 'head' else label}, {name}"


def rung_words(say: Speaker, one: ReminderLine) -> str:
    """How far from the last day a reminder speaks: at its beginning, so many days before it, on it, or late."""
    if one.offset == "start":
        return say.word("rung.start")
    if (promised := promised_day(one.offset)) is not None:
        return say.word("rung.promised", day=promised)
    if is_weekly(one.channel, one.repeat_every):
        return say.word("rung.weekly")
    if found := _DAY.fullmatch(one.offset):
        return say.word("rung.day", day=f"{found['day']}/{found['month']}")
    found = _DISTANCE.fullmatch(one.offset)
    return _distance(say, int(found["n"]), found["unit"]) if found else one.offset


def _distance(say: Speaker, n: int, unit: str) -> str:
    if n == 0:
        return say.word("rung.today")
    code = "rung.before" if n < 0 else "rung.after"
    return say.word(code, n=abs(n), unit=say.word(f"unit.{_UNITS[unit]}"))


def reason_words(say: Speaker, one: ReminderLine, process: Process) -> str:
    """Why a reminder will not fire, or how it did: a step with what became of the deadline, or the house's own word."""
    what, _, rest = one.reason.partition(":")
    if not what:
        return ""
    if what == "fault":
        return say.word("reminder_why.fault", why=rest.strip())
    code = f"reminder_why.{what.replace(' ', '_')}"
    if knows(code):
        return say.word(code)
    label = action_label(process, what)
    return f"{label}: {say.word(f'badge.{rest}')}" if rest in ("met", "lapsed", "paused") else label


def outcome_words(say: Speaker, text: str) -> str:
    """What became of a notice, where the house itself wrote it; else as it was said."""
    for pattern, code in _OUTCOMES:
        if found := pattern.fullmatch(text):
            return say.word(code, **found.groupdict())
    return text


def short_name(text: str) -> str:
    """The name of a mail's file by its beginning: ``c7ad8957….eml``; anything else as it is."""
    stem, dot, kind = text.rpartition(".")
    return f"{stem[:_SHORT]}….{kind}" if dot and kind == "eml" and len(stem) > _SHORT else text
