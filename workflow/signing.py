"""The way of a paper inside the agency that acts (trình, ký, cấp số, phát hành): what each entry makes of a proposal.

Use cases and replay both go through these functions, as they do for the other small acts (``workflow.daywork``).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

from workflow.changing import changed
from workflow.proposal import Drawn, Filed, Proposal, Signature, Signing, Step

Body = Mapping[str, Any]
Stage = Literal["sign", "number", "act", "issue", "done"]
PRESENTED, SIGNED, NUMBERED, ISSUED, SENT_BACK = "presented", "signed", "numbered", "issued", "sent-back"
#: How the way of a paper ends.
USED, LEFT, RETURNED, CANCELLED = "used", "left", "sent_back", "cancelled"


def open_paper(proposal: Proposal, action: str) -> Signing | None:
    """The paper of that action which is on its way; there is at most one."""
    return next((one for one in proposal.signings if one.is_open and one.action == action), None)


def stage(paper: Signing) -> Stage:
    """What a paper waits for next: a signature, a number, the step, its issue; ``done``: nothing any more."""
    if paper.end not in ("", USED):
        return "done"
    if paper.signed is None:
        return "sign"
    if paper.drawn is None:
        return "number"
    if paper.is_open:
        return "act"
    return "issue" if paper.issued_by is None else "done"


def waiting_since(proposal: Proposal) -> datetime | None:
    """Since when the paper that waits longest has been waiting; None: none is on its way."""
    return min((one.since for one in proposal.signings if one.is_open), default=None)


def after_step(signings: tuple[Signing, ...], step: Step) -> tuple[Signing, ...]:
    """The papers after a step: its own is used; where the proposal moved, those of other steps are left behind."""

    def ended(one: Signing) -> Signing:
        if not one.is_open:
            return one
        if one.seq == step.presented:
            return changed(one, ended_by=step.seq, end=USED)
        return changed(one, ended_by=step.seq, end=LEFT) if step.moves else one

    return tuple(map(ended, signings))


def after_correction(now: Proposal, earlier: Proposal, undone: int) -> tuple[Signing, ...]:
    """The papers after the step ``undone`` was taken back: those that it ended are on their way again.

    A paper that was presented in the state that the step had led to is left behind with that state. ``now`` holds the
    number of the entry that takes the step back.
    """

    def mended(one: Signing) -> Signing:
        if one.ended_by == undone:
            return changed(one, ended_by=None, end="")
        since = one.is_open and one.seq > undone and now.state != earlier.state
        return changed(one, ended_by=now.last_seq, end=LEFT) if since else one

    return tuple(map(mended, now.signings))


def _presented(proposal: Proposal, body: Body) -> Proposal:
    paper = Signing(
        seq=body["seq"],
        action=body["action"],
        agency=body["agency"],
        kind=body["paper"],
        symbol=body["symbol"],
        person=body["person"],
        facts=body["facts"],
        papers=_filed(body),
        since=datetime.fromisoformat(body["recorded_at"]),
    )
    return changed(proposal, signings=(*proposal.signings, paper))


def _filed(body: Body) -> tuple[Filed, ...]:
    """The papers of an entry; one that was on the case before keeps the number of the entry by which it came."""
    names = ("key", "sha256", "size", "media_type")
    return tuple(
        Filed(**{name: paper[name] for name in names}, agency=body["agency"], seq=paper.get("attached", body["seq"]))
        for paper in body["documents"]
    )


def _with(paper: Signing, body: Body) -> Signing:
    """The paper with the newer versions that an entry brought, at the moment of that entry."""
    fresh = _filed(body) if "documents" in body else ()
    keys = {one.key for one in fresh}
    kept = tuple(one for one in paper.papers if one.key not in keys)
    return changed(paper, papers=(*kept, *fresh), since=datetime.fromisoformat(body["recorded_at"]))


def _signed(paper: Signing, body: Body) -> Signing:
    signature = Signature(
        seq=body["seq"],
        person=body["person"],
        agency=body["agency"],
        capacity=body["capacity"],
        on=date.fromisoformat(body["signed_on"]),
    )
    return changed(_with(paper, body), signed=signature)


def _numbered(paper: Signing, body: Body) -> Signing:
    drawn = Drawn(
        seq=body["seq"],
        agency=body["paper_agency"],
        year=body["year"],
        number=body["number"],
        text=body["text"],
    )
    return changed(_with(paper, body), drawn=drawn)


def _issued(paper: Signing, body: Body) -> Signing:
    return changed(_with(paper, body), issued_by=body["seq"])


def _sent_back(paper: Signing, body: Body) -> Signing:
    return changed(paper, ended_by=body["seq"], end=RETURNED)


def _number_cancelled(paper: Signing, body: Body) -> Signing:
    return changed(paper, ended_by=body["seq"], end=CANCELLED)


def _of_paper(change: Callable[[Signing, Body], Signing]) -> Callable[[Proposal, Body], Proposal]:
    """The change of the one paper that an entry names (``presented``); an entry that names none changes nothing."""

    def mend(proposal: Proposal, body: Body) -> Proposal:
        wanted = body.get("presented")
        if wanted is None:
            return proposal
        papers = tuple(change(one, body) if one.seq == wanted else one for one in proposal.signings)
        return changed(proposal, signings=papers)

    return mend


#: By the kind of entry: what it makes of the proposal.
CHANGES: Mapping[str, Callable[[Proposal, Body], Proposal]] = MappingProxyType(
    {
        PRESENTED: _presented,
        SIGNED: _of_paper(_signed),
        NUMBERED: _of_paper(_numbered),
        ISSUED: _of_paper(_issued),
        SENT_BACK: _of_paper(_sent_back),
        "number-cancelled": _of_paper(_number_cancelled),
    }
)
