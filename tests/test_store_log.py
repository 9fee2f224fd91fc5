"""Whatever is changed behind the software's back is found, by subject and entry; and silence is never called proof."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from audit.findings import Finding
from store.database import Database, open_database
from store.documents import Papers
from store.erasing import Personal, erase
from store.history_guard import guards
from store.log import Verified, verify
from store.migrations import connected, upgrade
from store.pinned import Pinned
from store.unit_of_work import SqlUnitOfWork
from tests import contract
from tests.contract import creation, deadline, furnish, move, register_entry
from tests.postgres import Server
from workflow.changing import changed
from workflow.entries import make_entry
from workflow.service.erasing import ERASED
from workflow.storage import Effects, Move

CODE = "TT-2021-0001"
LETTER = b"%PDF-1.7 cong van"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a filled SQLite database and its papers, for copying."""
    folder = tmp_path_factory.mktemp("made")
    prepare(f"sqlite:///{folder}/khuyencong.db", papers_in(folder))
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> Iterator[str]:
    """A database with three proposals, one of which has two steps, a paper and a refusal."""
    copytree(made, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/khuyencong.db"
        return
    server: Server = request.getfixturevalue("postgres_server")
    template = server.template("log", lambda url: prepare(url, papers_in(tmp_path)))
    with server.database(template=template) as url:
        yield url


def prepare(url: str, papers: Papers) -> None:
    upgrade(url)
    database = open_database(url)
    furnish(database)
    fill(database, papers)
    database.close()


def papers_in(folder: Path) -> Papers:
    return Papers(folder / "papers")


#: What the clocks of the tiny process make of these steps, counted by hand.
WINDOW = deadline("plan_window", seat="implementer@so-cu", allowance=None, started_by=1, last_day=date(2021, 5, 19))
APPRAISAL = deadline("appraisal", last_day=date(2021, 3, 15))
SUPPLEMENT = deadline("supplement", seat="implementer@so-cu", started_by=3, last_day=date(2021, 3, 15))


def begun(code: str = CODE) -> Move:
    """A draft of plan year 2022 with the clock of its window."""
    return changed(creation(code, plan_year=2022), effects=Effects(deadlines=(WINDOW,)))


def fill(database: Database, papers: Papers) -> None:
    letter = papers.keep(io.BytesIO(LETTER), key="letter", name="Công văn.pdf")
    first = begun()
    window = changed(WINDOW, state="met", running_since=None, reason="submit")
    second = move(
        first.after,
        facts={"letter_date": date(2021, 3, 1)},
        documents=(letter,),
        note="gấp",
        effects=Effects(deadlines=(window, APPRAISAL)),
        holder="appraiser@so-cu",
    )
    paused = changed(APPRAISAL, state="paused", running_since=None, reason="return")
    back = Effects(deadlines=(paused, SUPPLEMENT))
    third = move(second.after, "return", effects=back, holder="implementer@so-cu")
    refused = make_entry(
        "refused",
        CODE,
        seq=None,
        recorded_at=contract.NOON,
        content={"action": "fund"},
        private={"actor": "An"},
        previous_hash=None,
        salt=contract.salt,
    )
    with database.write() as uow:
        uow.add(first)
        for number in (2, 3):
            uow.add(begun(f"TT-2021-000{number}"))
        uow.record(second)
        uow.record(third)
        uow.append(refused)


def verified(url: str, papers: Papers | None = None) -> Verified:
    database = open_database(url)
    try:
        with database.transaction(writes=False) as transaction:
            return verify(transaction, papers)
    finally:
        database.close()


def tamper(url: str, *statements: str) -> None:
    """What somebody with all rights does: takes the guards away, changes rows, and leaves no trace of it."""
    with connected(url) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        for guard in guards(connection.dialect.name):
            on = "" if is_sqlite else f" ON {guard.table}"
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}{on}")
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in statements:
            connection.exec_driver_sql(statement)


def remove(url: str, *, seq: int) -> None:
    """Takes an entry away with everything that speaks of it."""
    entry = f"(SELECT id FROM entry WHERE subject = '{CODE}' AND seq = {seq})"  # noqa: S608 - our own words.
    beside = [f"DELETE FROM {table} WHERE entry_id = {entry}" for table in ("opening", "unsealed", "attachment")]  # noqa: S608
    tamper(url, *beside, f"DELETE FROM entry WHERE id = {entry}")  # noqa: S608


def found(url: str, papers: Papers | None = None) -> set[tuple[str, int | None]]:
    return {(finding.subject, finding.seq) for finding in findings(url, papers)}


def findings(url: str, papers: Papers | None = None) -> tuple[Finding, ...]:
    """What does not fit, but for the guards that ``tamper`` took away."""
    return tuple(one for one in verified(url, papers).findings if one.subject != "database")


