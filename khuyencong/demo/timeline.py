"""A proposal's course as lines to read: what was done by whom, until when, and who was told."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from definitions.process import DeadlineRule, Process
from language import formats
from shapes.history import steps_of
from store.lists import NoticeLine
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.proposal import Proposal, Step, legal_day
from workflow.telling import limit_words

_MARGIN = " " * 6


def timeline(
    proposal: Proposal,
    process: Process,
    *,
    programme: str,
    entries: Sequence[Entry],
    deadlines: Sequence[Deadline],
    notices: Sequence[NoticeLine],
    subject_of: Callable[[NoticeLine], str],
) -> Iterator[str]:
    """The lines of a proposal's history, oldest first. ``subject_of`` says what a notice is headed."""
    yield f"{proposal.code}  {proposal.title}"
    yield f"{_MARGIN}{process.label} · {programme} · năm {proposal.plan_year}"
    asked = formats.money(proposal.amount("requested_amount"))
    yield f"{_MARGIN}Kinh phí đề nghị {asked} · vốn của cơ sở {formats.money(proposal.amount('own_capital'))}"
    yield ""
    yield f"{1:>4}. {formats.day(legal_day(proposal.created_at))}  Lập hồ sơ đề án"
    yield from _clocks(process, deadlines, 1)
    for step in steps_of(entries, process):
        yield from _step(step, process)
        yield from _clocks(process, deadlines, step.seq)
        yield from _told([notice for notice in notices if notice.seq == step.seq], subject_of)


def _step(step: Step, process: Process) -> Iterator[str]:
    move = process.transition(step.source, step.action)
    label = move.label if move else step.action
    came_to = f"  →  {process.state(step.target).label}" if step.moves else ""
    capacity = f", ký {step.capacity}" if step.capacity not in ("", "head") else ""
    yield f"{step.seq:>4}. {formats.day(step.effective_on)}  {label}{came_to}"
    yield f"{_MARGIN}{step.agency_name} ({step.actor}{capacity})"


def _clocks(process: Process, deadlines: Sequence[Deadline], seq: int) -> Iterator[str]:
    started = [d for d in deadlines if d.started_by == seq]
    for rule, group in groupby(started, key=lambda d: d.rule):
        rows = list(group)
        days = formats.day(rows[0].last_day)
        if len(rows) > 1:
            days = f"{days} đến {formats.day(rows[-1].last_day)}, {len(rows)} kỳ"
        yield f"{_MARGIN}⏱ {process.rule(rule).label}: {days}{_limit(process.rule(rule))}"


def _limit(rule: DeadlineRule) -> str:
    words = limit_words(rule)
    if words["theo_hop_dong"]:
        return " (theo hợp đồng / biên bản)"
    return " (thời hạn nội bộ)" if words["thoi_han_noi_bo"] else ""


def _told(notices: Sequence[NoticeLine], subject_of: Callable[[NoticeLine], str]) -> Iterator[str]:
    for _, group in groupby(notices, key=lambda notice: notice.notice):
        rows = list(group)
        yield f"{_MARGIN}✉ {subject_of(rows[0])}"
        yield f"{_MARGIN}  → {', '.join(dict.fromkeys(f'{row.to.name}{_paper(row)}' for row in rows))}"


def _paper(notice: NoticeLine) -> str:
    return " (bản giấy)" if notice.channel == "paper" else ""
