"""What is done beside the steps of a proposal, tried as everybody; and every command stands on the page of rights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import typer.main

from definitions.model import Basis
from definitions.registers import Appointment
from khuyencong.access import AROUND, BESIDE_STEPS, MACHINE, READING, STEPS, USE_CASES, commands_of
from khuyencong.cli import app
from store.memory import MemoryStore
from tests.daywork import CENTRE, CODE, HEAD, OFFICER, SECOND, Desk, desk_on, paper
from tests.shell import DRAFT, Shell
from workflow.administration import operator
from workflow.changing import changed
from workflow.errors import Refused
from workflow.house import House
from workflow.paper_numbers import Series
from workflow.proposal import Actor
from workflow.service.accounts import deactivate
from workflow.service.asking import Answer, Question, answer, ask
from workflow.service.assigning import Assignment, assign
from workflow.service.correcting import correct
from workflow.service.delivering import print_letter
from workflow.service.drafting import edit
from workflow.service.filing import attach
from workflow.service.issuing import issue, number_signed
from workflow.service.numbering import Issue, cancel_paper, number_paper
from workflow.service.people import add_user
from workflow.service.presenting import Draft, present
from workflow.service.registering import appoint
from workflow.service.signing import send_back, sign
from workflow.storage import Store

COLLEAGUE, STC = "kiem-tra.sct-lai-chau", "stc-lai-chau"
BY = {
    "officer": OFFICER,
    "signer": HEAD,
    "colleague": COLLEAGUE,
    "implementer": CENTRE,
    "asked": f"tham-dinh.{STC}",
    "abroad": "giam-doc.sct-da-nang",
    "administrator": "quan-tri.ubnd-lai-chau",
    "auditor": "thanh-tra",
    "observer": "van-phong.ubnd-lai-chau",
    "no_seat": "khong-ghe",
}
LETTER = Draft(
    action="forward",
    kind="cong_van",
    symbol="SCT-QLCN",
    title="Đề nghị thẩm định",
    facts={"by": "staff", "recommended_amount": 200_000_000, "priority_rank": 1},
    documents=(paper("phieu_tham_dinh"), paper("bieu_tong_hop")),
)
Try = Callable[[Desk, Actor], object]


def both(desk: Desk) -> tuple[Store, House]:
    return desk.stage.store, desk.stage.house


def presented(desk: Desk, by: Actor | str = SECOND) -> None:
    who = desk.who(by) if isinstance(by, str) else by
    present(*both(desk), LETTER, code=CODE, by=who, at=desk.at(1))


def signed(desk: Desk) -> None:
    presented(desk)
    sign(*both(desk), code=CODE, by=desk.who(HEAD), at=desk.at(1, 1))


def numbered(desk: Desk) -> None:
    signed(desk)
    number_signed(*both(desk), code=CODE, by=desk.who(SECOND), at=desk.at(1, 2))


def asked(desk: Desk) -> None:
    ask(*both(desk), Question(agency=STC, text="Ý kiến?"), code=CODE, by=desk.who(HEAD), at=desk.at(1))


def in_charge(desk: Desk) -> None:
    desk.assign(OFFICER, HEAD, 1)


def before_anything(_: Desk) -> None:
    """It waits at the Sở."""


def on_paper(desk: Desk) -> None:
    """The Sở gave the papers back, and whom it announced that to has no address."""
    desk.act("return", OFFICER, desk.at(1), missing="Thiếu dự toán")
    store = desk.stage.store
    assert isinstance(store, MemoryStore)
    kept = store._state.kept[CODE]
    rows = tuple(changed(row, state="to_print") if row.notice.seq == desk.now.last_seq else row for row in kept.notices)
    store._state.kept[CODE] = changed(kept, notices=rows)


def _readdressed(desk: Desk, by: Actor) -> object:
    changes = {"beneficiary_email": "moi@co-so.example"}
    return edit(*both(desk), code=CODE, changes=changes, by=by, at=desk.at(1, 3), reason="đổi hộp thư")


def _printed(desk: Desk, by: Actor) -> object:
    store = desk.stage.store
    assert isinstance(store, MemoryStore)
    number = max(n for n, row in enumerate(store.kept(CODE).notices, start=1) if row.state == "to_print")
    return print_letter(*both(desk), number=number, by=by, at=desk.at(1, 3))


def _passed_on(desk: Desk, by: Actor) -> object:
    wanted = Assignment(to=SECOND, reason="nghỉ phép")
    return assign(*both(desk), wanted, code=CODE, by=by, at=desk.at(1, 3))


def _number(desk: Desk, by: Actor) -> object:
    about = Issue(agency="sct-lai-chau", kind="quyet_dinh", symbol="QĐ-SCT", title="Tổ kiểm tra", code=CODE)
    return number_paper(*both(desk), about, by=by, at=desk.at(1, 3))


def _cancel(desk: Desk, by: Actor) -> object:
    series = Series(agency="sct-lai-chau", kind="cong_van", year=2017)
    return cancel_paper(*both(desk), series, 1, reason="sai", by=by, at=desk.at(1, 3))


def _own_back(desk: Desk, by: Actor) -> object:
    """Who could not have presented it has nothing of their own to withdraw."""
    presented(desk, by)
    return _back(desk, by)


def _back(desk: Desk, by: Actor) -> object:
    return send_back(*both(desk), code=CODE, reason="sửa lại", by=by, at=desk.at(1, 3))


#: What happened before, and the act itself, by the lines of the page.
TRIES: dict[str, tuple[Callable[[Desk], None], Try]] = {
    "proposal attach": (
        before_anything,
        lambda desk, by: attach(*both(desk), code=CODE, documents=(paper("phieu_tham_dinh"),), by=by, at=desk.at(1, 3)),
    ),
    "proposal assign": (before_anything, _passed_on),
    "proposal assign (one's own work)": (in_charge, _passed_on),
    "proposal correct": (
        before_anything,
        lambda desk, by: correct(*both(desk), code=CODE, reason="nhầm", by=by, at=desk.at(1, 3)),
    ),
    "proposal edit (the beneficiary's address)": (before_anything, _readdressed),
    "proposal ask": (
        before_anything,
        lambda desk, by: ask(*both(desk), Question(agency=STC, text="Gì?"), code=CODE, by=by, at=desk.at(1, 3)),
    ),
    "proposal answer": (
        asked,
        lambda desk, by: answer(*both(desk), Answer(text="Đồng ý"), code=CODE, by=by, at=desk.at(1, 3)),
    ),
    "paper present": (before_anything, presented),
    "paper sign": (presented, lambda desk, by: sign(*both(desk), code=CODE, by=by, at=desk.at(1, 3))),
    "paper send-back (another's)": (presented, _back),
    "paper send-back (one's own and unsigned)": (before_anything, _own_back),
    "paper number (signed paper)": (
        signed,
        lambda desk, by: number_signed(*both(desk), code=CODE, by=by, at=desk.at(1, 3)),
    ),
    "paper number (other papers)": (before_anything, _number),
    "paper issue": (
        numbered,
        lambda desk, by: issue(*both(desk), code=CODE, to=("Sở Tài chính",), by=by, at=desk.at(1, 3)),
    ),
    "paper cancel": (numbered, _cancel),
    "notice printed": (on_paper, _printed),
}


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The proposal waits at the Sở, with somebody who sits nowhere besides the sandbox's people."""
    with desk_on("memory", request, tmp_path_factory.mktemp("desk")) as found:
        name, at = "khong-ghe", found.at(0)
        add_user(*both(found), username=name, name=name, address="", seats=(), by=operator(), at=at)
        yield found


