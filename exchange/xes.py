"""History as XES (IEEE Std 1849-2016): a trace for each case, an event for each entry, written as it is read.

``concept:name`` is what people call the step; ``move`` tells the transitions of the process's net apart, and stands as
a classifier of its own.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

from exchange.exports import About
from exchange.spool import Line, Spool

#: What XML 1.0 does not hold.
_UNHELD = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value="?"/></global>
<global scope="event"><string key="concept:name" value="?"/><date key="time:timestamp" \
value="1970-01-01T00:00:00.000+00:00"/><string key="lifecycle:transition" value="complete"/><string key="move" \
value="?"/></global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Move" keys="move"/>
"""
_CASE = (("concept:name", "code"), ("title", "title"), ("programme", "programme"), ("process", "process"))
_CASE_MORE = (("implementer", "implementer"), ("province", "province"))
_EVENT = (
    *(("concept:name", "label"), ("move", "move"), ("action", "action"), ("org:resource", "person")),
    *(("org:role", "role"), ("org:group", "agency"), ("agency_name", "agency_name"), ("capacity", "capacity")),
    *(("on_behalf_of", "on_behalf_of"), ("channel", "channel"), ("state_before", "before"), ("state_after", "after")),
    *(("milestone", "milestone"), ("effective_on", "effective_on"), ("hash", "hash")),
)


def write_xes(path: Path, about: About, spool: Spool) -> None:
    """Writes the whole log; its own attributes say who asked for which rows, when, and how many there are."""
    with path.open("w", encoding="utf-8", newline="\n") as opened:
        opened.write(_HEAD)
        opened.writelines(_about(about, spool))
        for one in spool.cases():
            _trace(opened, one)
        opened.write("</log>\n")


def _about(about: About, spool: Spool) -> Iterator[str]:
    yield _string("concept:name", "Nhật ký giải quyết đề án khuyến công")
    yield _string("asked_by", about.asked_by)
    yield f'<date key="asked_at" value="{about.asked_at.isoformat(timespec="milliseconds")}"/>\n'
    yield _string("filter", about.words)
    yield f'<int key="cases" value="{spool.counts.cases}"/><int key="events" value="{spool.counts.events}"/>\n'


def _trace(opened: TextIO, one: Line) -> None:
    case = one["case"]
    opened.write("<trace>\n")
    opened.writelines(_string(key, case[name]) for key, name in (*_CASE, *_CASE_MORE) if case[name])
    opened.write(f'<int key="plan_year" value="{case["plan_year"]}"/>\n')
    for event in one["events"]:
        opened.write("<event>")
        opened.writelines(_string(key, event[name]) for key, name in _EVENT if event[name])
        opened.write(f'<date key="time:timestamp" value="{event["recorded_at"]}"/>')
        opened.write(f'<string key="lifecycle:transition" value="complete"/><int key="seq" value="{event["seq"]}"/>')
        opened.writelines(_facts(event["facts"]))
        opened.write("</event>\n")
    opened.write("</trace>\n")


def _facts(facts: Mapping[str, object]) -> Iterator[str]:
    """What the step recorded, nested below one attribute so that no key meets another's."""
    if not facts:
        return
    yield '<string key="facts" value="">'
    for key, value in sorted(facts.items()):
        if isinstance(value, bool):
            yield f'<boolean key="{key}" value="{str(value).lower()}"/>'
        elif isinstance(value, int):
            yield f'<int key="{key}" value="{value}"/>'
        else:
            yield _string(key, str(value))
    yield "</string>"


def _string(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(_UNHELD.sub('', value))}/>"
