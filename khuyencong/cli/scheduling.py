"""``scheduler``: the loop that sends reminders and notices, one pass of it, and whether it runs."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

import typer

from khuyencong.cli.call import Call, call_of, warn_owner
from khuyencong.errors import CheckFailed, Unreachable
from khuyencong.logs import Log, Mode
from khuyencong.ticking import OUTBOX, make_scheduler
from language.formats import instant
from notifications.scheduler import until_told_to_stop
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
    done = make_scheduler(call.home, clock=lambda: call.now, log=call.log).tick()
    failed = tuple(f"{job}: {counts['error']}" for job, counts in done.items() if counts.get("error"))
    if failed:
        raise CheckFailed("scheduler.failed", failed)
    if why := done[OUTBOX].get("unreachable"):
        raise Unreachable("mail.unreachable", why=why)
    words = "; ".join(f"{job}: {_words(counts)}" for job, counts in done.items())
    document = {"at": call.now.isoformat(), "jobs": {job: dict(counts) for job, counts in done.items()}}
    call.printer.say(document, lambda: [call.printer.line("scheduler.ticked", jobs=words)])


def _words(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items() if number) or "0"


@app.command("status")
def status(context: typer.Context) -> None:
    """Show when each job last ran and how that ended, and the figures of what waits."""
    call = call_of(context)
    with call.home.look() as lists:
        beats = lists.heartbeats()
    with call.home.store.transaction(writes=False) as transaction:
        wait = timedelta(hours=call.home.settings.letter_hours)
        found = read_counters(transaction, at=call.now, undelivered=wait)
    document = {"jobs": [_beat(beat) for beat in beats], "counters": asdict(found)}
    jobs = _table(call, beats) if beats else call.printer.line("scheduler.never")
    call.printer.say(document, lambda: [jobs, _figures(call, found)])


def _figures(call: Call, found: Counters) -> Any:
    rows = [(call.printer.word(f"counter.{name}"), value) for name, value in asdict(found).items() if value is not None]
    shown = [(name, instant(value) if isinstance(value, datetime) else value) for name, value in rows]
    return call.printer.table(("what", "figure"), shown)


def _beat(beat: Heartbeat) -> dict[str, Any]:
    return {
        "job": beat.job,
        "process": beat.process,
        "last_started": beat.last_started.isoformat(),
        "last_finished": beat.last_finished.isoformat() if beat.last_finished else None,
        "last_error": beat.last_error,
        "ticks": beat.ticks,
        "late_ticks": beat.late_ticks,
        "claimed": beat.claimed,
    }


def _table(call: Call, beats: tuple[Heartbeat, ...]) -> Any:
    columns = ("job", "last_started", "last_finished", "ticks", "late_ticks", "claimed", "error")
    rows = [
        (
            *(b.job, instant(b.last_started), instant(b.last_finished) if b.last_finished else ""),
            *(b.ticks, b.late_ticks, b.claimed, b.last_error),
        )
        for b in beats
    ]
    return call.printer.table(columns, rows)
