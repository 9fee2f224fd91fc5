"""What the scheduler did and how it stands, in words: which processes live, each job by its name, readable figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from rich.console import RenderableType

from khuyencong.cli.printing import Printer
from khuyencong.standing import RANKS, Rank, ranks_of
from khuyencong.ticking import BY_HAND
from language.formats import instant
from shapes.living import duration, living
from store.counters import Counters
from store.lists import Heartbeat

_SECONDS = "_seconds"
#: Of each job, the numbers that people are told where they are not 0; all of them stand in the document.
TOLD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "recount": ("changed", "faults"),
        "reminders": (
            "fired",
            "notices",
            "superseded",
            "cancelled",
            "faults",
            "accepted",
            "retried",
            "failed",
            "rerouted",
        ),
        "outbox": ("accepted", "shown", "retried", "released", "failed", "rerouted", "cancelled"),
        "webhooks": ("accepted", "retried", "released", "failed", "rerouted", "cancelled"),
        "bounces": ("bounced", "delayed", "automatic", "unknown", "none"),
        "sealing": ("sealed", "mails", "copied", "mailed"),
        "housekeeping": ("handed_over", "papers_swept", "unfinished_swept", "deadlines_stale", "deadlines_uncovered"),
    }
)


def passed(say: Printer, done: Mapping[str, Mapping[str, object]], *, at: datetime) -> list[RenderableType]:
    """What each job of one pass did."""
    rows = [(say.word(f"job.{job}"), _did(say, job, counts)) for job, counts in done.items()]
    return [say.line("scheduler.ticked", at=at), say.table(("job", "result"), rows)]


def _did(say: Printer, job: str, counts: Mapping[str, object]) -> str:
    told = [say.word(f"tick.{name}", n=int(n)) for name in TOLD[job] if isinstance(n := counts.get(name), int) and n]
    if why := counts.get("unreachable"):
        told.append(str(why))
    return "; ".join(told) or say.word("tick.nothing")


def processes(say: Printer, beats: Sequence[Heartbeat], *, at: datetime) -> Iterator[RenderableType]:
    """Which processes live, in one line; those that ended, in another."""
    alive = living(beats, at, by_hand=BY_HAND)
    newest = max(beat.last_started for beat in beats)
    if alive:
        yield say.line("scheduler.alive", n=len(alive), names=", ".join(sorted(alive)))
    else:
        since = duration(say, int((at - newest).total_seconds()))
        yield say.line("scheduler.dead", at=newest, since=since)
    gone = {beat.process for beat in beats} - alive - {BY_HAND}
    if gone:
        rows = [beat for beat in beats if beat.process in gone]
        last = max(beat.last_started for beat in rows)
        yield say.line("scheduler.gone", n=len(gone), at=last, late=sum(beat.late_ticks for beat in rows))


def jobs_table(say: Printer, beats: Sequence[Heartbeat], *, at: datetime) -> RenderableType:
    """Each job of each living process; of a job that none of them ran, the newest run of all."""
    alive = living(beats, at, by_hand=BY_HAND)
    columns = ("job", "process_name", "last_started", "last_finished", "ticks", "late_ticks", "claimed", "error")
    return say.table(columns, [_row(say, beat) for beat in _shown(beats, alive)])


def _shown(beats: Sequence[Heartbeat], alive: frozenset[str]) -> Iterator[Heartbeat]:
    for job in dict.fromkeys([*TOLD, *(beat.job for beat in beats)]):
        mine = [beat for beat in beats if beat.job == job]
        here = [beat for beat in mine if beat.process in alive]
        yield from here or sorted(mine, key=lambda beat: beat.last_started)[-1:]


def _row(say: Printer, beat: Heartbeat) -> tuple[object, ...]:
    process = say.word("scheduler.by_hand") if beat.process == BY_HAND else beat.process
    ended = instant(beat.last_finished) if beat.last_finished else ""
    moments = (instant(beat.last_started), ended)
    return say.word(f"job.{beat.job}"), process, *moments, beat.ticks, beat.late_ticks, beat.claimed, beat.last_error


def figures(say: Printer, found: Counters) -> RenderableType:
    """What waits, each figure with its name and how it stands, the worst first; ages as people say them."""
    ranks = ranks_of(found)
    shown = [(name, _figure(say, name, value)) for name, value in asdict(found).items()]
    rows = [(name, figure) for name, figure in shown if figure is not None]
    rows.sort(key=lambda row: RANKS.index(ranks[row[0]]) if row[0] in ranks else len(RANKS))
    said = ((say.word(f"counter.{name}"), figure, _rank(say, ranks.get(name))) for name, figure in rows)
    return say.table(("what", "figure", "standing"), list(said))


def _rank(say: Printer, rank: Rank | None) -> str:
    return say.word(f"rank.{rank}") if rank else ""


def _figure(say: Printer, name: str, value: Any) -> object:
    if name.endswith(_SECONDS):
        return duration(say, value) if value else say.word("duration.none")
    return instant(value) if isinstance(value, datetime) else value
