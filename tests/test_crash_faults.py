"""Full disks, read-only databases, lost connections, restarted servers, clocks set back: a sentence, and no harm."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy.engine import make_url

from shapes.problems import problem_of
from store.errors import StorageFault
from tests import private_postgres
from tests.crash.__main__ import Bench, bench_on
from tests.crash.cases import CASES, RETURNED, SPRING, SUBMIT, Case, Words
from tests.crash.faults import Moment, Restarter, breaking
from tests.crash.forker import Forker, Job, Ran, forking
from tests.crash.grounds import environment_of, files_of, rows_of
from tests.crash.rows import differences, read_rows
from tests.crash.trial import spread
from tests.postgres import ROUTES, Server
from tests.private_postgres import NoPostgres
from tests.shell import DRAFT, Shell, seat
from tests.smtp import MailServer
from workflow.changing import changed

ACT: Words = (*RETURNED, "--key", "một lần", "--json")
KIB = 1024


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    """Where processes come from."""
    with forking() as found:
        yield found


@pytest.fixture(scope="module")
def sqlite(forker: Forker) -> Iterator[Bench]:
    """An installation on a file, in a folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="kc-faults-") as folder:
        Path(folder).chmod(0o755)
        with bench_on("sqlite", Path(folder) / "sqlite", None, forker) as bench:
            yield bench


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that may be restarted."""
    for programs in ROUTES.values():
        with suppress(NoPostgres):
            with private_postgres.running(programs()) as address:
                yield Server(address=address)
            return
    pytest.skip("NO POSTGRESQL, SO WHAT THIS TEST CLAIMS IS UNPROVEN")


@pytest.fixture(scope="module")
def postgresql(forker: Forker, tmp_path_factory: pytest.TempPathFactory, own_server: Server) -> Iterator[Bench]:
    """An installation on a server of its own."""
    with bench_on("postgresql", tmp_path_factory.mktemp("faults") / "postgresql", own_server, forker) as bench:
        yield bench


def ask(bench: Bench, words: Words, **more: object) -> Ran:
    """Runs a call on the installation."""
    environment = environment_of(bench.ground)
    job = Job(folder=bench.ground.work, words=words, environment=environment)
    return bench.forker.run(changed(job, **more))


def whole(bench: Bench) -> bool:
    """Whether history verifies, once what waits was sealed."""
    return ask(bench, ("audit", "checkpoint")).status == 0 and ask(bench, ("audit", "verify")).status == 0


def problem(ran: Ran) -> str:
    """The name of the problem that a call ended with, which also said it in words."""
    assert ran.err.strip()
    assert "Traceback" not in ran.err
    return str(orjson.loads(ran.out)["type"]).rpartition("/")[2]


@pytest.mark.parametrize("room", [KIB, 12 * KIB, 24 * KIB, 60 * KIB, 120 * KIB])
def test_a_full_disk_is_said_and_changes_nothing(sqlite: Bench, room: int) -> None:
    """No room for a paper or for the database: exit status 3; with room again the same call goes through."""
    ground = sqlite.ground
    ground.reset("base")
    before = rows_of(ground)
    for key in ("cong_van", "de_an"):
        (ground.work / "desk" / f"{key}.txt").write_bytes(key.encode() * 2 * KIB)

    full = ask(sqlite, (*SUBMIT, "--json"), room=room)
    after = rows_of(ground)
    again = ask(sqlite, (*SUBMIT, "--json"))

    if full.status:
        assert (full.status, problem(full)) in {
            (3, "documents-unwritable"),
            (3, "database-unreachable"),
            (3, "database-read-only"),
        }
        assert differences(before, after) == []
    assert again.status == 0, again.err
    assert whole(sqlite)
    assert not [path for path in files_of(ground) if "being-written" in path]


def test_some_room_is_too_little(sqlite: Bench) -> None:
    """The test above is not about disks with room enough."""
    sqlite.ground.reset("base")

    assert ask(sqlite, (*SUBMIT, "--json"), room=KIB // 8).status == 3
    assert ask(sqlite, ACT, room=12 * KIB).status == 3


def test_a_backup_that_finds_no_room_leaves_nothing(sqlite: Bench) -> None:
    """Half an archive is no archive."""
    sqlite.ground.reset("base")

    full = ask(sqlite, ("backup", "backup.zip", "--json"), room=100 * KIB)

    assert full.status == 3
    assert problem(full) in {"archive-unwritable", "database-unreachable", "database-read-only"}
    assert not [path for path in files_of(sqlite.ground) if "backup" in path or "being" in path]


def test_mail_that_finds_no_room_waits(sqlite: Bench) -> None:
    """Nothing is taken for sent that is not on the disk."""
    sqlite.ground.reset("base")

    ran = ask(sqlite, ("scheduler", "tick", "--at", "2021-04-13T09:00", "--json"), room=KIB)
    later = ask(sqlite, ("scheduler", "tick", "--at", "2021-04-14T09:00", "--json"))

    assert ran.status in (1, 3), ran.err
    assert later.status == 0, later.err
    assert orjson.loads(later.out)["jobs"]["outbox"]["accepted"] > 0


def test_a_file_that_cannot_be_written_is_said(sqlite: Bench) -> None:
    """A database and folders that only others may write to: readable, and refused for writing with a sentence."""
    ground = sqlite.ground
    ground.reset("base")
    for path in (*ground.work.rglob("*"), ground.work):
        path.chmod(0o555 if path.is_dir() else 0o444)

    refused = ask(sqlite, ACT, as_nobody=True)
    with_papers = ask(sqlite, (*SUBMIT, "--json"), as_nobody=True)

    for path in (ground.work, *ground.work.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert (refused.status, problem(refused)) in {(3, "database-read-only"), (3, "database-unreachable")}
    assert with_papers.status == 3
    assert ask(sqlite, ACT).status == 0


def test_a_server_that_takes_no_writes_is_said(postgresql: Bench) -> None:
    """A standby, or a database set to read only: lists go on, an act is refused and changes nothing."""
    ground = postgresql.ground
    ground.reset("base")
    before, name = rows_of(ground), make_url(ground.url).database
    _tell(ground.url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    refused = ask(postgresql, ACT)
    read = ask(postgresql, ("proposal", "show", "LC-S1", *SPRING))
    _tell(ground.url, "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET ALL")

    assert (refused.status, problem(refused)) == (3, "database-read-only")
    assert read.status == 0
    assert differences(before, rows_of(ground)) == []
    assert ask(postgresql, ACT).status == 0


def _tell(url: str, *statements: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_line_that_breaks_at_commit_makes_one_move_of_two_calls(postgresql: Bench, moment: Moment) -> None:
    """Whoever cannot know whether it was done asks again with the same key, and it is done once."""
    ground = postgresql.ground
    ground.reset("base")
    before = rows_of(ground)
    with breaking(make_url(ground.url), moment) as (line, url):
        lost = ask(postgresql, ACT, environment={**environment_of(ground), "KHUYENCONG_DATABASE_URL": url})
    between = rows_of(ground)

    again = ask(postgresql, ACT)

    assert line.broke
    assert (lost.status, problem(lost)) == (3, "database-unreachable")
    assert bool(differences(before, between)) == (moment == "after")
    assert again.status == 0, again.err
    assert orjson.loads(again.out)["replayed"] == (moment == "after")
    assert len(rows_of(ground).lines["entry"]) == len(before.lines["entry"]) + 1
    assert whole(postgresql)


def test_a_server_that_crashes_during_an_act_loses_it_whole(postgresql: Bench, own_server: Server) -> None:
    """At points all along the act: the call says that the database is gone or is done, the next one goes on."""
    ground, trial = postgresql.ground, postgresql.trial(_case("act and turn back"))
    model = trial.prepare()
    crash = Restarter(address=own_server.address).words()
    for point in spread(len(model.points), 5):
        ground.reset("start")
        before = rows_of(ground)

        ran = ask(postgresql, (*trial.case.words, "--json"), kill=point, instead=crash)

        told = differences(before, rows_of(ground))
        assert ran.status in (0, 3), ran.err
        assert ran.status == 0 or problem(ran) == "database-unreachable"
        assert ran.status == 0 or not told or point >= len(model.points) - 1
        assert ran.status != 0 or told
        assert ask(postgresql, (*trial.case.words, "--json")).status == 0
        assert whole(postgresql)


def _case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


LONG_LIVED = """
import sys
from khuyencong.settings import Settings
from khuyencong.wiring import Installation

