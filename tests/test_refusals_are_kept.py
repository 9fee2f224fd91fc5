"""A refused act is written down, whatever it was, and changes nothing else; what is typed is text."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from definitions.model import Basis
from definitions.registers import Appointment
from store.memory import MemoryStore
from tests.staging import house, staged
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.entries import opened, read_body
from workflow.errors import BadValue, Refused
from workflow.house import House
from workflow.paper_numbers import Series
from workflow.proposal import Actor, Seat
from workflow.service.accounts import deactivate, set_password
from workflow.service.handing_over import hand_over
from workflow.service.numbering import Issue, cancel_paper, number_paper
from workflow.service.people import add_user, end_seat, give_seat
from workflow.service.registering import appoint, guide, publish_templates
from workflow.service.tokens import make_token
from workflow.storage import Store

NOW = datetime(2022, 3, 15, 3, tzinfo=UTC)
TODAY, OFFICER, TARGET = date(2022, 3, 15), "tham-dinh.sct-lai-chau", "kiem-tra.sct-lai-chau"
SEAT = Seat(role="inspector", agency="sct-lai-chau", since=TODAY)
LETTER = Guidance(
    programme="lai-chau-2021-2025",
    rule="plan_window",
    plan_year=2023,
    last_day=date(2022, 7, 1),
    agency="sct-lai-chau",
    paper="1/SCT",
)
ROW = Appointment(agency="sct-lai-chau", role="inspector", basis=Basis(text="Quyết định", confidence="OWN"))
Try = Callable[[Store, House, Actor], object]


@pytest.fixture
def peopled() -> tuple[MemoryStore, House]:
    """The sandbox's people where no operator may do what administrators do."""
    stage = staged(MemoryStore())
    assert isinstance(stage.store, MemoryStore)
    strict = changed(house(), told=changed(stage.house.told, sandbox=False), identity=lambda number: f"băm {number}")
    return stage.store, strict


def who(store: Store, username: str) -> Actor:
    with store.read() as uow:
        found = uow.actor(username, channel="cli")
    assert found is not None
    return found


def _add(store: Store, house: House, by: Actor) -> object:
    person = {"username": "moi", "name": "Mới", "address": ""}
    return add_user(store, house, **person, seats=(SEAT,), identity="012345678901", by=by, at=NOW)


def _token(store: Store, house: House, by: Actor, label: str = "") -> object:
    secret = "kc_một_token"
    return make_token(store, house, username=TARGET, secret=secret, label=label, expires_at=None, by=by, at=NOW)


def _end(store: Store, house: House, by: Actor) -> object:
    place = {"role": "inspector", "agency": "sct-lai-chau"}
    return end_seat(store, house, username=TARGET, **place, last_day=TODAY, by=by, at=NOW)


def _number(store: Store, house: House, by: Actor, **changed: str) -> object:
    said = {"agency": "ubnd-lai-chau", "kind": "quyet_dinh", "symbol": "QĐ-UBND", "title": "Quyết định"}
    return number_paper(store, house, Issue(**(said | changed)), by=by, at=NOW)


ACTS: dict[str, Try] = {
    "user add": _add,
    "user seat": lambda s, h, by: give_seat(s, h, username=TARGET, seat=SEAT, by=by, at=NOW),
    "user seat-end": _end,
    "user handover": lambda s, h, by: hand_over(s, h, giver=TARGET, taker=OFFICER, on=TODAY, by=by, at=NOW),
    "user token": _token,
    "user password": lambda s, h, by: set_password(s, h, username=TARGET, password="một câu dài", by=by, at=NOW),
    "user deactivate": lambda s, h, by: deactivate(s, h, username=TARGET, by=by, at=NOW),
    "appointment add": lambda s, h, by: appoint(s, h, appointment=ROW, by=by, at=NOW),
    "guide": lambda s, h, by: guide(s, h, guidance=changed(LETTER, agency="sct-da-nang"), by=by, at=NOW),
    "publish": lambda s, h, by: publish_templates(s, h, "{}", sha256="0" * 64, by=by, at=NOW),
    "paper number": _number,
}


@pytest.mark.parametrize("action", ACTS)
def test_a_refusal_of_a_register_act_is_an_entry(peopled: tuple[MemoryStore, House], action: str) -> None:
    """Who tried what, and why it was refused, outside every chain; the name is erasable."""
    store, strict = peopled
    by, before = who(store, OFFICER), store._state

    with pytest.raises(Refused) as refused:
        ACTS[action](store, strict, by)

    (entry,) = store._state.entries[len(before.entries) :]
    body = read_body(entry)
    assert (entry.kind, entry.seq, body["action"], body["person"]) == ("refused", None, action, by.person)
    assert [one["code"] for one in body["unmet"]] == [one.code for one in refused.value.unmet]
    assert opened(entry, body)["actor"] == by.name
    assert changed(store._state, entries=before.entries) == before


@pytest.mark.parametrize("text", ["xóa\x1b[2J", "ngược\u202e", "hai\ndòng", "\ud800"])
def test_what_registers_keep_is_text_in_one_line(peopled: tuple[MemoryStore, House], text: str) -> None:
    """Nothing that is typed can move a terminal, turn the reading, or keep a database from writing it."""
    store, strict = peopled
    home, officer = who(store, "quan-tri.bct"), who(store, "giam-doc.sct-lai-chau")
    basis = Basis(text="x", confidence="OWN").model_copy(update={"text": text})
    issue = {"agency": "sct-lai-chau", "symbol": "QĐ-SCT"}
    tries: list[Callable[[], object]] = [
        lambda: appoint(store, strict, appointment=ROW.model_copy(update={"basis": basis}), by=home, at=NOW),
        lambda: guide(store, strict, guidance=changed(LETTER, paper=text), by=officer, at=NOW),
        lambda: _token(store, strict, who(store, TARGET), label=text),
        lambda: _number(store, strict, officer, **issue, title=text),
        lambda: _number(store, strict, officer, **(issue | {"symbol": text})),
    ]

    for attempt in tries:
        with pytest.raises(BadValue):
            attempt()


def test_a_reason_may_have_lines_and_nothing_else(peopled: tuple[MemoryStore, House]) -> None:
    """Why a paper is cancelled is free text."""
    store, strict = peopled
    by, series = who(store, "giam-doc.sct-lai-chau"), Series(agency="sct-lai-chau", kind="quyet_dinh", year=2022)
    _number(store, strict, by, agency="sct-lai-chau", symbol="QĐ-SCT")

    with pytest.raises(BadValue):
        cancel_paper(store, strict, series, 1, reason="sai\x07", by=by, at=NOW)
    gone = cancel_paper(store, strict, series, 1, reason="sai thể thức\nsai số", by=by, at=NOW)

    assert gone.cancelled
