"""A deadline explained in sentences, the same for the command and for pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from language.formats import period as month
from shapes.calendar_words import calendar_words
from shapes.day_names import day_name
from shapes.shown import shown
from shapes.speaking import Speaker


@dataclass(frozen=True, slots=True)
class Days:
    """Day by day: the day, its number where it counts, and why it does not."""

    rows: list[tuple[object, ...]]


def name_of(row: Mapping[str, Any]) -> str:
    """What a deadline is called, with its month."""
    return f"{row['label']} ({month(row['period'])})" if row["period"] else str(row["label"])


def told_of(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    """One deadline explained (``shapes.explaining``): sentences, and its counted days where they stand among them."""
    confidence = say.word("confidence.contract" if row["by_contract"] else f"confidence.{row['basis']['confidence']}")
    yield say.word("explain.basis", basis=row["basis"]["text"], confidence=confidence)
    yield say.word("explain.duty", agency=row["agency_name"])
    yield from _contract(say, row)
    if not row["held"]:
        yield from _beginning(say, row)
        yield from _changes(say, row)
        yield from _days(say, row)
        code = "explain.result_provisional" if row["provisional"] else "explain.result"
        if row["state"] == "paused" and not row["provisional"]:
            code = "explain.result_paused"
        yield from _standing(say, row)
        yield say.word(code, last_day=shown(row["last_day"], "date"), calendar=calendar_words(say, row["calendar"]))
    if row["waits_for_recount"]:
        yield say.word("explain.waits_for_recount", **_calendars(say, row))
    elif not row["agrees"]:
        yield say.word("explain.disagrees", **_calendars(say, row))
    yield from _lateness(say, row)
    if row["if_missed"]:
        yield say.word("explain.if_missed", what=row["if_missed"])


def _calendars(say: Speaker, row: dict[str, Any]) -> dict[str, str]:
    """By which years it was counted, and those of now."""
    now = calendar_words(say, row["calendar_now"], like=row["calendar"])
    return {"calendar": calendar_words(say, row["calendar"]), "now": now}


def _contract(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    """What the clock of a contract waits for, and since when it runs."""
    shared = row["contract"]
    if shared is None:
        return
    yield say.word("explain.contract", number=shared["number"] or "–")
    for change in shared["changes"]:
        cause = change["cause"]["code"]
        if change["from_day"] is None:
            codes = ", ".join(change["waits_for"])
            yield say.word("explain.contract_waited", on=shown(change["on"], "date"), codes=codes, cause=cause)
        else:
            yield say.word("explain.contract_began", day=shown(change["from_day"], "date"), cause=cause)
    for one in shared["waits_for"]:
        yield say.word("explain.contract_waits", code=one["code"], title=one["title"])


def _days(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    if row["lines"]:
        lines = [(line["day"], _line(say, line, late=line["day"] > row["last_day"])) for line in row["lines"]]
        made = sorted([*lines, *_paused(say, row)], key=itemgetter(0))
        yield Days([cells for _, cells in made])
    for pause in row["pauses"]:
        code = "explain.pause" if pause["until"] else "explain.pause_open"
        days = {side: shown(pause[side], "date") for side in ("from", "until")}
        yield say.word(code, start=days["from"], end=days["until"], label=pause["label"])


def _paused(say: Speaker, row: dict[str, Any]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """One line for the days of each pause that is over, but for those that stand among the lines themselves."""
    named = {line["day"] for line in row["lines"]}
    for pause in row["pauses"]:
        first, last = (date.fromisoformat(pause[side] or pause["from"]) for side in ("from", "until"))
        days = [date.fromordinal(day).isoformat() for day in range(first.toordinal() + 1, last.toordinal() + 1)]
        if still := [day for day in days if day not in named]:
            ends = dict.fromkeys((shown(still[0], "date"), shown(still[-1], "date")))
            yield still[0], (" – ".join(ends), "", say.word("explain.paused"))


def _standing(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    """What one that stands still has used up, and what is left for when it goes on."""
    if (said := row["standing"]) is not None:
        code = "explain.used_late" if said["late"] else "explain.used"
        yield say.word(code, used=said["used"], left=said["left"], unit=say.word(f"unit.{row['unit']}"))


def _changes(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    """Extensions by decision, and days counted anew."""
    gone = say.word("daywork.erased")
    for one in row["extensions"]:
        days = {name: shown(one[name], "date") for name in ("on", "before", "last_day")}
        reason = gone if one["reason"] is None else one["reason"]
        yield say.word("explain.extended", n=one["days"], decision=one["decision_number"], reason=reason, **days)
    for one in row["recounts"]:
        code = "explain.recounted_letter" if one["cause"] == "guidance" else "explain.recounted"
        days = {name: shown(one[name]["last_day"], "date") for name in ("before", "after")}
        sides = {"was": one["before"], "now": one["after"]}
        versions = {name: calendar_words(say, side["calendar"]) for name, side in sides.items()}
        yield say.word(code, on=shown(one["on"], "date"), paper=one["paper"], **days, **versions)


def _lateness(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    """Why it is late and what was promised; where nothing was said yet, how to."""
    gone = say.word("daywork.erased")
    for one in row["promises"]:
        days = {name: shown(one[name], "date") for name in ("on", "promised")}
        yield say.word("explain.promised", reason=gone if one["reason"] is None else one["reason"], **days)
    if (row["days_left"] or 0) < 0 and not row["promises"]:
        yield say.word(
            "explain.say_why", code=row["code"], rule=row["rule"], period=row["period"] and f" --period {row['period']}"
        )


def _beginning(say: Speaker, row: dict[str, Any]) -> Iterator[str | Days]:
    started = shown(row["started_on"], "date")
    match row["kind"]:
        case "days":
            unit = say.word(f"unit.{row['unit']}")
            other = "explain.last_acceptance" if row["contract"] else "explain.registration"
            label = row["started_by"]["label"] or say.word(other)
            yield say.word("explain.counted", days=row["allowance"], unit=unit, start=started, label=label)
            if row["not_after"]:
                yield say.word("explain.not_after", day=shown(row["not_after"], "date"))
        case "fixed":
            fixed = row["fixed"]
            yield say.word("explain.fixed", day=shown(fixed["by_rule"], "date"), year=fixed["plan_year"])
            if fixed["guided_by"]:
                yield say.word("explain.guided", paper=fixed["guided_by"])
        case "monthly":
            yield say.word("explain.monthly", period=month(row["period"]))
        case _:
            yield say.word("explain.fact")


def _line(say: Speaker, line: dict[str, Any], *, late: bool) -> tuple[object, ...]:
    if line["counts"]:
        off = "" if line["working"] else say.word("explain.off_and_counted", name=day_name(say, line))
        return shown(line["day"], "date"), line["number"], off or line["name"]
    if line["working"]:
        return shown(line["day"], "date"), "", say.word("explain.beyond" if late else "explain.rolled")
    return shown(line["day"], "date"), "", say.word("explain.skipped", name=day_name(say, line))
