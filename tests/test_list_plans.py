"""No list reads or sorts more than it shows: what databases plan to do is held, because time alone proves little."""

from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy.engine import make_url

from store import proposal_list
from store import search_statements as searches
from store.database import Database
from store.lists import Inbox, Wanted
from store.narrowing import Arms, Question, question_of
from store.search_statements import How
from store.statements import Statement, Transaction
from tests.contract import NOON
from tests.crowd import crowded, row

SEAT, OTHER = "appraiser@so-cu", "approver@so-cu"
MINE = Inbox(person="p-1", seats=(SEAT, OTHER))
#: Each list with the indexes that it is read along, and no others.
LISTS = (
    (Wanted(), {"open_due", "ended_due"}),
    (Wanted(open=True), {"open_due"}),
    (Wanted(state="submitted", open=True), {"open_due"}),
    (Wanted(due_by=NOON), {"open_due"}),
    (Wanted(due_after=NOON, due_by=NOON), {"open_due"}),
    (Wanted(inbox=MINE), {"open_officer", "open_holder"}),
    (Wanted(inbox=MINE, due_by=NOON), {"open_officer", "open_holder"}),
    (Wanted(holders=(SEAT,)), {"open_holder"}),
    (Wanted(holders=(SEAT, OTHER), state="submitted"), {"open_holder"}),
    (Wanted(officer="p-1"), {"open_officer"}),
    (Wanted(waiting=True), {"waiting"}),
    (Wanted(waiting=True, province="tinh-thu"), {"waiting_province"}),
    (Wanted(open=True, province="tinh-thu", not_held_by=(SEAT,)), {"open_province"}),
    (Wanted(open=False), {"ended"}),
    (Wanted(open=False, province="tinh-thu", implementer="so-cu"), {"ended_province"}),
    (Wanted(programme="tinh-thu-2021-2022"), {"programme_due"}),
    (Wanted(programme="tinh-thu-2021-2022", state="submitted"), {"programme_due"}),
)
PLACE = {"after_at": NOON, "after_id": 7}


def statements(question: Question, *, limit: int = 51) -> Iterator[tuple[Statement, dict[str, Any]]]:
    """What a list asks for its first page and for a later one."""
    for goes_on in (False, True):
        made = proposal_list._page(question.arms, question.order, limit, goes_on)
        yield made, question.values | (PLACE if goes_on else {})


@pytest.fixture(scope="module")
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """SQLite without figures about its tables, as it is in offices."""
    with crowded("sqlite", request, tmp_path_factory.mktemp("plans"), [row(1)]) as (made, _):
        yield made


@pytest.mark.parametrize("wanted, indexes", LISTS)  # noqa: PT006 - as a table has it.
def test_sqlite_reads_along_the_index_of_the_list(small: Database, wanted: Wanted, indexes: set[str]) -> None:
    """Nothing is sorted but the one page, and no table is read from end to end."""
    for statement, values in statements(question_of(wanted)):
        with small.transaction(writes=False) as transaction:
            steps = _sqlite_plan(transaction, statement, values)

        used = {step.partition("ix_proposal_")[2].split(" ")[0] for step in steps if "ix_proposal_" in step}
        assert used == indexes, steps
        assert not [step for step in steps if step.startswith("SCAN proposal") and "ix_proposal_" not in step], steps
        assert sum("TEMP B-TREE" in step for step in steps) <= 1, steps


def _sqlite_plan(transaction: Transaction, statement: Statement, values: dict[str, Any]) -> list[str]:
    prepared = statement.prepared("sqlite")
    transaction._execute(f"EXPLAIN QUERY PLAN {prepared.sql}", prepared.bind(values))
    return [step for _, _, _, step in transaction._cursor.fetchall()]


#: What searches of everything and of all that ended ask.
WITHIN = {"everything": (), "ended": question_of(Wanted(text="may", open=False)).arms}
WORDS = {"words": '"may"*', "before": 2**62, "word_0": "% may%"}
CODES = {"begin": "TT-2021-005", "end": "TT-2021-005~", "before": 57}


