"""The reminder sweep on real databases: what fires, what it leaves in the tables, and that nothing fires twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import bindparam, update

from khuyencong.demo.acts import Act
from khuyencong.demo.course import Plan, forward
from khuyencong.demo.stage import play, scenes
from notifications.reminders import sweep
from store.reminders import SqlReminders
from store.statements import Statement
from store.tables import DeadlineRow, NoticeRow, ProposalRow, ReminderRow, table
from tests.delivering import DESK
from tests.offices import APPRAISER, DIRECTOR, Office, morning_of, stage_of, story
from workflow.changing import changed
from workflow.firing import Fired

pytest_plugins = ("tests.office_fixtures",)
_PROPOSAL, _DEADLINE = table(ProposalRow), table(DeadlineRow)
_PIN = Statement(
    update(_PROPOSAL)
    .where(_PROPOSAL.c.code == bindparam("of_code"))
    .values(programme_sha256=_PROPOSAL.c.process_sha256)
)
_MEND = Statement(
    update(_PROPOSAL).where(_PROPOSAL.c.code == bindparam("of_code")).values(programme_sha256=bindparam("sound"))
)
_HOLD = Statement(update(_DEADLINE).where(_DEADLINE.c.rule == bindparam("of_rule")).values(state=bindparam("to_state")))


def _more(workplace: Office, count: int) -> None:
    """More proposals in the same place."""
    stage = stage_of(workplace)
    for scene in scenes(story(f"LC-{90 + number}") for number in range(count)):
        play(stage, scene)


def test_a_reminder_fires_at_its_moment_and_once(workplace: Office) -> None:
    """Before 08:00 nothing, at 08:00 the due day's rung, afterwards nothing more."""
    early = workplace.sweep(morning_of(4, 24) - timedelta(seconds=1))
    due = workplace.sweep(morning_of(4, 24))
    again = workplace.sweep(morning_of(4, 24) + timedelta(hours=3))

    assert workplace.reminders()["+0wd", "base_appraiser"].state == "fired"
    assert (early.fired, due.fired, again.fired) == (1, 2, 0)
    assert [row.to_address for row in workplace.notices("due-today")] == [DIRECTOR, APPRAISER]
    assert {row.seq for row in workplace.notices("due-today")} == {None}


def test_cps_action_overdue_scheduler(workplace: Office) -> None:
    """Five days late, swept by two at every tick, beside a case that fails: one notice a rung, not one a day."""
    _more(workplace, 1)
    workplace.change(_PIN, of_code="LC-90")

    with ThreadPoolExecutor(2) as pool:
        for day in (25, 26, 27, 28):
            list(pool.map(workplace.sweep, [morning_of(4, day)] * 2))

    appraiser = [row.notice for row in workplace.notices(to=APPRAISER) if row.reminder_id]
    assert appraiser == ["due-today", "overdue"]
    assert {
        row.reason.partition(":")[0] for row in workplace.reminders("LC-90").values() if row.state == "cancelled"
    } == {"fault"}
    assert len(workplace.entries("escalated")) == 1


def test_hypha_send_reminders(workplace: Office) -> None:
    """A row that cannot be decided is closed with its fault as the reason, and blocks nobody."""
    _more(workplace, 1)
    workplace.change(_PIN, of_code="LC-02")

    swept = workplace.sweep(morning_of(4, 24))

    assert swept.faults > 0
    assert workplace.reminders("LC-02")["+0wd", "base_appraiser"].reason.startswith("fault: UnknownDefinition")
    assert workplace.reminders("LC-90")["+0wd", "base_appraiser"].state == "fired"


def test_frappe_clear_old_workflow_actions(workplace: Office) -> None:
    """A step that ends the deadline closes its reminders with the reason; they stay, and never fire."""
    plan = Plan(process="kcdp", year=2018, support=0, own=0)
    done = forward(plan, morning_of(4, 20).date())
    recommended = {**done.facts, "recommended_amount": story().data["requested_amount"]}
    stage_of(workplace).perform("LC-02", Act(when=done.when, action="forward", facts=recommended))

    swept = workplace.sweep(morning_of(4, 28))

    rows = workplace.reminders().values()
    assert {(row.state, row.reason) for row in rows} == {("cancelled", "forward:met")}
    assert not any(row.reminder_id for row in workplace.notices("due-today", "overdue", "escalated"))
    assert swept.superseded == 0


def test_a_deadline_that_stopped_between_is_void(workplace: Office) -> None:
    """Even where its rows were left waiting, a deadline that stands still reminds nobody."""
    workplace.change(_HOLD, of_rule="base_appraisal", to_state="paused")

    swept = workplace.sweep(morning_of(4, 24))

    assert swept.notices == 0
    assert workplace.reminders()["+0wd", "base_appraiser"].reason == "deadline:paused"


