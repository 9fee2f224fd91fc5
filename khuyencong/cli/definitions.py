"""``definitions``: the law as data: listed, shown, checked, drawn."""

from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from definitions.bundle import Bundle, assemble, identity, shipped
from definitions.diagram import mermaid, svg
from definitions.errors import Fault, FaultyDefinitions, UnknownDefinition
from definitions.loading import SHIPPED, DefinitionText, find_texts, read
from definitions.soundness import check as check_bundle
from khuyencong.cli.call import call_of
from khuyencong.cli.recounting import recount_now
from khuyencong.publishing import publish_own
from khuyencong.vocabulary import vocabulary
from shapes.errors import CheckFailed
from shapes.fault_words import fault_words

app = typer.Typer(no_args_is_help=True, help="The law as data: processes, programmes, calendars, registers.")
Key = Annotated[str, typer.Argument(help="A key such as kcdp, kcdp@2021.1 or lai-chau-2021-2025.", show_default=False)]


@app.command("list")
def find(context: typer.Context) -> None:
    """List every definition that comes with this software."""
    call = call_of(context)
    rows = [_row(text) for text in shipped().texts]
    columns = ("kind", "key", "version", "name", "sha256")
    table = [(row["kind"], row["key"], row["version"], row["label"], row["sha256"][:12]) for row in rows]
    call.printer.say({"definitions": rows}, lambda: [call.printer.table(columns, table)])


def _row(text: Any) -> dict[str, Any]:
    value = read(text)
    kind, key, version = identity(value)
    label = getattr(value, "label", "")
    return {"kind": kind, "key": key, "version": version, "label": label, "file": text.name, "sha256": text.sha256}


@app.command("show")
def show(context: typer.Context, key: Key) -> None:
    """Show one definition whole."""
    call = call_of(context)
    value = _find(shipped(), key)
    document = value.model_dump(mode="json", by_alias=True)
    call.printer.say(document, lambda: _lines(document))


def _find(bundle: Bundle, key: str) -> Any:
    if key in bundle.programmes:
        return bundle.programmes[key]
    for text in bundle.texts:
        value = read(text)
        if key in identity(value)[1:2]:
            return value
    known = {*bundle.programmes, *(process.key for process in bundle.processes.values()), *bundle.processes}
    if key in known:
        return bundle.process(key)
    raise UnknownDefinition("definition", key, next(iter(get_close_matches(key, sorted(known), n=1)), ""))


def _lines(value: Any, place: str = "") -> list[RenderableType]:
    """Every value with its place, one a line: readable, and easy to search."""
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _lines(inner, f"{place}.{key}" if place else str(key))]
    if isinstance(value, list):
        return [
            line for number, inner in enumerate(value) for line in _lines(inner, f"{place}[{_name(inner, number)}]")
        ]
    return [] if value is None or value == "" else [Text(f"{place} = {value}")]


def _name(value: Any, number: int) -> str:
    return str(value["key"]) if isinstance(value, dict) and "key" in value else str(number)


@app.command("check")
def check(
    context: typer.Context,
    path: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; default: what is shipped.", show_default=False)
    ] = None,
) -> None:
    """Check definition files and say every fault with its file and place; exit status 1 if there is any.

    A single process or programme is checked together with the shipped registers that it refers to.
    """
    call = call_of(context)
    faults, checked = _faults(path or [])
    if faults:
        said = tuple(fault_words(fault, call.printer.lang) for fault in faults)
        raise CheckFailed("check.faulty", said, n=len(faults))
    document: dict[str, Any] = {"checked": checked, "faults": []}
    call.printer.say(document, lambda: [call.printer.line("check.sound", n=checked)])


def _faults(paths: list[Path]) -> tuple[tuple[Fault, ...], int]:
    try:
        given = find_texts(paths) if paths else shipped().texts
        bundle = assemble(given) if not paths or any(path.is_dir() for path in paths) else _among_shipped(given)
    except FaultyDefinitions as error:
        return error.faults, 0
    names = {text.name for text in given}
    found = check_bundle(bundle, vocabulary())
    mine = tuple(fault for fault in found if fault.file in names) if paths else found
    return mine, len(given)


def _among_shipped(given: tuple[Any, ...]) -> Bundle:
    """The shipped definitions with these in place of those of the same key."""
    replaced = {identity(read(text))[:2] for text in given}
    kept = [text for text in find_texts((SHIPPED,)) if identity(read(text))[:2] not in replaced]
    return assemble([*kept, *given])


@app.command("publish")
def publish(
    context: typer.Context,
    path: Annotated[list[Path], typer.Argument(help="Definition files of your own.", show_default=False)],
) -> None:
    """Publish definition files, all or none: checked first together with those in force, then kept by their hash.

    Running proposals keep the process and programme they started with; registers hold by their dates from now on.
    """
    call = call_of(context)
    texts = find_texts(path)
    _prove(texts, call.law().texts)
    published = publish_own(call.home.store, call.home.house, texts, by=call.registrar, at=call.now)
    for kind, key in published.overwritten:
        call.printer.aside("init.changed_text", kind=kind, key=key)
    rows = [{"kind": kind, "key": key} for kind, key in published.changed]
    recounted = recount_now(call)
    said = [call.printer.line("definitions.published", n=len(rows)), *recounted.lines]
    call.printer.say({"published": rows, "recounted": recounted.document}, lambda: said)


def _prove(texts: tuple[DefinitionText, ...], in_force: tuple[DefinitionText, ...]) -> None:
    """Raises FaultyDefinitions with every fault that the texts would bring among those in force."""
    replaced = {identity(read(text))[:2] for text in texts}
    kept = [text for text in in_force if identity(read(text))[:2] not in replaced]
    names = {text.name for text in texts}
    faults = [fault for fault in check_bundle(assemble([*kept, *texts]), vocabulary()) if fault.file in names]
    if faults:
        raise FaultyDefinitions(faults)


class Format(StrEnum):
    """How a diagram is written."""

    MERMAID = "mermaid"
    SVG = "svg"


@app.command("diagram")
def diagram(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key of a process, such as kcdp.", show_default=False)],
    form: Annotated[Format, typer.Option("--format", help="How it is drawn.")] = Format.MERMAID,
) -> None:
    """Draw a process: its states, main path and returns."""
    call = call_of(context)
    process = shipped().process(key)
    text = svg(process) if form is Format.SVG else mermaid(process)
    call.printer.say({"key": key, "format": form.value, "text": text}, lambda: [Text(text)])
