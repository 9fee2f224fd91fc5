"""A row of a list that names a known proposal: unchanged, an edit of a draft, or a difference to be told."""

from collections.abc import Callable, Iterator, Mapping

from definitions.process import Field
from workflow.authority import Situation
from workflow.changing import changed
from workflow.errors import Unmet
from workflow.incoming import Change, Incoming, Outcome
from workflow.ledger import edited, edited_entry
from workflow.opening import PAID, PAID_REST, REFUNDED, opening_fields
from workflow.ownership import holder_seat
from workflow.proposal import FactValue, Proposal, legal_day
from workflow.service.drafting import data_faults, track_faults
from workflow.service.row_deciding import (
    PAID_IN_ALL,
    Decided,
    Listed,
    asked_later,
    for_running_only,
    not_theirs,
    refused,
)
from workflow.service.situations import context_of, recorded_after, situation_of
from workflow.storage import Move, UnitOfWork


def decide_known(uow: UnitOfWork, listed: Listed, row: Incoming, before: Proposal) -> Decided:
    """What the row changes of the proposal as it stands, and whether it may."""
    if before.programme != listed.into.programme:
        other = {"other": before.programme, "programme": listed.into.programme}
        return Decided(refused(row, [Unmet("unmet.row_of_other_programme", other)], code=before.code))
    situation = listed.situation
    if before.process_sha256 != situation.process.sha256:
        situation = situation_of(uow, before)
    process = situation.process
    fields = {field.key: field for field in process.data}
    changes = tuple(_changes(fields, row.values, before.data.get))
    fixed = tuple(_fixed(listed, situation, row, before))
    told = Outcome(
        number=row.number,
        status="unchanged",
        title=before.title,
        code=before.code,
        state=before.state,
        remarks=row.remarks,
        changes=(*fixed, *changes),
    )
    if not process.state(before.state).editable:
        sums = tuple(_changes(opening_fields(process), _brought_to(before, row), lambda key: _stands(before, key)))
        told = changed(told, changes=(*told.changes, *sums))
        return Decided(changed(told, status="differs" if told.changes else "unchanged"))
    if fixed:
        return Decided(changed(told, status="differs"))
    if not changes:
        return Decided(told)
    return _edit(uow, listed, row, before=before, situation=situation, told=told)


def _changes(
    fields: Mapping[str, Field], values: Mapping[str, FactValue], stands: Callable[[str], FactValue | None]
) -> Iterator[Change]:
    for key, value in values.items():
        old, field = stands(key), fields.get(key)
        if value != old:
            label, type_ = (field.label, field.type) if field else (key, "text")
            yield Change(key=key, label=label, type=type_, before=old, after=value)


def _brought_to(before: Proposal, row: Incoming) -> dict[str, FactValue]:
    """The row's facts; money paid in all is compared as one sum."""
    facts = {key: value for key, value in row.facts.items() if key != PAID_IN_ALL}
    if PAID_IN_ALL in row.facts and row.facts[PAID_IN_ALL] != _paid(before):
        facts[PAID] = row.facts[PAID_IN_ALL]
    return facts


def _paid(proposal: Proposal) -> int:
    paid = proposal.total(*PAID.split(".")) + proposal.total(*PAID_REST.split("."))
    return paid - proposal.total(*REFUNDED.split("."))


def _stands(proposal: Proposal, key: str) -> FactValue | None:
    return proposal.total(*key.split(".")) if "." in key else proposal.data.get(key)


def _fixed(listed: Listed, situation: Situation, row: Incoming, before: Proposal) -> Iterator[Change]:
    """What a row cannot change: where the proposal stands, and who implements it."""
    process, today = situation.process, legal_day(listed.at)
    if row.state and row.state != before.state:
        old, new = process.state(before.state).label, process.state(row.state).label
        yield Change(key="state", label="Trạng thái", type="text", before=old, after=new)
    if row.implementer and situation.successor(row.implementer, today) != situation.successor(
        before.implementer, today
    ):
        old, new = (situation.agency_name(key, today) for key in (before.implementer, row.implementer))
        yield Change(key="implementer", label="Đơn vị thực hiện", type="text", before=old, after=new)


def _edit(
    uow: UnitOfWork, listed: Listed, row: Incoming, *, before: Proposal, situation: Situation, told: Outcome
) -> Decided:
    instant = recorded_after(before, listed.at)
    context = context_of(situation, before, by=listed.by, at=instant, deadlines=uow.deadlines(before.code))
    after = edited(before, {**before.data, **row.values}, at=instant)
    unmet = [*not_theirs(context, before.implementer), *data_faults(situation.process, context, row.values)]
    unmet += track_faults(situation.programme, after)
    if unmet:
        return Decided(changed(refused(row, unmet, code=before.code), changes=told.changes))
    remarks = (*told.remarks, *asked_later(changed(context, proposal=after)), *for_running_only(row))

    def write(uow: UnitOfWork) -> str:
        house, by = listed.house, listed.by
        entry = edited_entry(before, after, situation.process, by=by, salt=house.salt)
        stands = changed(after, last_hash=entry.hash)
        holder = holder_seat(changed(context, proposal=stands))
        uow.record(Move(before=before, after=stands, entry=entry, holder=holder))
        return before.code

    return Decided(changed(told, status="edited", remarks=remarks), write)
