"""``audit as-of``: what was known at an instant, told by the log alone."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from exchange.row_spool import kept_aside
from khuyencong.cli.auditing import app
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.known_then import authority, case_known, heading, past_instant
from khuyencong.cli.opened import opened
from khuyencong.cli.options import read_instant
from khuyencong.cli.proposals import page_of
from shapes.as_of import line_as_of
from shapes.errors import NotFound
from shapes.shown import shown
from store.as_of import AsOf, NothingKnown


@app.command("as-of")
def as_of(
    context: typer.Context,
    instant: Annotated[str, typer.Argument(metavar="INSTANT", help="Such as 2026-03-01T17:00 (in Vietnam).")],
    code: Annotated[str | None, typer.Argument(help="One proposal; default: all that were known.")] = None,
    programme: Annotated[str | None, typer.Option("--programme", help="Only those of this programme.")] = None,
) -> None:
    """Rebuild what was known at an instant: states, facts, holders, deadlines, rights, definitions and calendar.

    Everything is told by the log; nothing that was recorded later is looked at.
    """
    call = call_of(context)
    if code is not None:
        document = case_known(call, code, instant)
        opened(call, code)
        call.printer.say(
            document, lambda: [heading(call, document), *page_of(call, document), *authority(call, document)]
        )
        return
    with kept_aside(_cases(call, instant, programme)) as cases:
        document = _known(call, instant)
        counts = {"n": cases.count, "definitions": len(document["definitions"]), "seats": len(document["seats"])}
        last = call.printer.line("as_of.known", at=read_instant(document["as_of"]), **counts)
        call.printer.say_rows(document, "proposals", cases, lambda some: _overview(call, some), last=last)


def _cases(call: Call, instant: str, programme: str | None) -> Iterator[dict[str, Any]]:
    """A line of each case that was known, one at a time."""
    at = past_instant(call, instant)
    with call.home.store.transaction(writes=False) as transaction:
        then = AsOf(transaction, at)
        for case in then.cases():
            if programme in (None, case.proposal.programme):
                yield line_as_of(then, case)


def _known(call: Call, instant: str) -> dict[str, Any]:
    """What was known beside the cases. It never changes afterwards, so it may be read after them."""
    at = past_instant(call, instant)
    with call.home.store.transaction(writes=False) as transaction:
        then = AsOf(transaction, at)
        try:
            published, people = then.published(), then.people()
        except NothingKnown as nothing:
            raise NotFound("not_found.before_log", at=at) from nothing
    return {
        "as_of": at.isoformat(),
        "proposals": [],
        "definitions": [{"kind": kind, "key": key, "sha256": sha} for (kind, key), sha in sorted(published.items())],
        "persons": len(people.persons),
        "seats": [
            {"person": person, "seat": str(seat), "capacity": seat.capacity}
            for person, seat in people.seats
            if seat.holds(then.today)
        ],
    }


def _overview(call: Call, cases: Sequence[dict[str, Any]]) -> RenderableType:
    rows = [
        (*(one[key] for key in ("code", "title", "state_label", "holder_agency_name")), _day(one["next_day"]))
        for one in cases
    ]
    return call.printer.table(("code", "title", "state", "holder", "due"), rows)


def _day(day: str | None) -> str:
    return shown(day, "date") if day else ""
