"""What a notice says and whom it reaches: the frozen variables of a template, and the recipients by name."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from definitions.process import DeadlineRule, Process
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.bounds import net_paid
from workflow.changing import changed
from workflow.conditions import held_by
from workflow.deadlines import Deadline
from workflow.ownership import holder_seat
from workflow.proposal import Proposal, Step, legal_day
from workflow.reminding import morning, office_instant
from workflow.storage import Notice, Person, Recipient

#: Variables that every notice has; process-independent, so templates may rely on them.
COMMON = frozenset(
    (
        "ma",  # code
        "ten",  # name of the proposal
        "chuong_trinh",  # programme
        "nam",  # plan year
        "don_vi_thuc_hien",  # implementer
        "don_vi_thu_huong",  # beneficiary
        "trang_thai_cu",  # state before, as a label
        "trang_thai",  # state now, as a label
        "hanh_dong",  # what was done, as a label
        "vai",  # in which role, by its key; empty: nobody acted
        "co_quan",  # who did it, by the agency's name of that day
        "chuc_danh",  # in which signing capacity
        "co_quan_giu",  # which agency it waits for now
        "viec",  # what that agency has to do
        "han",  # last day for it (ISO), or None
        "tam_tinh",  # whether that day is provisional
        "can_cu",  # what that day rests on
        "thoi_han_noi_bo",  # whether the limit is the agency's own, not law
        "theo_hop_dong",  # whether a contract or minutes name that day
        "so_tien_hoan",  # what was paid beyond the work done before a stop, in đồng; None: no such work is on record
        "ngay",  # the day of the step (ISO)
        "ghi_chu",  # note
        "nguoi_nhan",  # whom the notice greets
        "la_ca_nhan",  # whether that is a person, not an agency or an establishment
        "lien_ket",  # opens the case, does nothing else
        "sandbox",  # whether all this is a trial
    )
)
#: Words for recipients besides the roles of a process.
RECIPIENTS = frozenset(
    ("holder", "beneficiary", "commune", "past_holders", "adjuster", "approver_if_violation", "observer")
)
#: Where mail to the beneficiary goes: a way to reach somebody, no part of what is signed.
BENEFICIARY_ADDRESS = "beneficiary_email"
REACHING = frozenset((BENEFICIARY_ADDRESS,))
#: Whose last day may be a day off.
APPLICANT = ("implementer", "beneficiary")
_APPLICANTS = tuple(f"{role}@" for role in APPLICANT)
#: What a reminder has besides.
REMINDER = frozenset(
    (
        "n",  # working days left or late
        "muc",  # which deadline
        "thang",  # month of the day it speaks
        "tuan",  # ISO week of that day
        "ky",  # period of a monthly duty
        "tre",  # whether the reminder itself goes out late
        "neu_khong",  # what happens if nobody acts
        "ben_thuc_hien",  # whose duty it is, by the agency's name
        "la_nguoi_thuc_hien",  # whether the agency that is told is the one that must act; others only watch
    )
)


class Told(Struct, frozen=True, kw_only=True):
    """What notices need to know of the installation."""

    #: Where the web application answers; a notice links to the case below it.
    base_url: str = ""
    sandbox: bool = False


def notices_of(
    before: Proposal,
    context: Attempt,
    step: Step,
    *,
    holder: str,
    people: Callable[[str], tuple[Person, ...]],
    told: Told,
) -> tuple[Notice, ...]:
    """The notices of a step, one for each person reached; ``context`` holds the proposal and deadlines after it.

    Whoever sits in several of the seats is told once, in the first of them. The due day that a notice names is that of
    the duty of the seat that is told, else of whoever holds the proposal now.
    """
    rows: dict[tuple[str, str], Notice] = {}
    if not context.transition.notices:
        return ()
    current, opens = _current(context, step), office_instant(step.recorded_at, context.situation.law.calendar)
    urgent = context.at if _is_last_day(context) else opens
    common = {**of_case(context, told), **_of_step(before, context, step, holder)}
    soonest = _soonest_by_seat(context)
    for planned in context.transition.notices:
        said = _of_fields(planned.notice, context, current)
        for seat in dict.fromkeys(seat for to in planned.to for seat in _seats(to, before, context, holder)):
            values = {**said, **common, **_of_duty(context, soonest.get(seat) or soonest.get(holder))}
            sendable = urgent if seat.startswith(_APPLICANTS) else opens
            for recipient in recipients(seat, context, people):
                second = is_second(recipient, seat, context, people)
                row = _notice(planned.notice, step, recipient, values, context, sendable=sendable, second=second)
                rows.setdefault((planned.notice, recipient.person or row.key), row)
    return tuple(rows.values())


def is_second(to: Recipient, seat: str, context: Attempt, people: Callable[[str], tuple[Person, ...]]) -> bool:
    """Whether another person of the holding seat is in charge, so that this one hears of it in the day's digest."""
    officer = context.proposal.officer
    if not officer or to.person in (None, officer) or seat != holder_seat(context):
        return False
    return any(person.id == officer for person in people(seat))