@contextmanager
def undone(desk: Desk) -> Iterator[None]:
    """Whatever happens within is forgotten."""
    store = desk.stage.store
    assert isinstance(store, MemoryStore)
    kept = store._state.copy()
    try:
        yield
    finally:
        store._state = kept


def allowed(desk: Desk, name: str, by: Actor, also: Callable[[Desk], object] = before_anything) -> bool:
    """Whether it is carried out after what comes before it; the store is as before afterwards."""
    before, act = TRIES[name]
    with undone(desk):
        before(desk)
        also(desk)
        try:
            act(desk, by)
        except Refused:
            return False
        return True


def everybody(desk: Desk) -> dict[str, Actor]:
    return {subject: desk.who(username) for subject, username in BY.items()} | {"operator": operator()}


def test_every_line_of_the_page_is_tried() -> None:
    """A line without a trial would be a promise that nobody holds."""
    assert set(TRIES) == set(BESIDE_STEPS)
    assert set(BY) | {"operator"} == set(AROUND)


@pytest.mark.parametrize("name", TRIES)
def test_what_is_beside_the_steps_is_for_those_whom_the_page_names(desk: Desk, name: str) -> None:
    """Of all roles at the right and the wrong agencies only who stands there passes."""
    passed = {subject for subject, by in everybody(desk).items() if allowed(desk, name, by)}

    assert passed == BESIDE_STEPS[name]