@pytest.mark.parametrize("arms", WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize("how", [How(), How(alike=1)], ids=["words", "alike"])
def test_sqlite_reads_the_newest_words_first(small: Database, arms: Arms, how: How) -> None:
    """Rows are asked as the index gives them, none beyond the page, and nothing is put aside to be sorted."""
    for statement in (searches.newest(arms, how, 51), searches.count(arms, how, 1001)):
        with small.transaction(writes=False) as transaction:
            steps = _sqlite_plan(transaction, statement, WORDS)

        assert [step for step in steps if step.startswith("SCAN proposal_words VIRTUAL TABLE")], steps
        assert not [step for step in steps if step.startswith("SCAN proposal ") or "MATERIALIZE hits" in step], steps
        assert sum("TEMP B-TREE" in step for step in steps) <= 1, steps


@pytest.mark.parametrize("arms", WITHIN.values(), ids=WITHIN)
def test_sqlite_reads_the_beginning_of_a_code_along_the_index_of_codes(small: Database, arms: Arms) -> None:
    """From the place on, so that no page costs more than the first."""
    for statement in (searches.codes(arms, 51, False), searches.codes(arms, 51, True), searches.count_codes(arms, 51)):
        with small.transaction(writes=False) as transaction:
            steps = _sqlite_plan(transaction, statement, CODES)

        assert [step for step in steps if "sqlite_autoindex_proposal_1 (code>? AND code<?)" in step], steps


@pytest.fixture(scope="module")
def big(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection]:
    """PostgreSQL with enough proposals that it cares, counted as its own housekeeping would."""
    rows = [
        row(
            number,
            state=("submitted", "withdrawn", "withdrawn", "returned")[number % 4],
            programme=f"p-{number % 7}" if number % 3 else "tinh-thu-2021-2022",
            province="tinh-thu" if number % 3 else f"t-{number % 7}",
            officer=f"p-{number % 5}" if number % 2 and number % 4 != 1 else None,
            **({"holder": (SEAT, OTHER)[number % 8 > 3]} if number % 4 in (0, 3) else {}),
        )
        for number in range(1, 12_001)
    ]
    with crowded("postgresql", request, tmp_path_factory.mktemp("plans"), rows) as (_, url):
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
            connection.execute("VACUUM ANALYZE proposal")
            yield connection


@pytest.mark.parametrize("wanted, indexes", LISTS)  # noqa: PT006 - as a table has it.
def test_postgresql_reads_along_the_index_of_the_list(
    big: psycopg.Connection, wanted: Wanted, indexes: set[str]
) -> None:
    """No scan of the table, and whatever is sorted was limited before."""
    for statement, values in statements(question_of(wanted)):
        prepared = statement.prepared("postgresql")
        answer = big.execute(f"EXPLAIN (FORMAT JSON) {prepared.sql}", prepared.bind(values)).fetchone()
        assert answer is not None
        nodes = list(_nodes(answer[0][0]["Plan"]))

        read = [node for node in nodes if node.get("Relation Name") == "proposal"]
        assert {node["Node Type"] for node in read} <= {"Index Scan", "Index Only Scan"}, orjson.dumps(answer[0])
        used = {node["Index Name"].removeprefix("ix_proposal_") for node in read} - {"pk_proposal"}
        assert used == indexes, orjson.dumps(answer[0])
        assert all(_is_limited(node) for node in nodes if node["Node Type"] == "Sort"), orjson.dumps(answer[0])


@pytest.mark.parametrize("arms", WITHIN.values(), ids=WITHIN)
def test_postgresql_reads_the_beginning_of_a_code_along_the_index_of_codes(big: psycopg.Connection, arms: Arms) -> None:
    """Whatever the language of the database, since codes are compared by their signs."""
    for statement in (searches.codes(arms, 51, False), searches.codes(arms, 51, True), searches.count_codes(arms, 51)):
        prepared = statement.prepared("postgresql")
        answer = big.execute(f"EXPLAIN (FORMAT JSON) {prepared.sql}", prepared.bind(CODES)).fetchone()
        assert answer is not None
        found = [node for node in _nodes(answer[0][0]["Plan"]) if node.get("Index Name") == "uq_proposal_code"]

        assert any(">= " in node.get("Index Cond", "") for node in found), str(answer[0][0]["Plan"])
    collation = "SELECT collname FROM pg_collation JOIN pg_attribute ON attcollation = pg_collation.oid"
    kept = big.execute(f"{collation} WHERE attrelid = 'proposal'::regclass AND attname = 'code'").fetchone()
    assert kept == ("C",)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _is_limited(sort: dict[str, Any]) -> bool:
    """Whether a sort has no more before it than one page, or one instant's proposals, of each part."""
    return sort["Plan Rows"] <= 51 * 8 or any(node["Node Type"] == "Limit" for node in _nodes(sort))
