"""A process that is killed at a statement or file operation leaves all of its move or nothing, and the next goes on.

Here a spread of the points of every use case dies, of the larger ones on both databases; ``make chaos`` tries all.
"""

import ast
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import typer.main
from sqlalchemy.engine import make_url

from khuyencong.cli import app
from khuyencong.cli.naming import named
from tests.crash.__main__ import Amount, Bench, bench_on, share
from tests.crash.cases import BOTH, CASES, OTHERWISE, PAPERS, PEOPLE, READS, REGISTERS, WITHIN, Case
from tests.crash.forker import Forker, Job, forking
from tests.crash.grounds import environment_of, files_of, rows_of
from tests.crash.rows import Reader
from tests.crash.trial import spread
from tests.postgres import Server

SERVICE = Path(__file__).parents[1] / "workflow" / "service"
#: Points of each use case on each database.
MOST = 2
#: Instants at which some use cases are killed besides.
INSTANTS = 6


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    """Where processes come from that may die."""
    with forking() as found:
        yield found


@pytest.fixture(scope="module")
def sqlite(forker: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An installation on a file."""
    with bench_on("sqlite", tmp_path_factory.mktemp("crash") / "sqlite", None, forker) as bench:
        yield bench


@pytest.fixture(scope="module")
def postgresql(
    forker: Forker, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Bench]:
    """An installation on a server."""
    server = request.getfixturevalue("postgres_server")
    with bench_on("postgresql", tmp_path_factory.mktemp("crash") / "postgresql", server, forker) as bench:
        yield bench


#: What is one plain transaction on the registers dies on PostgreSQL only in ``make chaos``.
PLAIN = (*PAPERS, *REGISTERS, *PEOPLE)
TRIALS = [
    pytest.param(kind, case, id=f"{kind}-{case.name}")
    for case in CASES
    for kind in (case.kinds[:1] if case in PLAIN else case.kinds)
]


@pytest.mark.parametrize(("kind", "case"), TRIALS)
def test_a_killed_use_case_leaves_all_or_nothing_and_goes_on(
    kind: str, case: Case, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Rows are one of the states between transactions, papers are whole, and the same call again ends as it should."""
    bench: Bench = request.getfixturevalue(kind)
    trial = bench.trial(case)
    model = trial.prepare()
    points = spread(len(model.points), 1 if case.heavy else MOST, offset=sum(map(ord, case.name)))

    for point in points:
        trial.kill(point)

    assert set(case.uses) <= model.used, f"it does not carry out what it says: {model.used}"
    record_property(f"kill points on {kind}", len(points))


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("name", ["act with papers", "import drafts", "tick into files"])
def test_a_use_case_killed_at_any_instant_leaves_all_or_nothing_and_goes_on(
    kind: str, name: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """In the middle of a statement, of a write to the disk, of an answer that never comes."""
    bench: Bench = request.getfixturevalue(kind)
    trial = bench.trial(next(case for case in CASES if case.name == name))
    seconds = trial.prepare().seconds

    killed = [trial.kill_after(seconds * share / INSTANTS) for share in range(1, INSTANTS + 1)]

    assert any(killed)
    record_property(f"kill points on {kind}", sum(killed))


@pytest.mark.parametrize("words", READS, ids=lambda words: " ".join(words[:2]))
def test_what_only_reads_leaves_everything_as_it_is(sqlite: Bench, words: tuple[str, ...]) -> None:
    """So it may be killed wherever it is."""
    ground = sqlite.ground
    ground.reset("base")
    before, files = rows_of(ground), files_of(ground)

    sqlite.forker.run(Job(folder=ground.work, words=words, environment=environment_of(ground)))

    assert rows_of(ground).mark == before.mark
    assert files_of(ground) == files


def test_every_command_is_killed() -> None:
    """A command that is new here is killed, or said to read only, or said to be tried otherwise."""
    tree = typer.main.get_command(app)
    tried = {named(tree, words)[0] for words in (*(case.words for case in CASES if case.words), *READS)}

    assert set(_commands(tree)) == tried | set(OTHERWISE)
    assert not tried & set(OTHERWISE)


def _commands(tree: object, *path: str) -> Iterator[str]:
    children = getattr(tree, "commands", None)
    if children is None:
        yield " ".join(path)
        return
    for name, child in children.items():
        yield from _commands(child, *path, name)


def test_every_use_case_is_killed() -> None:
    """A function of ``workflow.service`` that is given a store is carried out by a case that says so."""
    parts = (
        f"{file.stem}.{part.name}"
        for file in SERVICE.glob("*.py")
        for part in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(part, ast.FunctionDef) and not part.name.startswith("_") and _takes_store(part)
    )

    assert set(parts) == {use for case in CASES for use in case.uses} | set(WITHIN)


def _takes_store(part: ast.FunctionDef) -> bool:
    return bool(part.args.args) and part.args.args[0].arg == "store"


def test_no_two_cases_share_a_name() -> None:
    """By its name a case is found again."""
    names = [case.name for case in CASES]

    assert sorted(set(names)) == sorted(names)


def test_a_watcher_sees_a_commit_after_that_of_a_younger_transaction(postgres_server: Server) -> None:
    """The server's own work takes transactions too, and a state between two of a use case must not be overlooked."""
    with postgres_server.database() as url, closing(Reader(url)) as reader:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as older, psycopg.connect(address) as younger:
            older.execute("CREATE TABLE of_the_older (id int)")
            younger.execute("CREATE TABLE of_the_younger (id int)")
            younger.commit()
            first, still = reader.changed(), reader.changed()

            older.commit()

            assert (first, still, reader.changed()) == (True, False, True)


@pytest.mark.parametrize(("points", "shares"), [(97, 1), (97, 20), (3, 20)])
def test_shares_together_are_all_points(points: int, shares: int) -> None:
    """What is tried in pieces is tried as a whole, and nothing twice."""
    tried = [point for number in range(1, shares + 1) for point in Amount(share=(number, shares)).of(points)]

    assert sorted(tried) == list(range(1, points + 1))


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0", "half"])
def test_a_share_is_one_of_several(text: str) -> None:
    """Anything else would try nothing and say that all is well."""
    with pytest.raises(ValueError, match=r"."):
        share(text)


@pytest.mark.parametrize(("points", "most"), [*itertools.product((1, 2, 5, 97), (1, 4, 500))])
def test_a_spread_is_of_points_that_there_are(points: int, most: int) -> None:
    """The last one is always among them."""
    chosen = spread(points, most, offset=1234)

    assert len(chosen) <= most
    assert chosen[-1] == points
    assert all(1 <= point <= points for point in chosen)
