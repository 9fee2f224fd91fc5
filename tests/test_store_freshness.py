"""What a store keeps of definitions and registers is never stale: another process's change holds at the next look."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from definitions.loading import DefinitionText
from definitions.model import Basis
from definitions.registers import Appointment
from store.database import Database, open_database
from tests import contract
from tests.contract import NOON, creation, furnish, publish, register_entry
from workflow.accounts import Account
from workflow.authority import Guidance
from workflow.proposal import Seat
from workflow.storage import Person, UnitOfWork

SEAT, DAY = "appraiser@so-cu", NOON.date()
BASIS = Basis(text="Quyết định 5", confidence="FOUND", source=(1,))
LETTER = Guidance(programme="p", rule="r", plan_year=2022, last_day=date(2021, 6, 1), agency="so-cu", paper="1/SCT")


def an_appointment() -> Appointment:
    return Appointment(agency="so-moi", role="appraiser", since=DAY, basis=BASIS)


def publish_edited(uow: UnitOfWork) -> None:
    """The process with another label."""
    text = contract.PROCESS_TEXT.text.replace("Chờ thẩm định", "Nhãn đã sửa")
    publish(uow, DefinitionText("process", "tiny", text))


def appoint(uow: UnitOfWork) -> None:
    uow.add_appointment(an_appointment(), register_entry(uow))


def guide(uow: UnitOfWork) -> None:
    uow.add_guidance(LETTER, register_entry(uow))


def seat(uow: UnitOfWork) -> None:
    uow.add_person(Person(id="p-3", name="Bình"), username="binh", entry=register_entry(uow))
    uow.add_seat("p-3", Seat(role="appraiser", agency="so-cu", since=DAY), register_entry(uow))


def unseat(uow: UnitOfWork) -> None:
    held = Seat(role="appraiser", agency="so-cu", since=date(2021, 1, 1))
    uow.end_seat("p-2", held, date(2021, 1, 31), register_entry(uow))


def deactivate(uow: UnitOfWork) -> None:
    uow.change_account(Account(username="an", person="p-2", active=False), register_entry(uow))


#: Each change that another process can make, and what is read afterwards.
CHANGES = {
    "publish_edited": ("Nhãn đã sửa", (), (), ("p-2",)),
    "appoint": ("Chờ thẩm định", ("so-moi",), (), ("p-2",)),
    "guide": ("Chờ thẩm định", (), ("1/SCT",), ("p-2",)),
    "seat": ("Chờ thẩm định", (), (), ("p-2", "p-3")),
    "unseat": ("Chờ thẩm định", (), (), ()),
    "deactivate": ("Chờ thẩm định", (), (), ()),
}
OTHER = """
import sys
from store.database import open_database
from tests import test_store_freshness

database = open_database(sys.argv[1])
with database.write() as uow:
    getattr(test_store_freshness, sys.argv[2])(uow)
database.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the smallest law, a proposal, and a person in a seat."""
    with contract.url_of(request.param, request, tmp_path) as found:
        database = open_database(found)
        furnish(database)
        with database.write() as uow:
            uow.add(creation())
            uow.add_person(Person(id="p-2", name="An"), username="an", entry=register_entry(uow))
            uow.add_seat("p-2", Seat(role="appraiser", agency="so-cu", since=date(2021, 1, 1)), register_entry(uow))
        database.close()
        yield found


def read(uow: UnitOfWork) -> tuple[object, ...]:
    """What a decision asks, after the proposal as ``act`` does."""
    uow.proposal("TT-2021-0001")
    return (
        uow.law().process("tiny").state("submitted").label,
        tuple(row.agency for row in uow.appointments()),
        tuple(letter.paper for letter in uow.guidance("p")),
        tuple(person.id for person in uow.people(SEAT, DAY)),
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_another_store_holds_at_once(url: str, change: str) -> None:
    """Whoever publishes, appoints, guides, seats or deactivates: the next transaction decides by it."""
    database, other = open_database(url), open_database(url)
    with database.write() as uow:
        assert read(uow) == ("Chờ thẩm định", (), (), ("p-2",))
    with other.write() as uow:
        globals()[change](uow)

    with database.write() as uow:
        written = read(uow)
    with database.read() as uow:
        seen = read(uow)

    assert written == seen == CHANGES[change]
    database.close()
    other.close()


def test_a_change_by_another_process_holds_at_once(url: str) -> None:
    """As between stores of one process: what names the registers is read from the database itself."""
    database = open_database(url)
    with database.write() as uow:
        read(uow)

    for change in ("publish_edited", "deactivate"):
        command = [sys.executable, "-c", OTHER, url, change]
        subprocess.run(command, check=True, cwd=Path(__file__).parent.parent, timeout=60)

    with database.write() as uow:
        assert read(uow) == ("Nhãn đã sửa", (), (), ())
    database.close()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_was_taken_back_leaves_no_trace(url: str, change: str) -> None:
    """A transaction sees its own change; once it is rolled back, nobody ever read it."""
    database = open_database(url)
    with database.write() as uow:
        before = read(uow)

    with pytest.raises(RuntimeError, match="stop"):
        change_and_stop(database, change)

    with database.write() as uow:
        assert read(uow) == before
    database.close()


def change_and_stop(database: Database, change: str) -> None:
    with database.write() as uow:
        read(uow)
        globals()[change](uow)
        assert read(uow) == CHANGES[change]
        raise RuntimeError("stop")
