"""History as a sequence of events with the state before and after each: what tables and process mining read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from definitions.process import Process
from workflow.correcting import CORRECTED
from workflow.entries import Entry, opened, read_body
from workflow.proposal import OPENED

_STEPS = ("step", "opened")
#: What the other entries did, as offices call it.
_LABELS: Mapping[str, str] = {
    "created": "Lập đề án",
    "edited": "Sửa dữ liệu đề án",
    "opened": "Đưa đề án đang thực hiện vào hệ thống",
    "corrected": "Thu hồi bước ghi nhầm",
    "attached": "Bổ sung tài liệu",
    "assigned": "Phân công người xử lý",
    "handed-over": "Bàn giao người xử lý",
    "asked": "Xin ý kiến phối hợp",
    "answered": "Trả lời ý kiến phối hợp",
    "presented": "Trình ký",
    "signed": "Ký văn bản",
    "sent-back": "Trả lại văn bản trình",
    "numbered": "Cấp số văn bản",
    "issued": "Phát hành văn bản",
    "cancelled": "Hủy văn bản",
    "extended": "Gia hạn xử lý",
    "promised": "Xin lỗi và hẹn lại",
    "recounted": "Tính lại thời hạn",
    "contract-waits": "Thời hạn chờ các đề án cùng hợp đồng",
    "contract-starts": "Thời hạn theo hợp đồng bắt đầu",
    "refused": "Thao tác bị từ chối",
    "notice-resent": "Gửi lại thông báo",
    "notice-printed": "In và gửi văn bản giấy",
    "escalated": "Báo cáo lên cấp trên",
}


#: By what entry an act beside the steps, which refusals name, would have been kept.
_KEPT_AS: Mapping[str, str] = {
    "new": "created",
    "edit": "edited",
    "attach": "attached",
    "assign": "assigned",
    "ask": "asked",
    "answer": "answered",
    "correct": "corrected",
    "extend": "extended",
    "reason-late": "promised",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper of an event; ``seq`` is the number of the entry by which it came to the case."""

    key: str
    sha256: str
    size: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a case. ``move`` tells apart what one label may stand for: ``state/action``."""

    seq: int
    kind: str
    action: str
    label: str
    move: str
    before: str
    after: str
    milestone: str
    recorded_at: datetime
    #: The day on the paper; None: the entry has none.
    effective_on: date | None
    person: str
    #: None: erased, or nobody.
    actor: str | None
    role: str
    agency: str
    capacity: str
    on_behalf_of: str | None
    channel: str
    #: What stands readable in the body, never what can be erased.
    facts: Mapping[str, Any] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    hash: str
    previous_hash: str | None


def events_of(entries: Sequence[Entry], process: Process) -> Iterator[Event]:
    """The events of a case from its chain, in order. Raises BrokenHistory where an entry does not fit."""
    state, milestone = "", ""
    sources: dict[int, tuple[str, str]] = {}
    for entry in entries:
        body = read_body(entry)
        before, reached = state, milestone
        if entry.kind == "created":
            state, milestone = body["state"], body["milestone"]
        elif entry.kind in _STEPS:
            before, state, milestone = body["source"], body["target"], body["milestone"]
            sources[entry.seq or 0] = (before, reached)
        elif entry.kind == CORRECTED:
            state, milestone = sources[body["undoes"]]
        yield _event(entry, body, process, (before, state, milestone))


def _event(entry: Entry, body: Mapping[str, Any], process: Process, places: tuple[str, str, str]) -> Event:
    before, after, milestone = places
    action = str(body["action"]) if entry.kind in _STEPS else entry.kind
    day = body.get("effective_on")
    return Event(
        seq=entry.seq or 0,
        kind=entry.kind,
        action=action,
        label=label_of(entry.kind, action, before, process),
        move=move_of(action, before, after),
        before=before,
        after=after,
        milestone=milestone,
        recorded_at=entry.recorded_at,
        effective_on=date.fromisoformat(day) if day else None,
        person=body.get("person") or "",
        actor=opened(entry, body).get("actor"),
        role=body.get("role") or "",
        agency=body.get("agency") or "",
        capacity=body.get("capacity") or "",
        on_behalf_of=body.get("on_behalf_of"),
        channel=body.get("channel") or "",
        facts=body.get("facts") or {},
        papers=tuple(
            Paper(key=one["key"], sha256=one["sha256"], size=one["size"], seq=one.get("attached") or entry.seq or 0)
            for one in body.get("documents", ())
        ),
        hash=entry.hash,
        previous_hash=entry.previous_hash,
    )


def label_of(kind: str, action: str, state: str, process: Process) -> str:
    """What an entry did, in words."""
    move = process.transition(state, action) if kind == "step" else None
    return move.label if move else _LABELS.get(kind, kind)


def label_of_act(action: str, process: Process | None) -> str:
    """What somebody meant to do, in words, wherever in the process; the act itself where nobody calls it otherwise."""
    moves = process.transitions if process else ()
    labels = dict.fromkeys(move.label for move in moves if move.action == action)
    return " / ".join(labels) or _LABELS.get(_KEPT_AS.get(action, action), action)


def move_of(action: str, before: str, after: str) -> str:
    """The name of a transition of the process's net: from where, by what and, if need be, whither."""
    return f"{before}/{action}>{after}" if action in (OPENED, CORRECTED) else f"{before}/{action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A transition of the net: it takes the case from one place to another, or leaves it where it is."""

    move: str
    source: str
    target: str


#: Where the case is before it is registered.
START = ""


def net_of(process: Process) -> tuple[Arc, ...]:
    """The process's own net: a place for each state, a transition for everything that an entry can record there.

    Beside the permitted steps: the registration, an opening into any state (running proposals brought in), taking a
    step back, and acts that leave the state as it is.
    """
    first = process.states[0].key
    arcs = [Arc(move=move_of("created", START, first), source=START, target=first)]
    states = [state.key for state in process.states]
    arcs += [Arc(move=move_of(OPENED, first, key), source=first, target=key) for key in states]
    for state in states:
        for move in process.transitions_from(state):
            target = move.target or state
            arcs.append(Arc(move=move_of(move.action, state, target), source=state, target=target))
            arcs.append(Arc(move=move_of(CORRECTED, target, state), source=target, target=state))
        beside = (kind for kind in _LABELS if kind not in ("created", OPENED, CORRECTED))
        arcs += [Arc(move=move_of(kind, state, state), source=state, target=state) for kind in beside]
    return tuple(dict.fromkeys(arcs))
