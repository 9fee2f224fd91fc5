"""Invented proposals that fill every state of both processes, some late, so that lists have something to show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from khuyencong.demo.acts import TRIEU, Act, OnTheWay, Story, at
from khuyencong.demo.course import (
    Plan,
    allocate,
    appraise,
    approve,
    complete,
    file_settlement,
    forward,
    fund,
    inspect,
    monitor,
    pay,
    report,
    settle,
    submit,
)
from khuyencong.demo.samples import NO_LOCAL_CEILING, data, story
from workflow.changing import changed
from workflow.proposal import FactValue


@dataclass(frozen=True, slots=True)
class Track:
    """Where the present-day proposals of one process run."""

    prefix: str
    programme: str
    process: str
    implementer: str
    province: str
    communes: tuple[str, ...]


LOCAL = Track(
    "DN", "da-nang-2026-2030", "kcdp", "ttkc-da-nang", "da-nang", ("nui-thanh", "tam-anh", "que-son", "dai-loc")
)
NATIONAL = Track("QG", "quoc-gia-2026-2030", "kcqg", "ttkc-lai-chau", "lai-chau", ("binh-lu", "than-uyen", "sin-ho"))
_WORKS = (
    ("Ứng dụng máy sấy nông sản", "Hợp tác xã Nông sản Đồng Xanh"),
    ("Ứng dụng máy dệt thổ cẩm", "Tổ hợp tác Dệt Bản Mới"),
    ("Ứng dụng máy ép dầu lạc", "Hộ kinh doanh Dầu lạc Quê Nhà"),
    ("Ứng dụng máy chế biến gỗ", "Công ty TNHH Gỗ Trường An"),
    ("Ứng dụng máy xay xát gạo", "Hợp tác xã Gạo Thung Mây"),
)


def _plan(track: Track, number: int, year: int) -> Plan:
    basis = NO_LOCAL_CEILING if track.process == "kcdp" else ""
    support = (120 + 20 * (number % 8)) * TRIEU
    return Plan(
        process=track.process, year=year, support=support, own=support + 40 * TRIEU, number=number, ceiling_basis=basis
    )


def _draft(track: Track, number: int, year: int, drafted: date) -> tuple[Plan, Story]:
    plan = _plan(track, number, year)
    work, beneficiary = _WORKS[number % len(_WORKS)]
    values = data(
        plan,
        name=f"{work} tại cơ sở {number:02d}",
        activity="machinery",
        eligible=plan.support + plan.own,
        beneficiary=f"{beneficiary} {number:02d} (giả định)",
        beneficiary_email=f"co-so-{number:02d}@co-so.example",
        commune=track.communes[number % len(track.communes)],
    )
    code = f"{track.prefix}-{year}-{number:04d}"
    begun = story(code, track.programme, plan, track.implementer, values, province=track.province)
    return plan, changed(begun, drafted=at(drafted, 8, 15), acts=())


def early(track: Track) -> Iterator[Story]:
    """Proposals of plan year 2028 that stand at each point before approval, on time or late."""
    for number in range(1, 13):
        plan, begun = _draft(track, number, 2028, date(2026, 9, 14))
        begun = begun.then(*_early_acts(plan, number))
        yield _by_paper(plan, begun, number) if plan.local and number in _ON_PAPER else begun


#: Their decision goes its way inside the office of the chairman: the first waits for the signature.
_ON_PAPER = (8, 9)
_FIRST_NUMBER = "01/QĐ-UBND"


def _by_paper(plan: Plan, begun: Story, number: int) -> Story:
    signed = number == _ON_PAPER[1]
    decided = approve(plan, date(2026, 11, 13))
    facts = {key: value for key, value in decided.facts.items() if key not in ("decision_number", "decision_date")}
    way = OnTheWay(
        when=at(date(2026, 11, 13 if signed else 19), 9),
        action="approve",
        role="approver",
        agency="ubnd-da-nang",
        kind="quyet_dinh",
        symbol="QĐ-UBND",
        title="Phê duyệt đề án khuyến công địa phương",
        facts=facts,
        signed=signed,
        to=("Sở Công Thương", "Trung tâm Khuyến công", "Lưu: VT") if signed else (),
    )
    acts = (
        changed(act, facts={**act.facts, "decision_number": _FIRST_NUMBER}) if act.action == "approve" else act
        for act in begun.acts
    )
    return changed(begun, acts=tuple(acts), papers=(way,))


def _early_acts(plan: Plan, number: int) -> tuple[Act, ...]:
    handed = submit(plan, date(2026, 10, 5))
    on = forward(plan, date(2026, 10, 16))
    asked = Act(
        when=at(date(2026, 10, 22)), action="return", facts={"questions": "Đề nghị giải trình đơn giá thiết bị."}
    )
    explained = Act(when=at(date(2026, 10, 27)), action="resubmit", facts={"answer": "Đã kèm ba báo giá thiết bị."})
    judged = appraise(plan, date(2026, 11, 4))
    missing = Act(
        when=at(date(2026, 11, 10)), action="return", facts={"missing": "Thiếu báo giá và cam kết vốn đối ứng."}
    )
    mended = Act(when=at(date(2026, 11, 16)), action="resubmit", facts={"answer": "Đã bổ sung báo giá, cam kết vốn."})
    late = submit(plan, date(2026, 11, 6))
    refused = {"reject_reason": "low_capacity", "reason": "Cơ sở chưa chứng minh được vốn đối ứng."}
    given_up = {"reason": "Đơn vị thụ hưởng không còn nhu cầu đầu tư."}
    return {
        1: (),
        2: (submit(plan, date(2026, 11, 18)),),
        3: (handed,),
        4: (late, missing),
        5: (late, missing, mended),
        6: (handed, on),
        7: (handed, on, changed(asked, when=at(date(2026, 11, 17)))),
        8: (handed, on, asked, explained, judged),
        9: (handed, on, asked, explained, judged, approve(plan, date(2026, 11, 13))),
        10: (handed, Act(when=at(date(2026, 10, 15)), action="reject", facts=refused)),
        11: (handed, on, Act(when=at(date(2026, 10, 20)), action="withdraw", facts=given_up)),
        12: (),
    }[number]


#: The letter that opened the first plan year of a new programme (invented): the usual day had passed before it began.
FIRST_YEAR_LAST_DAY = date(2026, 3, 31)


def running(track: Track) -> Iterator[Story]:
    """Proposals of plan year 2026 that stand at each point after approval."""
    for number in range(21, 30):
        plan, begun = _draft(track, number, 2026, date(2026, 2, 9))
        acts = _running_acts(plan)
        yield begun.then(*_running_cut(plan, acts, number))


def _running_acts(plan: Plan) -> tuple[Act, ...]:
    first = plan.support * 7 // 10
    return (
        submit(plan, date(2026, 2, 23)),
        forward(plan, date(2026, 3, 5)),
        appraise(plan, date(2026, 3, 17)),
        approve(plan, date(2026, 3, 27)),
        allocate(plan, date(2026, 4, 10)),
        fund(plan, date(2026, 4, 24), date(2026, 12, 20)),
        *(report(plan, date(2026, month, 20), 15 * (month - 4)) for month in range(5, 8)),
        inspect(plan, date(2026, 8, 11)),
        pay(plan, "advance", date(2026, 8, 17), first),
        *(report(plan, date(2026, month, 20), 15 * (month - 4)) for month in range(8, 11)),
        complete(plan, date(2026, 10, 26)),
        monitor(plan, date(2026, 11, 6)),
        pay(plan, "pay_rest", date(2026, 11, 12), plan.support - first),
        file_settlement(plan, date(2026, 11, 16)),
        settle(plan, date(2026, 11, 20)),
    )


def _running_cut(plan: Plan, acts: tuple[Act, ...], number: int) -> tuple[Act, ...]:
    ends = {
        21: "allocate",
        22: "fund",
        23: "advance",
        24: "complete",
        25: "monitor",
        26: "file_settlement",
        27: "settle",
    }
    if number in ends:
        upto = next(place for place, act in enumerate(acts) if act.action == ends[number])
        return acts[: upto + 1]
    paid = next(place for place, act in enumerate(acts) if act.action == "advance")
    done = plan.support * 7 // 10
    stop = _decision(date(2026, 9, 8), cause="force_majeure", done_value=done)
    halted = (*acts[: paid + 1], Act(when=at(date(2026, 9, 8), 15), action="stop_and_settle", facts=stop))
    if number == 28:  # noqa: PLR2004 - the one that is stopped and waits for its liquidation.
        return halted
    closing: dict[str, FactValue] = {
        "settled_amount": done,
        "liquidation_number": "31/BBTL-KC",
        "liquidation_date": date(2026, 10, 8),
    }
    return (*halted, Act(when=at(date(2026, 10, 8)), action="close", facts=closing))


def _decision(day: date, *, cause: str, done_value: int) -> dict[str, FactValue]:
    return {"cause": cause, "decision_number": "97/QĐ", "decision_date": day, "done_value": done_value}


def finished() -> Iterator[Story]:
    """Proposals of earlier years in Lai Châu and Quảng Nam that went all the way."""
    places = (
        ("LC", "lai-chau-2021-2025", "ttkc-lai-chau", "binh-lu"),
        ("QN", "quang-nam-2021-2025", "ttkc-quang-nam", "tam-nghia"),
    )
    for prefix, programme, implementer, commune in places:
        for number, year in enumerate((2022, 2023, 2024), start=41):
            for process in ("kcdp", "kcqg"):
                track = Track(prefix, programme, process, implementer, "", (commune,))
                plan, begun = _draft(track, number + (10 if process == "kcqg" else 0), year, date(year - 1, 3, 5))
                yield changed(begun, acts=story("", programme, plan, implementer, {}).acts)


def others() -> tuple[Story, ...]:
    """All of them."""
    return (
        *early(LOCAL),
        *early(NATIONAL),
        *running(LOCAL),
        *running(NATIONAL),
        *finished(),
    )
