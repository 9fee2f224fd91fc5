"""Notices of the small acts beside the steps: what they say besides the common values, and to whom."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from workflow.attempt import Attempt
from workflow.entries import Entry
from workflow.ownership import holder_seat
from workflow.proposal import Seat
from workflow.storage import Notice, Recipient
from workflow.telling import Told, case_variables, greeting, next_morning

#: What the template of each notice may use besides the common variables.
SAID: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "assigned": ("ly_do",),
        "corrected": ("ly_do", "buoc"),
        "asked": ("cau_hoi", "han_tra_loi", "co_quan_duoc_hoi"),
        "answered": ("cau_hoi", "tra_loi"),
        "extended": ("ly_do", "so_quyet_dinh", "muc", "so_ngay", "ngay_lam_viec", "han_cu", "han_moi"),
        "apology": ("ly_do", "muc", "han_cu", "hen_lai"),
        "contract-clock": ("muc", "so_hop_dong", "de_an", "tu_ngay", "han_moi"),
        "presented": ("buoc", "trich_yeu", "nguoi_trinh", "y_kien"),
        "sent-back": ("buoc", "trich_yeu", "nguoi_trinh", "nguoi_tra", "ly_do"),
        "deadline-moved": ("muc", "han_cu", "han_moi", "theo_van_ban"),
    }
)


def daily_notices(
    key: str,
    entry: Entry,
    context: Attempt,
    to: Iterable[Recipient],
    *,
    seat: Seat,
    told: Told,
    templates: str,
    extras: Mapping[str, object],
    gathered: bool = False,
) -> tuple[Notice, ...]:
    """The notice ``key`` of an entry to each of these; ``context`` holds the proposal and deadlines after it.

    ``templates`` is the hash of the newest set: the one that a proposal pinned may be older than these notices.
    ``gathered``: they come with the next working day's digest.
    """
    values = {**_variables(context, seat, told), **{name: extras[name] for name in SAID[key]}}
    when = next_morning(entry.recorded_at, context) if gathered else entry.recorded_at
    return tuple(_notice(key, entry, one, values, templates, when=when, gathered=gathered) for one in to)


def _notice(
    key: str,
    entry: Entry,
    to: Recipient,
    values: Mapping[str, object],
    templates: str,
    *,
    when: datetime,
    gathered: bool,
) -> Notice:
    return Notice(
        notice=key,
        seq=entry.seq,
        to=to,
        channel=("digest" if to.address else "app") if gathered else ("mail" if to.address else "paper"),
        variables={**values, **greeting(to)},
        templates_sha256=templates,
        send_after=when,
        key=f"{entry.subject}/{entry.seq}/{key}/{to.seat}/{to.person or to.address}",
    )


def _variables(context: Attempt, seat: Seat, told: Told) -> dict[str, object]:
    holder, on, situation = holder_seat(context), context.today, context.situation
    state = context.process.state(context.proposal.state).label
    return {
        **case_variables(context, holder=holder, told=told),
        "trang_thai_cu": state,
        "hanh_dong": "",
        "vai": seat.role,
        "co_quan": situation.agency_name(seat.agency, on),
        "chuc_danh": seat.capacity,
        "ngay": on.isoformat(),
        "ghi_chu": "",
        "co_quan_giu": situation.agency_name(holder.partition("@")[2], on) if holder else "",
    }
