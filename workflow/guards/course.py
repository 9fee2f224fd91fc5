"""What must have happened on the way: plan and lines of a group, requests, inspections, a stop."""

from collections.abc import Iterator, Mapping

from workflow.attempt import Attempt
from workflow.bounds import recorded_lines, support_limit
from workflow.conditions import no_cap_on_record, open_request_kind
from workflow.errors import NOBODY, Unmet
from workflow.guards.registry import guard
from workflow.guards.rules import place_faults
from workflow.ownership import implementer_seat, seats_owning
from workflow.proposal import FactValue, Past


def _whole(value: FactValue | None) -> int:
    return value if isinstance(value, int) else 0


@guard
def has_lines(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Only a group proposal, or a pilot of several years, is planned line by line."""
    if attempt.value("is_group") is not True and attempt.value("is_pilot") is not True:
        yield Unmet("unmet.has_lines", {}, (NOBODY,))


@guard
def lines_within(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Each line of the plan is eligible and within the ceiling, all are counted, their sum is within the approval."""
    lines, stated = recorded_lines(attempt.proposal), attempt.given("lines")
    if not lines:
        yield Unmet("unmet.no_lines", {}, implementer_seat(attempt))
    if isinstance(stated, int) and stated != len(lines):
        yield Unmet("unmet.lines_counted", {"stated": stated, "recorded": len(lines)})
    for commune in dict.fromkeys(str(line.get("line_commune", "")) for line in lines.values()):
        yield from place_faults(attempt, commune)
    yield from _lines_above(attempt, lines)
    total = sum(_whole(line.get("line_amount")) for line in lines.values())
    approved = attempt.amount("approved_amount") or 0
    if total > approved:
        yield Unmet("unmet.lines_above_approval", {"total_amount": total, "limit": approved}, implementer_seat(attempt))


def _lines_above(attempt: Attempt, lines: Mapping[str, Mapping[str, FactValue]]) -> Iterator[Unmet]:
    found = attempt.ceiling()
    if found is None or no_cap_on_record(attempt, ""):
        return
    is_line, is_priority = attempt.value("is_line") is True, attempt.value("is_priority") is True
    for name, line in lines.items():
        cost, amount = _whole(line.get("line_eligible_cost")), _whole(line.get("line_amount"))
        limit = support_limit(found, eligible_cost=cost, is_line=is_line, is_priority=is_priority)
        if amount > limit:
            params = {"line": name, "amount": amount, "limit": limit}
            yield Unmet("unmet.line_above_ceiling", params, implementer_seat(attempt))


@guard
def line_in_plan(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The line stands in the approved plan; without a plan by lines there is none."""
    line, lines = attempt.given("accepted_line"), recorded_lines(attempt.proposal)
    if not lines:
        yield Unmet("unmet.no_lines", {}, implementer_seat(attempt))
    elif line is not None and line not in lines:
        yield Unmet("unmet.line_in_plan", {"line": line})


@guard
def group_plan_approved(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """A group proposal has its detailed plan approved, after its last line (TT 36/2013, Điều 21 khoản 2a)."""
    planned = [past.action for past in attempt.proposal.did("plan_line", "approve_plan")]
    if attempt.value("is_group") is True and planned[-1:] != ["approve_plan"]:
        yield Unmet("unmet.group_plan_approved", {}, seats_owning(attempt, "approve_plan"))


@guard
def all_lines_accepted(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Every line of a group plan has been accepted on its site."""
    accepted = {str(past.facts.get("accepted_line")) for past in attempt.proposal.did("accept_line")}
    for line in recorded_lines(attempt.proposal):
        if line not in accepted:
            yield Unmet("unmet.all_lines_accepted", {"line": line}, seats_owning(attempt, "accept_line"))


@guard
def no_open_request(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """No request for an adjustment waits for its decision."""
    kind = open_request_kind(attempt)
    if kind:
        yield Unmet("unmet.no_open_request", {"kind": kind}, seats_owning(attempt, "adjust"))


@guard
def open_request(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """A request for an adjustment waits for its decision, of the kind that is decided."""
    kind, given = open_request_kind(attempt), attempt.given("kind")
    if not kind:
        yield Unmet("unmet.open_request", {}, seats_owning(attempt, "request_adjust"))
    elif given is not None and given != kind:
        yield Unmet("unmet.other_request", {"asked": kind, "given": given})


def last_inspection(attempt: Attempt) -> Past | None:
    """The inspection of the latest day; of one day, the one recorded last."""
    seen = sorted(attempt.proposal.did("inspect"), key=lambda past: (str(past.facts.get("visit_date")), past.at))
    return seen[-1] if seen else None


@guard
def no_violation(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The newest inspection found no violation; otherwise nothing is paid until a later one says so (our own rule)."""
    newest = last_inspection(attempt)
    if newest is not None and newest.facts.get("finding") == "violation":
        params = {"on": newest.facts.get("visit_date", newest.on)}
        yield Unmet("unmet.no_violation", params, seats_owning(attempt, "inspect"))


@guard
def progress_evidence(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Progress confirmed by the Sở is strictly above the activity's threshold (TT 36/2013, Điều 13, 21, 23)."""
    activity = attempt.activity()
    over = activity.progress_over_percent if activity else 0
    newest = last_inspection(attempt)
    confirmed = newest.facts.get("confirmed_percent") if newest else None
    reached = confirmed if isinstance(confirmed, int) else 0
    if over and reached <= over:
        params = {"over_percent": over, "confirmed_percent": reached}
        yield Unmet("unmet.progress_evidence", params, seats_owning(attempt, "inspect"))


@guard
def site_seen(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The site was inspected at least once, or the minutes are taken on site (form 5a or 5b)."""
    on_site = str(attempt.given("form")) in ("mau_5a", "mau_5b")
    if attempt.facts is not None and not on_site and not any(attempt.proposal.did("inspect")):
        yield Unmet("unmet.site_seen", {}, seats_owning(attempt, "inspect"))


@guard
def opinions_given(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Every opinion that was asked for has been given."""
    for opinion in attempt.proposal.opinions:
        if opinion.answered_by is None:
            agency = attempt.situation.agency_name(opinion.agency, attempt.today)
            yield Unmet("unmet.opinions_given", {"agency": agency}, (f"head@{opinion.agency}",))


@guard
def no_stop_decision(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """It was not decided to stop the proposal."""
    if _stopped(attempt):
        yield Unmet("unmet.no_stop_decision", {}, (NOBODY,))


@guard
def stop_decision(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """It was decided to stop the proposal."""
    if not _stopped(attempt):
        yield Unmet("unmet.stop_decision", {}, seats_owning(attempt, "stop_and_settle"))


def _stopped(attempt: Attempt) -> bool:
    return any(attempt.proposal.did("stop", "stop_and_settle"))
