"""Between rows and values: what a proposal, a deadline or an entry is in columns, and back."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from operator import is_, itemgetter
from typing import Any

from msgspec import Struct, convert, to_builtins
from msgspec.json import Decoder
from msgspec.structs import asdict
from orjson import Fragment

from definitions.process import Process
from store.signing_rows import read_signing, signing_json
from store.tables import NO_DUE
from store.words import searchable
from workflow.contracts import contract_key
from workflow.deadlines import Deadline
from workflow.entries import Entry, Opening, canonical, instant
from workflow.proposal import Filed, Opinion, Past, Proposal, midnight
from workflow.signing import waiting_since
from workflow.storage import Effects, Replaced
from workflow.values import from_json

Values = dict[str, Any]
_DAY = timedelta(days=1)
#: The columns of a deadline, in the order in which a list has them.
DEADLINE = Deadline.__struct_fields__
#: Lists are read into values in C; SQLite has numbers for truth values.
_PAST = Decoder(tuple[Past, ...])
_DEADLINES = Decoder(list[tuple[int, int, Deadline]], strict=False)
_AGE = itemgetter(0, 1)
_DAYS = ("started_on", "running_since", "last_day")


class Known(Struct, frozen=True):
    """What a transaction read of a proposal: its number, where it stands, its deadlines, its steps and their text."""

    id: int
    holder: str | None
    due: datetime
    deadlines: tuple[Deadline, ...]
    past: tuple[Past, ...]
    past_text: str


def proposal_values(proposal: Proposal, process: Process, holder: str) -> Values:
    """The columns of a proposal that a move may change, but for when it is due and what it replaced."""
    return {
        **named_values(proposal),
        **place_values(proposal, process, holder),
        **seldom_values(proposal, process),
        **moved_values(proposal),
    }


def named_values(proposal: Proposal) -> Values:
    """What it is called, and the words by which it is found."""
    search = searchable(f"{proposal.code} {proposal.title} {proposal.implementer}")
    return {"title": proposal.title, "search": search}


def place_values(proposal: Proposal, process: Process, holder: str | None) -> Values:
    """Where it stands, and what follows from that."""
    return {
        "state": proposal.state,
        "milestone": proposal.milestone,
        "holder": holder or None,
        "open": not process.state(proposal.state).end,
        "waiting": proposal.state in process.pausing,
    }


def seldom_values(proposal: Proposal, process: Process) -> Values:
    """What few moves change."""
    return {
        "plan_year": proposal.plan_year,
        "activity": str(proposal.data.get("activity", "")),
        "contract": contract_key(process, proposal.data) or None,
        "officer": proposal.officer or None,
        "opinions": to_builtins(proposal.opinions),
        "signings": [signing_json(paper) for paper in proposal.signings],
        "paper_since": waiting_since(proposal) if proposal.signings else None,
    }


def moved_values(proposal: Proposal, known: Known | None = None) -> Values:
    """What every move changes; steps that are ``known`` keep the text that they have."""
    return {
        "revision": proposal.revision,
        "data": dict(proposal.data),  # Canonical JSON writes days by itself.
        "past": _past_fragment(proposal.past, known) if known else [_past_json(past) for past in proposal.past],
        "papers": [asdict(paper) for paper in proposal.papers],
        "last_at": proposal.last_at,
        "last_on": proposal.last_on,
        "last_seq": proposal.last_seq,
        "last_hash": proposal.last_hash,
    }


def is_seldom_same(before: Proposal, after: Proposal, process: Process) -> bool:
    """Whether ``seldom_values`` of both are the same."""
    was, now = before.data, after.data
    return (
        (before.officer, before.opinions, before.signings) == (after.officer, after.opinions, after.signings)
        and (before.plan_year, was.get("activity")) == (after.plan_year, now.get("activity"))
        and contract_key(process, was) == contract_key(process, now)
    )


def identity_values(proposal: Proposal) -> Values:
    """The columns of a proposal that stay as they were at its creation."""
    return {
        "code": proposal.code,
        "programme": proposal.programme,
        "process": proposal.process,
        "process_sha256": proposal.process_sha256,
        "programme_sha256": proposal.programme_sha256,
        "templates_sha256": proposal.templates_sha256,
        "implementer": proposal.implementer,
        "province": proposal.province,
        "created_at": proposal.created_at,
    }


def read_proposal(row: Any, process: Process) -> Proposal:
    """The proposal of a row, typed by its pinned process; its steps come as their text or read already."""
    return Proposal(
        code=row.code,
        process=row.process,
        process_sha256=row.process_sha256,
        programme=row.programme,
        programme_sha256=row.programme_sha256,
        templates_sha256=row.templates_sha256,
        implementer=row.implementer,
        province=row.province,
        state=row.state,
        milestone=row.milestone,
        revision=row.revision,
        data=from_json(process, row.data),
        past=_read_past(row.past, process),
        officer=row.officer or "",
        papers=tuple(Filed(**paper) for paper in row.papers),
        opinions=tuple(
            Opinion(**opinion | {"last_day": date.fromisoformat(opinion["last_day"])}) for opinion in row.opinions
        ),
        signings=tuple(map(read_signing, row.signings)),
        created_at=row.created_at,
        last_at=row.last_at,
        last_on=row.last_on,
        last_seq=row.last_seq,
        last_hash=row.last_hash,
    )


def _past_fragment(past: tuple[Past, ...], known: Known) -> Fragment:
    """Steps as canonical JSON; where they begin with those that were read, only what was added is turned into text."""
    old = len(known.past)
    if not old or len(past) < old or not all(map(is_, known.past, past)):
        return Fragment(canonical([_past_json(one) for one in past]))
    added = b"".join(b"," + canonical(_past_json(one)) for one in past[old:])
    return Fragment(known.past_text[:-1].encode() + added + b"]")


def _past_json(past: Past) -> Values:
    row: Values = to_builtins(past)
    if not past.at.microsecond:
        row["at"] = instant(past.at)  # The fraction stands in every text.
    if not past.undone:
        del row["undone"]
    return row


def _read_past(past: Any, process: Process) -> tuple[Past, ...]:
    steps = _PAST.decode(past) if isinstance(past, str) else convert(past, tuple[Past, ...])
    dates = process.dates
    for step in steps:
        facts: Any = step.facts  # Made just now, and nobody's but this one's: days are put in their place.
        for key in dates & facts.keys():
            facts[key] = date.fromisoformat(facts[key])
    return steps


def replaced_json(effects: Effects, seq: int | None) -> Values:
    """The deadlines that a step changed, each as it was before (null: not there), for taking the step back."""
    before = {(row.rule, row.period): row for row in effects.replaced}
    keys = [(row.rule, row.period) for row in effects.deadlines]
    return {
        "seq": seq,
        "rows": [[*key, _deadline_json(before[key]) if key in before else None] for key in keys],
    }


def _deadline_json(deadline: Deadline) -> Values:
    row = asdict(deadline)
    return row | {name: row[name].isoformat() for name in _DAYS if row[name]}


def read_replaced(kept: Values) -> Replaced:
    """The same back as values."""
    rows = {(rule, period): _read_deadline_json(row) if row else None for rule, period, row in kept.get("rows", ())}
    return Replaced(seq=kept.get("seq"), before=rows)


def _read_deadline_json(row: Values) -> Deadline:
    for name in _DAYS:
        if row[name]:
            row[name] = date.fromisoformat(row[name])
    row["provisional"] = bool(row["provisional"])
    return Deadline(**row)


def due_of(deadlines: Iterable[Deadline]) -> datetime:
    """The first instant at which one of them that runs is late; NO_DUE where none runs."""
    days = [deadline.last_day for deadline in deadlines if deadline.state == "running"]
    return midnight(min(days) + _DAY) if days else NO_DUE


def deadline_values(deadline: Deadline) -> Values:
    """The columns of a deadline but for its proposal's number."""
    return asdict(deadline) | {"due": deadline.due}


