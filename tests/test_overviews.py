"""What a programme has come to is counted and summed in the database as the domain itself would."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.lists import Wanted
from store.overviews import AMOUNTS, Cell, cells, held
from tests.contract import NOON
from tests.crowd import Row, crowded, row
from workflow.proposal import Past, Proposal
from workflow.seeing import Scope

PROGRAMME = "tinh-thu-2021-2022"
NOW = NOON + timedelta(days=40)
STILL = NOW - timedelta(days=30)


def step(action: str, **facts: int) -> dict[str, Any]:
    """A step as a proposal remembers it."""
    return {"action": action, "facts": {key.replace("__", "."): value for key, value in facts.items()}}


def kept(number: int, data: dict[str, Any], *past: dict[str, Any], **given: Any) -> Row:
    """A proposal with these facts."""
    return row(number, data=json.dumps(data, separators=(",", ":")), past=json.dumps(past), **given)


PAID = (step("allocate", allocated_amount=90), step("advance", amount=60), step("pay_rest", amount=30))
ROWS = (
    kept(1, {"requested_amount": 100, "own_capital": 50}),
    kept(2, {"requested_amount": 70}, plan_year=2021, state="returned", milestone="drafted"),
    kept(3, {"requested_amount": 90, "approved_amount": 80}, milestone="approved", due=NOW + timedelta(days=1)),
    kept(
        4,
        {"requested_amount": 90, "approved_amount": 90, "settled_amount": 85},
        *PAID,
        step("refund", amount=5),
        milestone="monitored",
        process="tiny@2022.1",
    ),
    kept(5, {}, *PAID, {**step("advance", amount=7), "undone": True}, milestone="funded"),
    kept(
        6,
        {"approved_amount": 40},
        step("opened", allocate__allocated_amount=40, advance__amount=30),
        step("pay_rest", amount=10),
        milestone="funded",
        activity="fair_join",
    ),
    kept(7, {"target_key": "co_so", "target_count": 3}, milestone="evaluated", state="withdrawn"),
    kept(8, {"target_key": "coXso", "target_count": 9}, milestone="evaluated", state="withdrawn"),
    kept(9, {"requested_amount": 5}, programme="khac"),
    kept(10, {"requested_amount": 6}, province="tinh-khac", implementer="so-khac", holder="appraiser@so-khac"),
    kept(11, {"requested_amount": 1}, last_at=NOW - timedelta(days=1)),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """These proposals, on each kind of database."""
    with crowded(request.param, request, tmp_path, ROWS) as (found, _):
        yield found


def seen(database: Database, scope: Scope) -> tuple[Cell, ...]:
    """What somebody sees of the programme."""
    with database.transaction(writes=False) as transaction:
        return cells(transaction, PROGRAMME, scope=scope, now=NOW, still_since=STILL)


def total(rows: tuple[Cell, ...], name: str) -> int:
    """A column summed."""
    return sum(asdict(one)[name] for one in rows)


def test_amounts_are_those_that_the_domain_would_add_up(database: Database) -> None:
    """Money that was paid back, taken back, or brought along by a running proposal counts as in every decision."""
    told = [_proposal(one) for one in ROWS if one["programme"] == PROGRAMME]

    found = seen(database, Scope())

    assert total(found, "number") == len(told)
    assert total(found, "requested") == sum(one.amount("requested_amount") for one in told)
    assert total(found, "approved") == sum(one.amount("approved_amount") for one in told)
    assert total(found, "allocated") == sum(one.total("allocate", "allocated_amount") for one in told)
    assert total(found, "paid") == sum(
        one.total("advance", "amount") + one.total("pay_rest", "amount") - one.total("refund", "amount") for one in told
    )
    assert {name: total(found, name) for name in AMOUNTS} == {
        "requested": 357,
        "own": 50,
        "other": 0,
        "approved": 210,
        "settled": 85,
        "allocated": 220,
        "paid": 215,
    }


def _proposal(one: Row) -> Proposal:
    past = tuple(
        Past(
            action=each["action"],
            source="",
            target=None,
            person="",
            agency="",
            role="",
            on=NOON.date(),
            at=NOON,
            facts=each["facts"],
            undone=each.get("undone", False),
        )
        for each in json.loads(one["past"])
    )
    names = ("code", "process", "process_sha256", "programme", "programme_sha256", "templates_sha256", "implementer")
    more = ("province", "state", "milestone", "revision", "created_at", "last_at", "last_seq", "last_hash")
    known = {name: one[name] for name in (*names, *more)}
    return Proposal(**known, data=json.loads(one["data"]), past=past)


def test_every_cell_is_the_list_of_exactly_its_rows(database: Database) -> None:
    """A number that is shown leads to a list with as many lines, whatever it was grouped by."""
    found = seen(database, Scope())

    with database.look() as lists:
        for cell in found:
            wanted = Wanted(
                programme=PROGRAMME,
                plan_year=cell.plan_year,
                process=cell.process.partition("@")[0],
                milestone=cell.milestone,
                state=cell.state,
                activity=cell.activity,
                target=cell.target,
                holders=(cell.holder,) if cell.holder else None,
            )
            alike = [one for one in found if _same(one, cell)]
            assert lists.count(wanted).number == total(tuple(alike), "number"), cell
        late = Wanted(programme=PROGRAMME, due_by=NOW)
        still = Wanted(programme=PROGRAMME, last_by=STILL)
        assert lists.count(late).number == total(found, "overdue") > 0
        assert lists.count(still).number == total(found, "idle") > 0


def _same(one: Cell, other: Cell) -> bool:
    """Whether a list that was narrowed to the one shows the other too; versions of a process are shown together."""
    names = ("plan_year", "milestone", "state", "activity", "target", "holder")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def test_a_target_is_told_from_one_that_is_spelt_alike(database: Database) -> None:
    """An underscore in a key stands for itself."""
    reached = {one.target: one.reached for one in seen(database, Scope()) if one.target}

    with database.look() as lists:
        found = lists.proposals(Wanted(programme=PROGRAMME, target="co_so")).lines

    assert reached == {"co_so": 3, "coXso": 9}
    assert [one.code for one in found] == ["TT-2021-0007"]


@pytest.mark.parametrize(
    ("scope", "number"),
    [
        (Scope(), 10),
        (Scope(provinces=("tinh-thu",)), 9),
        (Scope(provinces=("tinh-khac", "tinh-xa")), 1),
        (Scope(provinces=()), 0),
        (Scope(implementers=("so-khac",)), 1),
        (Scope(process="tiny"), 10),
        (Scope(process="kcqg"), 0),
    ],
)
def test_only_what_one_may_look_at_is_counted(database: Database, scope: Scope, number: int) -> None:
    """Sums must not tell what lists hide."""
    found = seen(database, scope)

    with database.look() as lists:
        listed = lists.count(Wanted(programme=PROGRAMME, scope=scope)).number

    assert total(found, "number") == number == listed


def test_each_seat_is_told_what_lies_with_it(database: Database) -> None:
    """Open proposals by the seat that holds them, of all programmes, and how many of them are late."""
    with database.transaction(writes=False) as transaction:
        found = {one.holder: (one.number, one.overdue) for one in held(transaction, scope=Scope(), now=NOW)}
        one_province = held(transaction, scope=Scope(provinces=("tinh-khac",)), now=NOW)

    assert found == {"appraiser@so-cu": (8, 7), "appraiser@so-khac": (1, 1)}
    assert [one.holder for one in one_province] == ["appraiser@so-khac"]
