"""The small acts beside the steps: what each writes, and the one function that says what it makes of a proposal.

Use cases and replay both go through ``after_daily``, so that what is stored and what history tells cannot differ.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from workflow.changing import changed
from workflow.entries import Entry, Salt, make_entry, read_body
from workflow.proposal import Actor, Document, Filed, Opinion, Proposal, Seat, legal_day
from workflow.signing import CHANGES as SIGNING

Body = Mapping[str, Any]


def daily_entry(
    kind: str,
    before: Proposal,
    content: Body,
    *,
    by: Actor,
    seat: Seat,
    at: datetime,
    salt: Salt,
    private: Mapping[str, str] | None = None,
) -> Entry:
    """The next entry of a proposal's chain, with who wrote it in which seat; names and free text are commitments."""
    who = {"person": by.person, "channel": by.channel}
    hat = {"role": seat.role, "agency": seat.agency, "capacity": seat.capacity}
    typed = {"os_user": by.os_user} if by.os_user else {}
    return make_entry(
        kind,
        before.code,
        seq=before.last_seq + 1,
        recorded_at=at,
        content={**content, **who, **hat},
        private={"actor": by.name, **typed, **{path: text for path, text in (private or {}).items() if text}},
        previous_hash=before.last_hash,
        salt=salt,
    )


def after_daily(before: Proposal, entry: Entry) -> Proposal:
    """The proposal after an entry that is no step; kinds that change nothing of it only lengthen its chain."""
    change = _CHANGES.get(entry.kind)
    moved = changed(before, last_seq=entry.seq or 0, last_at=entry.recorded_at, last_hash=entry.hash)
    return change(moved, read_body(entry)) if change else moved


def paper_json(document: Document) -> dict[str, str | int]:
    """A paper as entries hold it; its name is a commitment beside it."""
    known: dict[str, str | int] = {"key": document.key, "sha256": document.sha256, "size": document.size}
    earlier = {} if document.attached is None else {"attached": document.attached}
    return known | {"media_type": document.media_type} | earlier


def paper_names(documents: tuple[Document, ...]) -> dict[str, str]:
    """The names of an entry's papers, as personal values of it."""
    return {f"documents.{number}.name": paper.name for number, paper in enumerate(documents)}


def _attached(proposal: Proposal, body: Body) -> Proposal:
    agency, keys = body["agency"], {paper["key"] for paper in body["documents"]}
    kept = tuple(paper for paper in proposal.papers if (paper.agency, paper.key in keys) != (agency, True))
    fresh = tuple(Filed(**paper, agency=agency, seq=body["seq"]) for paper in body["documents"])
    return changed(proposal, papers=(*kept, *fresh), revision=body["revision"])


def _assigned(proposal: Proposal, body: Body) -> Proposal:
    return changed(proposal, officer=body["officer"])


def _asked(proposal: Proposal, body: Body) -> Proposal:
    last = date.fromisoformat(body["last_day"])
    opinion = Opinion(seq=body["seq"], agency=body["asked"], last_day=last)
    return changed(proposal, opinions=(*proposal.opinions, opinion))


def _answered(proposal: Proposal, body: Body) -> Proposal:
    def closed(one: Opinion) -> Opinion:
        return changed(one, answered_by=body["seq"]) if one.seq == body["answers"] else one

    return changed(proposal, opinions=tuple(map(closed, proposal.opinions)))


def _handed_over(proposal: Proposal, body: Body) -> Proposal:
    """Who takes over the work of the officer in charge is in charge, where that holds from this day or before."""
    recorded = legal_day(datetime.fromisoformat(body["recorded_at"]))
    due = date.fromisoformat(body["from_day"]) <= recorded and proposal.officer == body["from_person"]
    return changed(proposal, officer=body["to_person"]) if due else proposal


def _recounted(proposal: Proposal, body: Body) -> Proposal:
    """The day of an opinion moves with its deadline, whose period is the number of the question."""
    last = date.fromisoformat(body["after"]["last_day"])

    def known(one: Opinion) -> Opinion:
        return changed(one, last_day=last) if (body["rule"], body["period"]) == ("opinion", str(one.seq)) else one

    return changed(proposal, opinions=tuple(map(known, proposal.opinions))) if proposal.opinions else proposal


_CHANGES: Mapping[str, Callable[[Proposal, Body], Proposal]] = {
    "attached": _attached,
    "assigned": _assigned,
    "asked": _asked,
    "answered": _answered,
    "handed-over": _handed_over,
    **SIGNING,
    "recounted": _recounted,
}
