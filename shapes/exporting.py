"""A proposal as a row of an export: what a re-import reads back, and where it stands."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from definitions.bundle import Bundle
from definitions.process import Process
from exchange.exports import Row
from exchange.folding import fold
from shapes.listing import line_of
from store.lists import ProposalLine
from workflow.opening import ALLOCATED, PAID, PAID_REST, REFUNDED, opening_fields
from workflow.proposal import FactValue, Proposal, legal_day
from workflow.service.row_deciding import PAID_IN_ALL

_DAY = timedelta(days=1)


def row_of(line: ProposalLine, proposal: Proposal, process: Process, law: Bundle, *, today: date) -> Row:
    """The values of a row by key; choices and places by their keys."""
    shown = line_of(line, law, today=today)
    drafted = {field.key for field in process.data}
    told: dict[str, FactValue] = {
        "code": proposal.code,
        "state": proposal.state,
        "programme": proposal.programme,
        "implementer": proposal.implementer,
        "province": proposal.province,
        "milestone": str(shown["milestone_label"]),
        "holder": str(shown["holder_agency_name"] or ""),
    }
    if line.due is not None:
        told["last_day"] = legal_day(line.due) - _DAY
    data = {key: value for key, value in proposal.data.items() if key in drafted}
    running = proposal.state not in (process.initial, "returned")
    return {**told, **data, **(dict(_decided(proposal, process)) if running else {})}


def _decided(proposal: Proposal, process: Process) -> Iterator[tuple[str, FactValue]]:
    fields = opening_fields(process)
    yield from ((key, value) for key, value in proposal.data.items() if key in fields)
    sums = {key: proposal.total(*key.split(".")) for key in (ALLOCATED, PAID, PAID_REST, REFUNDED)}
    yield ALLOCATED, sums[ALLOCATED]
    yield PAID_IN_ALL, sums[PAID] + sums[PAID_REST] - sums[REFUNDED]


def in_words(row: Row, process: Process, law: Bundle, *, today: date) -> Row:
    """The row with words in place of keys, each of which a re-import understands."""
    said = dict(row)
    for field in (*process.data, *opening_fields(process).values()):
        if field.type == "choice" and field.key in row:
            said[field.key] = next((one.label for one in field.choices if one.key == row[field.key]), row[field.key])
    said["state"] = process.state(str(row["state"])).label
    agency = law.agencies.get(str(row["implementer"]))
    said["implementer"] = agency.named(today).name if agency else row["implementer"]
    province = law.province(str(row["province"]), today) or next(
        (one for one in law.provinces if one.key == row["province"]), None
    )
    said["province"] = province.label if province else row["province"]
    if "commune" in row:
        said["commune"] = _commune(str(row["commune"]), law, today)
    return said


def _commune(key: str, law: Bundle, today: date) -> str:
    """The name of a commune where no other bears it, else its key."""
    found = law.commune(key, today) or next((row for row in law.communes if row.key == key), None)
    if found is None:
        return key
    return found.label if _bearers(law)[fold(found.label)] == {key} else key


_BEARERS: dict[int, Mapping[str, set[str]]] = {}


def _bearers(law: Bundle) -> Mapping[str, set[str]]:
    """Which communes bear a name."""
    if id(law) not in _BEARERS:
        _BEARERS.clear()
        found: dict[str, set[str]] = {}
        for row in law.communes:
            found.setdefault(fold(row.label), set()).add(row.key)
        _BEARERS[id(law)] = found
    return _BEARERS[id(law)]
