"""Publishes what comes with this software into a store: definitions and notice templates."""

from dataclasses import dataclass
from datetime import datetime

from definitions.bundle import identity, shipped
from definitions.loading import DefinitionText, read
from notifications.rendering import TemplateSet
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.registering import publish, publish_templates
from workflow.storage import Store

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication changed, as (kind, key)."""

    changed: tuple[Key, ...]
    #: Of these, the ones whose text differs from the one in force although key and version are the same.
    overwritten: tuple[Key, ...]
    #: Whether the notice templates changed.
    templates: bool


def publish_shipped(store: Store, house: House, *, by: Actor, at: datetime) -> Published:
    """Publishes the shipped definitions and templates that differ from those in force. Raises FaultyDefinitions."""
    texts, templates = shipped().texts, TemplateSet.shipped()
    overwritten = _overwritten(store, texts)
    changed = publish(store, house, texts, by=by, at=at)
    spoken = publish_templates(store, house, templates.to_text(), sha256=templates.sha256, by=by, at=at)
    return Published(changed=changed, overwritten=overwritten, templates=spoken)


def _overwritten(store: Store, texts: tuple[DefinitionText, ...]) -> tuple[Key, ...]:
    """Processes and programmes (only these are pinned by version) whose text changed under the same version."""
    with store.read() as uow:
        known = uow.published()
    found = []
    for text in texts:
        kind, key, version = identity(read(text))
        before = known.get((kind, key))
        if kind in ("process", "programme") and before and before.text != text.text:
            found += [(kind, key)] if identity(read(before))[2] == version else []
    return tuple(found)
