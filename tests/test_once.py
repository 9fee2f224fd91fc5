"""What is asked for twice under one key is done once, also when both ask at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from tests.daywork import CENTRE, CODE, KINDS, OFFICER, Desk, desk_on, paper
from workflow.changing import changed
from workflow.errors import KeyReused, NotOwner
from workflow.proposal import FactValue, Proposal
from workflow.service.acting import Request, act
from workflow.service.drafting import create
from workflow.service.filing import attach

NOW = datetime(2022, 3, 1, 3, tzinfo=UTC)
DATA: dict[str, FactValue] = {"name": "Máy chế biến chè", "activity": "machinery", "plan_year": 2022}
AT_ONCE = 4
Given = TypeVar("Given")


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture(params=("sqlite", "postgresql"))
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same on a database, which threads may share."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


def register(desk: Desk, key: str | None = "k-1", *, title: str = "Máy chế biến chè") -> Proposal:
    return create(
        *(desk.stage.store, desk.stage.house),
        programme="lai-chau-2021-2025",
        process="kcdp",
        data={**DATA, "name": title},
        by=desk.who(CENTRE),
        at=NOW,
        implementer="ttkc-lai-chau",
        key=key,
    )


def put(desk: Desk, key: str | None = "k-1", *, content: str = "") -> Proposal:
    given = (paper("thong_bao", content),)
    both = (desk.stage.store, desk.stage.house)
    return attach(*both, code=CODE, documents=given, by=desk.who(OFFICER), at=desk.at(1), key=key)


def together(work: Callable[[], Given]) -> list[Given]:
    """What several threads get that begin at one moment."""
    gate = Barrier(AT_ONCE)

    def begin(_: int) -> Given:
        gate.wait(30)
        return work()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(begin, range(AT_ONCE)))


def test_a_proposal_is_registered_once_under_a_key(desk: Desk) -> None:
    """The second call gives the proposal of the first; without a key each call registers another one."""
    first, again, other = register(desk), register(desk), register(desk, None)

    assert first.code == again.code
    assert other.code != first.code


def test_papers_are_put_once_under_a_key(desk: Desk) -> None:
    """The second call writes nothing and gives the proposal as it stands."""
    first = put(desk)

    assert put(desk).last_seq == first.last_seq
    assert len(desk.now.papers) == 1


def test_a_key_stands_for_one_request(desk: Desk) -> None:
    """The same key with anything else is refused, whichever act used it first."""
    register(desk)
    put(desk, "k-2")

    with pytest.raises(KeyReused):
        register(desk, title="Máy khác")
    with pytest.raises(KeyReused):
        put(desk, "k-2", content="khác")


def test_a_replay_is_authorised_again(desk: Desk) -> None:
    """Whoever has left the seat gets no answer that was given to it."""
    register(desk)
    left = changed(desk.who(CENTRE), seats=())

    with pytest.raises(NotOwner):
        create(
            *(desk.stage.store, desk.stage.house),
            programme="lai-chau-2021-2025",
            process="kcdp",
            data=DATA,
            by=left,
            at=NOW,
            implementer="ttkc-lai-chau",
            key="k-1",
        )


def test_equal_requests_at_one_moment_register_one_proposal(shared: Desk) -> None:
    """All of them are answered with it, and none is refused."""
    assert len({one.code for one in together(lambda: register(shared))}) == 1


def test_equal_acts_at_one_moment_make_one_step(shared: Desk) -> None:
    """One makes the step, the others get its answer."""
    before = shared.now
    request = Request(
        code=CODE,
        action="return",
        facts={"missing": "Bản sao giấy phép"},
        revision=before.revision,
        key="k-3",
    )

    done = together(
        lambda: act(shared.stage.store, shared.stage.house, request, by=shared.who(OFFICER), at=shared.at(1))
    )

    assert len({(one.seq, one.hash) for one in done}) == 1
    assert sum(one.replayed for one in done) == AT_ONCE - 1
    assert shared.now.last_seq == before.last_seq + 1
