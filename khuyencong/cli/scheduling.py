"""``scheduler``: the loop that sends reminders and notices, one pass of it, and whether it runs."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, cast

import typer
from rich.console import RenderableType

from khuyencong.cli.call import Call, call_of, warn_owner
from khuyencong.cli.scheduler_words import figures, jobs_table, passed, processes
from khuyencong.logs import Log, Mode
from khuyencong.standing import ranks_of, worst
from khuyencong.ticking import BY_HAND, OUTBOX, REMINDERS, make_scheduler
from notifications.scheduler import until_told_to_stop
from shapes.errors import CheckFailed, Unreachable
from shapes.living import living
from store.counters import Counters, read_counters
from store.lists import Heartbeat

app = typer.Typer(no_args_is_help=True, help="The loop that sends reminders and notices.")


@app.command("run")
def run(context: typer.Context) -> None:
    """Run the loop until it is told to stop (Ctrl-C, SIGTERM). Any number of processes may run it."""
    call = call_of(context)
    mode = cast("Mode", call.settings.log or "json")
    log = Log(mode=mode)
    scheduler = make_scheduler(call.home, log=log)
    warn_owner(call)
    log.line("scheduler run", outcome="started")
    if mode == "off":
        call.printer.aside("scheduler.started")
    with until_told_to_stop() as stop:
        scheduler.run(stop)
    log.line("scheduler run", outcome="stopped")
    document = {"stopped_at": call.home.now().isoformat()}
    call.printer.say(document, lambda: [call.printer.line("scheduler.stopped")])


@app.command("tick")
def tick(context: typer.Context) -> None:
    """Run every job once: fire what is due, send what waits."""
    call = call_of(context)
    done = make_scheduler(call.home, clock=lambda: call.now, log=call.log, process=BY_HAND).tick()
    failed = tuple(f"{job}: {counts['error']}" for job, counts in done.items() if counts.get("error"))
    if failed:
        raise CheckFailed("scheduler.failed", failed)
    if why := done[OUTBOX].get("unreachable") or done[REMINDERS].get("unreachable"):
        raise Unreachable("mail.unreachable", why=why)
    document = {"at": call.now.isoformat(), "jobs": {job: dict(counts) for job, counts in done.items()}}
    call.printer.say(document, lambda: passed(call.printer, done, at=call.now))


@app.command("status")
def status(context: typer.Context) -> None:
    """Show which processes run, how each job last ended, and what waits: healthy, late or stuck, the worst first."""
    call = call_of(context)
    with call.home.look() as lists:
        beats = lists.heartbeats()
    with call.home.store.transaction(writes=False) as transaction:
        wait = timedelta(hours=call.home.settings.letter_hours)
        found = read_counters(transaction, at=call.now, undelivered=wait)
    alive = living(beats, call.now, by_hand=BY_HAND)
    ranks = ranks_of(found)
    standing = worst((*ranks.values(), "healthy" if alive else "stuck"))
    jobs = [_beat(beat, alive) for beat in beats]
    document = {"jobs": jobs, "counters": asdict(found), "ranks": ranks, "standing": standing}
    call.printer.say(document, lambda: _page(call, beats, found))


def _page(call: Call, beats: tuple[Heartbeat, ...], found: Counters) -> list[RenderableType]:
    if not beats:
        return [call.printer.line("scheduler.never"), figures(call.printer, found)]
    told = processes(call.printer, beats, at=call.now)
    return [*told, jobs_table(call.printer, beats, at=call.now), figures(call.printer, found)]


def _beat(beat: Heartbeat, alive: frozenset[str]) -> dict[str, Any]:
    return {
        "job": beat.job,
        "process": beat.process,
        "living": beat.process in alive,
        "last_started": beat.last_started.isoformat(),
        "last_finished": beat.last_finished.isoformat() if beat.last_finished else None,
        "last_error": beat.last_error,
        "ticks": beat.ticks,
        "late_ticks": beat.late_ticks,
        "claimed": beat.claimed,
    }
