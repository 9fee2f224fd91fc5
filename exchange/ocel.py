"""History as OCEL 2.0 in JSON: proposals, agencies, documents and notices as objects, entries as events.

Written as it is read: only the agencies, of which there are few, are kept in memory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from exchange.exports import About
from exchange.spool import Line, Spool

_OBJECTS: Mapping[str, tuple[str, ...]] = {
    "proposal": ("title", "programme", "process", "implementer", "province", "plan_year"),
    "agency": ("name",),
    "document": ("key", "sha256", "size"),
    "notice": ("notice", "channel", "seat", "state"),
}
_EVENT = (
    *("move", "action", "person", "role", "capacity", "on_behalf_of", "channel", "before", "after", "milestone"),
    *("effective_on", "seq", "hash"),
)
_EPOCH = "1970-01-01T00:00:00+00:00"


def write_ocel(path: Path, about: About, spool: Spool) -> None:
    """Writes the whole log; ``export`` says who asked for which rows, when, and how many there are."""
    labels = sorted({event["label"] for _, event in spool.events()})
    export = {
        "asked_by": about.asked_by,
        "asked_at": about.asked_at.isoformat(),
        "filter": about.words,
        "cases": spool.counts.cases,
        "events": spool.counts.events,
    }
    with path.open("wb") as opened:
        opened.write(b'{"export":' + orjson.dumps(export))
        opened.write(b',\n"eventTypes":' + orjson.dumps([_type(label, _EVENT) for label in labels]))
        opened.write(b',\n"objectTypes":' + orjson.dumps([_type(name, keys) for name, keys in _OBJECTS.items()]))
        for name, rows in (("objects", _objects(spool)), ("events", _events(spool))):
            opened.write(f',\n"{name}":['.encode())
            for number, row in enumerate(rows):
                opened.write((b",\n" if number else b"\n") + orjson.dumps(row))
            opened.write(b"]")
        opened.write(b"}\n")


def _type(name: str, attributes: tuple[str, ...]) -> Line:
    return {"name": name, "attributes": [{"name": one, "type": "string"} for one in attributes]}


def _objects(spool: Spool) -> Iterator[Line]:
    for key, name in sorted(spool.counts.agencies.items()):
        yield _object("agency", f"agency:{key}", {"name": name}, _EPOCH)
    for one in spool.cases():
        case = one["case"]
        yield _object("proposal", _case_id(case), case, case["created_at"])
        told: set[str] = set()
        for event in one["events"]:
            for paper in event["papers"]:
                if (known := _paper_id(case, paper)) not in told:
                    told.add(known)
                    yield _object("document", known, paper, event["recorded_at"])
        for notice in one["notices"]:
            yield _object("notice", f"notice:{notice['id']}", notice, notice["at"])


def _object(kind: str, id_: str, values: Mapping[str, Any], time: str) -> Line:
    attributes = [
        {"name": name, "value": str(values[name]), "time": time}
        for name in _OBJECTS[kind]
        if values.get(name) not in (None, "")
    ]
    return {"id": id_, "type": kind, "attributes": attributes, "relationships": []}


def _events(spool: Spool) -> Iterator[Line]:
    for one in spool.cases():
        case = one["case"]
        for event in one["events"]:
            yield {
                "id": f"event:{case['code']}:{event['seq']}",
                "type": event["label"],
                "time": event["recorded_at"],
                "attributes": [
                    {"name": name, "value": str(event[name])} for name in _EVENT if event[name] not in (None, "")
                ],
                "relationships": list(_relations(case, event, one["notices"])),
            }


def _relations(case: Line, event: Line, notices: list[Line]) -> Iterator[Line]:
    yield {"objectId": _case_id(case), "qualifier": "case"}
    if event["agency"]:
        yield {"objectId": f"agency:{event['agency']}", "qualifier": "acting agency"}
    for known in dict.fromkeys(_paper_id(case, paper) for paper in event["papers"]):
        yield {"objectId": known, "qualifier": "paper"}
    for notice in notices:
        if notice["seq"] == event["seq"]:
            yield {"objectId": f"notice:{notice['id']}", "qualifier": "notice"}


def _case_id(case: Line) -> str:
    return f"proposal:{case['code']}"


def _paper_id(case: Line, paper: Line) -> str:
    return f"document:{case['code']}:{paper['seq']}:{paper['key']}:{paper['sha256'][:12]}"
