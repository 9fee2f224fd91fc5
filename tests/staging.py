"""A store of each kind with the shipped definitions published and the sandbox's people seated."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.cast import players
from khuyencong.demo.stage import Stage
from notifications.rendering import TemplateSet
from store.database import open_database
from store.memory import MemoryStore
from store.migrations import upgrade
from workflow.administration import operator
from workflow.house import House
from workflow.proposal import Document
from workflow.service.people import add_user
from workflow.service.registering import publish, publish_templates
from workflow.storage import Store
from workflow.telling import Told

#: Before the first proposal of any story.
OPENING = datetime(2017, 1, 1, 1, tzinfo=UTC)


def house() -> House:
    """Surroundings whose randomness is counted, so that two runs are alike."""
    salts, people = itertools.count(1), itertools.count(1)
    return House(
        salt=lambda: next(salts).to_bytes(16, "big"),
        person_id=lambda: f"p{next(people):04d}",
        told=Told(base_url="http://127.0.0.1", sandbox=True),
    )


def kept(key: str, name: str, content: bytes) -> Document:
    """A paper that is known by its hash and kept nowhere."""
    return Document(key=key, name=name, size=len(content), sha256=sha256(content).hexdigest(), media_type="text/plain")


def staged(store: Store, texts: tuple[DefinitionText, ...] | None = None) -> Stage:
    """A stage on an empty store."""
    surroundings = house()
    publish(store, surroundings, find_texts() if texts is None else texts, by=operator(), at=OPENING)
    templates = TemplateSet.shipped()
    publish_templates(store, surroundings, templates.to_text(), sha256=templates.sha256, by=operator(), at=OPENING)
    for player in players():
        add_user(
            store,
            surroundings,
            username=player.username,
            name=player.name,
            address=player.address,
            seats=player.seats,
            by=operator(),
            at=OPENING,
        )
    with store.read() as uow:
        found = [uow.actor(player.username, channel="cli") for player in players()]
    return Stage(store=store, house=surroundings, cast=tuple(actor for actor in found if actor), keep=kept)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A migrated database behind a URL; ``memory`` for a store that keeps nothing."""
    if url == "memory":
        yield MemoryStore()
        return
    upgrade(url)
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()
