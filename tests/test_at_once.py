"""Mails of reminders that leave in the sweep that fires them: once, as the outbox would send them, never instead."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from definitions.bundle import shipped
from notifications.channels import Accepted, Letter, Outcome, TemporaryFailure, Unreachable
from store.statements import Statement, Transaction
from store.tables import NoticeRow, ReminderRow, table
from tests.offices import APPRAISER, DIRECTOR, Office, copied, morning_of, office_at
from tests.postgres import Server
from workflow.addresses import BadAddress
from workflow.office_hours import OfficeHours

pytest_plugins = ("tests.office_fixtures",)
_NOTICE, _REMINDER = table(NoticeRow), table(ReminderRow)
_LEASE = timedelta(minutes=10)
#: Two working days before the last day a mail goes to the appraiser and one to the director.
BEFORE, MORNING = morning_of(4, 10) + timedelta(hours=2), morning_of(4, 20)
_FIRE_AGAIN = Statement(
    update(_REMINDER).where(_REMINDER.c.state == bindparam("of_state")).values(state=bindparam("to_state"))
)
_SPOIL = Statement(
    update(_REMINDER).where(_REMINDER.c.state == bindparam("of_state")).values(notice=bindparam("to_notice"))
)


@dataclass
class Telling:
    """A channel that answers what it is told to and remembers what it was given."""

    outcome: Outcome = field(default_factory=lambda: Accepted("250 taken"))
    sent: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> Outcome:
        """Says it."""
        self.sent.append(letter)
        return self.outcome


class PowerCut(BaseException):
    """The process is gone."""


class CutOff:
    """A channel during whose first letter the power goes."""

    def send(self, letter: Letter) -> Outcome:
        """Never returns."""
        raise PowerCut(letter.id)


@pytest.fixture
def office(workplace: Office) -> Office:
    """The office when all mail of the hand-in is out."""
    workplace.deliver(BEFORE, Telling())
    return workplace


def _mails(office: Office) -> list[Any]:
    return [row for row in office.notices("due-soon") if row.channel == "mail"]


def test_what_fires_now_is_sent_by_the_sweep(office: Office) -> None:
    """Each mail is kept with its hash before it leaves, leaves once, and its acceptance is on record."""
    channel = Telling()

    office.sweep(MORNING, leaving := office.at_once(channel))
    after = office.deliver(MORNING, channel)

    assert (leaving.done.accepted, after.accepted) == (2, 0)
    assert Counter(letter.recipient for letter in channel.sent) == {APPRAISER: 1, DIRECTOR: 1}
    kept = {message.id: message for message in office.messages()}
    for letter in channel.sent:
        assert kept[letter.id].bytes == letter.content
        assert kept[letter.id].sha256 == sha256(letter.content).hexdigest()
        assert kept[letter.id].accepted_at == MORNING
    assert {(row.state, row.attempts) for row in _mails(office)} == {("accepted", 1)}


@pytest.fixture(params=["sqlite", "postgresql"])
def twins(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Two offices that begin alike."""
    server: Server | None = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    with ExitStack() as stack:
        found = []
        for name in ("one", "two"):
            (folder := tmp_path / name).mkdir()
            url = stack.enter_context(copied(filled, server, folder))
            found.append(stack.enter_context(office_at(url, folder / "mail")))
        yield found[0], found[1]


def test_the_tables_say_the_same_whichever_way_it_goes(twins: tuple[Office, Office]) -> None:
    """The same notices, words, mails and bytes through a whole ladder, whether the sweep sends them or the outbox."""
    one, two = twins
    channels = Telling(), Telling()
    for office, channel in zip(twins, channels, strict=True):
        for day in (10, 20, 24, 25, 27, 28):
            at = morning_of(4, day) + timedelta(hours=2)
            office.sweep(at, office.at_once(channel) if office is one else None)
            office.deliver(at, channel)

    def known(office: Office) -> list[dict[str, Any]]:
        return [{**row._asdict(), "id": 0} for row in sorted(office.notices(), key=lambda row: str(row.key))]

    assert known(one) == known(two)
    assert one.messages() == two.messages()
    assert [letter.content for letter in channels[0].sent] == [letter.content for letter in channels[1].sent]
    assert len(channels[0].sent) > 10


def test_a_crash_before_sending_loses_and_doubles_nothing(office: Office) -> None:
    """The mails are taken by a lease like any other; when it is over they go with the same bytes."""
    with pytest.raises(PowerCut):
        office.sweep(MORNING, office.at_once(CutOff()))
    kept, channel = {row.id: row.bytes for row in office.messages()}, Telling()

    during = office.deliver(MORNING + _LEASE - timedelta(seconds=1), channel)
    after = office.deliver(MORNING + _LEASE, channel)

    assert (during.accepted, after.accepted) == (0, 2)
    assert {row.id: row.bytes for row in office.messages()} == kept
    assert all(kept[letter.id] == letter.content for letter in channel.sent)


