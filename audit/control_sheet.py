"""Phiếu kiểm soát quá trình giải quyết hồ sơ: hand-over after hand-over of a case, each with what became of its time.

That the form exists and what it is for: Nghị định 61/2018/NĐ-CP, form 05, now form 06 of Thông tư 03/2025/TT-VPCP
(FOUND [18], second hand). Its columns are RECALLED: no text of the form was at hand. The steps of a đề án are partly an
agency's own procedure, so the sheet is an optional print.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from audit.events import Event
from audit.questions import Told
from audit.stays import Stay
from workflow.entries import read_body
from workflow.proposal import legal_day

TITLE = "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ"
NOTE = (
    "Phiếu được lập tự động từ nhật ký của phần mềm. Bố cục theo mẫu phiếu kiểm soát ban hành kèm theo Thông tư "
    "03/2025/TT-VPCP, chưa đối chiếu với nguyên văn mẫu."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A stretch with one agency: who passed the case on, who had it, from when to when, and whether in time."""

    giver: str
    taker: str
    state: str
    received: datetime
    #: None: it lies there still.
    passed_on: datetime | None
    last_day: date | None
    working_days: int
    result: str
    #: What was done with it.
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSheet:
    """The whole sheet."""

    code: str
    title: str
    #: Who handed the case in.
    applicant: str
    #: Who decides on it, and whose opinion was asked for.
    handled_by: tuple[str, ...]
    asked: tuple[str, ...]
    received: datetime
    rows: tuple[HandOver, ...]
    #: Hash of the newest entry that it was made from.
    last_hash: str


def sheet_of(told: Told) -> ControlSheet:
    """The sheet of a case, from its log. Raises BrokenHistory."""
    events = {event.seq: event for event in told.events()}
    stays = list(told.stays())
    names = [_agency(told, stay.holder, stay.entered) for stay in stays]
    applicant = names[0] if names else ""
    rows = tuple(_row(told, events, stays, names, number) for number in range(len(stays)))
    return ControlSheet(
        code=told.code,
        title=told.title,
        applicant=applicant,
        handled_by=tuple(dict.fromkeys(name for name in names if name != applicant)),
        asked=tuple(dict.fromkeys(_asked(told))),
        received=told.entries[0].recorded_at,
        rows=rows,
        last_hash=told.entries[-1].hash,
    )


def _row(told: Told, events: dict[int, Event], stays: Sequence[Stay], names: Sequence[str], number: int) -> HandOver:
    stay = stays[number]
    left = events.get(stay.left_by or 0)
    return HandOver(
        giver=names[number - 1] if number else "",
        taker=names[number],
        state=told.state(stay.state),
        received=stay.entered,
        passed_on=stay.left,
        last_day=stay.last_day,
        working_days=stay.working_days,
        result=_result(stay),
        note=_note(left) if left else "Đang xử lý",
    )


def _note(event: Event) -> str:
    who = f" ({event.actor})" if event.actor else ""
    return f"{event.label}{who}"


def _result(stay: Stay) -> str:
    if stay.late:
        return f"Quá hạn {stay.late} ngày làm việc"
    if stay.last_day is None:
        return "Không quy định thời hạn"
    if stay.left is None:
        return "Còn trong hạn"
    return "Đúng hạn" if legal_day(stay.left) == stay.last_day else "Trước hạn"


def _agency(told: Told, seat: str, at: datetime) -> str:
    return told.agency_name(seat.partition("@")[2], legal_day(at))


def _asked(told: Told) -> Iterator[str]:
    for entry in told.entries:
        if entry.kind == "asked":
            yield told.agency_name(read_body(entry)["asked"], legal_day(entry.recorded_at))
