"""A deadline explains itself so that its last day can be computed again from the printed lines alone."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.bundle import shipped
from khuyencong.shapes.counting import follow, lines_of
from workflow.deadlines import Deadline, pause, resume, start
from workflow.proposal import VIETNAM, Step

LAW = shipped()
PROCESS = LAW.process("kcdp")
RULE = next(rule for rule in PROCESS.deadlines if rule.pauses_in and rule.not_after is None)
RUNS, PAUSES = RULE.runs_in[0], RULE.pauses_in[0]


def step(seq: int, on: date, target: str, action: str) -> Step:
    """A step of that day into a state."""
    return Step(
        code="LC-1",
        seq=seq,
        action=action,
        source="drafted",
        target=target,
        moves=True,
        milestone="drafted",
        revision=seq,
        person="p",
        actor="A",
        agency="a",
        agency_name="A",
        role="r",
        effective_on=on,
        recorded_at=datetime(on.year, on.month, on.day, 9, tzinfo=VIETNAM),
        process=PROCESS.ref,
        process_sha256="",
        channel="cli",
    )


def history(begun: date, gaps: list[tuple[int, int]]) -> tuple[Deadline, list[Step]]:
    """A deadline that ran and stood still by turns (days of each), and the steps that did it."""
    calendar = LAW.calendar
    deadline = start(RULE, seat="r@a", seq=2, on=begun, plan_year=begun.year + 1, calendar=calendar)
    steps, on = [step(2, begun, RUNS, RULE.started_by[0] if RULE.started_by else "submit")], begun
    for ran, stood in gaps:
        on += timedelta(days=ran)
        if on >= deadline.last_day:
            break
        deadline = pause(deadline, on=on, calendar=calendar, reason="return")
        steps.append(step(len(steps) + 2, on, PAUSES, "return"))
        on += timedelta(days=stood)
        deadline = resume(deadline, on=on, calendar=calendar, reason="resubmit")
        steps.append(step(len(steps) + 2, on, RUNS, "resubmit"))
    return deadline, steps


@settings(max_examples=300, deadline=None)
@given(
    begun=st.dates(date(2018, 1, 1), date(2025, 6, 30)),
    gaps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=5),
)
def test_the_lines_alone_give_the_last_day(begun: date, gaps: list[tuple[int, int]]) -> None:
    """Whatever was paused and resumed: counting the numbered lines up to the allowance ends on the stored day."""
    deadline, steps = history(begun, gaps)

    runs, pauses = follow(deadline, RULE, steps)
    lines = lines_of(deadline, runs, LAW.calendar)

    counted = [line for line in lines if line.number is not None]
    assert len(counted) == deadline.allowance
    assert counted[-1].day == deadline.last_day
    assert [(one.since, one.until) for one in pauses] == [
        (steps[at].recorded_at.date(), steps[at + 1].recorded_at.date()) for at in range(1, len(steps) - 1, 2)
    ]
    assert all(line.name for line in lines if line.number is None)
