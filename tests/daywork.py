"""A proposal that waits at the Sở on a store of each kind, for the small acts beside the steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from khuyencong.demo.stage import Stage, play, scenes
from tests.offices import story
from tests.staging import OPENING, kept, opened, staged
from workflow.administration import operator
from workflow.deadlines import Deadline
from workflow.entries import Entry, check_chain
from workflow.ledger import replay
from workflow.proposal import Actor, Document, FactValue, Proposal, Seat
from workflow.service.acting import Done, Request, act
from workflow.service.assigning import Assignment, assign
from workflow.service.drafting import edit
from workflow.service.people import add_user
from workflow.storage import Recipient

CODE = "LC-02"
#: Monday: the file came to the Sở on this day.
HANDED_IN = datetime.fromisoformat("2017-04-10T09:00+07:00")
KINDS = ("memory", "sqlite", "postgresql")
HEAD, OFFICER, SECOND = "giam-doc.sct-lai-chau", "tham-dinh.sct-lai-chau", "tham-dinh-2.sct-lai-chau"
CENTRE = "can-bo.ttkc-lai-chau"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A stage with LC-02 on it, and short names for what tests do to it."""

    stage: Stage

    def who(self, username: str) -> Actor:
        """The person of an account."""
        with self.stage.store.read() as uow:
            found = uow.actor(username, channel="cli")
        assert found is not None, username
        return found

    def at(self, days: int, hours: int = 0) -> datetime:
        """So many days and hours after the file was handed in."""
        return (HANDED_IN + timedelta(days=days, hours=hours)).astimezone(UTC)

    def act(self, action: str, by: str | Actor, at: datetime, /, *papers: str, **facts: FactValue) -> Done:
        """A step with papers of these keys."""
        documents = tuple(paper(key) for key in papers)
        request = Request(code=CODE, action=action, facts=facts, documents=documents)
        actor = self.who(by) if isinstance(by, str) else by
        return act(self.stage.store, self.stage.house, request, by=actor, at=at)

    def edit(self, by: str, at: datetime, **changes: FactValue | None) -> Proposal:
        """An edit of the data."""
        return edit(self.stage.store, self.stage.house, code=CODE, changes=changes, by=self.who(by), at=at)

    @property
    def now(self) -> Proposal:
        """The proposal as it is stored, which is what its history rebuilds."""
        with self.stage.store.read() as uow:
            stored, entries = uow.proposal(CODE), uow.history(CODE)
            check_chain(entries)
            assert replay(entries, uow.process) == stored
        return stored

    @property
    def history(self) -> tuple[Entry, ...]:
        """Its chain."""
        with self.stage.store.read() as uow:
            return uow.history(CODE)

    @property
    def deadlines(self) -> dict[str, Deadline]:
        """Its deadlines by rule, the newest of each."""
        with self.stage.store.read() as uow:
            return {row.rule: row for row in uow.deadlines(CODE)}

    def assign(self, to: str, by: str, days: int, reason: str = "theo phân công của phòng") -> Proposal:
        """Puts somebody in charge."""
        wanted = Assignment(to=to, reason=reason)
        return assign(self.stage.store, self.stage.house, wanted, code=CODE, by=self.who(by), at=self.at(days))

    def told(self, seq: int) -> tuple[Recipient, ...]:
        """Whom an entry was announced to."""
        with self.stage.store.read() as uow:
            return uow.told(CODE, seq)


def paper(key: str, content: str = "") -> Document:
    """A paper of that key."""
    return kept(key, f"{key}.txt", f"{key} {content}".encode())


@contextmanager
def desk_on(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Desk]:
    """The proposal at the Sở, on a store of that kind."""
    url = {"memory": "memory", "sqlite": f"sqlite:///{folder / 'khuyencong.db'}"}.get(kind)
    with opened(url or str(request.getfixturevalue("postgres_url"))) as store:
        stage = staged(store)
        for scene in scenes([story(CODE)]):
            play(stage, scene)
        add_user(
            *(stage.store, stage.house),
            username=SECOND,
            name="Lò Văn Hai",
            address="tham-dinh-2@sct-lai-chau.example",
            seats=(Seat(role="base_appraiser", agency="sct-lai-chau", since=date(2016, 1, 1)),),
            by=operator(),
            at=OPENING,
        )
        yield Desk(stage=stage)
