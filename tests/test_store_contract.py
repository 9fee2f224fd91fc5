"""The promises of a store, asked of memory, SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest

from definitions.errors import UnknownDefinition
from definitions.loading import DefinitionText
from definitions.model import Basis
from definitions.registers import Appointment
from store.database import Database
from store.memory import MemoryStore
from tests import contract
from tests.contract import NOON, creation, deadline, furnish, move, publish, register_entry, reminder
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.entries import BrokenHistory, make_entry
from workflow.errors import CodeTaken, KeyReused, StaleProposal, UnknownProposal
from workflow.proposal import VIETNAM, Actor, Seat
from workflow.storage import Answered, Cancelled, Effects, Move, Person, Store, UnitOfWork, UsernameTaken

AnyStore = MemoryStore | Database


@pytest.fixture(params=contract.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    """Each kind of store, with the smallest law published."""
    with contract.opened(request.param, request, tmp_path) as opened:
        furnish(opened)
        yield opened


def add(store: Store, made: Move) -> Move:
    with store.write() as uow:
        uow.add(made)
    return made


def record(store: Store, made: Move) -> Move:
    with store.write() as uow:
        uow.record(made)
    return made


def answered(key: str = "k-1") -> Answered:
    return Answered(actor="p-1", key=key, request_sha256="r" * 64, answer=b'{"ok":true}', recorded_at=NOON)


def test_every_store_satisfies_the_protocols(store: AnyStore) -> None:
    """The type checker holds the assignment; the test holds that it is made."""
    as_protocol: Store = store

    with as_protocol.read() as uow:
        as_unit: UnitOfWork = uow

        assert as_unit.tail("nobody") is None


def test_a_new_proposal_is_read_back_as_it_was(store: AnyStore) -> None:
    """What goes in comes out, instants aware and in UTC."""
    made = add(store, creation())

    with store.read() as uow:
        found = uow.proposal("TT-2021-0001")

    assert found == made.after
    assert found.created_at.tzinfo is not None
    assert found.last_at.utcoffset() == timedelta(0)


def test_an_unknown_proposal_is_refused_by_name(store: AnyStore) -> None:
    """Nothing is made up for a code that nobody registered."""
    with store.read() as uow, pytest.raises(UnknownProposal, match="TT-1"):
        uow.proposal("TT-1")


def test_a_code_is_given_once(store: AnyStore) -> None:
    """The second proposal of a code is refused before anything of it is written."""
    add(store, creation())

    with pytest.raises(CodeTaken):
        add(store, creation(name="Khác"))

    with store.read() as uow:
        assert uow.proposal("TT-2021-0001").title == "Chế biến gỗ Đồng Tâm"


def test_a_taken_code_leaves_the_transaction_usable(store: AnyStore) -> None:
    """An import may pass over a code that exists and go on with the next row."""
    add(store, creation())

    with store.write() as uow:
        with pytest.raises(CodeTaken):
            uow.add(creation())
        uow.add(creation("TT-2021-0002"))

    with store.read() as uow:
        assert uow.proposal("TT-2021-0002").code == "TT-2021-0002"


def test_a_move_is_read_back_with_its_typed_facts(store: AnyStore) -> None:
    """Dates among the facts are dates again, in the data and in the past."""
    first = add(store, creation())
    made = record(store, move(first.after, facts={"letter_date": date(2021, 3, 1)}, note="gấp"))

    with store.read() as uow:
        found = uow.proposal("TT-2021-0001")

    assert found == made.after
    assert found.past[0].facts == {"letter_date": date(2021, 3, 1)}
    assert found.past[0].at.utcoffset() == timedelta(0)


def test_a_stale_move_is_refused_with_both_revisions(store: AnyStore) -> None:
    """The one who decided on an older revision hears which one it is now."""
    first = add(store, creation())
    record(store, move(first.after))

    with pytest.raises(StaleProposal) as refused:
        record(store, move(first.after, "withdraw"))

    assert (refused.value.action, refused.value.expected, refused.value.actual) == ("withdraw", 0, 1)


def test_a_move_of_no_proposal_is_refused(store: AnyStore) -> None:
    """There is nothing to move."""
    with pytest.raises(UnknownProposal):
        record(store, move(creation().after))


def test_a_rollback_leaves_nothing(store: AnyStore) -> None:
    """Whatever a transaction wrote is gone when an exception leaves it."""
    first = add(store, creation())
    effects = Effects(deadlines=(deadline(),), reminders=(reminder(),), notices=(contract.notice(),))
    made = move(first.after, effects=effects, documents=(contract.paper(),), answered=answered())

    def fail_halfway() -> None:
        with store.write() as uow:
            uow.record(made)
            uow.add(creation("TT-2021-0002"))
            uow.take_code("TT", 2021)
            uow.add_person(Person(id="p-9", name="Ai"), username="ai", entry=register_entry(uow))
            publish(uow, DefinitionText("process", "other", contract.PROCESS_TEXT.text + "\n# khác\n"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_halfway()

    with store.write() as uow:
        assert uow.proposal("TT-2021-0001") == first.after
        assert uow.deadlines("TT-2021-0001") == ()
        assert uow.answer("p-1", "k-1") is None
        assert uow.actor("ai", channel="cli") is None
        assert uow.law().process("tiny").sha256 == contract.PROCESS_TEXT.sha256
        assert uow.tail("TT-2021-0001") is not None
        assert uow.take_code("TT", 2021) == "TT-2021-0002"
        with pytest.raises(UnknownProposal):
            uow.proposal("TT-2021-0002")
        uow.record(made)


def test_deadlines_are_replaced_by_rule_and_period_and_come_oldest_first(store: AnyStore) -> None:
    """One row for each (rule, period); the oldest by the entry that started it."""
    first = add(store, creation())
    monthly = [deadline("report", period=f"2021-{month:02d}", allowance=None) for month in (4, 5)]
    second = record(store, move(first.after, effects=Effects(deadlines=(deadline(started_by=2), *monthly))))
    again = deadline(started_by=3, epoch=2, state="paused", running_since=None, consumed=3, reason="return")
    record(store, move(second.after, "return", effects=Effects(deadlines=(again,))))

    with store.read() as uow:
        found = uow.deadlines("TT-2021-0001")

    assert found == (*monthly, again)


def test_an_answer_is_kept_with_its_move(store: AnyStore) -> None:
    """A retry finds what was answered, bytes and all."""
    first = add(store, creation())
    record(store, move(first.after, answered=answered()))

    with store.read() as uow:
        assert uow.answer("p-1", "k-1") == answered()
        assert uow.answer("p-2", "k-1") is None
        assert uow.answer("p-1", "k-2") is None


def test_a_key_serves_one_request(store: AnyStore) -> None:
    """Another move with a key that was used is refused, and nothing of it stays."""
    first = add(store, creation())
    second = record(store, move(first.after, answered=answered()))

    with pytest.raises(KeyReused):
        record(store, move(second.after, "return", answered=answered()))

    with store.read() as uow:
        assert uow.proposal("TT-2021-0001") == second.after


def test_codes_count_up_by_prefix_and_year(store: AnyStore) -> None:
    """A series of its own for each prefix and year; a code that is taken is passed over."""
    add(store, creation("TT-2021-0002"))

    with store.write() as uow:
        drawn = [uow.take_code("TT", 2021), uow.take_code("TT", 2021), uow.take_code("TT", 2022)]

    assert drawn == ["TT-2021-0001", "TT-2021-0003", "TT-2022-0001"]


def test_a_chain_beside_the_proposals_grows(store: AnyStore) -> None:
    """The tail is the newest chained entry, within the transaction too."""
    with store.write() as uow:
        first = register_entry(uow, subject="keys")
        uow.append(first)
        tail = uow.tail("keys")
        second = register_entry(uow, subject="keys")
        uow.append(second)

    assert tail is not None
    assert (tail.seq, tail.hash, tail.recorded_at) == (1, first.hash, NOON)
    assert second.previous_hash == first.hash
    with store.read() as uow:
        newest = uow.tail("keys")
        assert newest is not None
        assert newest.seq == 2


def test_an_entry_number_is_taken_once(store: AnyStore) -> None:
    """Two entries of one place in a chain would be two histories."""
    with store.write() as uow:
        entry = register_entry(uow, subject="keys")
        uow.append(entry)

    with pytest.raises(BrokenHistory), store.write() as uow:
        uow.append(entry)


def test_a_refusal_stands_outside_the_chain(store: AnyStore) -> None:
    """It has no number and moves nothing."""
    first = add(store, creation())
    refused = make_entry(
        "refused",
        "TT-2021-0001",
        seq=None,
        recorded_at=NOON,
        content={"action": "submit"},
        private={"actor": "Nguyễn Văn An"},
        previous_hash=None,
        salt=contract.salt,
    )

    with store.write() as uow:
        uow.append(refused)
        uow.append(refused)

    with store.read() as uow:
        assert uow.proposal("TT-2021-0001") == first.after
        tail = uow.tail("TT-2021-0001")
        assert tail is not None
        assert tail.seq == 1


def test_an_entry_without_a_revision_moves_the_end_of_the_chain(store: AnyStore) -> None:
    """An escalation is history of the proposal: the next move comes after it, on the same revision."""
    first = add(store, creation())
    with store.write() as uow:
        entry = register_entry(uow, "escalated", subject="TT-2021-0001")
        uow.append(entry)

    with pytest.raises(StaleProposal):
        record(store, move(first.after))
    with pytest.raises(StaleProposal), store.write() as uow:
        uow.append(changed(entry, seq=2))

    with store.read() as uow:
        found = uow.proposal("TT-2021-0001")
    assert (found.revision, found.last_seq, found.last_hash) == (0, 2, entry.hash)
    record(store, move(found))


def test_the_law_is_what_was_published_last(store: AnyStore) -> None:
    """A later text of a key takes the place of the earlier one, which stays readable by its hash."""
    later = DefinitionText("process", "tiny", contract.PROCESS_TEXT.text + "\n# sửa\n")
    with store.write() as uow:
        before = uow.law().process("tiny").sha256
        publish(uow, later)
        within = uow.law().process("tiny").sha256

    with store.read() as uow:
        assert (before, within) == (contract.PROCESS_TEXT.sha256, later.sha256)
        assert uow.law().process("tiny").sha256 == later.sha256
        assert uow.process(before).sha256 == before
        assert uow.programme(contract.PROGRAMME_TEXT.sha256).code_prefix == "TT"
        assert uow.published()["process", "tiny@2021.1"].text == later.text
        assert uow.templates_sha256() == contract.TEMPLATES_SHA256


def test_a_text_published_again_holds_again(store: AnyStore) -> None:
    """Going back to an earlier text is a new publication of the same hash."""
    later = DefinitionText("process", "tiny", contract.PROCESS_TEXT.text + "\n# sửa\n")
    for text in (later, contract.PROCESS_TEXT):
        with store.write() as uow:
            publish(uow, text)

    with store.read() as uow:
        assert uow.law().process("tiny").sha256 == contract.PROCESS_TEXT.sha256


def test_a_hash_that_was_never_published_is_unknown(store: AnyStore) -> None:
    """So is a programme's hash asked for as a process."""
    with store.read() as uow:
        with pytest.raises(UnknownDefinition):
            uow.process("0" * 64)
        with pytest.raises(UnknownDefinition):
            uow.process(contract.PROGRAMME_TEXT.sha256)
        with pytest.raises(UnknownDefinition):
            uow.programme(contract.PROCESS_TEXT.sha256)


