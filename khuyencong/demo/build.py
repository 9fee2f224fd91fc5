"""Builds the sandbox: people, guidance, every story in the order of time, and the mail that went out meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from khuyencong.demo.acts import at
from khuyencong.demo.cast import players
from khuyencong.demo.others import FIRST_YEAR_LAST_DAY, others
from khuyencong.demo.samples import samples
from khuyencong.demo.stage import Keep, Scene, Stage, play, scenes
from khuyencong.recounting import recount_all
from workflow.administration import operator
from workflow.authority import Guidance
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.people import add_user
from workflow.service.registering import guide
from workflow.storage import Store

#: The sandbox begins here: before its first proposal, so that everything in it has a past.
OPENING = datetime(2017, 1, 2, 1, tzinfo=UTC)
#: And this is its "today": Monday 23/11/2026, 08:00 in Vietnam.
TODAY = at(date(2026, 11, 23), 8).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """What the scheduler does between the scenes."""

    #: When the next reminder or notice is due; None: nothing waits.
    next_due: Callable[[], datetime | None]
    #: One pass of the scheduler at an instant.
    tick: Callable[[datetime], object]

    def pass_until(self, instant: datetime) -> None:
        """Lets every reminder and notice go out at its own moment, up to an instant."""
        last: datetime | None = None
        while (due := self.next_due()) is not None and due <= instant:
            moment = due if last is None or due > last else instant
            self.tick(moment)
            if moment == instant:
                return
            last = moment


def build(
    store: Store,
    house: House,
    *,
    keep: Keep,
    meanwhile: Meanwhile,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Stage:
    """Fills an initialised, empty sandbox whose definitions were published at ``OPENING``.

    ``progress`` hears how many scenes of how many are done.
    """
    stage = Stage(store=store, house=house, cast=_seated(store, house), keep=keep)
    played: Sequence[Scene] = tuple(scenes((*samples(), *others())))
    guided = False
    for number, scene in enumerate(played, start=1):
        if not guided and scene.when >= _GUIDED:
            guide_first_year(stage)
            recount_all(store, house, at=_GUIDED.astimezone(UTC))
            guided = True
        meanwhile.pass_until(scene.when.astimezone(UTC))
        play(stage, scene)
        progress(number, len(played))
    meanwhile.pass_until(TODAY)
    return stage


def _seated(store: Store, house: House) -> tuple[Actor, ...]:
    for player in players():
        add_user(
            store,
            house,
            username=player.username,
            name=player.name,
            address=player.address,
            seats=player.seats,
            by=operator(),
            at=OPENING,
        )
    with store.read() as uow:
        found = (uow.actor(player.username, channel="cli") for player in players())
        return tuple(actor for actor in found if actor is not None)


_GUIDED = at(date(2026, 1, 20))
_LETTERS = (
    ("da-nang-2026-2030", "plan_window", "base_appraiser", "sct-da-nang", "12/SCT-QLCN (giả định)"),
    ("quoc-gia-2026-2030", "plan_window", "base_appraiser", "sct-lai-chau", "9/SCT-QLCN (giả định)"),
    ("quoc-gia-2026-2030", "registration", "ministry_appraiser", "cuc-khuyen-cong", "41/CĐCK-KC (giả định)"),
)


def guide_first_year(stage: Stage) -> None:
    """The invented letters that open the first plan year of the new programmes."""
    for programme, rule, role, agency, paper in _LETTERS:
        guidance = Guidance(
            programme=programme, rule=rule, plan_year=2026, last_day=FIRST_YEAR_LAST_DAY, agency=agency, paper=paper
        )
        by = stage.player((f"{role}@{agency}",), _GUIDED)
        guide(stage.store, stage.house, guidance=guidance, by=by, at=_GUIDED.astimezone(UTC))
