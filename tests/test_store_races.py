"""Two at once: one wins, the other hears why, and nothing is written twice."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from store.database import Database, open_database
from store.memory import MemoryStore
from tests import contract
from tests.contract import creation, furnish, move, register_entry
from workflow.errors import CodeTaken, KeyReused, StaleProposal
from workflow.storage import Answered, Move

AnyStore = MemoryStore | Database
ROUNDS = 10


@pytest.fixture(params=contract.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    """Each kind of store, with the smallest law published."""
    with contract.opened(request.param, request, tmp_path) as opened:
        furnish(opened)
        yield opened


def both(act: Callable[[int], str]) -> list[str]:
    """What two threads answer that begin at the same moment."""
    barrier = Barrier(2)

    def begin(number: int) -> str:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(2) as threads:
        return sorted(threads.map(begin, range(2)))


def test_of_two_threads_on_one_move_one_wins(store: AnyStore) -> None:
    """The other decided on a revision that is gone."""
    for number in range(ROUNDS):
        first = creation(f"TT-2021-{number:04d}")
        with store.write() as uow:
            uow.add(first)

        def act(which: int, first: Move = first) -> str:
            try:
                with store.write() as uow:
                    uow.record(move(first.after, ("submit", "withdraw")[which]))
            except StaleProposal:
                return "stale"
            return "won"

        assert both(act) == ["stale", "won"]
        with store.read() as uow:
            found = uow.proposal(first.after.code)
            tail = uow.tail(first.after.code)
        assert (found.revision, found.last_seq) == (1, 2)
        assert tail is not None
        assert (tail.seq, tail.hash) == (2, found.last_hash)


def test_of_two_creations_of_a_code_one_wins(store: AnyStore) -> None:
    """The other hears that the code is taken."""

    def act(_: int) -> str:
        try:
            with store.write() as uow:
                uow.add(creation())
        except CodeTaken:
            return "taken"
        return "won"

    assert both(act) == ["taken", "won"]


def test_one_key_on_two_proposals_serves_one(store: AnyStore) -> None:
    """An idempotency key belongs to one request of its actor."""
    firsts = [creation(f"TT-2021-000{number}") for number in (1, 2)]
    with store.write() as uow:
        for first in firsts:
            uow.add(first)
    answer = Answered(actor="p-1", key="k", request_sha256="r", answer=b"{}", recorded_at=contract.NOON)

    def act(which: int) -> str:
        try:
            with store.write() as uow:
                uow.record(move(firsts[which].after, answered=answer))
        except KeyReused:
            return "reused"
        return "won"

    assert both(act) == ["reused", "won"]
    with store.read() as uow:
        assert sorted(uow.proposal(first.after.code).revision for first in firsts) == [0, 1]


def test_codes_drawn_at_once_differ(store: AnyStore) -> None:
    """A number of a series is given out once."""
    codes: list[str] = []

    def act(_: int) -> str:
        for _ in range(ROUNDS):
            with store.write() as uow:
                codes.append(uow.take_code("TT", 2021))
        return "done"

    both(act)

    assert sorted(codes) == [f"TT-2021-{number:04d}" for number in range(1, 2 * ROUNDS + 1)]


def test_appends_to_one_chain_follow_each_other(store: AnyStore) -> None:
    """Who asks for the end of a chain keeps others from it: no number is taken twice, none is left out."""

    def act(_: int) -> str:
        for _ in range(ROUNDS):
            with store.write() as uow:
                uow.append(register_entry(uow, subject="keys"))
        return "done"

    both(act)

    with store.read() as uow:
        tail = uow.tail("keys")
    assert tail is not None
    assert tail.seq == 2 * ROUNDS


RACER = """
import sys
from store.database import open_database
from tests.contract import move
from workflow.errors import StaleProposal

database = open_database(sys.argv[1])
with database.read() as uow:
    before = uow.proposal("TT-2021-0001")
print("ready", flush=True)
sys.stdin.readline()
try:
    with database.write() as uow:
        uow.record(move(before, sys.argv[2]))
except StaleProposal as stale:
    print(f"stale {stale.expected} {stale.actual}")
else:
    print("won")
finally:
    database.close()
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_processes_on_one_move_one_wins(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As between threads: the database itself decides."""
    with contract.url_of(kind, request, tmp_path) as url:
        database = open_database(url)
        furnish(database)
        with database.write() as uow:
            uow.add(creation())
        racers = [racer(url, action) for action in ("submit", "withdraw")]
        for process in racers:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"

        said = sorted(process.communicate("go\n", timeout=60)[0].strip() for process in racers)

        assert said == ["stale 0 1", "won"]
        with database.read() as uow:
            assert uow.proposal("TT-2021-0001").last_seq == 2
        database.close()


def racer(url: str, action: str) -> "subprocess.Popen[str]":
    """A process that has read the proposal and waits for a line before it moves it."""
    return subprocess.Popen(
        [sys.executable, "-c", RACER, url, action],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