def test_people_are_found_by_seat_and_day(store: AnyStore) -> None:
    """A seat is held from day to day, both included; people come by name, each once."""
    held = Seat(role="appraiser", agency="so-cu", since=date(2021, 1, 1), until=date(2021, 6, 30))
    signing = changed(held, capacity="KT")
    people = [Person(id="p-2", name="Đinh Thị Bình", address="b@so.vn"), Person(id="p-3", name="An")]
    with store.write() as uow:
        for person in people:
            uow.add_person(person, username=person.id, entry=register_entry(uow))
        for person_id, seat in (("p-2", held), ("p-2", signing), ("p-3", changed(held, until=None))):
            uow.add_seat(person_id, seat, register_entry(uow))

    with store.read() as uow:
        assert uow.people("appraiser@so-cu", date(2021, 6, 30)) == (people[1], people[0])
        assert uow.people("appraiser@so-cu", date(2021, 7, 1)) == (people[1],)
        assert uow.people("appraiser@so-cu", date(2020, 12, 31)) == ()
        assert uow.people("approver@so-cu", date(2021, 6, 30)) == ()
        assert uow.actor("p-2", channel="api") == Actor(
            person="p-2", name="Đinh Thị Bình", seats=(held, signing), channel="api"
        )
        assert uow.actor("nobody", channel="api") is None


