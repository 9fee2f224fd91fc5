"""A check that processes share finds what one alone finds, at one moment, or says that it was not finished."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from audit.findings import Finding
from khuyencong.cli.call import shipped_names
from shapes.problems import problem_of
from store.cases_shared import checking_crew
from store.crew import Crew, crew_at_work
from store.crew_member import Work
from store.database import open_database
from store.errors import WorkerLost
from store.log import Verified, verify
from store.migrations import upgrade
from store.queries import Queries
from tests.contract import furnish
from tests.crew_works import dies, fails, sees
from tests.postgres import Server
from tests.test_store_log import begun, tamper

#: More than two batches, so that three workers have each their own.
CASES = 240
ROOT = Path(__file__).parent.parent
#: What is started in the background of a script inherits that SIGINT is ignored.
INTERRUPTIBLE = """
import signal, sys
from khuyencong.cli.running import run
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(run(sys.argv[1:]))
"""


def code(number: int) -> str:
    return f"TT-2021-{number:04d}"


def prepare(url: str) -> None:
    upgrade(url)
    database = open_database(url)
    furnish(database)
    with database.write() as uow:
        for number in range(CASES):
            uow.add(begun(code(number)))
    database.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with many drafts, for copying."""
    file = tmp_path_factory.mktemp("made") / "khuyencong.db"
    prepare(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    """A SQLite database of a test's own."""
    return Path(copyfile(made, tmp_path / "khuyencong.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of a test's own, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('file')}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.database(template=server.template("crew", prepare)) as made:
        yield made


def checked(url: str, workers: int) -> Verified:
    database = open_database(url)
    try:
        with checking_crew(database, url, workers) as (transaction, crew):
            return verify(transaction, crew=crew)
    finally:
        database.close()


def test_the_findings_are_the_same_whoever_finds_them(url: str) -> None:
    """In the same order and with the same counts: stored states, chains that are broken, cases that are gone."""
    numbers = f"SELECT id FROM proposal WHERE code = '{code(99)}'"  # noqa: S608 - our own words, here and below.
    tamper(
        url,
        f"UPDATE proposal SET state = 'evaluated' WHERE code IN ('{code(7)}', '{code(120)}', '{code(239)}')",  # noqa: S608
        f"UPDATE entry SET hash = 'x' WHERE subject IN ('{code(3)}', '{code(7)}', '{code(130)}')",  # noqa: S608
        f"UPDATE entry SET body = (SELECT body FROM entry WHERE id = 1) WHERE subject = '{code(200)}'",  # noqa: S608
        f"UPDATE deadline SET seat = 'head@ubnd' WHERE proposal_id IN ({numbers})",  # noqa: S608
        f"UPDATE proposal SET code = 'TT-X' WHERE code = '{code(150)}'",  # noqa: S608
    )

    alone, together = checked(url, 1), [checked(url, workers) for workers in (2, 3)]

    assert together == [alone, alone]
    cases = [
        one.subject for one in alone.findings if one.code in ("finding.stored", "finding.deadline", "finding.gone")
    ]
    assert cases == [code(99), code(120), code(150), code(239)]
    assert {one.subject for one in alone.findings} >= {code(3), code(7), code(130), code(200)}


def test_a_whole_database_holds_for_all_of_them(url: str) -> None:
    """And as much was looked at."""
    alone, together = checked(url, 1), checked(url, 2)

    assert together == alone
    assert together.findings == tuple[Finding]()
    assert together.proposals == CASES


def test_all_of_them_see_one_moment_while_others_write(url: str) -> None:
    """Whoever writes while they begin is seen by all of them, or by none."""
    database, is_writing, done = open_database(url), Event(), Event()
    writer = Thread(target=drafting, args=(url, is_writing, done))
    writer.start()
    is_writing.wait()
    try:
        with crew_at_work(database, url, sees, workers=3) as (transaction, crew):
            told = heard(crew)
            mine = Queries(transaction).count().number
    finally:
        done.set()
        writer.join()
        database.close()

    assert mine > CASES
    assert told == dict.fromkeys(range(3), mine)


def drafting(url: str, is_writing: Event, done: Event) -> None:
    """Registers proposals, one after the other."""
    database, number = open_database(url), CASES
    while not done.is_set():
        with database.write() as uow:
            uow.add(begun(code(number)))
        number += 1
        is_writing.set()
        done.wait(0.02)
    database.close()


@pytest.mark.parametrize(("work", "why"), [(dies, "exit status 137"), (fails, "RuntimeError: share . of 2")])
def test_a_worker_that_ends_too_soon_ends_the_check(file: Path, work: Work, why: str) -> None:
    """Nothing is valid of which a part was not looked at; and none of the others stays behind."""
    url = f"sqlite:///{file}"
    database = open_database(url)

    with crew_at_work(database, url, work, workers=2) as (_, crew):
        started = crews_of(os.getpid())
        with pytest.raises(WorkerLost, match=why):
            heard(crew)

    assert [is_gone(one) for one in started] == [True]
    database.close()


def heard(crew: Crew) -> dict[int, int]:
    """All that the workers tell."""
    told = dict[int, int]()
    while crew.is_busy:
        told.update(crew.told(awaited=True))
    return told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_lost_worker_is_said_in_a_sentence(lang: str) -> None:
    """With a status that no script takes for success."""
    problem = problem_of(WorkerLost("exit status 137"), lang=lang, names=shipped_names)

    assert problem is not None
    assert problem.exit_status == 1
    assert "exit status 137" in problem.lines[0]
    assert "--workers 1" in problem.lines[0]


def test_stopping_the_command_stops_all_of_it(file: Path) -> None:
    """Ctrl-C reaches the whole group: one sentence, no trace of Python, a status that is no success."""
    words = [sys.executable, "-c", INTERRUPTIBLE, "--lang", "en", "--database", f"sqlite:///{file}"]
    environment = {**os.environ, "KHUYENCONG_LOG_KEY_FILE": str(file.with_name("khuyencong.log-key"))}
    command = subprocess.Popen(
        [*words, "audit", "verify", "--workers", "2"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    give_up = monotonic() + 60
    while not (started := crews_of(command.pid)):
        assert monotonic() < give_up, command.communicate()
        sleep(0.01)

    os.killpg(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=60)

    assert command.returncode == 1, (out, err)
    assert "Stopped before the end of the check" in err
    assert "Traceback" not in err
    assert [is_gone(one) for one in started] == [True]


def crews_of(leader: int) -> tuple[int, ...]:
    """The process groups of workers that a process has started."""
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text(encoding="ascii").split()
    return tuple(int(one) for one in children if "crew_member" in _words(one))


def _words(process: str) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def is_gone(crew: int) -> bool:
    """Whether nobody of a process group is left; a process that was killed may take a moment."""
    for _ in range(100):
        try:
            os.killpg(crew, 0)
        except ProcessLookupError:
            return True
        sleep(0.05)
    return False
