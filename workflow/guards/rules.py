"""What the law asks of a proposal whoever handles it: complete data, place, trade, ceiling, sums."""

from collections.abc import Iterator

from definitions.registers import Commune, PlaceRule, Province, in_force
from workflow.attempt import Attempt
from workflow.bounds import ceiling
from workflow.conditions import holds, is_direct
from workflow.errors import ACTOR, NOBODY, Unmet
from workflow.guards.registry import guard
from workflow.ownership import implementer_seat


@guard
def data_complete(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Every field that the proposal must have is filled in."""
    for field in attempt.process.data:
        asked = field.required or (field.required_when is not None and holds(field.required_when, attempt))
        if asked and attempt.proposal.data.get(field.key) in (None, ""):
            yield Unmet("unmet.missing_data", {"field": field.key, "label": field.label}, implementer_seat(attempt))


@guard
def shape_fits(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """What kind of proposal it says it is fits the rest of it.

    A task is an activity that may be one and names no beneficiary; a group names neither beneficiary nor place;
    anything else names its place and counts as one unit.
    """
    task, group = attempt.value("is_task") is True, attempt.value("is_group") is True
    named, placed = bool(attempt.value("beneficiary")), bool(attempt.value("commune"))
    activity = attempt.activity()
    if task and activity is not None and not activity.is_task:
        yield Unmet("unmet.not_a_task", {"activity": activity.label}, implementer_seat(attempt))
    if task and named:
        yield Unmet("unmet.task_names_beneficiary", {}, implementer_seat(attempt))
    if group and (named or placed):
        yield Unmet("unmet.group_names_beneficiary", {}, implementer_seat(attempt))
    if task and group:
        yield Unmet("unmet.task_and_group", {}, implementer_seat(attempt))
    if not task and not group:
        yield from _single(attempt, placed=placed)


def _single(attempt: Attempt, *, placed: bool) -> Iterator[Unmet]:
    if not placed:
        label = attempt.process.fields["commune"].label
        yield Unmet("unmet.missing_data", {"field": "commune", "label": label}, implementer_seat(attempt))
    if (attempt.amount("units") or 1) > 1:
        yield Unmet("unmet.units_of_one", {"units": attempt.amount("units") or 1}, implementer_seat(attempt))


@guard
def eligible_place(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The place counts as rural by the decree in force that day (Nghị định 45/2012/NĐ-CP, 235/2025/NĐ-CP, Điều 1)."""
    if attempt.value("is_task") is True or not attempt.value("commune"):
        return  # A task has no place; a group's are those of its lines; a missing one is said by ``shape_fits``.
    yield from place_faults(attempt, str(attempt.value("commune") or ""))


def place_faults(attempt: Attempt, key: str) -> Iterator[Unmet]:
    """What keeps the commune of that key (after a merger: the one that followed it) from being supported that day."""
    on, law = attempt.effective_on, attempt.situation.law
    commune = attempt.situation.commune(key, on)
    kind = commune.kind if commune else attempt.value("commune_kind")
    if kind is None:
        yield Unmet("unmet.commune_unknown", {"commune": key}, implementer_seat(attempt))
        return
    rule = next(iter(in_force(law.place_rules, on)), None)
    home = commune.province if commune else law.province_now(attempt.proposal.province, on)
    province = law.province(home, on)
    if rule is None or province is None:
        yield Unmet("unmet.no_place_rule", {"on": on}, (NOBODY,))
    elif kind not in (rule.in_province if province.kind == "province" else rule.in_city):
        yield from _outside(attempt, rule, province, commune, key)


def _outside(
    attempt: Attempt, rule: PlaceRule, province: Province, commune: Commune | None, key: str
) -> Iterator[Unmet]:
    recognised = (commune is not None and commune.craft_village) or attempt.value("craft_village") is True
    stated = rule.ask_when_outside and bool(attempt.value("place_basis"))
    if not stated and not (rule.craft_village and recognised):
        params = {"commune": commune.label if commune else key, "province": province.label, "basis": rule.basis.text}
        yield Unmet("unmet.eligible_place", params, (NOBODY,))


@guard
def eligible_trade(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The trade may be supported on the day of the paper (Nghị định 45/2012/NĐ-CP, Điều 5, as amended)."""
    trade = str(attempt.value("trade") or "")
    known = {row.key for row in in_force(attempt.situation.law.trades, attempt.effective_on)}
    if trade and trade not in known and attempt.value("is_task") is not True:
        yield Unmet("unmet.eligible_trade", {"trade": trade, "on": attempt.effective_on}, implementer_seat(attempt))


@guard
def within_ceiling(attempt: Attempt, fact: str) -> Iterator[Unmet]:
    """The amount is within min(rate x eligible cost, cap) by the rule in force on the day of the paper.

    A fact of the step itself counts only as given now: what was decided under an older rule is not judged again.
    """
    typed = attempt.transition.fact(fact) is not None
    amount = attempt.given(fact) if typed else attempt.amount(fact)
    limit = ceiling(attempt)
    if not isinstance(amount, int) or not isinstance(limit, int) or amount <= limit:
        return
    found = attempt.ceiling()
    basis = found.basis.text if found else ""
    params = {"field": fact, "amount": amount, "limit": limit, "basis": basis, "on": attempt.effective_on}
    yield Unmet("unmet.within_ceiling", params, (ACTOR,))


@guard
def sums_match(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Total cost = asked for + own + other, and the eligible cost is not more than the total."""
    total, eligible = attempt.amount("total_cost") or 0, attempt.amount("eligible_cost") or 0
    parts = sum(attempt.amount(key) or 0 for key in ("requested_amount", "own_capital", "other_capital"))
    if parts != total:
        yield Unmet("unmet.sums_match", {"total_amount": total, "parts_amount": parts}, implementer_seat(attempt))
    if eligible > total:
        params = {"eligible_amount": eligible, "total_amount": total}
        yield Unmet("unmet.eligible_above_total", params, implementer_seat(attempt))


@guard
def direct_only(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Only files of several provinces or of a regional centre go straight to the Cục (TT 36/2013, Điều 8 khoản 1b)."""
    if not is_direct(attempt, ""):
        yield Unmet("unmet.direct_only", {}, (NOBODY,))
