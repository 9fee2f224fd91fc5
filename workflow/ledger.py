"""Between proposals and history: what a creation, an edit or a step writes, and how a replay reads it back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from definitions.process import Process
from workflow.authority import SharedContract
from workflow.changing import changed
from workflow.correcting import CORRECTED, taken_back
from workflow.daywork import after_daily, paper_json, paper_names
from workflow.engine import apply
from workflow.entries import BrokenHistory, Entry, ReadEntry, Salt, make_entry, opened, read, read_body
from workflow.proposal import Actor, Document, FactValue, Proposal, Seat, Step
from workflow.values import from_json, official

#: Kinds of entries that hold a step.
_STEPS = ("step", "opened")


def created_entry(
    proposal: Proposal,
    process: Process,
    *,
    by: Actor,
    salt: Salt,
    seat: Seat | None = None,
) -> Entry:
    """The first entry of a proposal: its pinned definitions and the data that it was drafted with."""
    content = {
        "code": proposal.code,
        "process": proposal.process,
        "process_sha256": proposal.process_sha256,
        "programme": proposal.programme,
        "programme_sha256": proposal.programme_sha256,
        "templates_sha256": proposal.templates_sha256,
        "implementer": proposal.implementer,
        "province": proposal.province,
        "state": proposal.state,
        "milestone": proposal.milestone,
        "person": by.person,
        "channel": by.channel,
        **_hat(seat),
        "data": official(process.free_data, proposal.data),
    }
    private = _private("data", process.free_data, proposal.data) | named(by.name) | typed_by(by.os_user)
    return make_entry(
        "created",
        proposal.code,
        seq=1,
        recorded_at=proposal.created_at,
        content=content,
        private=private,
        previous_hash=None,
        salt=salt,
    )


def edited_entry(
    before: Proposal,
    after: Proposal,
    process: Process,
    *,
    by: Actor,
    salt: Salt,
    seat: Seat | None = None,
    reason: str = "",
) -> Entry:
    """The entry of an edit: only the fields that changed, each with its new value (None: emptied), and why if said."""
    keys = [key for key in {**before.data, **after.data} if before.data.get(key) != after.data.get(key)]
    changed = {key: after.data[key] for key in keys if key in after.data}
    content = {
        "person": by.person,
        "channel": by.channel,
        **_hat(seat),
        "revision": after.revision,
        "data": official(process.free_data, changed),
        "emptied": sorted(key for key in keys if key not in after.data),
    }
    return make_entry(
        "edited",
        after.code,
        seq=after.last_seq,
        recorded_at=after.last_at,
        content=content,
        private={
            **_private("data", process.free_data, changed),
            **({"reason": reason} if reason else {}),
            **named(by.name),
            **typed_by(by.os_user),
        },
        previous_hash=before.last_hash,
        salt=salt,
    )


def step_entry(
    step: Step, process: Process, *, previous_hash: str, salt: Salt, shared: SharedContract | None = None
) -> Entry:
    """The entry of a step. Names of persons, notes, free text and file names are commitments with openings.

    ``shared`` is what the others under its contract said to its clocks, where the step asked them.
    """
    return _step_entry("step", step, process, _contract_said(shared), previous_hash=previous_hash, salt=salt)


def opened_entry(
    step: Step,
    process: Process,
    *,
    file_sha256: str,
    row: int,
    previous_hash: str,
    salt: Salt,
    shared: SharedContract | None = None,
) -> Entry:
    """The one entry by which a running proposal comes in: where it stands, its facts so far, from which row it came."""
    origin = {"file_sha256": file_sha256, "row": row, **_contract_said(shared)}
    return _step_entry("opened", step, process, origin, previous_hash=previous_hash, salt=salt)


def _contract_said(shared: SharedContract | None) -> dict[str, Any]:
    if shared is None:
        return {}
    since = shared.since.isoformat() if shared.since else None
    return {"contract": {"waits_for": list(shared.waits_for), "since": since}}


def read_shared(body: Mapping[str, Any]) -> SharedContract | None:
    """What the others under the contract said, as an entry's body holds it; None where nobody was asked."""
    said = body.get("contract")
    if said is None:
        return None
    since = date.fromisoformat(said["since"]) if said["since"] else None
    return SharedContract(waits_for=tuple(said["waits_for"]), since=since)


def _step_entry(
    kind: str, step: Step, process: Process, origin: Mapping[str, Any], *, previous_hash: str, salt: Salt
) -> Entry:
    move = process.transition(step.source, step.action)
    free = move.free_texts if move else frozenset()
    content = {
        **origin,
        "action": step.action,
        "source": step.source,
        "target": step.target,
        "moves": step.moves,
        "milestone": step.milestone,
        "revision": step.revision,
        "person": step.person,
        "agency": step.agency,
        "agency_name": step.agency_name,
        "role": step.role,
        "capacity": step.capacity,
        "on_behalf_of": step.on_behalf_of,
        "effective_on": step.effective_on.isoformat(),
        "facts": official(free, step.facts),  # Canonical JSON writes days by itself.
        "documents": [paper_json(document) for document in step.documents],
        "process": step.process,
        "process_sha256": step.process_sha256,
        "channel": step.channel,
        **({"officer": step.officer} if step.officer else {}),
        **({} if step.presented is None else {"presented": step.presented}),
    }
    private = {"actor": step.actor, **_private("facts", free, step.facts)}
    private |= paper_names(step.documents)
    private |= typed_by(step.os_user)
    if step.note:
        private["note"] = step.note
    return make_entry(
        kind,
        step.code,
        seq=step.seq,
        recorded_at=step.recorded_at,
        content=content,
        private=private,
        previous_hash=previous_hash,
        salt=salt,
    )


