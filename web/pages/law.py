"""The definitions in force: each whole, a process with its diagram, and what the check says of all of them."""

from typing import Any

from starlette.responses import Response

from definitions.bundle import identity
from definitions.diagram import mermaid, svg
from definitions.errors import UnknownDefinition
from definitions.loading import DefinitionText, read
from definitions.process import Process
from shapes.fault_words import fault_words
from web.rights import Right
from web.routing import Screens
from web.visit import Visit

screens = Screens()
_PATH = "/quan-tri/dinh-nghia"
#: A drawing brings its own styles; it is shown as a picture, which runs nothing and fetches nothing.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@screens.get(_PATH, Right.ADMINISTRATOR)
def definitions(visit: Visit) -> Response:
    """What is in force, and whether it is sound."""
    with visit.home.store.read() as uow:
        texts = uow.published()
    rows = [_row(kind, key, text) for (kind, key), text in sorted(texts.items()) if kind != "templates"]
    faults = visit.site.kept.get(
        ("faults", visit.home.store.url), visit.now, lambda: list(visit.site.backstage.faults())
    )
    said = [fault_words(one, visit.lang) for one in faults.value]
    return visit.page("admin/definitions.html", rows=rows, faults=said, at=faults.at)


def _row(kind: str, key: str, text: DefinitionText) -> dict[str, Any]:
    value = read(text)
    *_, version = identity(value)
    label = getattr(value, "label", "")
    return {"kind": kind, "key": key, "version": version, "label": label, "sha256": text.sha256}


@screens.get(f"{_PATH}/{{kind}}/{{key}}", Right.ADMINISTRATOR)
def definition(visit: Visit) -> Response:
    """One of them, as it was published."""
    text = _text(visit)
    value = read(text)
    drawn = mermaid(value) if isinstance(value, Process) else ""
    return visit.page(
        "admin/definition.html", it=_row(visit.path("kind"), visit.path("key"), text), text=text.text, mermaid=drawn
    )


@screens.get(f"{_PATH}/{{kind}}/{{key}}/so-do", Right.ADMINISTRATOR)
def picture(visit: Visit) -> Response:
    """The diagram of a process, as a picture."""
    value = read(_text(visit))
    if not isinstance(value, Process):
        raise UnknownDefinition("process", visit.path("key"))
    headers = {"content-security-policy": _PICTURE, "cache-control": "no-store"}
    return Response(svg(value), media_type="image/svg+xml", headers=headers)


def _text(visit: Visit) -> DefinitionText:
    kind, key = visit.path("kind"), visit.path("key")
    with visit.home.store.read() as uow:
        found = {(one, each): text for (one, each), text in uow.published().items()}
    if kind == "templates" or (kind, key) not in found:
        raise UnknownDefinition("definition", key)
    return found[kind, key]
