"""Publishes what comes with this software into a store: definitions and notice templates."""

from dataclasses import dataclass
from datetime import datetime

from definitions.bundle import assemble, identity, shipped
from definitions.errors import Fault, FaultyDefinitions
from definitions.loading import DefinitionText, read
from definitions.soundness import check as check_bundle
from khuyencong.vocabulary import vocabulary
from notifications.rendering import TemplateSet
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.registering import publish, publish_templates
from workflow.storage import Store

Key = tuple[str, str]
#: Kinds of texts that proposals pin by their version.
_PINNED = ("process", "programme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication changed, as (kind, key)."""

    changed: tuple[Key, ...]
    #: Of these, the ones whose text differs from the one in force although key and version are the same.
    overwritten: tuple[Key, ...]
    #: Shipped texts that stayed out, because the installation has put a later one of its own in their place.
    kept: tuple[Key, ...]
    #: Whether the notice templates changed.
    templates: bool


def publish_shipped(store: Store, house: House, *, by: Actor, at: datetime) -> Published:
    """Publishes the shipped definitions and templates that are new here. Raises FaultyDefinitions; then none is.

    Other templates must serve the installation's own processes as well: what a process of its own would send by a
    template that is gone, or that asks for more than it gets, is found here and not when it is to be sent.
    A shipped text that was in force before and was replaced stays replaced, and so does a calendar year of which a
    higher version is in force: preparing an installation again takes nothing back.
    """
    templates = TemplateSet.shipped()
    texts, kept = _new_here(store, shipped().texts)
    overwritten = _overwritten(store, texts)
    if faults := _broken(store, texts, templates):
        raise FaultyDefinitions(faults)
    changed = publish(store, house, texts, by=by, at=at)
    spoken = publish_templates(store, house, templates.to_text(), sha256=templates.sha256, by=by, at=at)
    return Published(changed=changed, overwritten=overwritten, kept=kept, templates=spoken)


def _broken(store: Store, texts: tuple[DefinitionText, ...], templates: TemplateSet) -> tuple[Fault, ...]:
    """What the installation's own processes and programmes would lack under another set of templates."""
    with store.read() as uow:
        in_force = dict(uow.published())
    before = in_force.pop(("templates", "notices"), None)
    if before is None or before.text == templates.to_text():
        return ()
    together = {**in_force, **{identity(read(text))[:2]: text for text in texts}}
    known = {text.sha256 for text in shipped().texts}
    own = {text.name for text in together.values() if text.sha256 not in known and text.kind in _PINNED}
    found = check_bundle(assemble(together.values()), vocabulary(templates)) if own else ()
    return tuple(fault for fault in found if fault.file in own)


def publish_own(store: Store, house: House, texts: tuple[DefinitionText, ...], *, by: Actor, at: datetime) -> Published:
    """Publishes an installation's own definition texts. Raises FaultyDefinitions, Refused."""
    overwritten = _overwritten(store, texts)
    changed = publish(store, house, texts, by=by, at=at)
    return Published(changed=changed, overwritten=overwritten, kept=(), templates=False)


def _new_here(store: Store, texts: tuple[DefinitionText, ...]) -> tuple[tuple[DefinitionText, ...], tuple[Key, ...]]:
    """The texts that this store never held, and the keys of those that it has put something else in place of."""
    with store.read() as uow:
        known = uow.published()
        held = {text.sha256 for text in texts if uow.has_text(text.sha256)}
    fresh, kept = [], []
    for text in texts:
        kind, key, version = identity(read(text))
        now = known.get((kind, key))
        outrun = kind == "calendar" and now is not None and int(identity(read(now))[2]) > int(version)
        if now is not None and now.text != text.text and (text.sha256 in held or outrun):
            kept.append((kind, key))
        else:
            fresh.append(text)
    return tuple(fresh), tuple(kept)


def _overwritten(store: Store, texts: tuple[DefinitionText, ...]) -> tuple[Key, ...]:
    """Processes and programmes (only these are pinned by version) whose text changed under the same version."""
    with store.read() as uow:
        known = uow.published()
    found = []
    for text in texts:
        kind, key, version = identity(read(text))
        before = known.get((kind, key))
        if kind in _PINNED and before and before.text != text.text:
            found += [(kind, key)] if identity(read(before))[2] == version else []
    return tuple(found)