def test_the_power_may_go_at_any_statement(
    filled: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reminder fires once, each mail arrives; twice only where its acceptance was on its way into the tables."""
    done, again, cut = Transaction._execute, 0, 0
    for number in count(1):
        folder = tmp_path_factory.mktemp("cut")
        with copied(filled, None, folder) as url, office_at(url, folder / "mail") as office:
            office.deliver(BEFORE, Telling())
            channel, steps = Telling(), iter(range(1, number + 1))

            def dying(self: Transaction, sql: str, *rest: Any, left: Iterator[int] = steps, **named: Any) -> None:
                if next(left, None) == number:  # noqa: B023 - it is used up before the next one.
                    raise PowerCut(sql)
                done(self, sql, *rest, **named)

            monkeypatch.setattr(Transaction, "_execute", dying)
            try:
                office.sweep(MORNING, office.at_once(channel))
            except PowerCut:
                cut += 1
            else:
                break
            finally:
                monkeypatch.setattr(Transaction, "_execute", done)
            for at in (MORNING, MORNING + _LEASE):
                office.sweep(at, office.at_once(channel))
                office.deliver(at, channel)

            sent = Counter(letter.id for letter in channel.sent)
            again += sum(sent.values()) - len(sent)
            assert len(sent) == len(_mails(office)) == 2, number
            assert {row.state for row in _mails(office)} == {"accepted"}, number
            assert {letter.id: letter.content for letter in channel.sent} == {
                row.id: row.bytes for row in office.messages() if row.id in sent
            }

    assert cut > 20
    # Of each mail: its BEGIN, its two statements and its COMMIT.
    assert again == 2 * 4


def test_a_server_that_cannot_be_reached_stops_no_reminder(office: Office) -> None:
    """What was not tried is given back, what follows is left to the outbox; all fires, and later all goes once."""
    leaving = office.at_once(Telling(Unreachable("nobody answers")))

    swept = office.sweep(MORNING, leaving)
    channel = Telling()
    office.deliver(MORNING + timedelta(minutes=3), channel)

    assert swept.fired > 0
    assert (leaving.done.unreachable, leaving.done.retried, leaving.done.released) == ("nobody answers", 1, 1)
    assert Counter(letter.recipient for letter in channel.sent) == {APPRAISER: 1, DIRECTOR: 1}
    assert {row.state for row in _mails(office)} == {"accepted"}


def test_a_slow_server_does_not_hold_up_the_sweep(office: Office) -> None:
    """After a while the rest is given back; the outbox sends it."""
    clock = iter([0.0, 1.0, 2.0, 3.0, 24.0, 25.0, 26.0])
    leaving = office.at_once(channel := Telling(), seconds=lambda: next(clock))

    office.sweep(MORNING, leaving)
    office.deliver(MORNING, channel)

    assert (leaving.done.accepted, leaving.done.released) == (1, 1)
    assert Counter(letter.recipient for letter in channel.sent) == {APPRAISER: 1, DIRECTOR: 1}


def test_a_refusal_for_now_is_tried_again_by_the_outbox(office: Office) -> None:
    """With the very same bytes, as if it had sent them itself."""
    leaving = office.at_once(busy := Telling(TemporaryFailure("451 busy")))
    office.sweep(MORNING, leaving)

    office.deliver(MORNING + timedelta(minutes=3), channel := Telling())

    assert leaving.done.retried == 2
    assert {letter.id: letter.content for letter in channel.sent} == {letter.id: letter.content for letter in busy.sent}


def test_no_reminder_overtakes_an_older_mail_of_its_case(workplace: Office) -> None:
    """What waits for the outbox since before goes first, and the reminder behind it, to the same people."""
    leaving = workplace.at_once(channel := Telling())

    workplace.sweep(MORNING, leaving)
    swept = len(channel.sent)
    workplace.deliver(MORNING, channel)

    told = [letter.id for letter in channel.sent]
    older = [row.message_id for row in workplace.notices() if row.channel == "mail" and row.reminder_id is None]
    reminders = [row.message_id for row in _mails(workplace)]
    assert swept == 0
    assert older
    assert reminders
    assert max(map(told.index, older)) < min(map(told.index, reminders))


def test_at_night_nothing_is_begun(office: Office) -> None:
    """What fires while offices are closed waits for the morning, as the outbox has it wait."""
    night = MORNING + timedelta(hours=14)
    leaving = office.at_once(channel := Telling(), office=OfficeHours(calendar=shipped().calendar))

    office.sweep(night, leaving)

    assert channel.sent == []
    assert {row.state for row in _mails(office)} == {"scheduled"}


def test_a_notice_that_is_told_already_is_not_sent_again(office: Office) -> None:
    """A row that fires once more by somebody's hand gives no second notice, and so no second mail."""
    office.sweep(MORNING, office.at_once(channel := Telling()))
    office.change(_FIRE_AGAIN, of_state="fired", to_state="scheduled")

    swept = office.sweep(MORNING, office.at_once(channel))

    assert swept.fired > 0
    assert Counter(letter.recipient for letter in channel.sent) == {APPRAISER: 1, DIRECTOR: 1}


def test_a_dead_address_is_left_to_the_outbox(office: Office) -> None:
    """Nothing leaves for it, and what is meant for it takes its next way there; nobody of the case is overtaken."""
    marked = BadAddress(
        address=APPRAISER, seat="base_appraiser@x", agency="x", person=None, reason="550 nobody", since=BEFORE
    )
    with office.store.write() as uow:
        uow.mark_address(marked)

    office.sweep(MORNING, leaving := office.at_once(channel := Telling()))
    done = office.deliver(MORNING, channel)

    assert leaving.done.accepted == 0
    assert done.rerouted == 1
    assert APPRAISER not in {letter.recipient for letter in channel.sent}


def test_a_notice_without_template_fails_in_the_outbox(office: Office) -> None:
    """The sweep leaves it alone; there it is recorded with its reason."""
    office.change(_SPOIL, of_state="scheduled", to_notice="no-such-notice")

    office.sweep(MORNING, leaving := office.at_once(channel := Telling()))
    done = office.deliver(MORNING, channel)

    assert leaving.done.accepted == 0
    assert done.failed == 2
    assert channel.sent == []
