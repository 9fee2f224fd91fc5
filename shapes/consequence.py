"""What an action would do, in data and in one sentence, generated from the effects themselves so that it cannot lie."""

from typing import Any

from language.catalogue import sentence
from language.formats import day
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.effects import Consequence
from workflow.proposal import Proposal, legal_day
from workflow.storage import Notice

#: How a deadline that a step ends is said, by the state it is left in.
_ENDS = {"paused": "consequence.pauses", "met": "consequence.stops", "lapsed": "consequence.stops"}


def consequence_of(found: Consequence, proposal: Proposal, situation: Situation, *, lang: str) -> dict[str, Any]:
    """The target, the deadlines that stop and start, whom it tells, and all of that as a sentence."""
    process = situation.process
    return {
        "target": found.target,
        "target_label": process.state(found.target).label,
        "deadlines_stopped": [_deadline(one, situation) for one in found.changes.ended],
        "deadlines_started": [_deadline(one, situation) for one in found.changes.started],
        "notified": [_notified(one, situation) for one in found.notices],
        "sentence": " ".join(_sentences(found, proposal, situation, lang)),
    }


def _deadline(deadline: Deadline, situation: Situation) -> dict[str, Any]:
    return {
        "rule": deadline.rule,
        "period": deadline.period,
        "label": situation.process.rule(deadline.rule).label,
        "state": deadline.state,
        "seat": deadline.seat,
        "last_day": deadline.last_day.isoformat(),
        "provisional": deadline.provisional,
    }


def _notified(notice: Notice, situation: Situation) -> dict[str, Any]:
    role, _, body = notice.to.seat.partition("@")
    agency = body if body in situation.law.agencies else None
    return {
        "notice": notice.notice,
        "name": notice.to.name,
        "role": role,
        "agency": agency,
        "agency_name": situation.agency_name(agency, legal_day(notice.send_after)) if agency else None,
        "address": notice.to.address or None,
        "channel": notice.channel,
    }


def _sentences(found: Consequence, proposal: Proposal, situation: Situation, lang: str) -> list[str]:
    process = situation.process
    before, after = process.state(proposal.state).label, process.state(found.target).label
    code = "consequence.stays" if found.target == proposal.state else "consequence.moves"
    parts = [sentence(code, {"before": before, "after": after}, lang)]
    parts += [
        sentence(_ENDS[one.state], {"rule": process.rule(one.rule).label}, lang) for one in _first(found.changes.ended)
    ]
    parts += [_starts(one, situation, lang) for one in _first(found.changes.started)]
    people = list(dict.fromkeys(notice.to.name for notice in found.notices if notice.to.name))
    told = "consequence.notified" if people else "consequence.nobody"
    parts.append(sentence(told, {"people": ", ".join(people)}, lang))
    parts.append(sentence("consequence.recorded", {}, lang))
    return parts


def _first(deadlines: tuple[Deadline, ...]) -> list[Deadline]:
    """One of each rule: of the months of a monthly duty only the next is said."""
    found: dict[str, Deadline] = {}
    for deadline in sorted(deadlines, key=lambda one: one.last_day):
        found.setdefault(deadline.rule, deadline)
    return list(found.values())


def _starts(deadline: Deadline, situation: Situation, lang: str) -> str:
    code = "consequence.starts_provisional" if deadline.provisional else "consequence.starts"
    params = {
        "rule": situation.process.rule(deadline.rule).label,
        "start": day(deadline.running_since or deadline.started_on),
        "last_day": day(deadline.last_day),
    }
    return sentence(code, params, lang)
