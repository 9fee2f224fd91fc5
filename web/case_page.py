"""What the page of a case shows: where it stands, whose turn it is, and what its tabs hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from definitions.calendar import Calendar
from definitions.process import Process
from shapes.actions import actions_of
from shapes.badges import Badge, badge_of
from shapes.shown import shown
from shapes.telling_words import notice_name, outcome_words
from shapes.told_acts import what_of
from shapes.told_deadlines import name_of, told_of
from store.lists import NoticeLine
from web.visit import Visit
from workflow.deadlines import assume
from workflow.proposal import Proposal, legal_day
from workflow.service.acting import Case, look

#: The tabs of a case, in the order in which they stand.
TABS = ("tom-tat", "giay-to", "tham-dinh", "kinh-phi", "thoi-han", "thong-bao", "tien-trinh", "nguoi")
_NOT_THEIRS = ("unmet.not_owner", "unmet.no_agency")
_LONG = 240
#: States in which somebody supplements what was sent back.
_SENT_BACK = ("returned", "queried")


def offers_of(visit: Visit, case: Case) -> list[dict[str, Any]]:
    """Every action of the state, with ``mine``: whether the step belongs to a seat of whoever looks."""
    found = actions_of(case, at=visit.now, lang=visit.lang, names=visit.names)["actions"]
    return [one | {"mine": all(reason["code"] not in _NOT_THEIRS for reason in one["reasons"])} for one in found]


def case_of(visit: Visit, code: str) -> Case:
    """A case with every action of its state, for whoever looks."""
    return look(visit.home.store, visit.home.house, code=code, by=visit.actor, at=visit.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose turn it is: one's own, somebody else's, or nobody's, because the case has ended."""

    mine: bool
    ended: bool
    offers: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]


def turn_of(offers: Sequence[dict[str, Any]], *, ended: bool) -> Turn:
    """One and only one of the three."""
    mine = [one for one in offers if one["mine"]]
    others = [one for one in offers if not one["mine"]]
    # Who may only withdraw or report is not awaited: awaited is whoever moves the case along its main path.
    awaited = any(one["main"] for one in mine) or not any(one["main"] for one in others)
    return Turn(mine=bool(mine) and awaited and not ended, ended=ended, offers=mine, others=others)


def steps_bar(process: Process, proposal: Proposal) -> list[dict[str, Any]]:
    """The milestones: reached, next, and still to come."""
    keys = [row.key for row in process.milestones]
    reached = keys.index(proposal.milestone) if proposal.milestone in keys else 0
    ended = process.state(proposal.state).end
    return [
        {
            "label": row.label,
            "stand": "reached" if number <= reached else "next" if number == reached + 1 and not ended else "to_come",
        }
        for number, row in enumerate(process.milestones)
    ]


def urgent(deadlines: Sequence[Mapping[str, Any]], lang: str) -> tuple[Mapping[str, Any], Badge] | None:
    """The deadline that ends first, with its badge; one that stands still only where none runs."""
    for state in ("running", "paused"):
        found = sorted((one for one in deadlines if one["state"] == state), key=lambda one: str(one["due"]))
        if found:
            return found[0], badge_of(found[0], lang)
    return None