@pytest.mark.parametrize("name", TRIES)
def test_a_seat_gives_nothing_before_or_after_its_days(desk: Desk, name: str) -> None:
    """Whoever may today could not before the seat began, and cannot once it has ended."""
    today = date(2017, 4, 11)
    for subject in BESIDE_STEPS[name]:
        by = desk.who(BY[subject])
        later = tuple(changed(seat, since=today + timedelta(days=1)) for seat in by.seats)
        earlier = tuple(changed(seat, until=today - timedelta(days=1)) for seat in by.seats)
        for seats in (later, earlier):
            assert not allowed(desk, name, changed(by, seats=seats)), (subject, seats)


def _appointed_elsewhere(desk: Desk) -> None:
    row = Appointment(
        agency="sct-da-nang",
        role="base_appraiser",
        programme=desk.now.programme,
        process="kcdp",
        province="lai-chau",
        since=date(2017, 4, 11),
        basis=Basis(text="Quyết định giả định", confidence="OWN"),
    )
    appoint(*both(desk), appointment=row, by=operator(), at=desk.at(1, 2))


@pytest.mark.parametrize("name", ["proposal attach", "proposal assign", "proposal ask", "paper present", "paper sign"])
def test_an_expired_appointment_takes_the_work_from_the_agency(desk: Desk, name: str) -> None:
    """When another agency is appointed from today on, nobody of the former one goes on with the proposal."""
    people = everybody(desk)

    passed = {
        who for who in ("officer", "signer", "colleague") if allowed(desk, name, people[who], _appointed_elsewhere)
    }

    assert passed == set()
    if name not in ("proposal assign", "paper sign"):
        assert allowed(desk, name, people["abroad"], _appointed_elsewhere)


def test_a_closed_account_is_nobody(desk: Desk) -> None:
    """There is nobody to act as, so nothing of this is within reach."""
    with undone(desk):
        deactivate(*both(desk), username=OFFICER, by=operator(), at=desk.at(1))
        with desk.stage.store.read() as uow:
            assert uow.actor(OFFICER, channel="cli") is None


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


def test_every_command_stands_on_the_page() -> None:
    """A new command is entered where it belongs: who may, by which table, or that it only reads."""
    known = [commands_of(USE_CASES), commands_of(BESIDE_STEPS), STEPS, MACHINE, READING]
    named = set().union(*known)

    assert set(_commands(typer.main.get_command(app))) == named
    assert READING.isdisjoint(set().union(*known[:-1]))


LOOKS = {
    "definitions list": (),
    "definitions show": ("kcdp@2021.1",),
    "definitions check": (),
    "definitions diagram": ("kcdp@2021.1",),
    "proposal list": (),
    "proposal lists": ("--as", CENTRE),
    "proposal show": ("LC-2022-0001",),
    "proposal actions": ("LC-2022-0001", "--as", CENTRE),
    "proposal history": ("LC-2022-0001",),
    "deadline explain": ("LC-2022-0001",),
    "paper list": ("--agency", "sct-lai-chau"),
    "paper show": ("LC-2022-0001",),
    "paper waiting": (),
    "calendar show": ("2022",),
    "calendar count": ("2022-03-01", "5"),
    "scheduler status": (),
    "reminder list": (),
    "reminder coverage": (),
    "notice list": (),
    "notice show": ("1",),
    "notice addresses": (),
    "audit verify": (),
    "audit ask": ("times",),
    "audit sheet": ("LC-2022-0001",),
    "audit as-of": ("2021-03-05T10:00", "LC-2022-0001"),
    "audit prove": ("LC-2022-0001",),
    "agency list": (),
    "appointment list": (),
    "guidance list": ("lai-chau-2021-2025",),
}


def test_what_is_said_to_read_changes_nothing(office: Shell) -> None:
    """Not a row is another after all of them were run."""
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp")
    office.json(*new, "--as", CENTRE, "--at", "2021-03-05T09:00", *DRAFT)
    office.json("scheduler", "tick", "--at", "2021-03-06T09:00")
    before = office.rows()

    done = {name: office(*name.split(), *words, "--at", "2021-03-08T09:00") for name, words in LOOKS.items()}

    assert set(LOOKS) == READING
    assert {name: one.err for name, one in done.items() if one.status not in (0, 1)} == {}
    assert [name for name, one in done.items() if one.status == 1 and name != "notice show"] == []
    assert office.rows() == before
