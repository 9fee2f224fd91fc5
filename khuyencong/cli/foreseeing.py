"""What a publication would do, shown before it is done: deadlines that would move or become final, and nothing kept."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from definitions.loading import DefinitionText
from khuyencong.cli.call import Call
from khuyencong.cli.printing import Printer
from shapes.shown import shown
from store.counters import read_counters
from workflow.deadlines import Deadline
from workflow.service.foreseeing import Change, Foreseen, foresee_publication

#: So many deadlines are shown one by one.
_SHOWN = 50
_PARTS = ("moved", "paused", "final", "provisional")
_COUNTS = ("seen", "changed", *_PARTS, "faults")


def foresee(call: Call, texts: tuple[DefinitionText, ...], *, file: str) -> None:
    """Says what publishing these texts would change. Raises FaultyDefinitions as publishing them would."""
    with call.home.store.transaction(writes=False) as transaction:
        whole = max(read_counters(transaction, at=call.now).deadlines_running, 1)
    with call.printer.progress("recount.progress") as bar:
        found = foresee_publication(
            call.home.store, texts, at=call.now, most=_SHOWN, told=lambda seen: bar(min(seen, whole), whole)
        )
    call.printer.say(_document(found), lambda: _page(call, found, file))


def _document(found: Foreseen) -> dict[str, Any]:
    counts = {name: getattr(found, name) for name in _COUNTS}
    return {
        "dry_run": True,
        "would_publish": [{"kind": kind, "key": key, "version": version} for kind, key, version in found.published],
        **counts,
        "changes": [_change(one) for one in _kept(found)],
    }


def _kept(found: Foreseen) -> list[Change]:
    return [*found.moves, *found.others][:_SHOWN]


def _change(one: Change) -> dict[str, Any]:
    return {
        "code": one.code,
        "rule": one.before.rule,
        "label": one.label,
        "period": one.before.period,
        "state": one.before.state,
        "before": _said(one.before),
        "after": _said(one.after),
    }


def _said(deadline: Deadline) -> dict[str, Any]:
    return {
        "last_day": deadline.last_day.isoformat(),
        "provisional": deadline.provisional,
        "consumed": deadline.consumed,
    }


def _page(call: Call, found: Foreseen, file: str) -> Iterator[RenderableType]:
    say = call.printer
    if not found.published:
        yield say.line("calendar.known", file=file)
        return
    for _, year, version in found.published:
        yield say.line("foresee.would", file=file, year=year, version=version)
    parts = [say.word(f"foresee.of.{name}", n=n) for name in _PARTS if (n := getattr(found, name))]
    yield say.line(
        "foresee.counts", seen=found.seen, changed=found.changed, parts=": " * bool(parts) + "; ".join(parts)
    )
    if found.faults:
        yield say.line("foresee.faults", n=found.faults)
    if kept := _kept(found):
        yield say.table(("code", "deadline", "was", "becomes", "note"), [_row(say, one) for one in kept])
    if more := found.changed - len(kept):
        yield say.line("foresee.more", n=more)
    yield say.line("foresee.nothing_written")


def _row(say: Printer, one: Change) -> tuple[object, ...]:
    name = f"{one.label} {one.before.period}".strip()
    if one.before.state == "paused":
        return one.code, name, "", "", say.word("foresee.paused", before=one.before.consumed, after=one.after.consumed)
    days = (shown(row.last_day.isoformat(), "date") for row in (one.before, one.after))
    note = "final" if one.becomes_final else "provisional" if one.after.provisional else ""
    return one.code, name, *days, say.word(f"foresee.{note}") if note else ""