def test_an_actor_may_have_no_seat(store: AnyStore) -> None:
    """Who was just recorded can sign in and do nothing."""
    with store.write() as uow:
        uow.add_person(Person(id="p-2", name="An"), username="an", entry=register_entry(uow))

    with store.read() as uow:
        assert uow.actor("an", channel="cli") == Actor(person="p-2", name="An")


def test_a_username_is_given_once(store: AnyStore) -> None:
    """The second person of a name is refused before anything was written."""
    with store.write() as uow:
        uow.add_person(Person(id="p-2", name="An"), username="an", entry=register_entry(uow))
        with pytest.raises(UsernameTaken):
            uow.add_person(Person(id="p-3", name="Ân"), username="an", entry=register_entry(uow))

    with store.read() as uow:
        actor = uow.actor("an", channel="cli")
        assert actor is not None
        assert actor.person == "p-2"


def test_appointments_and_guidance_come_back_in_order(store: AnyStore) -> None:
    """The newest letter is the last one; letters of other programmes stay out."""
    basis = Basis(text="Quyết định 5", confidence="FOUND", source=(1,))
    rows = [
        Appointment(agency="so-moi", role="appraiser", since=date(2022, 1, 1), basis=basis),
        Appointment(agency="ubnd", role="approver", programme="x", process="tiny", province="p", basis=basis),
    ]
    letters = [
        Guidance(programme=name, rule="plan_window", plan_year=2022, last_day=day, agency="so-cu", paper="12/SCT")
        for name, day in (("a", date(2021, 6, 1)), ("b", date(2021, 7, 1)), ("a", date(2021, 6, 15)))
    ]
    with store.write() as uow:
        for row in rows:
            uow.add_appointment(row, register_entry(uow))
        for letter in letters:
            uow.add_guidance(letter, register_entry(uow))

    with store.read() as uow:
        assert uow.appointments() == tuple(rows)
        assert uow.guidance("a") == (letters[0], letters[2])
        assert uow.guidance("c") == ()


