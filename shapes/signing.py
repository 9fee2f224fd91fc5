"""Papers on their way inside an agency as programs read them: who presented, signed, numbered and issued each, when."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shapes.daywork import action_label, paper_names
from workflow.authority import Situation
from workflow.entries import Entry, opened, read_body
from workflow.proposal import Drawn, Filed, Proposal, Signature, Signing
from workflow.signing import stage


def signings_of(
    proposal: Proposal, situation: Situation, entries: Sequence[Entry], *, today: date
) -> list[dict[str, Any]]:
    """Every paper of a proposal's steps that was presented, oldest first; erased values are null."""
    if not proposal.signings:
        return []
    told = {entry.seq: entry for entry in entries}
    names = paper_names(entries)
    return [_paper(one, situation, told, names, today) for one in proposal.signings]


def _paper(
    paper: Signing,
    situation: Situation,
    told: Mapping[int | None, Entry],
    names: Mapping[tuple[int, str], str],
    today: date,
) -> dict[str, Any]:
    agency = situation.successor(paper.agency, today)
    return {
        "paper": paper.seq,
        "action": paper.action,
        "action_label": action_label(situation.process, paper.action),
        "kind": paper.kind,
        "symbol": paper.symbol,
        "agency": agency,
        "agency_name": situation.agency_name(agency, today),
        "stage": stage(paper),
        "end": paper.end,
        "since": paper.since.isoformat(),
        "facts": dict(paper.facts),
        "documents": [_file(one, names) for one in paper.papers],
        "presented": _done(told, paper.seq, "title", "note"),
        "signed": _signed(told, paper.signed),
        "number": _number(told, paper.drawn),
        "issued": None if paper.issued_by is None else _done(told, paper.issued_by, "to"),
        "ended": None if paper.ended_by is None else _done(told, paper.ended_by, "reason"),
    }


def _file(one: Filed, names: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    name = names.get((one.seq, one.key))
    return {"key": one.key, "name": name, "size": one.size, "sha256": one.sha256, "attached": one.seq}


def _signed(told: Mapping[int | None, Entry], signed: Signature | None) -> dict[str, Any] | None:
    if signed is None:
        return None
    return _done(told, signed.seq, "note") | {"capacity": signed.capacity, "on": signed.on.isoformat()}


def _number(told: Mapping[int | None, Entry], drawn: Drawn | None) -> dict[str, Any] | None:
    if drawn is None:
        return None
    return _done(told, drawn.seq) | {"text": drawn.text, "number": drawn.number, "year": drawn.year}


def _done(told: Mapping[int | None, Entry], seq: int, *texts: str) -> dict[str, Any]:
    """Who wrote that entry and when, with free texts of it."""
    entry = told[seq]
    body = read_body(entry)
    values = opened(entry, body)
    said = {name: values.get(name) for name in texts if name in body["private"]}
    when = {"seq": seq, "recorded_at": entry.recorded_at.isoformat()}
    return when | {"person": body["person"], "actor": values.get("actor")} | said
