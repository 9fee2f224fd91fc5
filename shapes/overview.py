"""What a programme planned and what it has come to, as tables: each row with the filters of exactly its cases."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from definitions.bundle import Bundle
from definitions.model import Basis
from definitions.programme import Figure, Programme, Target
from store.overviews import AMOUNTS, Cell, Held

Row = dict[str, Any]
#: What a source of money is asked for: the amounts of proposals in tracks of it, or what they bring themselves.
_BROUGHT = ("own", "other")


def overview_of(programme: Programme, cells: Iterable[Cell], law: Bundle, *, today: date) -> dict[str, Any]:
    """The programme's own figures beside the sums of its proposals, by milestone, year, source, target and agency."""
    known = tuple(cells)
    return {
        "key": programme.key,
        "label": programme.label,
        "decision": programme.decision,
        "years": [programme.first_year, programme.last_year],
        "basis": _basis(programme.basis),
        "unknown": list(programme.unknown),
        "total": _sums(known) | {"planned": _figure(programme.total), "filters": {}},
        "milestones": list(_milestones(programme, known, law)),
        "plan_years": list(_years(programme, known)),
        "sources": list(_sources(programme, known)),
        "targets": [_target(one, known) for one in programme.targets],
        "agencies": list(_agencies(known, law, today)),
    }


def _sums(cells: Iterable[Cell]) -> Row:
    known = tuple(cells)
    return {name: sum(getattr(one, name) for one in known) for name in ("number", *AMOUNTS)}


def _milestones(programme: Programme, cells: tuple[Cell, ...], law: Bundle) -> Iterator[Row]:
    """In the order in which they are reached; ends that keep the last one are with it."""
    labels = {one.key: one.label for track in programme.tracks for one in law.process(track.process).milestones}
    for key, label in labels.items():
        mine = [one for one in cells if one.milestone == key]
        yield {"key": key, "label": label, "filters": {"milestone": key}, **_sums(mine)}


def _years(programme: Programme, cells: tuple[Cell, ...]) -> Iterator[Row]:
    planned = {one.year: one for one in programme.years if one.source is None}
    years = {*range(programme.first_year, programme.last_year + 1), *(one.plan_year for one in cells)}
    for year in sorted(years):
        mine = [one for one in cells if one.plan_year == year]
        named = {"key": str(year), "label": str(year) if year else "", "filters": {"plan_year": str(year)}}
        yield {**named, "planned": _figure(planned.get(year)), **_sums(mine)}


def _sources(programme: Programme, cells: tuple[Cell, ...]) -> Iterator[Row]:
    planned: dict[str, Figure] = {one.source: one for one in programme.sources}
    for track in programme.tracks:
        process = track.process.partition("@")[0]
        mine = [one for one in cells if one.process.partition("@")[0] == process]
        yield {
            "key": track.source,
            "filters": {"process": process},
            "planned": _figure(planned.get(track.source)),
            **_sums(mine),
        }
    for source in _BROUGHT:
        number = sum(one.number for one in cells if getattr(one, source))
        brought = sum(getattr(one, source) for one in cells)
        if source in planned or brought:
            figures = {"number": number, "requested": brought} | dict.fromkeys(("approved", *_MOVED))
            yield {"key": source, "filters": {}, "planned": _figure(planned.get(source)), **figures}


_MOVED = ("allocated", "paid", "settled")


def _target(target: Target, cells: tuple[Cell, ...]) -> Row:
    mine = [one for one in cells if one.target == target.key]
    return {
        "key": target.key,
        "label": target.label,
        "unit": target.unit,
        "min": target.min,
        "max": target.max,
        "qualifier": target.qualifier,
        "per": target.per,
        "text": target.text,
        "until": target.until.isoformat() if target.until else None,
        "basis": _basis(target.basis),
        "number": sum(one.number for one in mine),
        "reached": sum(one.reached for one in mine),
        "filters": {"target": target.key},
    }


def _agencies(cells: tuple[Cell, ...], law: Bundle, today: date) -> Iterator[Row]:
    """Who holds open cases, the agency with the most late ones first."""
    rows = [
        _agency(key, [one for one in cells if _place(one.holder) == key], law, today)
        for key in dict.fromkeys(_place(one.holder) for one in cells if one.holder)
    ]
    yield from sorted(rows, key=lambda row: (-row["overdue"], -row["number"], row["label"]))


def _agency(key: str, cells: list[Cell], law: Bundle, today: date) -> Row:
    return {
        "key": key,
        "label": _name(law, key, today),
        "filters": {"agency": key},
        "number": sum(one.number for one in cells),
        "overdue": sum(one.overdue for one in cells),
        "waiting": sum(one.number for one in cells if one.waiting),
        "idle": sum(one.idle for one in cells),
    }


def workload_of(rows: Iterable[Held], law: Bundle, *, today: date) -> list[Row]:
    """What lies open at each agency, of all programmes, the one with the most late cases first."""
    known = tuple(rows)
    agencies = dict.fromkeys(_place(one.holder) for one in known)
    told = [_lies(key, [one for one in known if _place(one.holder) == key], law, today) for key in agencies]
    return sorted(told, key=lambda row: (-row["overdue"], -row["number"], row["label"]))


def _lies(key: str, rows: list[Held], law: Bundle, today: date) -> Row:
    named = {"key": key, "label": _name(law, key, today), "filters": {"agency": key}}
    return {**named, "number": sum(one.number for one in rows), "overdue": sum(one.overdue for one in rows)}


def _place(holder: str | None) -> str:
    return (holder or "").partition("@")[2]


def _name(law: Bundle, key: str, on: date) -> str:
    known = law.agencies.get(key)
    return known.named(on).name if known else key


def _figure(figure: Figure | None) -> Row | None:
    """A figure as the programme's text gives it; it is a plan, and says how sure its reader was."""
    if figure is None:
        return None
    return {"amount": figure.amount, "qualifier": figure.qualifier, "basis": _basis(figure.basis)}


def _basis(basis: Basis) -> Row:
    return {"text": basis.text, "confidence": basis.confidence, "is_law": basis.is_law}
