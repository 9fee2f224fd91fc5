"""Memory, SQLite and PostgreSQL, asked to do the same at random, are observed to be the same at every step."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from audit.findings import Finding
from definitions.errors import KhuyencongError
from store.database import Database
from store.log import verify
from store.memory import MemoryStore
from tests import contract
from tests.contract import NOON, creation, deadline, furnish, move, process, register_entry, reminder
from workflow.changing import changed
from workflow.proposal import FactValue, Proposal, Seat
from workflow.storage import Answered, Cancelled, Effects, Move, Person, UnitOfWork

AnyStore = MemoryStore | Database
CODES = tuple(f"TT-2021-000{number}" for number in range(1, 4))
RULES = ("appraisal", "supplement", "report")
STEPS = 60


class Thrown(KhuyencongError):
    """A transaction that somebody left half-way."""


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[AnyStore, ...]]:
    """One of each kind."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(contract.opened(kind, request, tmp_path)) for kind in contract.KINDS)


def some_effects(random: Random, number: int) -> Effects:
    """Deadlines started or replaced, reminders for them, earlier ones cancelled."""
    rules = random.sample(RULES, random.randint(0, 2))
    days = random.randint(1, 40)
    return Effects(
        deadlines=tuple(
            deadline(
                rule,
                last_day=date(2021, 3, 1) + timedelta(days=days),
                started_by=number,
                epoch=number,
                state=random.choice(("running", "paused", "met", "lapsed")),
            )
            for rule in rules
        ),
        reminders=tuple(reminder(rule, epoch=number) for rule in rules),
        cancelled=tuple(
            Cancelled(rule=rule, period="", reason=f"r{number}", superseded=random.random() < 0.5) for rule in rules
        ),
        notices=tuple(
            contract.notice(f"n-{random.randint(1, 20)}", address=random.choice(("", "a@b.vn"))) for _ in rules
        ),
    )


def some_move(random: Random, before: Proposal, number: int) -> Move:
    """A step that the process knows, whoever may take it."""
    actions = [transition.action for transition in process().transitions_from(before.state)]
    if not actions:
        raise Thrown
    action = random.choice(actions)
    facts: dict[str, FactValue] = {"letter_date": date(2021, 3, 1)} if action == "submit" else {}
    key = f"k-{random.randint(1, 30)}"
    answered = Answered(actor="p-1", key=key, request_sha256="r", answer=b"{}", recorded_at=NOON)
    return move(
        before,
        action,
        facts=facts,
        effects=some_effects(random, number),
        note=random.choice(("", "gấp")),
        documents=random.choice(((), (contract.paper(),))),
        answered=random.choice((None, answered)),
        holder=f"appraiser@{number}",
    )


def act(uow: UnitOfWork, random: Random, number: int) -> str:
    """Something at random, on whatever is there; what was answered."""
    code, what = random.choice(CODES), random.random()
    if what < 0.15:
        uow.add(creation(code))
    elif what < 0.25:
        return uow.take_code("TT", random.choice((2021, 2022)))
    elif what < 0.35:
        uow.append(register_entry(uow, "escalated", subject=random.choice((code, "keys"))))
    elif what < 0.45:
        person = f"p-{random.randint(1, 3)}-{number}"
        uow.add_person(Person(id=person, name="An"), username=f"u{random.randint(1, 5)}", entry=register_entry(uow))
        uow.add_seat(person, Seat(role="appraiser", agency="so-cu", since=NOON.date()), register_entry(uow))
    else:
        made = some_move(random, uow.proposal(code), number)
        stale = random.random() < 0.1
        uow.record(changed(made, before=changed(uow.proposal(code), revision=99)) if stale else made)
    return "done"


def told(store: AnyStore, seed: str, number: int) -> str:
    """What a store answers to the act; now and then everything is thrown away at the end."""
    random = Random(seed)  # noqa: S311 - a test chooses, it keeps no secret.
    try:
        with store.write() as uow:
            answer = act(uow, random, number)
            if random.random() < 0.1:
                raise Thrown
    except KhuyencongError as refused:
        return f"{type(refused).__name__}: {refused}"
    return answer


def seen(store: AnyStore) -> list[Any]:
    """Everything that the use cases can see of a store."""
    found: list[Any] = []
    with store.read() as uow:
        for code in CODES:
            try:
                found.append(uow.proposal(code))
            except KhuyencongError as unknown:
                found.append(str(unknown))
            found += [uow.deadlines(code), uow.tail(code)]
        found += [uow.answer("p-1", f"k-{number}") for number in range(1, 31)]
        found += [uow.actor(f"u{number}", channel="cli") for number in range(1, 6)]
        found += [uow.people("appraiser@so-cu", NOON.date()), uow.tail("keys"), uow.tail("registers")]
    return found


def rows(store: AnyStore, code: str) -> tuple[list[Any], list[Any], list[Any]]:
    """What stands beside a proposal: reminders, notices, entries."""
    if isinstance(store, MemoryStore):
        kept = store.kept(code)
        reminders = [(r.reminder.rule, r.reminder.epoch, r.state, r.reason) for r in kept.reminders]
        notices = [(n.notice.key, n.state) for n in kept.notices]
        return sorted(reminders), sorted(notices), [entry for entry in store.entries(code) if entry.seq]
    with store.look() as queries:
        reminders = [(r.rule, r.epoch, r.state, r.reason) for r in queries.reminders(code)]
        notices = [(n.key, n.state) for n in queries.notices(code)]
        return sorted(reminders), sorted(notices), list(queries.history(code))


@pytest.mark.parametrize("seed", range(3))
def test_all_stores_are_observed_alike(stores: tuple[AnyStore, ...], seed: int) -> None:
    """The same acts bring the same answers, refusals and rows; and what the databases keep can be proved."""
    for store in stores:
        furnish(store)

    for number in range(2, STEPS):
        answers = [told(store, f"{seed}-{number}", number) for store in stores]
        assert len(set(answers)) == 1, answers
    observed = [seen(store) for store in stores]

    assert observed[0] == observed[1] == observed[2]
    standing = [code for code, found in zip(CODES, observed[0][::3], strict=False) if isinstance(found, Proposal)]
    assert standing
    for code in standing:
        first, *others = [rows(store, code) for store in stores]
        assert all(other == first for other in others)
    for store in stores:
        if isinstance(store, Database):
            with store.transaction(writes=False) as transaction:
                # The people here stand in made-up entries that tell nothing of them.
                found = (one for one in verify(transaction).findings if one.subject != "registers")
                # The clocks and holders of these moves are drawn by lot, so no replay can tell them.
                assert [one for one in found if not _drawn(one)] == []


def _drawn(finding: Finding) -> bool:
    parts = str(finding.params.get("parts", ""))
    return finding.code.startswith("finding.deadline") or parts in ("holder", "due", "due, holder")
