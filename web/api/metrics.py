"""The figures of operation in the text form that Prometheus reads; numbers only, of nobody in particular."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final

from starlette.requests import Request

from store.counters import Counters
from store.lists import Heartbeat
from web.home import Choices

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: Headers by which a proxy says that it asks for somebody else.
_FOR_OTHERS = ("forwarded", "x-forwarded-for", "x-real-ip")
#: Figures that only ever grow.
_TOTALS = {"late_ticks": "late_ticks_total", "claimed": "claimed_total", "entries": "entries_total"}


def may_ask(request: Request, choices: Choices) -> bool:
    """Whether the machine that asks is of a network that may; a proxy beside us that asks for others is not us."""
    if request.client is None or any(name in request.headers for name in _FOR_OTHERS):
        return False
    try:
        asking = ip_address(request.client.host)
    except ValueError:
        return False
    return any(asking in network for network in choices.metrics_from)


def written(counters: Counters, beats: Iterable[Heartbeat]) -> str:
    """The figures, each with its type."""
    return "".join(f"{line}\n" for line in (*_figures(counters), *_jobs(beats)))


def _figures(counters: Counters) -> Iterator[str]:
    for name, value in asdict(counters).items():
        named = f"khuyencong_{_TOTALS.get(name, name)}"
        yield f"# TYPE {named} {'counter' if name in _TOTALS else 'gauge'}"
        yield f"{named} {_number(value)}"


def _jobs(beats: Iterable[Heartbeat]) -> Iterator[str]:
    newest: dict[str, Heartbeat] = {}
    for beat in sorted(beats, key=lambda one: one.last_started):
        newest[beat.job] = beat
    for name, kind, figure in (
        ("job_last_started_timestamp_seconds", "gauge", lambda beat: beat.last_started),
        ("job_failed", "gauge", lambda beat: bool(beat.last_error)),
    ):
        yield f"# TYPE khuyencong_{name} {kind}"
        yield from (f'khuyencong_{name}{{job="{job}"}} {_number(figure(beat))}' for job, beat in newest.items())


def _number(value: Any) -> str:
    match value:
        case None:
            return "NaN"
        case datetime():
            return f"{value.timestamp():.3f}"
        case _:
            return str(int(value))
