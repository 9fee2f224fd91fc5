"""Performs stories through the use cases of the product, act by act in the order of time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from khuyencong.demo.acts import Act, OnTheWay, Story
from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.errors import NoSuchAction, Unmet
from workflow.house import House
from workflow.ownership import owner_seats
from workflow.proposal import Actor, Document, FactValue, legal_day
from workflow.service.acting import Done, Request, act
from workflow.service.drafting import create
from workflow.service.issuing import issue, number_signed
from workflow.service.presenting import Draft, present
from workflow.service.signing import sign
from workflow.service.situations import context_of, situation_of
from workflow.signed_papers import paper_of
from workflow.storage import Store

_HOUR = timedelta(hours=1)
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
        attempt = self.attempt(code, played.action, played.facts, at)
        signed = paper_of(attempt) is not None  # Then its paper says what is done.
        papers = () if signed else self.papers(attempt, code, at)
        facts = {} if signed else played.facts
        request = Request(code=code, action=played.action, facts=facts, documents=papers, note=played.note)
        return act(self.store, self.house, request, by=by or self.player(owner_seats(attempt), at), at=at)

    def carry(self, code: str, way: OnTheWay) -> None:
        """Presents a paper and, where it is told so, signs, numbers and issues it within the same morning."""
        at, both = way.when.astimezone(UTC), (self.store, self.house)
        clerk = self.player((f"head@{way.agency}",), at)
        draft = Draft(
            action=way.action,
            kind=way.kind,
            symbol=way.symbol,
            title=way.title,
            facts=way.facts,
            documents=self.papers(self.attempt(code, way.action, way.facts, at), code, at),
            note="Kính trình lãnh đạo xem xét, ký ban hành.",
        )
        present(*both, draft, code=code, by=clerk, at=at)
        if way.signed:
            sign(*both, code=code, by=self.player((f"{way.role}@{way.agency}",), at), at=at + _HOUR)
            number_signed(*both, code=code, by=clerk, at=at + 2 * _HOUR)
            issue(*both, code=code, to=way.to, by=clerk, at=at + 3 * _HOUR)

    def papers(self, attempt: Attempt, code: str, at: datetime) -> tuple[Document, ...]:
        """Every paper that a step names, invented."""
        return tuple(
            self.keep(paper.key, f"{paper.key}.txt", _paper(paper.label, code, at))
            for paper in attempt.transition.documents
        )

    def attempt(self, code: str, action: str, facts: Mapping[str, FactValue], at: datetime) -> Attempt:
        """An action of the proposal's state as it would be attempted. Raises NoSuchAction."""
        with self.store.read() as uow:
            proposal = uow.proposal(code)
            situation = situation_of(uow, proposal)
        transition = situation.process.transition(proposal.state, action)
        if transition is None:
            raise NoSuchAction(action, [Unmet("unmet.no_such_action", {"state": proposal.state})])
        context = context_of(situation, proposal, by=self.cast[0], at=at)
        return changed(context, transition=transition, facts=facts)


def _paper(label: str, code: str, at: datetime) -> bytes:
    return f"VĂN BẢN CỦA BẢN THỬ, KHÔNG CÓ GIÁ TRỊ\n{label}\nĐề án {code}, ngày {legal_day(at):%d/%m/%Y}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing to perform: the registration of a story (both None), an act of it, or a paper on its way."""

    when: datetime
    story: Story
    played: Act | None = None
    way: OnTheWay | None = None


def scenes(stories: Iterable[Story]) -> Iterator[Scene]:
    """Everything that the stories tell, in the order of time."""
    told = [
        scene
        for story in stories
        for scene in (
            Scene(when=story.drafted, story=story),
            *(Scene(when=played.when, story=story, played=played) for played in story.acts),
            *(Scene(when=way.when, story=story, way=way) for way in story.papers),
        )
    ]
    return iter(sorted(told, key=lambda scene: (scene.when, scene.story.code)))


def play(stage: Stage, scene: Scene) -> None:
    """Performs one scene."""
    if scene.way is not None:
        stage.carry(scene.story.code, scene.way)
    elif scene.played is None:
        stage.draft(scene.story)
    else:
        stage.perform(scene.story.code, scene.played)