def read_deadline(row: Any) -> Deadline:
    """The deadline of a row."""
    return Deadline(
        rule=row.rule,
        period=row.period,
        epoch=row.epoch,
        seat=row.seat,
        allowance=row.allowance,
        unit=row.unit,
        started_by=row.started_by,
        started_on=row.started_on,
        consumed=row.consumed,
        running_since=row.running_since,
        last_day=row.last_day,
        provisional=row.provisional,
        calendar=row.calendar,
        state=row.state,
        reason=row.reason,
    )


def read_deadlines(text: str) -> tuple[Deadline, ...]:
    """The deadlines of a JSON list, the entry that began it and its row's number before each; oldest first."""
    rows = _DEADLINES.decode(text)
    rows.sort(key=_AGE)
    return tuple([deadline for _, _, deadline in rows])


def entry_values(entry: Entry) -> Values:
    """The columns of an entry."""
    row = asdict(entry)
    del row["openings"]  # They have rows of their own.
    return row


def read_entry(row: Any, openings: Iterable[Any]) -> Entry:
    """The entry of a row and of the rows of its openings."""
    return Entry(
        kind=row.kind,
        subject=row.subject,
        seq=row.seq,
        recorded_at=row.recorded_at,
        body=row.body,
        hash=row.hash,
        previous_hash=row.previous_hash,
        format=row.format,
        openings=tuple(Opening(path=o.path, salt=o.salt or b"", value=o.value) for o in openings),
    )
