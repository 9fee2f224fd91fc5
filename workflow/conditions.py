"""The named conditions of process files: plain questions about an attempt, answered yes or no."""

from collections.abc import Callable

from definitions.process import Holders
from workflow.attempt import Attempt

_ALL = 10_000  # basis points

Ask = Callable[[Attempt, str], bool]
CONDITIONS: dict[str, Ask] = {}
#: The only field of free text that a condition reads: once it was erased, what rests on it can no longer be told.
DECISIVE_TEXTS = frozenset({"beneficiary"})


def _condition(ask: Ask) -> Ask:
    CONDITIONS[ask.__name__] = ask
    return ask


def holds(condition: str | None, attempt: Attempt) -> bool:
    """Whether ``name`` or ``name:argument`` holds; no condition always does."""
    if condition is None:
        return True
    name, _, argument = condition.partition(":")
    return CONDITIONS[name](attempt, argument)


def held_by(holders: Holders, attempt: Attempt) -> str | None:
    """The role that holds: the first of the list whose condition fits, or None."""
    for held in holders:
        if holds(held.when, attempt):
            return held.role
    return None


@_condition
def beneficiary_differs(attempt: Attempt, _: str) -> bool:
    """A beneficiary is named and it is not the implementer itself."""
    named = str(attempt.value("beneficiary") or "")
    implementer = attempt.proposal.implementer
    return bool(named) and named != attempt.situation.agency_name(implementer, attempt.today)


@_condition
def by_council(attempt: Attempt, _: str) -> bool:
    """The appraisal was made by a council, not by the staff."""
    return attempt.given("by") == "council"


@_condition
def is_group(attempt: Attempt, _: str) -> bool:
    """A group proposal: places and beneficiaries are fixed later, line by line."""
    return attempt.value("is_group") is True


@_condition
def is_task(attempt: Attempt, _: str) -> bool:
    """A task (nhiệm vụ) without a beneficiary."""
    return attempt.value("is_task") is True


@_condition
def is_direct(attempt: Attempt, _: str) -> bool:
    """Filed straight to the Cục: several provinces, or a regional centre (Thông tư 36/2013/TT-BCT, Điều 8 khoản 1b)."""
    return attempt.value("scope") == "multi_province" or _files_directly(attempt)


def _files_directly(attempt: Attempt) -> bool:
    agency = attempt.situation.law.agencies.get(attempt.proposal.implementer)
    return agency is not None and agency.files_directly


@_condition
def came_from(attempt: Attempt, state: str) -> bool:
    """The proposal entered its present state from that one."""
    return attempt.proposal.entered_from() == state


@_condition
def open_request(attempt: Attempt, kinds: str) -> bool:
    """An adjustment was asked for and not yet decided, of one of these kinds (any, where none is named)."""
    kind = open_request_kind(attempt)
    return kind != "" and (not kinds or kind in kinds.split(","))


def open_request_kind(attempt: Attempt) -> str:
    """The kind of the adjustment request that waits for its decision; empty where none does."""
    kind = ""
    for past in attempt.proposal.did("request_adjust", "adjust", "refuse_adjust"):
        kind = str(past.facts.get("kind", "")) if past.action == "request_adjust" else ""
    return kind


@_condition
def group_request(attempt: Attempt, kinds: str) -> bool:
    """A group proposal whose open adjustment request is of one of these kinds (TT 36/2013, Điều 11 khoản 4)."""
    return is_group(attempt, "") and open_request(attempt, kinds)


@_condition
def asks_for(attempt: Attempt, kinds: str) -> bool:
    """This very request asks for an adjustment of one of these kinds."""
    return attempt.given("kind") in kinds.split(",")


@_condition
def base_confirms(attempt: Attempt, kinds: str) -> bool:
    """The Sở must confirm the request: not for direct files, nor for what the Sở decides itself in a group."""
    return not is_direct(attempt, "") and not (is_group(attempt, "") and asks_for(attempt, kinds))


@_condition
def by_percentage(attempt: Attempt, _: str) -> bool:
    """The State pays a share only, so vouchers of the own capital are listed too (TT 36/2013, Điều 19)."""
    ceiling = attempt.ceiling()
    return ceiling is not None and ceiling.rate_bp is not None and ceiling.rate_bp < _ALL


@_condition
def no_cap_on_record(attempt: Attempt, _: str) -> bool:
    """No rate and no cap is on record for the activity on the day of the paper."""
    ceiling = attempt.ceiling()
    return ceiling is None or (ceiling.rate_bp is None and ceiling.cap is None)


@_condition
def by_tender(attempt: Attempt, _: str) -> bool:
    """The activity is let by tender (Thông tư 36/2013/TT-BCT, Điều 3)."""
    activity = attempt.activity()
    return activity is not None and activity.by_tender


@_condition
def has_stop_decision(attempt: Attempt, _: str) -> bool:
    """It was decided to stop the proposal."""
    return any(attempt.proposal.did("stop", "stop_and_settle"))
