"""What auditors ask of history: each question a table with its columns, told case by case from the log.

Nothing here reads a database: a question is a function of one case. ``store.audit_answers`` has the two that are asked
of rows which are no entries of cases.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from audit.backdating import USUAL_LIMIT, days_back
from audit.events import Event, events_of, label_of_act
from audit.stays import Stay
from definitions.process import Process
from workflow.clocks import main_path
from workflow.entries import Entry, opened, read_body
from workflow.proposal import legal_day
from workflow.trails import undone

Row = dict[str, Any]
#: Key, heading, type and width of a column.
Column = tuple[str, str, str, int]
#: Capacities in which somebody signs for another (KT. ký thay, TL. thừa lệnh, TUQ. thừa ủy quyền, Q. quyền).
FOR_ANOTHER = ("KT", "TL", "TUQ", "Q")
#: How often a case may come back before it is told of.
USUAL_RETURNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A case as questions see it."""

    code: str
    title: str
    programme: str
    process: Process = field(repr=False)
    entries: Sequence[Entry]
    #: Refusals and other entries about the case that stand outside its chain.
    beside: Sequence[Entry] = ()
    stays: Callable[[], Iterable[Stay]] = field(repr=False, default=tuple)
    agency_name: Callable[[str, date], str] = field(repr=False)
    #: What is named with the question (``--more-than``); None: the usual.
    more_than: int | None = None

    def events(self) -> Iterator[Event]:
        """Its entries as events."""
        return events_of(self.entries, self.process)

    def state(self, key: str) -> str:
        """What people call a state."""
        return self.process.state(key).label if key else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, in the words of the table that answers it."""

    title: str
    columns: tuple[Column, ...]
    #: None: ``store.audit_answers`` knows.
    of_case: Callable[[Told], Iterator[Row]] | None = None
    #: Which column says when, for asking of some days only.
    when: str = "recorded_at"


_CASE: tuple[Column, ...] = (
    ("code", "Mã đề án", "text", 15),
    ("title", "Tên đề án", "text", 32),
)
_AT: tuple[Column, ...] = (
    ("seq", "Bản ghi số", "number", 8),
    ("recorded_at", "Thời điểm ghi nhận", "text", 17),
    ("label", "Nội dung thực hiện", "text", 28),
)
_WHO: tuple[Column, ...] = (
    ("actor", "Người thực hiện", "text", 22),
    ("person", "Mã định danh", "text", 18),
    ("agency", "Cơ quan", "text", 26),
    ("role", "Vai trò", "text", 20),
    ("capacity", "Tư cách ký", "text", 9),
)


def _head(told: Told) -> Row:
    return {"code": told.code, "title": told.title}


def _event(told: Told, event: Event) -> Row:
    on = legal_day(event.recorded_at)
    return {
        **_head(told),
        "seq": event.seq,
        "recorded_at": event.recorded_at,
        "label": event.label,
        "actor": event.actor or "",
        "person": event.person,
        "agency": told.agency_name(event.agency, on) if event.agency else "",
        "role": told.process.role_label(event.role) if event.role else "",
        "capacity": event.capacity,
        "channel": event.channel,
        "effective_on": event.effective_on,
    }


def _touched(told: Told) -> Iterator[Row]:
    rows = [_event(told, event) for event in told.events()]
    for entry in told.beside:
        body = read_body(entry)
        names = {"actor": opened(entry, body).get("actor", ""), "person": body.get("person", "")}
        label = label_of_act(body["action"] if entry.kind == "refused" else entry.kind, told.process)
        label = f"Bị từ chối: {label}" if entry.kind == "refused" else label
        rows.append({**_head(told), "recorded_at": entry.recorded_at, "label": label, **names})
    yield from sorted(rows, key=lambda row: row["recorded_at"])


def _times(told: Told) -> Iterator[Row]:
    for stay in told.stays():
        role, _, agency = stay.holder.partition("@")
        yield {
            **_head(told),
            "state": told.state(stay.state),
            "agency": told.agency_name(agency, legal_day(stay.entered)),
            "role": told.process.role_label(role),
            "recorded_at": stay.entered,
            "left": stay.left,
            "working_days": stay.working_days,
            "calendar_days": stay.calendar_days,
            "last_day": stay.last_day,
            "late": stay.late,
        }


def _four_eyes(told: Told) -> Iterator[Row]:
    yield from _same_person(told)
    for entry in told.beside:
        body = read_body(entry)
        if entry.kind == "refused" and any(one["code"] == "unmet.not_same_person" for one in body["unmet"]):
            yield {
                **_head(told),
                "recorded_at": entry.recorded_at,
                "label": label_of_act(body["action"], told.process),
                "actor": opened(entry, body).get("actor", ""),
                "person": body["person"],
                "result": "Hệ thống đã từ chối",
            }


def _same_person(told: Told) -> Iterator[Row]:
    """Steps of one person that four eyes keep apart, whatever let them through, but for those that were taken back."""
    did: dict[str, dict[str, int]] = {}
    gone = undone(told.entries)
    for event in told.events():
        stands = event.kind == "step" and event.seq not in gone
        move = told.process.transition(event.before, event.action) if stands else None
        for name, _, earlier in (guard.partition(":") for guard in (move.guards if move else ())):
            if name == "not_same_person" and event.person in did.get(earlier, {}):
                seq = did[earlier][event.person]
                yield _event(told, event) | {"result": f"Cùng người với bản ghi {seq}"}
        if event.kind in ("step", "opened"):
            did.setdefault(event.action, {})[event.person] = event.seq


def _on_behalf(told: Told) -> Iterator[Row]:
    for event in told.events():
        if event.on_behalf_of or event.capacity in FOR_ANOTHER:
            yield _event(told, event) | {"on_behalf_of": event.on_behalf_of or ""}


def _back_dated(told: Told) -> Iterator[Row]:
    limit = USUAL_LIMIT if told.more_than is None else told.more_than
    for event in told.events():
        if event.effective_on and (days := days_back(event.effective_on, event.recorded_at)) > limit:
            yield _event(told, event) | {"days": days}


def _returned(told: Told) -> Iterator[Row]:
    most = USUAL_RETURNS if told.more_than is None else told.more_than
    gone = undone(told.entries)
    returns = [event for event in told.events() if event.seq not in gone and _sends_back(event, told.process)]
    if len(returns) > most:
        days = [legal_day(event.recorded_at) for event in returns]
        agencies = dict.fromkeys(told.agency_name(one.agency, legal_day(one.recorded_at)) for one in returns)
        *_, last = told.events()
        yield {
            **_head(told),
            "returns": len(returns),
            "days": "; ".join(f"{day:%d/%m/%Y}" for day in days),
            "agency": "; ".join(agencies),
            "state": told.state(last.after),
            "recorded_at": returns[-1].recorded_at,
        }


def _sends_back(event: Event, process: Process) -> bool:
    """Whether a step sent the case back: to where it is supplemented, or to an earlier state of the main path."""
    if event.kind != "step" or event.before == event.after:
        return False
    way = main_path(process)
    is_earlier = event.before in way and event.after in way[: way.index(event.before)]
    return event.after in process.pausing or is_earlier


#: What appraisal left of the request, the later fact first.
_APPRAISED = ("appraised_amount", "recommended_amount")


def _above(told: Told) -> Iterator[Row]:
    known: dict[str, Any] = {}
    gone = undone(told.entries)
    for event in (event for event in told.events() if event.seq not in gone):
        facts: Mapping[str, Any] = event.facts
        known |= {key: facts[key] for key in _APPRAISED if facts.get(key) is not None}
        appraised = next((known[key] for key in _APPRAISED if key in known), None)
        approved = facts.get("approved_amount")
        if approved is not None and appraised is not None and approved > appraised:
            more = {"appraised": appraised, "approved": approved, "difference": approved - appraised}
            yield _event(told, event) | more | {"decision_number": facts.get("decision_number", "")}


def _extended(told: Told) -> Iterator[Row]:
    labels = {rule.key: rule.label for rule in told.process.deadlines}
    for entry, event in zip(told.entries, told.events(), strict=True):
        if entry.kind == "extended":
            body = read_body(entry)
            yield _event(told, event) | {
                "rule": labels.get(body["rule"], body["rule"]),
                "days": body["days"],
                "before": date.fromisoformat(body["last_day_before"]),
                "after": date.fromisoformat(body["last_day"]),
                "decision_number": body["decision_number"],
                "reason": opened(entry, body).get("reason", ""),
            }


_PAPER: Column = ("effective_on", "Ngày văn bản", "date", 12)
_DECISION: Column = ("decision_number", "Số văn bản", "text", 16)
QUESTIONS: Mapping[str, Question] = {
    "touched": Question(
        title="NHỮNG NGƯỜI ĐÃ TÁC ĐỘNG ĐẾN HỒ SƠ",
        columns=(*_CASE, *_AT, *_WHO, ("channel", "Kênh", "text", 9)),
        of_case=_touched,
    ),
    "times": Question(
        title="THỜI GIAN XỬ LÝ Ở TỪNG TRẠNG THÁI THEO CƠ QUAN",
        columns=(
            *_CASE,
            ("state", "Trạng thái", "text", 24),
            ("agency", "Cơ quan", "text", 26),
            ("role", "Vai trò", "text", 20),
            ("recorded_at", "Từ", "text", 17),
            ("left", "Đến", "text", 17),
            ("working_days", "Số ngày làm việc", "number", 10),
            ("calendar_days", "Số ngày", "number", 8),
            ("last_day", "Hạn xử lý", "date", 12),
            ("late", "Số ngày làm việc quá hạn", "number", 10),
        ),
        of_case=_times,
    ),
    "four-eyes": Question(
        title="NGOẠI LỆ NGUYÊN TẮC HAI NGƯỜI",
        columns=(*_CASE, *_AT, *_WHO, ("result", "Kết quả", "text", 24)),
        of_case=_four_eyes,
    ),
    "on-behalf": Question(
        title="CÁC BƯỚC THỰC HIỆN THAY NGƯỜI KHÁC",
        columns=(*_CASE, *_AT, *_WHO, ("on_behalf_of", "Thực hiện thay", "text", 18), _PAPER),
        of_case=_on_behalf,
    ),
    "back-dated": Question(
        title="CÁC BẢN GHI LÙI NGÀY",
        columns=(*_CASE, *_AT, _PAPER, ("days", "Số ngày ghi lùi", "number", 10), *_WHO),
        of_case=_back_dated,
    ),
    "refused": Question(
        title="CÁC THAO TÁC BỊ TỪ CHỐI",
        columns=(
            ("code", "Đối tượng", "text", 15),
            ("recorded_at", "Thời điểm ghi nhận", "text", 17),
            ("label", "Thao tác", "text", 22),
            ("actor", "Người thực hiện", "text", 22),
            ("person", "Mã định danh", "text", 18),
            ("channel", "Kênh", "text", 9),
            ("reasons", "Quy tắc không đáp ứng", "text", 40),
            ("left_out", "Số lần trước đó không ghi", "number", 10),
        ),
    ),
    "returned": Question(
        title="HỒ SƠ BỊ TRẢ LẠI NHIỀU LẦN",
        columns=(
            *_CASE,
            ("returns", "Số lần trả lại", "number", 8),
            ("days", "Các ngày trả lại", "text", 30),
            ("agency", "Cơ quan trả lại", "text", 28),
            ("state", "Trạng thái hiện nay", "text", 24),
            ("recorded_at", "Lần trả lại gần nhất", "text", 17),
        ),
        of_case=_returned,
    ),
    "above-appraisal": Question(
        title="KINH PHÍ PHÊ DUYỆT CAO HƠN KẾT QUẢ THẨM ĐỊNH",
        columns=(
            *_CASE,
            *_AT,
            ("appraised", "Kinh phí sau thẩm định (đồng)", "money", 16),
            ("approved", "Kinh phí được phê duyệt (đồng)", "money", 16),
            ("difference", "Chênh lệch (đồng)", "money", 16),
            _DECISION,
            _PAPER,
            *_WHO,
        ),
        of_case=_above,
    ),
    "notices": Question(
        title="THÔNG BÁO CHƯA ĐƯỢC TIẾP NHẬN",
        columns=(
            *_CASE,
            ("id", "Thông báo số", "number", 9),
            ("notice", "Loại thông báo", "text", 22),
            ("recorded_at", "Gửi từ", "text", 17),
            ("to_name", "Người nhận", "text", 24),
            ("to_seat", "Vị trí nhận", "text", 24),
            ("to_address", "Địa chỉ", "text", 26),
            ("channel", "Kênh", "text", 9),
            ("state", "Tình trạng", "text", 16),
            ("attempts", "Số lần gửi", "number", 8),
            ("last_error", "Lý do", "text", 36),
        ),
    ),
    "extended": Question(
        title="CÁC THỜI HẠN ĐƯỢC GIA HẠN",
        columns=(
            *_CASE,
            *_AT,
            ("rule", "Thời hạn", "text", 28),
            ("days", "Số ngày thêm", "number", 8),
            ("before", "Hạn cũ", "date", 12),
            ("after", "Hạn mới", "date", 12),
            _DECISION,
            ("reason", "Lý do", "text", 30),
            *_WHO,
        ),
        of_case=_extended,
    ),
}


def answer(question: Question, told: Told) -> Iterator[Row]:
    """The rows of a case."""
    if question.of_case is not None:
        yield from question.of_case(told)


def recorded(row: Row, question: Question) -> datetime | None:
    """When a row's matter was recorded."""
    at: datetime | None = row.get(question.when)
    return at
