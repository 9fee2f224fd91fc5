"""Random lives of many proposals with a calendar that keeps changing, and their explanations counted again by hand.

``python -m tests.histories 1000`` runs as many on SQLite and prints the figures; ``tests/test_histories.py`` runs fewer
of them. What counts by hand uses nothing of ``workflow.deadlines``: it sees the printed document, once as JSON and
once as the Vietnamese page that people read.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from definitions.bundle import shipped
from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.acts import at
from khuyencong.recounting import recount_all
from store.database import open_database
from store.log import verify
from store.migrations import upgrade
from tests.moving import CHAIR, HEAD, OFFICER, Works, explanations
from tests.printed import last_day, read_page, text_of
from tests.staging import staged
from workflow.administration import operator
from workflow.deadlines import elapsed
from workflow.errors import Refused
from workflow.extending import Wish
from workflow.proposal import FactValue
from workflow.service.correcting import correct
from workflow.service.extending import extend_deadline
from workflow.service.recounting import recount_batch
from workflow.service.registering import publish

FIRST, DAYS = date(2022, 3, 1), 150
APPRAISER = "giam-doc.stc-lai-chau"
_DAY = timedelta(days=1)


def by_hand(row: Mapping[str, Any]) -> date:
    """The last day of a duration, from what is printed of it: start, allowance, lines, pauses and cap."""
    working = {date.fromisoformat(line["day"]): line["working"] for line in row["lines"]}
    cap = date.fromisoformat(row["not_after"]) if row["not_after"] else None
    pauses = [(date.fromisoformat(p["from"]), _day(p["until"])) for p in row["pauses"]]
    day, number = date.fromisoformat(row["started_on"]), 0
    while number < row["allowance"]:
        day += _DAY
        if any(start < day and (end is None or day <= end) for start, end in pauses):
            continue
        if day not in working:
            assert cap is not None, f"the lines end before the days are over: {row}"
            return cap
        number += row["unit"] == "calendar" or working[day]
    last = _rolled(day, working, cap)
    for start, end in pauses:
        if end is not None and day <= start <= last:
            last = _rolled(end, working, cap)
    return last


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _rolled(day: date, working: Mapping[date, bool], cap: date | None) -> date:
    while not working.get(day, True):
        day += _DAY
    return min(day, cap) if cap else day


def numbered_right(row: Mapping[str, Any]) -> bool:
    """Whether the printed numbers run through to the allowance, and every day left out says why."""
    numbers = [line["number"] for line in row["lines"] if line["counts"]]
    named = all(line["name"] or line["working"] for line in row["lines"] if not line["counts"])
    return numbers == list(range(1, len(numbers) + 1)) and len(numbers) <= row["allowance"] and named


def _makes_the_allowance(row: Mapping[str, Any], deadline: Any, today: date, used: int) -> bool:
    """Whether the days that it says are used up and those that are printed as still to come are all that it has.

    One that is late has none to come; one that ends by a cap has fewer.
    """
    to_come = sum(1 for line in row["lines"] if line["counts"] and line["day"] > today.isoformat())
    if deadline.state == "paused":
        to_come = max(0, deadline.allowance - sum(1 for line in row["lines"] if line["counts"]))
    whole = min(used, deadline.allowance) + to_come
    return bool(whole == deadline.allowance or (row["not_after"] == row["last_day"] and whole < deadline.allowance))


@dataclass(slots=True)
class Figures:
    """What happened, and what did not fit."""

    did: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Lives:
    """A store with many proposals that live through the same months."""

    def __init__(self, works: Works, number: int, seed: int) -> None:
        self.works, self.random, self.figures = works, Random(seed), Figures()  # noqa: S311 - chance, not a secret.
        self._version, self._texts = 1, _shipped_year()
        self._extra: dict[date, str] = {}
        self.codes = [f"R-{n:04d}" for n in range(number)]
        self._states: dict[str, str] = {}

    def run(self) -> Figures:
        """Lives day by day; at the end everything is counted by hand, and history is told again."""
        bringing = {code: self.random.randrange(DAYS // 3) for code in self.codes}
        edits = set(self.random.sample(range(5, DAYS), 8))
        looks = {DAYS // 2, DAYS - 1}
        for day in range(DAYS):
            self.now = at(FIRST + day * _DAY, 9).astimezone(UTC)
            for code in (code for code, on in bringing.items() if on == day):
                self._bring(code)
            for code in [code for code in self._states if self.random.random() < 0.1]:
                self._act(code)
            if day in edits:
                self._announce()
            if day in looks:
                self._look()
        return self.figures

    def _bring(self, code: str) -> None:
        state = self.random.choice(("submitted", "forwarded", "forwarded", "completed", "completed"))
        pair = f"{int(code[2:]) // 3}/2022/HĐ"  # Three neighbours share a contract, where they come that far.
        self.works.bring(code, state, self.now, number=pair)
        self._states[code] = state
        self.figures.did[f"brought {state}"] += 1

    def _act(self, code: str) -> None:
        state = self.works.proposal(code).state
        choices = _CHOICES.get(state, ())
        if not choices:
            return
        name, do = self.random.choice(choices)
        try:
            do(self, code)
            self.figures.did[name] += 1
        except Refused:
            self.figures.did[f"{name} (refused)"] += 1
        self.now += timedelta(seconds=1)

    def step(self, code: str, action: str, by: str, *papers: str, **facts: FactValue) -> None:
        self.works.act(code, action, by, self.now, *papers, facts=facts)

    def extend(self, code: str, rule: str, by: str) -> None:
        wish = Wish(rule=rule, days=self.random.randint(1, 5), reason="cần xác minh", decision="1/QĐ")
        store, house = self.works.stage.store, self.works.stage.house
        extend_deadline(store, house, wish, code=code, by=self.works.who(by), at=self.now)

    def take_back(self, code: str, by: str) -> None:
        store, house = self.works.stage.store, self.works.stage.house
        correct(store, house, code=code, reason="nhầm", by=self.works.who(by), at=self.now)

    def accept(self, code: str) -> None:
        """Recorded today, of a day up to three weeks back."""
        self.works.accept(code, self.now, self.now.date() - self.random.randrange(21) * _DAY)

    def _announce(self) -> None:
        """Another version of the year, with days off and worked Saturdays that are new; counted anew, or not quite."""
        today = self.now.date()
        for _ in range(self.random.randint(1, 4)):
            day = today + self.random.randrange(-20, 60) * _DAY
            self._extra[day] = "off" if day.weekday() < 5 else "worked"
        self._version += 1
        text = _with(self._texts, self._version, self._extra)
        store, house = self.works.stage.store, self.works.stage.house
        publish(store, house, (text,), by=operator(), at=self.now)
        if self.random.random() < 0.5:
            recount_batch(store, house, at=self.now, seen=20, most=3)
        else:
            self.figures.did["recounted"] += recount_all(store, house, at=self.now).changed
        self.figures.did["calendars"] += 1

    def _look(self) -> None:
        store, house = self.works.stage.store, self.works.stage.house
        self.figures.did["recounted"] += recount_all(store, house, at=self.now).changed
        with store.read() as uow:
            calendar = uow.law().calendar
            for code in self._states:
                rows = explanations(uow, code, self.now.date())
                deadlines = {(one.rule, one.period): one for one in uow.deadlines(code)}
                for row in rows:
                    self._hold(code, row, deadlines[row["rule"], row["period"]], calendar)

    def _hold(self, code: str, row: Mapping[str, Any], deadline: Any, calendar: Any) -> None:
        if row["kind"] != "days" or row["held"]:
            return
        if row["state"] not in ("running", "paused"):
            self._hold_closed(code, row)
            return
        said = read_page(text_of(row))
        self.figures.did[f"counted by hand ({row['state']})"] += 1
        place, today = f"{code} {row['rule']}", self.now.date()
        if row["state"] == "running" and by_hand(row).isoformat() != row["last_day"]:
            self.figures.wrong.append(f"{place}: {by_hand(row)} by hand, {row['last_day']} stored")
        if row["state"] == "running" and not by_hand(said) == last_day(said) == deadline.last_day:
            self.figures.wrong.append(f"{place}: {by_hand(said)} by the printed page, {deadline.last_day} stored")
        if not numbered_right(said) or said["doubtful"]:
            self.figures.wrong.append(f"{place}: doubtful page {said}")
        if not row["agrees"] or row["waits_for_recount"] or not numbered_right(row):
            self.figures.wrong.append(f"{place}: doubtful {row}")
        used = elapsed(deadline, today, calendar)
        seen = sum(1 for line in row["lines"] if line["counts"] and line["day"] <= today.isoformat())
        if min(used, deadline.allowance) != seen and deadline.state == "running":
            self.figures.wrong.append(f"{place}: {used} days used, {seen} printed")
        if not _makes_the_allowance(row, deadline, today, used):
            self.figures.wrong.append(f"{place}: elapsed and remaining are not the allowance")

    def _hold_closed(self, code: str, row: Mapping[str, Any]) -> None:
        """One that is over is counted by the calendar of then, whatever was announced since."""
        said = read_page(text_of(row))
        if said["pauses"] and said["pauses"][-1]["until"] is None:
            self.figures.did["closed while it stood still"] += 1
            return
        self.figures.did["counted by hand (closed)"] += 1
        if not row["agrees"]:
            self.figures.did["of them closed before a recount"] += 1
        elif not by_hand(said) == by_hand(row) == last_day(said) or not numbered_right(said):
            self.figures.wrong.append(f"{code} {row['rule']} ({row['state']}): {by_hand(said)} by hand, page {said}")


Do = Callable[[Lives, str], object]
_CHOICES: Mapping[str, tuple[tuple[str, Do], ...]] = {
    "submitted": (
        ("returned", lambda life, c: life.step(c, "return", HEAD, missing="Thiếu dự toán")),
        ("extended", lambda life, c: life.extend(c, "base_appraisal", HEAD)),
    ),
    "returned": (
        ("extended", lambda life, c: life.extend(c, "supplement", HEAD)),
        ("taken back", lambda life, c: life.take_back(c, HEAD)),
    ),
    "forwarded": (
        ("queried", lambda life, c: life.step(c, "return", APPRAISER, questions="Đề nghị giải trình")),
        ("queried", lambda life, c: life.step(c, "return", APPRAISER, questions="Đề nghị giải trình")),
        ("extended", lambda life, c: life.extend(c, "estimate_appraisal", APPRAISER)),
    ),
    "queried": (
        ("explained", lambda life, c: life.step(c, "resubmit", OFFICER, "van_ban_giai_trinh", answer="Đã giải trình")),
        ("explained", lambda life, c: life.step(c, "resubmit", OFFICER, "van_ban_giai_trinh", answer="Đã giải trình")),
        ("extended", lambda life, c: life.extend(c, "explanation", APPRAISER)),
        ("taken back", lambda life, c: life.take_back(c, APPRAISER)),
    ),
    "completed": (
        ("accepted", lambda life, c: life.accept(c)),
        ("extended", lambda life, c: life.extend(c, "acceptance", HEAD)),
        ("stopped", lambda life, c: life.works.stop(c, life.now)),
    ),
    "stopped": (("taken back", lambda life, c: life.take_back(c, CHAIR)),),
}


def _shipped_year() -> DefinitionText:
    return next(one for one in find_texts() if one.kind == "calendar" and "year = 2022" in one.text)


def _with(text: DefinitionText, version: int, extra: Mapping[date, str]) -> DefinitionText:
    lines = [f"version = {version}" if line.startswith("version") else line for line in text.text.splitlines()]
    known = text.text
    for day, kind in sorted(extra.items()):
        if day.isoformat() not in known and day.year == FIRST.year and not _covered(day):
            why = 'why = "swapped"\n' if kind == "off" else ""
            basis = 'basis = { text = "Quyết định giả định", confidence = "OWN" }'
            lines.append(f'[[{kind}]]\nday = {day.isoformat()}\nname = "Ngày thử {day:%d/%m}"\n{why}{basis}')
    return DefinitionText(text.kind, text.name, "\n".join(lines) + "\n")


def _covered(day: date) -> bool:
    """Whether the shipped year says something of that day already (rows of several days name only their ends)."""
    return day in _named_days()


def _named_days() -> frozenset[date]:
    year = shipped().calendar.years[FIRST.year]
    return frozenset((*year.days_off, *year.days_worked))


def lives(folder: Path, number: int, seed: int) -> Figures:
    """So many histories on an SQLite file; with the findings of ``audit verify`` among what is wrong."""
    url = f"sqlite:///{folder / 'histories.db'}"
    upgrade(url)
    store = open_database(url)
    try:
        figures = Lives(Works(stage=staged(store)), number, seed).run()
        with store.transaction(writes=False) as transaction:
            found = verify(transaction)
        figures.did["deadlines told again"] += found.deadlines
        figures.wrong += [str(one) for one in found.findings]
    finally:
        store.close()
    return figures


if __name__ == "__main__":
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2022
    with tempfile.TemporaryDirectory() as folder:
        result = lives(Path(folder), number, seed)
    for name, count in sorted(result.did.items()):
        print(f"{name:32} {count}")
    print(f"{'histories':32} {number}\n{'wrong':32} {len(result.wrong)}")
    print(*result.wrong[:20], sep="\n")
    sys.exit(bool(result.wrong))
