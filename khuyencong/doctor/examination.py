"""The whole page: every look in its order, and nothing further where the database cannot be used."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

from khuyencong.doctor import storage, work
from khuyencong.doctor.finding import Finding, found
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from store.address import parse, shown
from store.counters import read_counters
from store.errors import SchemaOutdated, StorageFault
from store.revisions import HEAD

_SECRETS = ("smtp_password",)
_HIDDEN = "***"


def unusable(fault: StorageFault) -> Finding:
    """Why nothing of the database can be looked at."""
    if isinstance(fault, SchemaOutdated):
        return found(f"schema.{fault.case}", found=fault.found, wanted=fault.wanted)
    return found("database.unreachable", why=str(fault))


def examine(home: Installation, at: datetime, *, full: bool) -> Iterator[Finding]:
    """Every line of the page. ``full`` proves history instead of looking at its ends."""
    yield found("schema.ok", revision=HEAD)
    yield from storage.of_guards(home)
    yield from storage.of_chains(home, full=full)
    yield from storage.of_papers(home)
    hours = home.settings.letter_hours
    with home.store.transaction(writes=False) as transaction:
        counters = read_counters(transaction, at=at, undelivered=timedelta(hours=hours))
    yield from work.of_queues(counters)
    yield from work.of_letters(counters, hours)
    yield from work.of_scheduler(home, at)
    yield from work.of_deadlines(counters)
    yield from work.of_signing(counters)
    yield from work.of_recounts(home)
    yield from work.of_calendar(home, at)
    yield from work.of_seats(home, at)
    yield from storage.of_disk(home)
    yield from storage.of_key(home)
    yield from work.of_clock(counters, at)


def in_effect(settings: Settings) -> dict[str, str]:
    """The settings by name, as they hold; no secret is among them."""
    return {field.name: _plain(field.name, getattr(settings, field.name)) for field in fields(settings)}


def _plain(name: str, value: object) -> str:
    match value:
        case str() if name == "database_url":
            return shown(parse(value))
        case str() if name in _SECRETS:
            return _HIDDEN if value else ""
        case tuple():
            return ", ".join(map(str, value))
        case None | str() | int() | Path():
            return "" if value is None else str(value)
        case _:
            return repr(value)
