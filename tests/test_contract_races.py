"""Proposals of one contract are accepted at once by different processes: one clock, from the last acceptance."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from time import sleep

import pytest

from definitions.process import Process
from khuyencong.demo.acts import at
from khuyencong.demo.stage import Stage
from store.database import Database, open_database
from store.pinned import Pinned
from store.unit_of_work import SqlUnitOfWork
from tests import contract
from tests.moving import RULE, Works
from tests.staging import house, kept, staged
from tests.test_recounting import DAY_OFF, announce, year
from workflow.contracts import contract_key
from workflow.errors import StaleProposal
from workflow.service.recounting import recount_batch

PAIRS = 5
BEGUN = at(date(2022, 3, 1), 9).astimezone(UTC)
ACCEPTED = at(date(2022, 3, 4), 9).astimezone(UTC)
#: The day on which each of a pair was accepted; the first was accepted last.
DAYS = {"A": date(2022, 3, 3), "B": date(2022, 3, 2)}
ACT = "from tests.test_contract_races import {0}; import sys; {0}(*sys.argv[1:])"


def works_on(store: Database) -> Works:
    """The works of another process on a store that is furnished."""
    return Works(stage=Stage(store=store, house=house(), cast=(), keep=kept))


def accept_all(url: str, which: str) -> None:
    """In a process of its own: accepts this one of each pair as soon as it is told to."""
    works = works_on(open_database(url))
    print("ready", flush=True)
    for number in range(PAIRS):
        sys.stdin.readline()
        while True:
            try:
                works.accept(f"{which}{number}", ACCEPTED, DAYS[which])
            except StaleProposal:
                continue  # Its deadlines were counted anew, or the other one's acceptance was told to it, in between.
            break
        print("accepted", flush=True)


def count_anew(url: str) -> None:
    """In a process of its own: counts deadlines anew, a few at a time."""
    store = open_database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    while recount_batch(store, house(), at=ACCEPTED, seen=6, most=6) is not None:
        pass
    print("counted", flush=True)


@contextmanager
def process(name: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has said that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", ACT.format(name), *words],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert heard(started) == "ready"
        yield started
        assert started.wait(60) == 0


def heard(process: "subprocess.Popen[str]") -> str:
    """The next line that it says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]") -> None:
    """Lets it begin."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_acceptances_at_once_the_last_day_starts_one_clock(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Whichever is recorded first: both clocks run from the later day, told once, with the same reminders.

    A third process counts their deadlines anew meanwhile; nobody waits for somebody who waits for them.
    """
    with contract.url_of(kind, request, tmp_path) as url:
        store = open_database(url)
        works = Works(stage=staged(store))
        for number in range(PAIRS):
            for which in "BA" if number % 2 else "AB":
                works.bring(f"{which}{number}", "completed", BEGUN, number=f"{number}/2022/HĐ")
        announce(works, year(2022, version=2, more=DAY_OFF), on=BEGUN)

        with (
            process("accept_all", url, "A") as a,
            process("accept_all", url, "B") as b,
            process("count_anew", url) as third,
        ):
            tell(third)
            for _ in range(PAIRS):
                tell(a)
                tell(b)
                assert (heard(a), heard(b)) == ("accepted", "accepted")
            assert heard(third) == "counted"

        for number in range(PAIRS):
            pair = [f"{which}{number}" for which in "AB"]
            clocks = [works.deadline(code) for code in pair]
            assert [(one.state, one.started_on, one.last_day) for one in clocks] == [
                ("running", DAYS["A"], date(2022, 3, 18))
            ] * 2
            starts = [entry.kind for code in pair for entry in works.history(code) if entry.kind.startswith("contract")]
            assert starts == ["contract-starts"]
            first, second = (works.waiting(code, RULE) for code in pair)
            assert {day for _, _, day in first} == {day for _, _, day in second} != set()
            assert {epoch for epoch, _, _ in first} == {clocks[0].epoch}
        works.proven()
        store.close()


def test_who_comes_under_a_contract_is_locked_in_its_turn(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """X, older than A, comes under A's contract while somebody else takes both: no circle of two that wait."""
    with contract.url_of("postgresql", request, tmp_path) as url:
        store = open_database(url)
        works = Works(stage=staged(store))
        works.bring("X", "submitted", BEGUN)
        works.bring("A", "completed", BEGUN)
        key = contract_key(store_process(store, "A"), works.proposal("A").data)

        def take_both() -> list[str]:
            with store.write() as uow:
                return [one.code for one in uow.held_fast(["X", "A"])]

        with ThreadPoolExecutor(1) as threads:
            with store.transaction(writes=True) as transaction:
                uow = SqlUnitOfWork(transaction, Pinned(), writes=True)
                found = uow.under_contract(key, beside="X")
                taken = threads.submit(take_both)
                sleep(0.3)  # It waits for one of the rows by now; if not, nothing is shown, and nothing is wrong.
                transaction.execute("UPDATE proposal SET due = due WHERE code = 'X'")

            assert [one.code for one in found] == ["A"]
            assert taken.result(timeout=30) == ["X", "A"]
        store.close()


def store_process(store: Database, code: str) -> Process:
    """The process that a proposal follows."""
    with store.read() as uow:
        return uow.process(uow.proposal(code).process_sha256)


def test_an_entry_in_between_is_not_told_as_another_revision() -> None:
    """The clock of a sibling grew the history and changed no revision: two equal numbers would explain nothing."""
    between = StaleProposal("pay_rest", expected=4, actual=4)
    moved = StaleProposal("pay_rest", expected=4, actual=5)

    assert [one.code for one in between.unmet] == ["unmet.stale_entry"]
    assert [(one.code, dict(one.params)) for one in moved.unmet] == [("unmet.stale", {"expected": 4, "actual": 5})]