def explained(visit: Visit, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every deadline with its badge and the sentences of its explanation, those that run first."""
    order = {"running": 0, "paused": 1}
    ordered = sorted(rows, key=lambda row: (order.get(row["state"], 2), row["due"]))
    return [
        {"row": row, "name": name_of(row), "badge": badge_of(row, visit.lang), "parts": list(told_of(visit, row))}
        for row in ordered
    ]


def values_of(document: Mapping[str, Any], keys: Sequence[str]) -> list[tuple[str, str]]:
    """Labels and values as offices write them."""
    return [
        (
            document["labels"].get(key, key),
            document["choice_labels"].get(key) or shown(document["data"][key], document["types"].get(key, "text")),
        )
        for key in keys
        if document["data"].get(key) not in (None, "")
    ]


def draft_values(document: Mapping[str, Any], process: Process) -> list[tuple[str, str]]:
    """What the proposal itself says."""
    return values_of(document, [field.key for field in process.data if field.key in document["data"]])


def changes_since(visit: Visit, history: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was changed since the case was last sent back and came again: each field once, from what to what."""
    backs = [one["seq"] for one in history["steps"] if one["target"] in _SENT_BACK]
    if not backs or history["steps"][-1]["target"] in _SENT_BACK:
        return []
    found: dict[str, dict[str, Any]] = {}
    for act in history["acts"]:
        for change in act["changes"] if act["seq"] > backs[-1] else ():
            known = found.setdefault(
                change["key"], {"label": change["label"], "before": _side(visit, change, "before")}
            )
            known["after"] = _side(visit, change, "after")
    return [one for one in found.values() if one["before"] != one["after"]]


def _side(visit: Visit, change: Mapping[str, Any], side: str) -> str:
    if change[f"{side}_erased"]:
        return visit.word("daywork.erased")
    return visit.word("daywork.nothing") if change[side] is None else shown(change[side], change["type"])


def decided(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What later steps decided, by the step, the newest first."""
    groups: dict[int, dict[str, Any]] = {}
    for one in document["decisions"]:
        group = groups.setdefault(one["seq"], {"label": one["label"], "on": one["on"], "keys": []})
        group["keys"].append(one["key"])
    return [
        {"label": group["label"], "on": group["on"], "values": values_of(document, group["keys"])}
        for _, group in sorted(groups.items(), reverse=True)
    ]


def money_of(document: Mapping[str, Any], proposal: Proposal) -> dict[str, Any]:
    """Every sum of the case with the step that gave it, and what was paid in all."""
    by_key = {one["key"]: one for one in document["decisions"]}
    rows = [
        {"label": document["labels"].get(key, key), "amount": value, "by": by_key.get(key)}
        for key, value in document["data"].items()
        if document["types"].get(key) == "money" and isinstance(value, int)
    ]
    paid = proposal.total("advance", "amount") + proposal.total("pay_rest", "amount")
    refunded = proposal.total("refund", "amount")
    return {"rows": rows, "paid": paid, "refunded": refunded, "approved": proposal.amount("approved_amount")}


def timeline(
    visit: Visit, document: Mapping[str, Any], calendar: Calendar, *, only_steps: bool
) -> Iterator[dict[str, Any]]:
    """What happened, the newest first, with the working days since what happened before it."""
    steps = [_step(one) for one in document["steps"]]
    acts = [] if only_steps else [_act(visit, one) for one in document["acts"]]
    ordered = sorted([*steps, *acts], key=lambda one: (one["at"], one["seq"] or 0))
    before: date | None = None
    told = []
    for one in ordered:
        day = legal_day(one["at"])
        told.append(one | {"since": None if before is None else _between(before, day, calendar)})
        before = day
    yield from reversed(told)


def _between(before: date, day: date, calendar: Calendar) -> int:
    return assume(calendar, before.year, day.year).between(before, day) if before < day else 0


def _step(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "step",
        "seq": one["seq"],
        "at": datetime.fromisoformat(one["recorded_at"]),
        "title": one["label"],
        "before": one["source_label"],
        "after": one["target_label"] if one["target"] != one["source"] else "",
        "actor": one["actor"] or "",
        "agency": one["agency_name"],
        "capacity": one["capacity"],
        "on": one["effective_on"],
        "note": one["note"] or "",
        "long": len(one["note"] or "") > _LONG,
        "documents": [paper for paper in one["documents"] if paper["name"]],
        "undone": one["corrected_by"] is not None,
    }


def _act(visit: Visit, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "act",
        "seq": one["seq"],
        "at": datetime.fromisoformat(one["recorded_at"]),
        "title": what_of(visit, one),
        "actor": one["actor"] or "",
        "agency": visit.names("", one["agency"])[1] if one["agency"] else "",
        "documents": [paper for paper in one["documents"] if paper["name"]],
    }


def people_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everybody who ever acted on the case, for which agency, from when to when."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in (*document["steps"], *document["acts"]):
        if not one["actor"]:
            continue
        key = (one["person"] or one["actor"], one["agency"] or "")
        known = found.setdefault(
            key, {"name": one["actor"], "agency": one["agency"] or "", "first": one["recorded_at"]}
        )
        known["first"] = min(known["first"], one["recorded_at"])
        known["last"] = max(known.get("last", ""), one["recorded_at"])
        known["times"] = known.get("times", 0) + 1
    return sorted(found.values(), key=lambda one: one["first"])


def notices_of(visit: Visit, lines: Sequence[NoticeLine]) -> list[dict[str, Any]]:
    """Who was told what, the newest first, and what became of it."""
    told = []
    for one in reversed(lines):
        printed = (one.channel, one.state) == ("paper", "accepted")
        became = "" if one.state == "accepted" else outcome_words(visit, one.last_error)
        told.append(
            {
                "id": one.id,
                "name": notice_name(visit, one.notice),
                "to": one.to.name,
                "address": one.to.address,
                "channel": visit.word(f"channel.{one.channel}"),
                "state": one.state,
                "state_words": visit.word(f"notice_state.{'printed' if printed else one.state}"),
                "why": became,
                "at": one.send_after,
            }
        )
    return told
