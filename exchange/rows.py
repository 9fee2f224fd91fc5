"""The lines of a list as rows on their way in: what each cell says, and what is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256

import orjson

from exchange.cells import BadCell
from exchange.folding import fold
from exchange.lines import Listed, by_key, listed
from exchange.reading import ROW_KEYS, Reading, read_cell
from exchange.sources import Line, is_empty, place
from workflow.errors import ACTOR, Unmet
from workflow.incoming import Incoming, Paper
from workflow.proposal import FactValue

_TITLE = 200


def read_rows(reading: Reading) -> Iterator[Incoming]:
    """The rows of the list, one at a time; empty lines are left out. Raises UnreadableFile."""
    for one in listed(reading):
        yield _skipped(one, reading) if one.why else _incoming(one, reading)


def _skipped(one: Listed, reading: Reading) -> Incoming:
    name = by_key(one.line, reading).get("name", (0, None))[1]
    words = (str(cell) for cell in (name, *one.line.cells) if not is_empty(cell) and isinstance(cell, str))
    title = " ".join(next(words, "").split())[:_TITLE]
    return Incoming(number=one.line.number, key="", title=title, skipped=Unmet(one.why, {"text": title}))


def _incoming(one: Listed, reading: Reading) -> Incoming:
    known, faults = _cells(one, reading)
    row = {key: known.pop(key) for key in ROW_KEYS if key in known}
    values = {**reading.given, **{key: value for key, value in known.items() if key in reading.data}}
    if reading.heading.year and "plan_year" not in {*values, *reading.heading.columns.values()}:
        values["plan_year"] = reading.heading.year
    papers, lost = _papers(str(row.get("papers", "")), reading, one.line)
    on, code = row.get("effective_on"), str(row.get("code", ""))
    return Incoming(
        number=one.line.number,
        key=_key(code, reading.programme.key, values),
        title=str(values.get("name", ""))[:_TITLE],
        code=code,
        values=values,
        facts={key: value for key, value in known.items() if key not in reading.data},
        state=str(row.get("state", "")) or reading.state,
        effective_on=on if isinstance(on, date) else None,
        programme=str(row.get("programme", "")),
        implementer=str(row.get("implementer", "")),
        province=str(row.get("province", "")),
        papers=papers,
        faults=(*faults, *lost),
    )


def _cells(one: Listed, reading: Reading) -> tuple[dict[str, FactValue], list[Unmet]]:
    """What the cells say by key, and what is wrong with the others."""
    known: dict[str, FactValue] = {}
    faults: list[Unmet] = []
    for key, (column, cell) in by_key(one.line, reading).items():
        if column in one.doubtful:
            faults.append(_fault(BadCell("cell.merged_money"), one.line, column, reading))
            continue
        try:
            value = read_cell(key, cell, column, reading)
        except BadCell as bad:
            faults.append(_fault(bad, one.line, column, reading))
        else:
            known |= {} if value is None or value == "" else {key: value}
    return known, faults


def _fault(bad: BadCell, line: Line, column: int, reading: Reading) -> Unmet:
    heading = reading.heading.texts.get(column, "")
    return Unmet(bad.code, {"cell": place(line.number, column), "heading": heading, **bad.params}, (ACTOR,))


def _key(code: str, programme: str, values: Mapping[str, FactValue]) -> str:
    """The same row keeps its key: its code, else a hash of programme, name, plan year and beneficiary."""
    if code:
        return f"code:{code}"
    name, beneficiary = (fold(str(values.get(key, ""))) for key in ("name", "beneficiary"))
    return f"row:{sha256(orjson.dumps([programme, name, values.get('plan_year'), beneficiary])).hexdigest()}"


def _papers(text: str, reading: Reading, line: Line) -> tuple[tuple[Paper, ...], tuple[Unmet, ...]]:
    """The files that a row names, within the folder of papers, and what is wrong with the others."""
    found: list[Paper] = []
    lost: list[Unmet] = []
    folder = reading.papers.resolve()
    for name in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        file = (folder / name.replace("\\", "/")).resolve()
        if not file.is_relative_to(folder):
            lost.append(Unmet("row.paper_outside", {"row": line.number, "file": name}))
        elif not file.is_file():
            lost.append(Unmet("row.no_paper", {"row": line.number, "file": name}))
        else:
            found.append(Paper(key="ho_so", path=str(file)))
    return tuple(found), tuple(lost)