def test_instants_of_other_zones_come_back_in_utc(store: AnyStore) -> None:
    """An instant is a moment, whatever zone it was said in."""
    local = NOON.astimezone(VIETNAM)
    made = creation()
    add(store, changed(made, after=changed(made.after, created_at=local, last_at=local)))

    with store.read() as uow:
        found = uow.proposal("TT-2021-0001")

    assert found.last_at == NOON
    if not isinstance(store, MemoryStore):
        assert found.last_at.tzinfo == UTC


def test_a_reader_sees_one_moment(store: AnyStore) -> None:
    """What commits meanwhile is not seen before the next look."""
    first = add(store, creation())

    with store.read() as uow:
        before = uow.proposal("TT-2021-0001")
        record(store, move(first.after))
        again = uow.proposal("TT-2021-0001")

    assert before == again == first.after


def test_cancelled_reminders_are_not_scheduled_any_more(store: AnyStore) -> None:
    """Those of the deadline alone; what replaces them is scheduled."""
    first = add(store, creation())
    rows = Effects(
        deadlines=(deadline(), deadline("supplement")), reminders=(reminder(), reminder("supplement", offset="start"))
    )
    second = record(store, move(first.after, effects=rows))
    effects = Effects(
        deadlines=(deadline(epoch=2),),
        reminders=(reminder(epoch=2),),
        cancelled=(Cancelled(rule="appraisal", period="", reason="return", superseded=True),),
    )
    third = record(store, move(second.after, "return", effects=effects))
    over = Effects(cancelled=(Cancelled(rule="appraisal", period="", reason="resubmit"),))
    record(store, move(third.after, "resubmit", effects=over))

    assert reminders_of(store) == {
        ("appraisal", 1, "superseded", "return"),
        ("appraisal", 2, "cancelled", "resubmit"),
        ("supplement", 1, "scheduled", ""),
    }


def reminders_of(store: AnyStore) -> set[tuple[str, int, str, str]]:
    if isinstance(store, MemoryStore):
        kept = store.kept("TT-2021-0001").reminders
        return {(row.reminder.rule, row.reminder.epoch, row.state, row.reason) for row in kept}
    with store.look() as queries:
        return {(row.rule, row.epoch, row.state, row.reason) for row in queries.reminders("TT-2021-0001")}


def test_a_notice_without_an_address_is_printed(store: AnyStore) -> None:
    """And the same event is told to the same person once."""
    first = add(store, creation())
    rows = (contract.notice("a"), contract.notice("b", address=""), contract.notice("c", channel="paper"))
    record(store, move(first.after, effects=Effects(notices=(*rows, rows[0]))))

    if isinstance(store, MemoryStore):
        found = [(row.notice.key, row.state) for row in store.kept("TT-2021-0001").notices]
    else:
        with store.look() as queries:
            found = [(row.key, row.state) for row in queries.notices("TT-2021-0001")]

    assert found == [("a", "scheduled"), ("b", "to_print"), ("c", "to_print")]
