"""What is measured: the whole course of a local and of a national proposal, and the rows that each act leaves.

The acts are rehearsed through the product on a twin of the database. What they asked is asked again, of the product;
what they wrote is written again, by the floor.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks import floor
from benchmarks.floor import Written
from benchmarks.measuring import driver_url
from definitions.process import DocumentField
from khuyencong.demo.acts import Act, Story
from khuyencong.demo.samples import cnc_cutter, tea_roaster
from khuyencong.demo.stage import Stage
from store.address import file_of, parse
from workflow.changing import changed
from workflow.proposal import Actor
from workflow.service.acting import Request, act, look

#: A raw connection of either driver that gives each row as a mapping.
Connection = Any
Table = dict[Any, Mapping[str, Any]]
Tables = dict[str, Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One act: what the product is asked, and what the floor writes instead."""

    request: Request
    by: Actor
    at: datetime
    written: Written


def courses(number: int) -> Iterator[Story]:
    """So many stories of 22 acts each, of local and of national money in turn."""
    for count in range(number):
        story = (tea_roaster, cnc_cutter)[count % 2]()
        yield changed(
            story, code=f"B-{count:05d}", acts=tuple(_under_own_contract(played, count) for played in story.acts)
        )


def _under_own_contract(played: Act, number: int) -> Act:
    """Proposals under one contract share its clocks, so each has a contract to itself."""
    if played.action != "fund":
        return played
    return changed(played, facts={**played.facts, "contract_number": f"{number}/HĐ-KC"})


def watching(url: str) -> closing[Connection]:
    """A raw connection that sees what others committed, each row as a mapping; closed at the end of the block."""
    if not url.startswith("sqlite"):
        return closing(psycopg.connect(driver_url(url), autocommit=True, row_factory=dict_row))
    connection = sqlite3.connect(file_of(parse(url)), isolation_level=None)
    connection.row_factory = sqlite3.Row
    return closing(connection)


class Rehearsal:
    """Acts stories out on a twin, watched through a raw connection."""

    def __init__(self, stage: Stage, raw: Connection) -> None:
        self._stage, self._raw = stage, raw
        self._known: dict[tuple[str, int], tuple[Actor, tuple[DocumentField, ...]]] = {}

    def act_out(self, story: Story) -> Iterator[Job]:
        """Carries out every act of a drafted story; for each, what it asked and what it wrote."""
        before = _snapshot(self._raw, story.code)
        for number, played in enumerate(story.acts):
            at = played.when.astimezone(UTC)
            (row,) = before["proposal"].values()
            request, by = self._asked(story, number, row["revision"])
            act(self._stage.store, self._stage.house, request, by=by, at=at)
            after = _snapshot(self._raw, story.code)
            yield Job(request=request, by=by, at=at, written=_written(before, after))
            before = after

    def _asked(self, story: Story, number: int, revision: int) -> tuple[Request, Actor]:
        played = story.acts[number]
        place = (story.process, number)
        if place not in self._known:
            self._known[place] = self._found(story.code, played)
        by, fields = self._known[place]
        papers = (
            self._stage.keep(one.key, f"{one.key}.txt", f"{story.code} {number} {one.label}".encode()) for one in fields
        )
        request = Request(
            code=story.code, action=played.action, facts=played.facts, documents=tuple(papers), revision=revision
        )
        return request, by

    def _found(self, code: str, played: Act) -> tuple[Actor, tuple[DocumentField, ...]]:
        """Who takes the step, and the papers that it names."""
        stage, at = self._stage, played.when.astimezone(UTC)
        case = look(stage.store, stage.house, code=code, by=stage.cast[0], at=at)
        offer = next(one for one in case.offers if one.view.transition.action == played.action)
        return stage.player(offer.owners, at), offer.view.transition.documents


_MINE = "SELECT id FROM proposal WHERE code = '{code}'"
_OF = f"proposal_id = ({_MINE})"
_ENTRIES = "SELECT id FROM entry WHERE subject = '{code}'"
#: How the rows of one proposal are found, and the columns that tell them apart.
_TABLES = {
    "proposal": ("SELECT * FROM proposal WHERE code = '{code}'", ("id",)),
    "entry": ("SELECT * FROM entry WHERE subject = '{code}'", ("id",)),
    "opening": (f"SELECT * FROM opening WHERE entry_id IN ({_ENTRIES})", ("entry_id", "path")),
    "unsealed": (f"SELECT * FROM unsealed WHERE entry_id IN ({_ENTRIES})", ("entry_id",)),
    "deadline": (f"SELECT * FROM deadline WHERE {_OF}", ("id",)),
    "reminder": (f"SELECT r.*, rule, period FROM reminder r JOIN deadline d ON d.id = deadline_id AND {_OF}", ("id",)),
    "notice": (f"SELECT * FROM notice WHERE {_OF}", ("id",)),
    "attachment": (f"SELECT * FROM attachment WHERE {_OF}", ("entry_id", "number")),
    "document": (f"SELECT * FROM document WHERE sha256 IN (SELECT sha256 FROM attachment WHERE {_OF})", ("sha256",)),
}


def _snapshot(raw: Connection, code: str) -> Tables:
    found: Tables = {}
    for table, (query, key) in _TABLES.items():
        rows = raw.execute(query.format(code=code)).fetchall()
        found[table] = {tuple(row[name] for name in key): row for row in map(dict, rows)}
    return found


def _written(before: Tables, after: Tables) -> Written:
    new = {name: [row for key, row in rows.items() if key not in before[name]] for name, rows in after.items()}
    changed = {
        name: [row for key, row in rows.items() if before[name].get(key, row) != row] for name, rows in after.items()
    }
    rows = sum(map(len, (*new.values(), *changed.values())))
    ((was,), (entry,)) = before["proposal"].values(), new["entry"]
    ((now,),) = (after["proposal"].values(),)
    _expect_nothing_else(was, now, new, changed)
    return Written(
        code=was["code"],
        holder=was["holder"],
        state=was["state"],
        revision=was["revision"],
        proposal=_values(floor.PROPOSAL, now),
        entry=_values(floor.ENTRY, entry),
        openings=_rows(floor.OPENING, new["opening"]),
        documents=_rows(floor.DOCUMENT, new["document"]),
        attachments=_rows(floor.ATTACHMENT, new["attachment"]),
        ended=tuple(dict.fromkeys(_rows(floor.ENDED, changed["reminder"]))),
        deadlines=_rows(floor.DEADLINE, [*changed["deadline"], *new["deadline"]]),
        reminders=_rows(floor.REMINDER, new["reminder"]),
        notices=_rows(floor.NOTICE, new["notice"]),
        rows=rows,
    )


def _values(names: Iterable[str], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _rows(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(_values(names, row) for row in rows)


def _expect_nothing_else(
    was: Mapping[str, Any], now: Mapping[str, Any], new: Mapping[str, Any], changed: Mapping[str, Any]
) -> None:
    """The floor knows no other change; a move that made one would not be written whole."""
    columns = {name for name in now if now[name] != was[name]} - set(floor.PROPOSAL)
    tables = {name for name, rows in changed.items() if rows} - {"proposal", "deadline", "reminder"}
    if columns or tables or new["proposal"]:
        raise NotImplementedError(f"the floor does not write {sorted(columns | tables)}")