def _hat(seat: Seat | None) -> dict[str, str]:
    """In which seat something was done, where that is known."""
    return {"role": seat.role, "agency": seat.agency, "capacity": seat.capacity} if seat else {}


def named(name: str) -> dict[str, str]:
    """The name of who wrote an entry, as a personal value of it."""
    return {"actor": name} if name else {}


def typed_by(os_user: str) -> dict[str, str]:
    """The operating system's name of who typed a command, as a personal value of an entry."""
    return {"os_user": os_user} if os_user else {}


def _private(place: str, free: frozenset[str], values: Mapping[str, FactValue]) -> dict[str, str]:
    return {f"{place}.{key}": str(value) for key, value in values.items() if key in free}


def read_step(entry: Entry, process: Process) -> Step:
    """The step that an entry holds; erased values come back empty. Raises BrokenHistory where it does not fit."""
    body = read_body(entry)
    values = opened(entry, body)
    given = {**body["facts"], **_under("facts", values)} if values else body["facts"]
    return Step(
        code=entry.subject,
        seq=int(body["seq"]),
        action=body["action"],
        source=body["source"],
        target=body["target"],
        moves=body["moves"],
        milestone=body["milestone"],
        revision=body["revision"],
        person=body["person"],
        actor=values.get("actor", ""),
        agency=body["agency"],
        agency_name=body["agency_name"],
        role=body["role"],
        capacity=body["capacity"],
        on_behalf_of=body["on_behalf_of"],
        effective_on=date.fromisoformat(body["effective_on"]),
        recorded_at=entry.recorded_at,
        note=values.get("note", ""),
        facts=from_json(process, given),
        documents=tuple(
            Document(name=values.get(f"documents.{number}.name", ""), **paper)
            for number, paper in enumerate(body["documents"])
        ),
        process=body["process"],
        process_sha256=body["process_sha256"],
        channel=body["channel"],
        officer=body.get("officer", ""),
        os_user=values.get("os_user", ""),
        presented=body.get("presented"),
    )


def _under(place: str, values: Mapping[str, str]) -> dict[str, str]:
    return {path.removeprefix(f"{place}."): value for path, value in values.items() if path.startswith(f"{place}.")}


class Stage(NamedTuple):
    """A proposal as an entry left it; ``step`` is the one that the entry holds, if it holds one."""

    entry: ReadEntry
    step: Step | None
    proposal: Proposal


def replay(entries: Sequence[Entry], process_of: Callable[[str], Process]) -> Proposal:
    """The proposal that its entries, in order, rebuild. ``process_of`` gives the process text of a hash.

    Raises BrokenHistory where an entry does not fit.
    """
    return stages_of(entries, process_of)[-1].proposal


def stages_of(entries: Sequence[Entry], process_of: Callable[[str], Process]) -> tuple[Stage, ...]:
    """The proposal after each of its entries. Raises BrokenHistory as ``replay`` does."""
    if not entries or entries[0].kind != "created":
        raise BrokenHistory(entries[0].subject if entries else "", None, "finding.no_creation")
    first = read(entries[0])
    proposal, process = _created(first, process_of)
    stages = [Stage(first, None, proposal)]
    for entry in map(read, entries[1:]):
        step = read_step(entry, process) if entry.kind in _STEPS else None
        proposal = _next(proposal, entry, step, process, stages)
        stages.append(Stage(entry, step, proposal))
    return tuple(stages)


def _created(entry: Entry, process_of: Callable[[str], Process]) -> tuple[Proposal, Process]:
    body = read_body(entry)
    process = process_of(body["process_sha256"])
    data = from_json(process, {**body["data"], **_under("data", opened(entry, body))})
    names = ("code", "process", "process_sha256", "programme", "programme_sha256", "templates_sha256")
    proposal = Proposal(
        **{name: body[name] for name in (*names, "implementer", "province", "state", "milestone")},
        revision=0,
        data=data,
        created_at=entry.recorded_at,
        last_at=entry.recorded_at,
        last_seq=1,
        last_hash=entry.hash,
    )
    return proposal, process


def _next(
    proposal: Proposal, entry: ReadEntry, step: Step | None, process: Process, stages: Sequence[Stage]
) -> Proposal:
    """The proposal after one more entry; ``stages`` are it after each entry so far."""
    if step is not None:
        after = (apply if entry.kind == "step" else opened_at)(proposal, step, process)
    elif entry.kind == "edited":
        after = _edited(proposal, entry, process)
    elif entry.kind == CORRECTED:
        earlier = stages[entry.content["undoes"] - 2].proposal
        after = taken_back(after_daily(proposal, entry), earlier, entry.content)
    else:
        after = after_daily(proposal, entry)
    return changed(after, last_hash=entry.hash)


def opened_at(proposal: Proposal, step: Step, process: Process) -> Proposal:
    """The proposal after its opening step; sums brought along (``action.key``) stay in its past, not in its data."""
    after = apply(proposal, step, process)
    return changed(after, data={key: value for key, value in after.data.items() if "." not in key})


def _edited(proposal: Proposal, entry: Entry, process: Process) -> Proposal:
    body: dict[str, Any] = read_body(entry)
    changed = from_json(process, {**body["data"], **_under("data", opened(entry, body))})
    kept = {key: value for key, value in proposal.data.items() if key not in body["emptied"]}
    return edited(proposal, {**kept, **changed}, at=entry.recorded_at)


def edited(proposal: Proposal, data: Mapping[str, FactValue], *, at: datetime) -> Proposal:
    """The draft with other data: one revision and one entry on."""
    return changed(proposal, data=data, revision=proposal.revision + 1, last_at=at, last_seq=proposal.last_seq + 1)
