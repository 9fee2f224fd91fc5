"""``doctor``: one page that says whether the installation is well."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import Printer
from khuyencong.doctor.examination import examine, in_effect, unusable
from khuyencong.doctor.finding import Finding
from khuyencong.wiring import real_now
from shapes.living import duration
from store.errors import StorageFault

_COLOURS = {"ok": "green", "look": "yellow", "broken": "bold red"}
_RANK = ("ok", "look", "broken")


def doctor(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Prove all of history (as audit verify does), not only its ends.")
    ] = False,
) -> int:
    """Look at everything that can go wrong with an installation; exit status 1 where something is broken."""
    call = call_of(context)
    findings = tuple(_looked(call, full=full))
    worst = max((one.level for one in findings), key=_RANK.index)
    settings = in_effect(call.chosen)
    document = {
        "level": worst,
        "checked_at": real_now().isoformat(),
        "checks": [_document(call.printer, one) for one in findings],
        "settings": settings,
    }
    call.printer.say(document, lambda: _page(call.printer, findings, settings, worst))
    return int(worst == "broken")


def _looked(call: Call, *, full: bool) -> Iterator[Finding]:
    try:
        yield from examine(call.home, call.now, full=full)
    except StorageFault as fault:
        yield unusable(fault)


def _document(printer: Printer, one: Finding) -> dict[str, Any]:
    check, _, case = one.code.partition(".")
    params = {key: value if isinstance(value, int | str) else str(value) for key, value in one.params.items()}
    return {
        "check": check,
        "case": case,
        "level": one.level,
        "params": params,
        "says": _says(printer, one),
        "do": _do(printer, one),
    }


def _says(printer: Printer, one: Finding) -> str:
    return printer.word(one.sentence, **_words(printer, one.params))


def _do(printer: Printer, one: Finding) -> str | None:
    return None if one.level == "ok" else printer.word(one.advice, **_words(printer, one.params))


def _words(printer: Printer, params: Mapping[str, object]) -> dict[str, object]:
    """The values of a line as people say them: jobs by their names, minutes as a span of time."""
    said = dict(params)
    if "job" in params:
        said["job"] = ", ".join(printer.word(f"job.{job}") for job in str(params["job"]).split(", "))
    if isinstance(minutes := params.get("minutes"), int):
        said["span"] = duration(printer, minutes * 60)
    return said


def _page(printer: Printer, findings: Iterable[Finding], settings: dict[str, str], worst: str) -> Iterator[Text]:
    for one in findings:
        mark = printer.word(f"doctor.level.{one.level}")
        yield Text.assemble((f"{mark:<8}", _COLOURS[one.level]), _says(printer, one))
        if advice := _do(printer, one):
            yield Text(f"{'':<8}→ {advice}")
    yield printer.line("doctor.settings")
    yield from (Text(f"{'':<8}{name} = {value}") for name, value in settings.items() if value)
    yield printer.line(f"doctor.worst.{worst}")
