"""All definitions in force together, found by key and by day: what the rest of the house asks for the law."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Protocol, TypeVar

from definitions.calendar import Calendar, CalendarYear
from definitions.errors import Fault, FaultyDefinitions, UnknownDefinition
from definitions.loading import DefinitionText, find_texts, read_all
from definitions.model import Definition
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import (
    Agencies,
    Agency,
    Appointment,
    Appointments,
    Ceilings,
    Commune,
    PlaceRule,
    Places,
    Province,
    Sources,
    SourceText,
    Trade,
    in_force,
)


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The definitions of one moment. Look-ups raise UnknownDefinition with the nearest known key."""

    texts: tuple[DefinitionText, ...] = ()
    processes: dict[str, Process] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)
    appointments: tuple[Appointment, ...] = ()
    ceilings: dict[str, Ceilings] = field(default_factory=dict)
    provinces: tuple[Province, ...] = ()
    communes: tuple[Commune, ...] = ()
    place_rules: tuple[PlaceRule, ...] = ()
    trades: tuple[Trade, ...] = ()
    sources: dict[int, SourceText] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=lambda: Calendar(()))

    def process(self, ref: str) -> Process:
        """The process ``key@version``, or of ``key`` the newest version."""
        if ref in self.processes:
            return self.processes[ref]
        versions = [process for process in self.processes.values() if process.key == ref]
        if versions:
            return max(versions, key=lambda process: tuple(map(int, process.version.split("."))))
        raise UnknownDefinition("process", ref, _nearest(ref, self.processes))

    def programme(self, key: str) -> Programme:
        """The programme of that key."""
        if key not in self.programmes:
            raise UnknownDefinition("programme", key, _nearest(key, self.programmes))
        return self.programmes[key]

    def agency(self, key: str) -> Agency:
        """The agency of that key."""
        if key not in self.agencies:
            raise UnknownDefinition("agency", key, _nearest(key, self.agencies))
        return self.agencies[key]

    def ceiling_register(self, key: str) -> Ceilings:
        """The ceilings of that fund."""
        if key not in self.ceilings:
            raise UnknownDefinition("ceilings", key, _nearest(key, self.ceilings))
        return self.ceilings[key]

    def commune(self, key: str, on: date) -> Commune | None:
        """The communal unit of that key in force on that day, or None where the register does not know it."""
        return next(iter(in_force(self.communes_of(key), on)), None)

    def communes_of(self, key: str) -> tuple[Commune, ...]:
        """Every row of the communal unit of that key, whenever it was in force."""
        return self._communes.get(key, ())

    def province(self, key: str, on: date) -> Province | None:
        """The province of that key in force on that day, or None."""
        return next(iter(in_force(self._provinces.get(key, ()), on)), None)

    def province_now(self, key: str, on: date) -> str:
        """The province that runs that territory on that day: itself, or the one it was merged into."""
        if (key, on) not in self._provinces_now:
            self._provinces_now[key, on] = self._province_now(key, on)
        return self._provinces_now[key, on]

    def _province_now(self, key: str, on: date) -> str:
        while self.province(key, on) is None:
            ended = next((row for row in self._provinces.get(key, ()) if row.successor), None)
            if ended is None or ended.successor is None:
                return key
            key = ended.successor
        return key

    def appointed(self, role: str, on: date) -> tuple[Appointment, ...]:
        """The register's appointments to a role that are in force on that day."""
        if (role, on) not in self._appointed:
            self._appointed[role, on] = in_force(self._appointments.get(role, ()), on)
        return self._appointed[role, on]

    @cached_property
    def _communes(self) -> dict[str, tuple[Commune, ...]]:
        return _by_key(self.communes)

    @cached_property
    def _provinces(self) -> dict[str, tuple[Province, ...]]:
        return _by_key(self.provinces)

    #: What was asked before, by key or role and day: every decision of a day asks the same.
    @cached_property
    def _provinces_now(self) -> dict[tuple[str, date], str]:
        return {}

    @cached_property
    def _appointed(self) -> dict[tuple[str, date], tuple[Appointment, ...]]:
        return {}

    @cached_property
    def _appointments(self) -> dict[str, tuple[Appointment, ...]]:
        roles = dict.fromkeys(row.role for row in self.appointments)
        return {role: tuple(row for row in self.appointments if row.role == role) for role in roles}


def _by_key(rows: Iterable[K]) -> dict[str, tuple[K, ...]]:
    found: dict[str, tuple[K, ...]] = {}
    for row in rows:
        found[row.key] = (*found.get(row.key, ()), row)
    return found


def assemble(texts: Iterable[DefinitionText]) -> Bundle:
    """Reads every text and puts the values together. Raises FaultyDefinitions with all faults of all texts."""
    return _assemble(tuple(texts))


@lru_cache(maxsize=16)
def _assemble(texts: tuple[DefinitionText, ...]) -> Bundle:
    values = read_all(texts)
    faults = list(_doubles(values))
    if faults:
        raise FaultyDefinitions(faults)
    only = [value for _, value in values]
    places = [value for value in only if isinstance(value, Places)]
    agencies = [agency for value in only if isinstance(value, Agencies) for agency in value.agencies]
    return Bundle(
        texts=texts,
        processes={value.ref: value for value in only if isinstance(value, Process)},
        programmes={value.key: value for value in only if isinstance(value, Programme)},
        agencies={agency.key: agency for agency in agencies},
        appointments=tuple(row for value in only if isinstance(value, Appointments) for row in value.appointments),
        ceilings={value.key: value for value in only if isinstance(value, Ceilings)},
        provinces=tuple(row for value in places for row in value.provinces),
        communes=tuple(row for value in places for row in value.communes),
        place_rules=tuple(row for value in places for row in value.place_rules),
        trades=tuple(row for value in places for row in value.trades),
        sources={row.number: row for value in only if isinstance(value, Sources) for row in value.sources},
        calendar=Calendar(value for value in only if isinstance(value, CalendarYear)),
    )


def identity(value: Definition) -> tuple[str, str, str]:
    """Kind, key and version of a definition: what may exist only once among those in force."""
    match value:
        case Process():
            return "process", value.ref, value.version
        case Programme():
            return "programme", value.key, value.version
        case CalendarYear():
            return "calendar", str(value.year), str(value.version)
        case Agencies() | Appointments() | Ceilings() | Places() | Sources():
            return value.kind, value.key, ""
        case _:
            raise TypeError(f"{type(value).__name__} is not a definition that stands alone")


def _doubles(values: Iterable[tuple[DefinitionText, Definition]]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for text, value in values:
        kind, key, _ = identity(value)
        rows = [(kind, key)]
        if isinstance(value, Agencies):
            rows += [("agency", agency.key) for agency in value.agencies]
        if isinstance(value, Sources):
            rows += [("source", str(source.number)) for source in value.sources]
        for row in rows:
            if row in seen:
                yield Fault(file=text.name, place=row[0], message=f"{row[1]!r} stands already in {seen[row]}")
            seen[row] = text.name


@lru_cache(maxsize=1)
def shipped() -> Bundle:
    """The definitions that come with this software."""
    return assemble(find_texts())


def _nearest(key: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(key, list(known), n=1)), "")