def test_an_untouched_database_holds(url: str, tmp_path: Path) -> None:
    """With how much was looked at, so that nobody takes little for everything."""
    report = verified(url, papers_in(tmp_path))

    assert report.findings == ()
    assert report.holds
    assert (report.chains, report.proposals, report.documents, report.documents_unread) == (4, 3, 1, 0)
    assert (report.attachments, report.deadlines, report.untold, report.guards_missing) == (1, 5, 0, ())
    assert report.entries == 10 + 3 + 2 + 1  # definitions, creations, steps, refusal
    assert report.openings == 3 + 3 + 1 + 1  # names of drafts; actor, note and file; actor; who was refused


def test_an_empty_database_proves_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Zero verified is said, and does not hold."""
    with contract.url_of("sqlite", request, tmp_path) as url:
        report = verified(url)

    assert report == Verified()
    assert report.covers_nothing
    assert not report.holds


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entry SET body = CAST(body AS TEXT) WHERE subject = '{0}' AND seq = 2", "finding.body"),
        ("UPDATE opening SET salt = CAST(hex(salt) AS TEXT) WHERE path = 'note'", "finding.value"),
        ("UPDATE opening SET value = CAST(value AS BLOB) WHERE path = 'note'", "finding.value"),
    ],
)
def test_text_where_bytes_belong_is_found(made: Path, tmp_path: Path, statement: str, code: str) -> None:
    """SQLite keeps values of any type in any column; what is of another type than it was written is a finding."""
    copytree(made, tmp_path, dirs_exist_ok=True)
    url = f"sqlite:///{tmp_path}/khuyencong.db"
    tamper(url, statement.format(CODE))

    told = findings(url)

    assert (CODE, 2, code) in {(one.subject, one.seq, one.code) for one in told}


def test_papers_that_were_not_read_are_counted_as_such(url: str) -> None:
    """Without their folder, nothing is said about them."""
    report = verified(url)

    assert (report.documents, report.documents_unread) == (0, 1)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE entry SET hash = 'x' WHERE subject = '{0}' AND seq = 2", (CODE, 2)),
        ("UPDATE entry SET kind = 'edited' WHERE subject = '{0}' AND seq = 2", (CODE, 2)),
        ("UPDATE entry SET previous_hash = NULL WHERE subject = '{0}' AND seq = 3", (CODE, 3)),
        ("UPDATE entry SET seq = 9 WHERE subject = '{0}' AND seq = 3", (CODE, 9)),
        ("UPDATE entry SET seq = NULL WHERE subject = '{0}' AND seq = 3", (CODE, 3)),
        ("UPDATE entry SET body = (SELECT body FROM entry WHERE id = 1) WHERE subject = '{0}' AND seq = 1", (CODE, 1)),
        ("UPDATE opening SET value = 'khác' WHERE path = 'note'", (CODE, 2)),
        ("DELETE FROM opening WHERE path = 'note'", (CODE, 2)),
        ("UPDATE entry SET hash = 'x' WHERE kind = 'refused'", (CODE, None)),
        ("UPDATE proposal SET state = 'evaluated' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET revision = 7 WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET title = 'Khác' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET data = '{{}}' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET past = '[]' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET implementer = 'ai' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET last_seq = 2 WHERE code = '{0}'", (CODE, 2)),
        ("UPDATE proposal SET code = 'TT-X' WHERE code = '{0}'", (CODE, None)),
        (
            "DELETE FROM deadline WHERE proposal_id = 2; DELETE FROM proposal WHERE code = 'TT-2021-0002'",
            ("TT-2021-0002", None),
        ),
        ("UPDATE document SET size = 1", (CODE, 2)),
        ("UPDATE attachment SET key = 'khac'", (CODE, 2)),
        ("UPDATE attachment SET number = 4", (CODE, 2)),
        ("DELETE FROM attachment", (CODE, 2)),
        ("UPDATE proposal SET holder = 'appraiser@so-cu' WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET holder = NULL WHERE code = '{0}'", (CODE, None)),
        ("UPDATE proposal SET due = created_at WHERE code = '{0}'", (CODE, None)),
        ("DELETE FROM deadline WHERE rule = 'supplement'", (CODE, None)),
        ("UPDATE deadline SET period = '2021-03' WHERE rule = 'supplement'", (CODE, None)),
        ("UPDATE deadline SET last_day = '2021-06-30' WHERE rule = 'supplement'", (CODE, None)),
        ("UPDATE deadline SET due = (SELECT created_at FROM proposal LIMIT 1) WHERE rule = 'appraisal'", (CODE, None)),
        ("UPDATE deadline SET allowance = 99 WHERE rule = 'appraisal'", (CODE, None)),
        ("UPDATE deadline SET state = 'met' WHERE rule = 'appraisal'", (CODE, None)),
        ("UPDATE deadline SET started_by = 1 WHERE rule = 'appraisal'", (CODE, None)),
        ("UPDATE deadline SET seat = 'head@ubnd' WHERE rule = 'appraisal'", (CODE, None)),
        ("UPDATE definition SET text = text || ' ' WHERE kind = 'programme'", ("programme tinh-thu-2021-2022", None)),
    ],
)
def test_a_change_behind_the_softwares_back_is_found(url: str, statement: str, place: tuple[str, int | None]) -> None:
    """Whatever was changed, its subject and entry are named."""
    tamper(url, *statement.format(CODE).split(";"))

    assert place in found(url)
    assert not verified(url).holds


def test_a_guard_that_was_taken_away_is_found(url: str) -> None:
    """History without its guards may be whole still; that nobody could change it is no longer true."""
    guard = guards("sqlite" if url.startswith("sqlite") else "postgresql")[0]
    with connected(url) as connection:
        on = "" if url.startswith("sqlite") else f" ON {guard.table}"
        connection.exec_driver_sql(f"DROP TRIGGER {guard.name}{on}")

    report = verified(url)

    assert report.guards_missing == (guard.name,)
    assert [finding.subject for finding in report.findings] == ["database"]


def erase_lawfully(url: str, where: str = "true") -> None:
    """Erases openings by the entry of a decision that tells how many they were."""
    with connected(url) as connection:
        rows = connection.exec_driver_sql(f"SELECT entry_id, path FROM opening WHERE {where}").fetchall()  # noqa: S608 - our own words.
    openings = tuple((number, path) for number, path in rows)
    database = open_database(url)
    with database.transaction(writes=True) as transaction:
        uow = SqlUnitOfWork(transaction, Pinned(), writes=True)
        entry = register_entry(uow, ERASED, erased_person="p-1", decision="1/QĐ-SCT", openings=len(openings), mails=[])
        erase(transaction, entry, Personal(person="p-1", active=False, openings=openings, mails=()), at=contract.NOON)
    database.close()


FIRST = f"(SELECT id FROM entry WHERE subject = '{CODE}' AND seq = 1)"  # noqa: S608 - our own words.


def test_what_does_not_rest_on_an_erased_value_is_still_compared(url: str) -> None:
    """No deadline and no holder is decided by a name, so they are told again without it."""
    erase_lawfully(url, f"path = 'data.name' AND entry_id = {FIRST}")
    clean = verified(url)
    of = f"(SELECT id FROM proposal WHERE code = '{CODE}')"  # noqa: S608 - our own words.
    tamper(url, f"UPDATE deadline SET last_day = '2099-01-01' WHERE proposal_id = {of}")  # noqa: S608

    assert (clean.findings, clean.untold) == ((), 0)
    assert clean.deadlines > 2
    assert {one.code for one in findings(url)} >= {"finding.deadline"}


def test_a_removed_last_entry_is_found(url: str) -> None:
    """A chain that was cut off at its end is whole in itself; the proposal says how long it was."""
    remove(url, seq=3)

    assert findings(url) == (Finding(subject=CODE, seq=3, code="finding.end", params={"number": 2}),)


def test_a_removed_middle_entry_is_found(url: str) -> None:
    """The number after it is the wrong one."""
    remove(url, seq=2)

    assert findings(url) == (Finding(subject=CODE, seq=3, code="finding.missing", params={"number": 2}),)


def test_a_proposal_without_history_is_found(url: str) -> None:
    """It was put there by nobody."""
    tamper(url, "UPDATE entry SET subject = 'TT-Y' WHERE subject = 'TT-2021-0002'")

    assert ("TT-2021-0002", None) in found(url)


def test_a_changed_paper_is_found(url: str, tmp_path: Path) -> None:
    """Its file is read and held against its hash."""
    papers = papers_in(tmp_path)
    place = next(path for path in papers.folder.rglob("*") if path.is_file())
    place.write_bytes(b"khac")

    report = verified(url, papers)

    assert [finding.subject for finding in report.findings] == [f"paper {place.name}"]


def test_a_lawful_erasure_breaks_nothing(url: str) -> None:
    """The value is gone, the proof stays, and what is left can still be replayed."""
    erase_lawfully(url)

    report = verified(url)

    assert report.findings == ()
    assert report.erased == report.openings > 0


def test_progress_is_told(url: str) -> None:
    """Long work says how far it is."""
    heard: list[tuple[int, int]] = []
    database = open_database(url)
    with database.transaction(writes=False) as transaction:
        report = verify(transaction, progress=lambda *told: heard.append(told))
    database.close()

    assert heard == sorted(heard)
    whole = 2 * report.entries  # As part of the log, then to tell the proposals again.
    assert heard[-1] == (whole - 1, whole)  # The refusal stands outside the chains.
    assert changed(report, findings=()) == report
