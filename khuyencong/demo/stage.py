"""Performs stories through the use cases of the product, act by act in the order of time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from khuyencong.demo.acts import Act, Story
from workflow.attempt import Attempt
from workflow.errors import NoSuchAction, Unmet
from workflow.house import House
from workflow.ownership import owner_seats
from workflow.proposal import Actor, Document, legal_day
from workflow.service.acting import Done, Request, act
from workflow.service.drafting import create
from workflow.service.situations import context_of, situation_of
from workflow.storage import Store

#: Keeps an invented paper: the document field's key, a file name, the content.
Keep = Callable[[str, str, bytes], Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where stories are performed, and by whom."""

    store: Store
    house: House
    cast: tuple[Actor, ...]
    keep: Keep

    def player(self, seats: tuple[str, ...], at: datetime) -> Actor:
        """The first of the cast who sits in one of these seats that day; LookupError where nobody does."""
        on = legal_day(at)
        for actor in self.cast:
            if any(str(seat) in seats and seat.holds(on) for seat in actor.seats):
                return actor
        raise LookupError(f"nobody of the cast sits in {' or '.join(seats) or 'any owning seat'} on {on}")

    def draft(self, story: Story) -> None:
        """Registers the proposal of a story."""
        create(
            self.store,
            self.house,
            programme=story.programme,
            process=story.process,
            data=story.data,
            by=self.player((f"implementer@{story.implementer}",), story.drafted),
            at=story.drafted.astimezone(UTC),
            implementer=story.implementer,
            province=story.province,
            code=story.code,
        )

    def perform(self, code: str, played: Act, *, by: Actor | None = None) -> Done:
        """Carries out one act of a story by whoever owns it that day, with every paper that the step names."""
        at = played.when.astimezone(UTC)
        attempt = self._attempt(code, played, at)
        papers = tuple(
            self.keep(paper.key, f"{paper.key}.txt", _paper(paper.label, code, at))
            for paper in attempt.transition.documents
        )
        request = Request(code=code, action=played.action, facts=played.facts, documents=papers, note=played.note)
        return act(self.store, self.house, request, by=by or self.player(owner_seats(attempt), at), at=at)

    def _attempt(self, code: str, played: Act, at: datetime) -> Attempt:
        with self.store.read() as uow:
            proposal = uow.proposal(code)
            situation = situation_of(uow, proposal)
        transition = situation.process.transition(proposal.state, played.action)
        if transition is None:
            raise NoSuchAction(played.action, [Unmet("unmet.no_such_action", {"state": proposal.state})])
        context = context_of(situation, proposal, by=self.cast[0], at=at)
        return replace(context, transition=transition, facts=played.facts)


def _paper(label: str, code: str, at: datetime) -> bytes:
    return f"VĂN BẢN CỦA BẢN THỬ, KHÔNG CÓ GIÁ TRỊ\n{label}\nĐề án {code}, ngày {legal_day(at):%d/%m/%Y}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing to perform: the registration of a story (``played`` None), or an act of it."""

    when: datetime
    story: Story
    played: Act | None = None


def scenes(stories: Iterable[Story]) -> Iterator[Scene]:
    """Everything that the stories tell, in the order of time."""
    told = [
        scene
        for story in stories
        for scene in (
            Scene(when=story.drafted, story=story),
            *(Scene(when=played.when, story=story, played=played) for played in story.acts),
        )
    ]
    return iter(sorted(told, key=lambda scene: (scene.when, scene.story.code)))


def play(stage: Stage, scene: Scene) -> None:
    """Performs one scene."""
    if scene.played is None:
        stage.draft(scene.story)
    else:
        stage.perform(scene.story.code, scene.played)