def _notice(
    key: str,
    step: Step,
    to: Recipient,
    values: Mapping[str, object],
    context: Attempt,
    *,
    sendable: datetime,
    second: bool,
) -> Notice:
    channel = _channel(to, second=second)
    return Notice(
        notice=key,
        seq=step.seq,
        to=to,
        channel=channel,
        variables={**values, **greeting(to)},
        templates_sha256=context.proposal.templates_sha256,
        send_after=next_morning(step.recorded_at, context) if second else sendable,
        key=f"{step.code}/{step.seq}/{key}/{to.seat}/{to.person or to.address}/{channel}",
    )


def _channel(to: Recipient, *, second: bool) -> Literal["mail", "digest", "app", "paper"]:
    if second:
        return "digest" if to.address else "app"
    return "mail" if to.address else "paper"


def _is_last_day(context: Attempt) -> bool:
    """Whether something ends today: then an applicant is told at once, whatever the hour."""
    return any(row.last_day == context.today and row.state == "running" for row in context.deadlines)


def next_morning(at: datetime, context: Attempt) -> datetime:
    """08:00 of the next working day after an instant."""
    return office_instant(morning(legal_day(at) + timedelta(days=1)), context.situation.law.calendar)


def _seats(to: str, before: Proposal, context: Attempt, holder: str) -> Iterator[str]:
    """The seats that a notice's ``to`` means."""
    proposal = context.proposal
    if to == "holder":
        if holder:
            yield holder
    elif to == "beneficiary":
        if context.value("beneficiary"):
            yield seat_of("beneficiary", proposal.code)
    elif to == "commune":
        if context.value("commune"):
            key = str(context.value("commune"))
            now = context.situation.commune(key, context.today)
            yield seat_of("commune", now.key if now else key)
    elif to == "adjuster":
        move = context.process.transition(proposal.state, "adjust")
        role = held_by(move.owner, context) if move else None
        yield from _seats(role, before, context, holder) if role else ()
    elif to == "approver_if_violation":
        yield from _seats("approver", before, context, holder) if context.given("finding") == "violation" else ()
    elif to == "past_holders":
        held = dict.fromkeys((past.role, past.agency) for past in before.past)
        yield from (context.situation.seat_now(seat_of(*one), context.today) for one in held)
        yield from _left_behind(before, context)
    elif to == "observer":
        yield from (seat_of(to, agency) for agency in context.situation.agencies_for(to, proposal, context.today))
    else:
        agency = context.situation.agency_for(to, proposal, context.today)
        yield from (seat_of(to, agency),) if agency else ()


def _left_behind(before: Proposal, context: Attempt) -> Iterator[str]:
    """The seat that held the proposal until this step; it may have worked on the file without a step of its own."""
    role = held_by(context.process.state(before.state).holder, changed(context, proposal=before))
    agency = context.situation.agency_for(role, before, context.today) if role else None
    if role and agency:
        yield seat_of(role, agency)


def recipients(seat: str, context: Attempt, people: Callable[[str], tuple[Person, ...]]) -> tuple[Recipient, ...]:
    """Who stands behind a seat: its people, else the agency's mailbox, else a name that paper is sent to."""
    role, _, body = seat.partition("@")
    if role == "beneficiary":
        name, address = str(context.value("beneficiary") or ""), str(context.value(BENEFICIARY_ADDRESS) or "")
        return (Recipient(seat=seat, person=None, name=name, address=address),)
    if role == "commune":
        commune = context.situation.commune(body, context.today)
        name = f"Ủy ban nhân dân {commune.label}" if commune else f"Ủy ban nhân dân cấp xã ({body})"
        return (Recipient(seat=seat, person=None, name=name, address=""),)
    held = people(seat)
    if held:
        return tuple(Recipient(seat=seat, person=p.id, name=p.name, address=p.address, wants=p.mail) for p in held)
    known = context.situation.law.agencies.get(body)
    name = context.situation.agency_name(body, context.today)
    return (Recipient(seat=seat, person=None, name=name, address=known.mailbox if known else ""),)


def _of_fields(notice: str, context: Attempt, current: Mapping[str, object]) -> dict[str, object]:
    """The proposal's data and the facts of the transitions that send a notice; what is not known now is None."""
    return {**_nothing_said(context.process, notice), **current}