home = Installation.open(Settings(database_url=sys.argv[1]))
for line in sys.stdin:
    with home.look() as lists:
        print(len(lists.history("LC-S1")), flush=True)
    with home.store.write() as uow:
        print(uow.draw("thử"), flush=True)
"""


def test_a_process_that_outlives_the_server_goes_on(postgresql: Bench, own_server: Server) -> None:
    """Its connections died with the server; it makes new ones and nobody notices."""
    postgresql.ground.reset("base")
    words = [sys.executable, "-c", LONG_LIVED, postgresql.ground.url]
    root = Path(__file__).parents[1]
    process = subprocess.Popen(words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    said = []
    for number in range(3):
        if number:
            Restarter(address=own_server.address).restart()
        process.stdin.write("\n")
        process.stdin.flush()
        said.append((process.stdout.readline(), process.stdout.readline()))

    process.communicate(timeout=30)

    assert process.returncode == 0
    assert [drawn for _, drawn in said] == ["1\n", "2\n", "3\n"]
    assert len({history for history, _ in said}) == 1


def test_a_clock_set_back_keeps_history_in_order(sqlite: Bench) -> None:
    """What is recorded after something stands after it, whatever the clock says; the chain and its replay hold."""
    ground = sqlite.ground
    ground.reset("base")
    assert (
        ask(
            sqlite,
            (
                "proposal",
                "assign",
                "LC-S1",
                "--to",
                "tham-dinh-2.sct-lai-chau",
                "--reason",
                "x",
                "--as",
                "giam-doc.sct-lai-chau",
                "--at",
                "2021-04-13T15:00",
            ),
        ).status
        == 0
    )

    ran = ask(sqlite, (*RETURNED, "--json"))

    times = [row["recorded_at"] for row in rows_of(ground).each("entry") if row["subject"] == "LC-S1"]
    assert ran.status == 0, ran.err
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert whole(sqlite)


def test_a_clock_set_back_by_weeks_is_told_to_whoever_acts(sqlite: Bench) -> None:
    """A step cannot take effect before the one that it follows; nothing changes but the record of the refusal."""
    ground = sqlite.ground
    ground.reset("base")
    before = rows_of(ground)
    long_ago = (*RETURNED[: -len(SPRING)], "--at", "2021-03-20T09:00", "--json")

    ran = ask(sqlite, long_ago)

    told = differences(before, rows_of(ground), ("entry", "opening", "unsealed"))
    assert ran.status in (0, 1), ran.err
    if ran.status == 1:
        assert problem(ran) == "conditions-unmet"
        assert told == []
    assert whole(sqlite)


def test_a_clock_set_back_fires_nothing_twice(sqlite: Bench) -> None:
    """A pass of the scheduler before the last one finds what is not due any more, and a later one nothing old."""
    ground = sqlite.ground
    ground.reset("base")
    for _ in range(2):  # What the first pass sent is sealed by the second.
        assert ask(sqlite, ("scheduler", "tick", "--at", "2021-04-20T09:00")).status == 0
    first = rows_of(ground)

    for at in ("2021-04-13T09:00", "2021-04-19T23:00", "2021-04-20T09:00"):
        assert ask(sqlite, ("scheduler", "tick", "--at", at)).status == 0

    assert differences(first, rows_of(ground), ("heartbeat",)) == []


def _waits(file: Path) -> int:
    rows = read_rows(f"sqlite:///{file}")
    return sum(row["state"] in ("scheduled", "sending") for row in rows.each("notice"))


#: What one process beats for.
_JOBS = 3


def _beats(file: Path) -> int:
    return len(read_rows(f"sqlite:///{file}").lines["heartbeat"])


@pytest.fixture
def late(tmp_path: Path) -> Shell:
    """A sandbox whose clock stands in May, with drafts of March: reminders are due."""
    shell = Shell(tmp_path)
    assert shell("init", "--sandbox", "--at", "2021-05-14T09:00").status == 0
    seat(shell)
    for _ in range(3):
        new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
        shell.json(*new, "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
    return shell


def test_a_scheduler_that_is_killed_again_and_again_sends_everything(late: Shell, mail_server: MailServer) -> None:
    """Whatever was in its hands when it died goes out after the lease, with the same Message-ID and bytes."""
    environment = {
        "KHUYENCONG_SMTP_HOST": mail_server.host,
        "KHUYENCONG_SMTP_PORT": str(mail_server.port),
        "KHUYENCONG_DATABASE_URL": f"sqlite:///{late.file}",
    }

    moments: tuple[Callable[[], bool], ...] = (
        lambda: bool(mail_server.accepted),
        lambda: _beats(late.file) > _JOBS,
    )

    for ready in moments:
        with _scheduler(environment) as process:
            end = monotonic() + 60
            while not ready() and monotonic() < end:
                sleep(0.005)
            process.send_signal(signal.SIGKILL)
    ticked = Shell(late.folder, environment)("scheduler", "tick", "--at", "2021-05-17T09:00")

    letters: dict[str, set[bytes]] = {}
    for letter in mail_server.accepted:
        letters.setdefault(str(letter.message["Message-ID"]), set()).add(letter.content)
    kept = {str(row["id"]) for row in read_rows(f"sqlite:///{late.file}").each("message")}
    assert ticked.status == 0, ticked.err
    assert _waits(late.file) == 0
    assert set(letters) == kept
    assert all(len(contents) == 1 for contents in letters.values())
    assert late("audit", "verify").status == 0


@contextmanager
def _scheduler(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A real one, as the service runs it."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("KHUYENCONG_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "khuyencong", "scheduler", "run"],
        cwd=Path(__file__).parents[1],
        env={**others, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_fault_of_the_database_is_said(lang: str) -> None:
    """One sentence each, in both languages."""
    kinds: list[Any] = [StorageFault, *StorageFault.__subclasses__()]
    for kind in kinds:
        fault = kind.__new__(kind)
        fault.url, fault.why = "sqlite:///a.db", "vì sao"
        for name in ("found", "wanted"):
            setattr(fault, name, "0001")

        said = problem_of(fault, lang=lang, names=lambda role, agency: (role, agency))

        assert said is not None
        assert said.lines[0]
