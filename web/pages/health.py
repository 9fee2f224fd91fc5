"""How the scheduler stands: which processes live, what each job did, what piles up, what nothing reminds of."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.responses import Response

from shapes.living import duration, last_run, living
from store.counters import Counters, read_counters
from store.coverage import recorded
from store.lists import Heartbeat
from web.rights import Right
from web.routing import Screens
from web.visit import Visit

screens = Screens()
_NIGHTS = 14
_SECONDS = "_seconds"
#: Figures that should be nothing.
_TROUBLE = frozenset(
    {"notices_stuck", "notices_failed", "notices_bounced", "letters_undelivered", "addresses_bad", "papers_stuck"}
    | {"deadlines_uncovered"}
)


@screens.get("/quan-tri", Right.ADMINISTRATOR)
def health(visit: Visit) -> Response:
    """The first page of administrators."""
    with visit.home.look() as lists:
        beats = lists.heartbeats()
    with visit.home.store.transaction(writes=False) as transaction:
        counters = read_counters(transaction, at=visit.now)
        nights = recorded(transaction, limit=_NIGHTS)
    alive = living(beats, visit.now, by_hand=visit.site.backstage.by_hand)
    run = last_run(beats, visit.now)
    return visit.page(
        "admin/health.html",
        jobs=[_job(visit, one, alive) for one in _shown(beats, alive)],
        alive=sorted(alive),
        run=run,
        ago=duration(visit, int((visit.now - run.at).total_seconds())) if run.at else "",
        figures=[_figure(visit, name, value) for name, value in _named(counters)],
        nights=nights,
    )


def _shown(beats: tuple[Heartbeat, ...], alive: frozenset[str]) -> list[Heartbeat]:
    """Each job of each living process; of a job that none of them ran, the newest run of all."""
    found: list[Heartbeat] = []
    for job in dict.fromkeys(beat.job for beat in beats):
        mine = [beat for beat in beats if beat.job == job]
        here = [beat for beat in mine if beat.process in alive]
        found += here or sorted(mine, key=lambda beat: beat.last_started)[-1:]
    return found


def _job(visit: Visit, one: Heartbeat, alive: frozenset[str]) -> dict[str, Any]:
    by_hand = one.process == visit.site.backstage.by_hand
    return {
        "job": visit.word(f"job.{one.job}"),
        "process": visit.word("scheduler.by_hand") if by_hand else one.process,
        "alive": one.process in alive,
        "started": one.last_started,
        "finished": one.last_finished,
        "ticks": one.ticks,
        "late": one.late_ticks,
        "claimed": one.claimed,
        "error": one.last_error,
    }


def _named(counters: Counters) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in asdict(counters).items() if value is not None]


def _figure(visit: Visit, name: str, value: Any) -> dict[str, Any]:
    if name.endswith(_SECONDS):
        words = duration(visit, value) if value else visit.word("duration.none")
    elif isinstance(value, datetime):
        words = visit.word("web.admin.at", at=value)
    else:
        words = visit.word("web.admin.n", n=value)
    return {"label": visit.word(f"counter.{name}"), "words": words, "bad": name in _TROUBLE and bool(value)}