def test_an_escalation_moves_no_proposal(workplace: Office) -> None:
    """It is an entry outside the chain: revision, state and last hash stay as they were."""
    with workplace.store.read() as uow:
        before = uow.proposal("LC-02")

    workplace.sweep(morning_of(4, 27))

    with workplace.store.read() as uow:
        assert uow.proposal("LC-02") == before
    entry = workplace.entries("escalated")[0]
    assert (entry.subject, entry.seq, entry.previous_hash) == ("LC-02", None, None)


def test_a_repeating_rung_goes_on_for_as_long_as_it_is_late(workplace: Office) -> None:
    """+5, then every five working days one more row, each fired once."""
    for day in (4, 11, 18, 25):
        workplace.sweep(morning_of(5, day))

    repeated = [row for (_, role), row in workplace.reminders().items() if role == "head" and row.channel == "list"]
    assert [(row.offset, row.state) for row in sorted(repeated, key=lambda row: row.fire_at)] == [
        ("+5wd", "fired"),
        ("+10wd", "fired"),
        ("+15wd", "fired"),
        ("+20wd", "fired"),
        ("+25wd", "scheduled"),
    ]


def test_a_repeating_rung_that_cannot_be_decided_comes_again_at_its_next_turn(workplace: Office) -> None:
    """A fault of one day ends no list for ever: mended in the week, it goes out in the next."""
    (sound,) = {row.programme_sha256 for row in workplace.rows(ProposalRow) if row.code == "LC-02"}
    workplace.change(_PIN, of_code="LC-02")
    workplace.sweep(morning_of(5, 4))
    workplace.change(_MEND, of_code="LC-02", sound=sound)

    workplace.sweep(morning_of(5, 8))

    rows = workplace.reminders()
    assert rows["+5wd", "head"].reason.startswith("fault: UnknownDefinition")
    assert (rows["+10wd", "head"].state, rows["+10wd", "head"].reason) == ("fired", "")
    assert rows["+15wd", "head"].state == "scheduled"


class PowerCut(Exception):
    """What no program foresees."""


def _cut_off(reminders: SqlReminders) -> None:
    with reminders.claiming(at=morning_of(4, 24), limit=10) as claim:
        claim.settle([Fired(id=row.id, state="fired") for rows in claim.due.values() for row in rows])
        raise PowerCut


def test_a_sweep_that_fails_leaves_no_trace(workplace: Office) -> None:
    """All of a batch or nothing: a failure in the middle loses and doubles nothing."""

    _more(workplace, 1)
    reminders = SqlReminders(workplace.store)
    broken = changed(workplace.house, told=changed(workplace.house.told, base_url="http://elsewhere"))

    with pytest.raises(PowerCut):
        _cut_off(reminders)
    sweep(reminders, broken, at=morning_of(4, 24), domain=DESK.domain)

    assert {row.variables["lien_ket"].partition("/de-an")[0] for row in workplace.notices("due-today")} == {
        "http://elsewhere"
    }
    assert len(workplace.notices("due-today")) == 4


def test_two_sweeps_at_once_fire_each_row_once(workplace: Office) -> None:
    """Sweeps that start together share the rows: no reminder twice, none left."""
    _more(workplace, 12)
    start, reminders = Barrier(3), SqlReminders(workplace.store)

    def together(_: int) -> int:
        start.wait()
        return sweep(reminders, workplace.house, at=morning_of(4, 27), domain=DESK.domain, limit=2).fired

    with ThreadPoolExecutor(3) as pool:
        fired = list(pool.map(together, range(3)))

    rows = [row for row in workplace.rows(ReminderRow) if row.fire_at <= morning_of(4, 27)]
    assert {row.state for row in rows} == {"fired", "superseded", "cancelled"}
    assert sum(fired) == sum(row.state == "fired" for row in rows)
    told = Counter(
        (row.proposal_id, row.notice, row.to_address) for row in workplace.rows(NoticeRow) if row.reminder_id
    )
    assert set(told.values()) == {1}
    assert len(told) == 13 * 5
    assert len(workplace.entries("escalated")) == 13


def test_a_backlog_is_worked_off_in_batches(workplace: Office) -> None:
    """A batch takes whole deadlines: missed rungs meet although there are more than fit in one."""
    _more(workplace, 3)

    swept = sweep(SqlReminders(workplace.store), workplace.house, at=morning_of(4, 24), domain=DESK.domain, limit=1)

    assert (swept.fired, swept.superseded) == (8, 4)
    assert all(row.fire_at > morning_of(4, 24) for row in workplace.rows(ReminderRow) if row.state == "scheduled")
