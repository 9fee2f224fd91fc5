"""What the cells of a list are read with: the fields, and the words for choices, agencies and places."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from definitions.bundle import Bundle
from definitions.process import Field, Process
from definitions.programme import Programme
from exchange import cells
from exchange.cells import BadCell
from exchange.folding import by_folded, fold
from exchange.headings import Heading
from exchange.sources import Source
from workflow.opening import opening_fields
from workflow.proposal import FactValue
from workflow.service.row_deciding import PAID_IN_ALL

#: Columns that name the row itself.
ROW_KEYS = ("code", "programme", "implementer", "province", "state", "effective_on", "papers", "number")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_KINDS = ("xã ", "phường ", "thị trấn ", "đặc khu ", "tỉnh ", "thành phố ")
#: Folded words to keys, and keys to the words for them.
Named = tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What cells are read with: the process and programme that rows go to, the registers, and a day for names."""

    process: Process
    programme: Programme
    law: Bundle
    on: date
    heading: Heading
    source: Source
    #: Where the papers that rows name lie.
    papers: Path
    #: Values for rows whose column says nothing.
    given: Mapping[str, FactValue] = field(default_factory=dict)
    #: The state of rows that name none; empty: drafts.
    state: str = ""

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field that a column can be."""
        return {**opening_fields(self.process), **{one.key: one for one in self.process.data}}

    @cached_property
    def data(self) -> frozenset[str]:
        """The fields of a draft."""
        return frozenset(one.key for one in self.process.data)

    def kind(self, key: str) -> str:
        """The type of a column."""
        if key == PAID_IN_ALL:
            return "money"
        if key == "effective_on":
            return "date"
        one = self.fields.get(key) if key not in ROW_KEYS else None
        return one.type if one is not None else "text"

    @cached_property
    def named(self) -> Mapping[str, Named]:
        """Columns of the row itself whose words stand for keys."""
        return {"state": self._states(), "implementer": self._agencies(), "province": self._provinces()}

    def _states(self) -> Named:
        rows = self.process.states
        words = by_folded((word, one.key) for one in rows for word in (one.label, one.key))
        return words, {one.key: one.label for one in rows}

    def _agencies(self) -> Named:
        agencies = self.law.agencies
        words = [(name, one.key) for one in agencies.values() for row in one.names for name in (row.name, row.short)]
        words += [(key, key) for key in agencies]
        return by_folded(words), {key: one.named(self.on).name for key, one in agencies.items()}

    def _provinces(self) -> Named:
        rows = self.law.provinces
        words = [(word, row.key) for row in rows for word in (row.label, _bare(row.label), row.key)]
        return by_folded(words), {row.key: row.label for row in rows}

    @cached_property
    def programmes(self) -> Mapping[str, str]:
        """Programmes by their folded words."""
        rows = self.law.programmes.values()
        return by_folded((word, one.key) for one in rows for word in (one.label, one.key))

    @cached_property
    def communes(self) -> Mapping[str, str]:
        """Communes of the programme's province by their folded names, those of today first."""
        home = self.programme.province
        province = self.law.province_now(home, self.on) if home else None
        rows = [row for row in self.law.communes if province in (None, row.province) or row.province == home]
        rows.sort(key=lambda row: not ((row.since or date.min) <= self.on <= (row.until or date.max)))
        bare = ((_bare(row.label), row.key) for row in rows)
        return by_folded((*((row.label, row.key) for row in rows), *bare, *((row.key, row.key) for row in rows)))

    @cached_property
    def commune_labels(self) -> Mapping[str, str]:
        """Names of communes by key."""
        return {row.key: row.label for row in self.law.communes}

    def choices(self, key: str) -> Named:
        """The choices of a field by folded words, and their labels; the programme's words for activities too."""
        if key not in self._choices:
            labels = {one.key: one.label for one in self.fields[key].choices}
            words = [*((label, one) for one, label in labels.items()), *((one, one) for one in labels)]
            if key == "activity":
                words += [(row.label, row.key) for row in self.programme.activities if row.key in labels]
            self._choices[key] = (by_folded(words), labels)
        return self._choices[key]

    @cached_property
    def _choices(self) -> dict[str, Named]:
        return {}


def _bare(label: str) -> str:
    return next((label[len(kind) :].strip() for kind in _KINDS if label.lower().startswith(kind)), label)


def read_cell(key: str, cell: object, column: int, reading: Reading) -> FactValue | None:
    """What a cell says as the value of its column; None or empty for nothing. Raises BadCell."""
    kind = reading.kind(key)
    if kind == "money":
        return cells.money(cell, unit=reading.heading.units.get(column, 1))
    if kind == "date":
        return cells.day(cell, epoch=reading.source.epoch)
    if key in reading.named:
        return cells.choice(cell, *reading.named[key])
    if kind == "choice":
        return cells.choice(cell, *reading.choices(key))
    if key == "papers" and isinstance(cell, str):
        return cell  # Its lines are told apart.
    plain: dict[str, Callable[[object], FactValue | None]] = {"number": cells.number, "bool": cells.flag}
    return _text(key, plain.get(kind, cells.text_of)(cell), reading)


def _text(key: str, value: FactValue | None, reading: Reading) -> FactValue | None:
    """Text that is more than text: a place, a code, a programme."""
    if not isinstance(value, str) or not value:
        return value
    if key == "commune":
        return cells.place_key(value, reading.communes, reading.commune_labels)
    if key == "code" and not _CODE.fullmatch(value):
        raise BadCell("cell.code", text=value)
    return reading.programmes.get(fold(value), value) if key == "programme" else value