def _current(context: Attempt, step: Step) -> dict[str, object]:
    """The proposal's data and the facts of this very step: a fact of an earlier one must not pass for news."""
    data = context.proposal.data
    known = {key: data[key] for key in data.keys() & context.process.data_keys}
    said: dict[str, object] = {**known, **step.facts}
    return said | {key: _said(key, value, context) for key, value in said.items() if isinstance(value, str | date)}


def _said(key: str, value: str | date, context: Attempt) -> str:
    """The label of a choice, a date in ISO 8601; any other text as it is."""
    if isinstance(value, date):
        return value.isoformat()
    labels = context.transition.labels.get(key) or context.process.labels.get(key)
    return labels.get(value, value) if labels else value


def _of_step(before: Proposal, context: Attempt, step: Step, holder: str) -> dict[str, object]:
    """The common variables that tell of the step itself."""
    agency = holder.partition("@")[2]
    return {
        "trang_thai_cu": context.process.state(before.state).label,
        "hanh_dong": context.transition.label,
        "vai": step.role,
        "co_quan": step.agency_name,
        "chuc_danh": step.capacity,
        "ngay": step.effective_on.isoformat(),
        "ghi_chu": step.note,
        "co_quan_giu": context.situation.agency_name(agency, context.today) if holder else "",
    }


def case_variables(context: Attempt, *, holder: str, told: Told) -> dict[str, object]:
    """The common variables that depend on the case alone, with the soonest deadline of its holder."""
    return {**of_case(context, told), **_of_duty(context, _soonest_by_seat(context).get(holder))}


def of_case(context: Attempt, told: Told) -> dict[str, object]:
    """The common variables that depend on the case alone, but for its duty."""
    proposal, situation, on = context.proposal, context.situation, context.today
    return {
        "ma": proposal.code,
        "ten": proposal.title,
        "chuong_trinh": context.programme.label,
        "nam": proposal.plan_year,
        "don_vi_thuc_hien": situation.agency_name(situation.successor(proposal.implementer, on), on),
        "don_vi_thu_huong": str(proposal.data.get("beneficiary", "")),
        "trang_thai": context.process.state(proposal.state).label,
        "so_tien_hoan": _to_give_back(context),
        "lien_ket": f"{told.base_url}/de-an/{proposal.code}",
        "sandbox": told.sandbox,
    }


def _of_duty(context: Attempt, deadline: Deadline | None) -> dict[str, object]:
    """What has to be done by when; without a deadline the state alone says it."""
    if deadline is None:
        nothing = {"han": None, "tam_tinh": False, "can_cu": "", "thoi_han_noi_bo": False, "theo_hop_dong": False}
        return {"viec": context.process.state(context.proposal.state).label, **nothing}
    rule = context.process.rule(deadline.rule)
    day = {"han": deadline.last_day.isoformat(), "tam_tinh": deadline.provisional}
    return {"viec": rule.label, **day, **limit_words(rule)}


def limit_words(rule: DeadlineRule) -> dict[str, object]:
    """What a limit rests on: a day that a contract or minutes name is nobody's own limit, whatever its confidence."""
    named = rule.kind == "fact"
    return {
        "can_cu": rule.basis.text,
        "thoi_han_noi_bo": rule.basis.confidence == "OWN" and not named,
        "theo_hop_dong": named,
    }


def _to_give_back(context: Attempt) -> int | None:
    """What was paid beyond the value of the work done before a stop, in đồng; zero or less: nothing."""
    done = context.proposal.data.get("done_value")
    return net_paid(context) - done if isinstance(done, int) else None


def greeting(to: Recipient) -> dict[str, object]:
    """How a notice addresses its recipient."""
    return {"nguoi_nhan": to.name, "la_ca_nhan": to.person is not None}


def _soonest_by_seat(context: Attempt) -> dict[str, Deadline]:
    """The running deadline that ends first of each seat that has one."""
    running = (deadline for deadline in context.deadlines if deadline.state == "running")
    found: dict[str, Deadline] = {}
    for deadline in sorted(running, key=lambda one: (one.last_day, one.rule)):
        found.setdefault(context.situation.seat_now(deadline.seat, context.today), deadline)
    return found


@lru_cache(maxsize=4096)
def _nothing_said(process: Process, notice: str) -> dict[str, None]:
    return dict.fromkeys(notice_fields(process, notice))


def notice_fields(process: Process, notice: str) -> frozenset[str]:
    """The fields a notice may name: the proposal's data, and the facts of every transition that sends it."""
    senders = (move for move in process.transitions if any(planned.notice == notice for planned in move.notices))
    return frozenset(field.key for field in (*process.data, *(fact for move in senders for fact in move.facts)))
