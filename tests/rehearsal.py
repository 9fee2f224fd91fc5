"""Plays stories through the pure engine alone: no store, no clock, no mail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from definitions.bundle import Bundle, shipped
from definitions.process import Transition
from khuyencong.demo.acts import Act, Story
from khuyencong.demo.cast import players
from khuyencong.demo.others import FIRST_YEAR_LAST_DAY, others
from khuyencong.demo.samples import samples
from workflow.attempt import Attempt
from workflow.authority import Guidance, Situation
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.effects import plan
from workflow.engine import advance
from workflow.entries import Entry
from workflow.ledger import created_entry, step_entry
from workflow.ownership import owner_seats
from workflow.proposal import Actor, Document, FactValue, Proposal, Step, legal_day
from workflow.service.situations import context_of, recorded_after
from workflow.storage import Effects, Person
from workflow.telling import Told

CAST = tuple(Actor(person=p.username, name=p.name, seats=p.seats) for p in players())
_ADDRESSES = {player.username: player.address for player in players()}
TOLD = Told(base_url="https://thu.example", sandbox=True)
#: The letters that opened the first year of the programmes of 2026 (invented).
LETTERS = tuple(
    Guidance(programme=programme, rule=rule, plan_year=2026, last_day=FIRST_YEAR_LAST_DAY, agency=agency, paper="1")
    for programme, rule, agency in (
        ("da-nang-2026-2030", "plan_window", "sct-da-nang"),
        ("quoc-gia-2026-2030", "plan_window", "sct-lai-chau"),
        ("quoc-gia-2026-2030", "registration", "cuc-khuyen-cong"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A proposal in rehearsal: as it stands, with its deadlines and its chain of entries."""

    proposal: Proposal
    situation: Situation
    deadlines: tuple[Deadline, ...]
    entries: tuple[Entry, ...]

    def running(self, rule: str, period: str = "") -> Deadline:
        """The deadline of that rule and period; LookupError where there is none."""
        found = [d for d in self.deadlines if (d.rule, d.period) == (rule, period)]
        if not found:
            raise LookupError(f"{self.proposal.code} has no deadline {rule} {period}")
        return found[0]

    def transition(self, action: str) -> Transition:
        """What the action does in the present state."""
        found = self.situation.process.transition(self.proposal.state, action)
        assert found is not None, (self.proposal.code, self.proposal.state, action)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One act of a story: the case before and after it, who acted with what, and everything that followed."""

    before: Case
    after: Case
    act: Act
    by: Actor
    at: datetime
    documents: tuple[Document, ...]
    step: Step
    effects: Effects


@lru_cache(maxsize=1)
def law() -> Bundle:
    """The shipped definitions."""
    return shipped()


@lru_cache(maxsize=1)
def stories() -> dict[str, Story]:
    """Every story of the sandbox by code."""
    return {story.code: story for story in (*samples(), *others())}


def people(seat: str) -> tuple[Person, ...]:
    """Whoever of the cast sits there."""
    held = [actor for actor in CAST if any(str(own) == seat for own in actor.seats)]
    return tuple(Person(id=actor.person, name=actor.name, address=_ADDRESSES[actor.person]) for actor in held)


def salt() -> bytes:
    """Sixteen bytes that tests can foresee."""
    return bytes(16)


def situation_of(story: Story, *, guidance: tuple[Guidance, ...] = LETTERS) -> Situation:
    """The law and the letters for a story."""
    programme = law().programme(story.programme)
    track = programme.track(story.process)
    assert track is not None
    return Situation(process=law().process(track.process), programme=programme, law=law(), guidance=guidance)


def begun(story: Story, situation: Situation | None = None) -> Case:
    """The draft of a story with its first clocks."""
    situation = situation or situation_of(story)
    at = story.drafted.astimezone(UTC)
    draft = Proposal(
        code=story.code,
        process=situation.process.ref,
        process_sha256=situation.process.sha256,
        programme=situation.programme.key,
        programme_sha256=situation.programme.sha256,
        templates_sha256="t" * 64,
        implementer=story.implementer,
        province=situation.programme.province or story.province or "",
        state=situation.process.initial,
        milestone="drafted",
        revision=0,
        data=dict(story.data),
        created_at=at,
        last_at=at,
        last_seq=1,
        last_hash="",
    )
    entry = created_entry(draft, situation.process, by=CAST[0], salt=salt)
    draft = changed(draft, last_hash=entry.hash)
    context = context_of(situation, draft, by=CAST[0], at=at)
    effects = plan(None, context, _beginning(draft), people=people, told=TOLD)
    return Case(proposal=draft, situation=situation, deadlines=effects.deadlines, entries=(entry,))


def _beginning(draft: Proposal) -> Step:
    """The creation as a step, from which the first clocks start."""
    return Step(
        code=draft.code,
        seq=1,
        action="new",
        source="",
        target=draft.state,
        moves=True,
        milestone=draft.milestone,
        revision=0,
        person=CAST[0].person,
        actor=CAST[0].name,
        agency=draft.implementer,
        agency_name="",
        role="implementer",
        effective_on=legal_day(draft.created_at),
        recorded_at=draft.created_at,
        process=draft.process,
        process_sha256=draft.process_sha256,
        channel="cli",
    )


def attempt_of(case: Case, action: str, *, at: datetime, facts: Mapping[str, FactValue] | None = None) -> Attempt:
    """An attempt at an action of the case by nobody in particular."""
    return Attempt(
        transition=case.transition(action),
        proposal=case.proposal,
        situation=case.situation,
        actor=Actor(person="nobody", name=""),
        at=at,
        facts=facts,
        effective_on=legal_day(at),
        deadlines=case.deadlines,
    )


def owner_of(case: Case, action: str, *, at: datetime, facts: Mapping[str, FactValue] | None = None) -> Actor:
    """The first of the cast who owns the action that day."""
    seats = owner_seats(attempt_of(case, action, at=at, facts=facts or {}))
    return next(actor for actor in CAST if any(str(seat) in seats for seat in actor.seats))


def papers_of(transition: Transition) -> tuple[Document, ...]:
    """Every paper that a transition names."""
    return tuple(
        Document(key=paper.key, name=f"{paper.key}.pdf", size=9, sha256="0" * 64) for paper in transition.documents
    )


def perform(
    case: Case,
    action: str,
    facts: Mapping[str, FactValue],
    *,
    at: datetime,
    by: Actor | None = None,
    documents: tuple[Document, ...] | None = None,
    effective_on: date | None = None,
) -> Scene:
    """One act on the case by its owner (or ``by``), with every paper. Raises what the engine raises."""
    instant = recorded_after(case.proposal, at.astimezone(UTC))
    by = by or owner_of(case, action, at=instant, facts=facts)
    papers = papers_of(case.transition(action)) if documents is None else documents
    after, step = advance(
        case.proposal,
        action,
        situation=case.situation,
        by=by,
        at=instant,
        facts=facts,
        documents=papers,
        effective_on=effective_on,
        deadlines=case.deadlines,
    )
    entry = step_entry(step, case.situation.process, previous_hash=case.proposal.last_hash, salt=salt)
    after = changed(after, last_hash=entry.hash)
    context = changed(
        attempt_of(case, action, at=instant),
        proposal=after,
        actor=by,
        facts=step.facts,
        documents=papers,
        effective_on=step.effective_on,
    )
    effects = plan(case.proposal, context, step, people=people, told=TOLD)
    touched = {(d.rule, d.period): d for d in effects.deadlines}
    kept = tuple(d for d in case.deadlines if (d.rule, d.period) not in touched)
    return Scene(
        before=case,
        after=changed(case, proposal=after, deadlines=(*kept, *touched.values()), entries=(*case.entries, entry)),
        act=Act(when=at, action=action, facts=facts),
        by=by,
        at=instant,
        documents=papers,
        step=step,
        effects=effects,
    )


def rehearse(story: Story, situation: Situation | None = None) -> Iterator[Scene]:
    """A story act by act."""
    case = begun(story, situation)
    for act in story.acts:
        scene = perform(case, act.action, act.facts, at=act.when)
        yield scene
        case = scene.after


@lru_cache(maxsize=128)
def scenes(code: str) -> tuple[Scene, ...]:
    """The scenes of a story of the sandbox."""
    return tuple(rehearse(stories()[code]))


def scene(code: str, action: str, *, nth: int = 1) -> Scene:
    """The nth time that a story comes to an action."""
    return [one for one in scenes(code) if one.act.action == action][nth - 1]


def final(code: str) -> Case:
    """The case in which a story ends."""
    played = scenes(code)
    return played[-1].after if played else begun(stories()[code])


def someone(seat: str, *, person: str = "") -> Actor:
    """The first of the cast in a seat; with ``person``, as a natural person of another name."""
    actor = next(one for one in CAST if any(str(own) == seat for own in one.seats))
    return changed(actor, person=person) if person else actor
