"""People and their accounts, for administrators: the same use cases as the command, with the same refusals."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from shapes.errors import NotFound
from store.lists import UserLine
from store.words import searchable
from web.forms import day_typed, done, tried
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.administration import HOUSE_ROLES
from workflow.guards.people import CAPACITIES
from workflow.proposal import Seat
from workflow.service.accounts import deactivate, reactivate, set_password, unlock
from workflow.service.handing_over import hand_over
from workflow.service.people import add_user, end_seat, give_seat, may_list
from workflow.service.reaching import set_address
from workflow.service.second_factors import end_second_factor

screens = Screens()
_PATH = "/quan-tri/nguoi-dung"
#: So many accounts are shown; whoever seeks more narrows the list.
_SHOWN = 200
_TYPED = (
    *("username", "name", "address", "identity", "role", "agency", "capacity", "since", "until"),
    *("new_address", "seat", "last_day", "taker", "on"),
)


@screens.get(_PATH, Right.ADMINISTRATOR)
def people(visit: Visit) -> Response:
    """Every account with the person behind it and the seats of today."""
    return _people(visit)


def _people(visit: Visit, lines: Sequence[str] = ()) -> Response:
    may_list(visit.actor, sandbox=visit.home.sandbox is not None, at=visit.now)
    words, agency, state = searchable(visit.asked("q")), visit.asked("co-quan"), visit.asked("tinh-trang")
    with visit.home.look() as lists:
        rows = [_row(visit, one) for one in lists.users()]
    rows = [row for row in rows if all(word in row["search"] for word in words.split())]
    rows = [row for row in rows if agency in ("", *row["agencies"]) and state in ("", row["state"])]
    return visit.page(
        "admin/people.html",
        status=422 if lines else 200,
        rows=rows[:_SHOWN],
        more=max(len(rows) - _SHOWN, 0),
        asked={"q": visit.asked("q"), "co-quan": agency, "tinh-trang": state},
        lines=lines,
        typed=_typed(visit),
        **_choices(visit),
    )


def _row(visit: Visit, one: UserLine) -> dict[str, Any]:
    seats = [_seat(visit, seat) for seat in one.seats]
    held = [seat for seat in seats if seat["now"]]
    return {
        "username": one.username,
        "name": one.name,
        "address": one.address,
        "state": _state(visit, one),
        "locked_until": one.locked_until,
        "has_password": one.has_password,
        "seats": seats,
        "held": held,
        "agencies": {seat["agency_key"] for seat in held},
        "search": searchable(f"{one.username} {one.name} {one.address}"),
    }


def _state(visit: Visit, one: UserLine) -> str:
    if not one.active:
        return "deactivated"
    return "locked" if one.locked_until is not None and visit.now < one.locked_until else "active"


def _seat(visit: Visit, seat: Seat) -> dict[str, Any]:
    role, agency = visit.seat_words(seat)
    return {
        "place": str(seat),
        "role": role,
        "agency": agency,
        "agency_key": seat.agency,
        "capacity": seat.capacity,
        "since": seat.since,
        "until": seat.until,
        "now": seat.holds(visit.today),
        "ended": seat.until is not None and seat.until < visit.today,
    }


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.typed(name) for name in _TYPED}


def _choices(visit: Visit) -> dict[str, Any]:
    roles = {role.key: role.label for process in visit.law.processes.values() for role in process.roles}
    roles |= {key: visit.word(f"role.{key}") for key in HOUSE_ROLES}
    agencies = sorted((one.named(visit.today).name, key) for key, one in visit.law.agencies.items())
    return {"roles": sorted((words, key) for key, words in roles.items()), "agency_choices": agencies} | {
        "capacities": CAPACITIES
    }


@screens.post(_PATH, Right.ADMINISTRATOR, desk="door")
def add(visit: Visit) -> Response:
    """Adds an account with a first seat, and the person behind it unless the identity number is known."""

    def act() -> Response:
        username = visit.typed("username").strip()
        added = add_user(
            visit.home.store,
            visit.home.house,
            username=username,
            name=visit.typed("name").strip(),
            address=visit.typed("address").strip(),
            seats=_given(visit),
            identity=visit.typed("identity").strip() or None,
            by=visit.actor,
            at=visit.now,
        )
        code = "user.added_known" if added.known else "user.added"
        return done(visit, f"{_PATH}/{username}", visit.word(code, username=username, name=added.person.name))

    return tried(visit, act, lambda lines: _people(visit, lines))


def _given(visit: Visit) -> tuple[Seat, ...]:
    """The seat that was chosen, if any."""
    role, agency = visit.typed("role"), visit.typed("agency")
    if not role and not agency:
        return ()
    since, until = day_typed(visit, "since") or visit.today, day_typed(visit, "until")
    return (Seat(role=role, agency=agency, since=since, until=until, capacity=visit.typed("capacity")),)


@screens.get(f"{_PATH}/{{username}}", Right.ADMINISTRATOR)
def person(visit: Visit) -> Response:
    """One account: its state, seats past and present, and what may be done."""
    return _person(visit)


def _person(visit: Visit, wrong: str = "", lines: Sequence[str] = ()) -> Response:
    may_list(visit.actor, sandbox=visit.home.sandbox is not None, at=visit.now)
    username = visit.path("username")
    with visit.home.look() as lists:
        found = next((one for one in lists.users() if one.username == username), None)
    if found is None:
        raise NotFound("web.no_such_page")
    return visit.page(
        "admin/person.html",
        status=422 if wrong else 200,
        it=_row(visit, found),
        wrong=wrong,
        lines=lines,
        typed=_typed(visit),
        **_choices(visit),
    )


@screens.post(f"{_PATH}/{{username}}/{{act}}", Right.ADMINISTRATOR, desk="door")
def change(visit: Visit) -> Response:
    """Whatever is done to an account, each by its own use case."""
    name, username = visit.path("act"), visit.path("username")
    if name not in _ACTS:
        raise NotFound("web.no_such_page")

    def act() -> Response:
        said = _ACTS[name](visit, username)
        return done(visit, f"{_PATH}/{username}", said)

    return tried(visit, act, lambda lines: _person(visit, name, lines))


def _password(visit: Visit, username: str) -> str:
    house = visit.home.house
    given = visit.typed("password")
    set_password(visit.home.store, house, username=username, password=given, old="", by=visit.actor, at=visit.now)
    return visit.word("user.password_set", username=username)


def _deactivate(visit: Visit, username: str) -> str:
    deactivate(visit.home.store, visit.home.house, username=username, by=visit.actor, at=visit.now)
    return visit.word("user.deactivated", username=username)


def _reactivate(visit: Visit, username: str) -> str:
    reactivate(visit.home.store, visit.home.house, username=username, by=visit.actor, at=visit.now)
    return visit.word("user.reactivated", username=username)


def _unlock(visit: Visit, username: str) -> str:
    unlock(visit.home.store, visit.home.house, username=username, by=visit.actor, at=visit.now)
    return visit.word("user.unlocked", username=username)


def _give_seat(visit: Visit, username: str) -> str:
    store, house = visit.home.store, visit.home.house
    for seat in _given(visit) or (Seat(role="", agency="", since=visit.today, until=None, capacity=""),):
        give_seat(store, house, username=username, seat=seat, by=visit.actor, at=visit.now)
    return visit.word("user.seated", username=username, seat=f"{visit.typed('role')}@{visit.typed('agency')}")


def _end_seat(visit: Visit, username: str) -> str:
    place, _, capacity = visit.typed("seat").partition(":")
    role, _, agency = place.partition("@")
    last = day_typed(visit, "last_day") or visit.today - timedelta(days=1)
    end_seat(
        visit.home.store,
        visit.home.house,
        username=username,
        role=role,
        agency=agency,
        capacity=capacity or None,
        last_day=last,
        by=visit.actor,
        at=visit.now,
    )
    return visit.word("user.seat_ended", username=username, seat=place, last_day=last)


def _address(visit: Visit, username: str) -> str:
    given = visit.typed("new_address").strip()
    set_address(visit.home.store, visit.home.house, username=username, address=given, by=visit.actor, at=visit.now)
    return visit.word("web.admin.address_set", username=username, address=given)


def _factor(visit: Visit, username: str) -> str:
    house = visit.home.house
    end_second_factor(visit.home.store, house, username=username, code="", by=visit.actor, at=visit.now)
    return visit.word("web.admin.factor_ended", username=username)


def _hand_over(visit: Visit, username: str) -> str:
    taker, on = visit.typed("taker").strip(), day_typed(visit, "on") or visit.today
    store, house = visit.home.store, visit.home.house
    made = hand_over(store, house, giver=username, taker=taker, on=on, by=visit.actor, at=visit.now)
    return visit.word("user.handed_over", giver=username, taker=taker, on=on, n=len(made.waiting))


_ACTS = {
    "mat-khau": _password,
    "ngung": _deactivate,
    "mo-lai": _reactivate,
    "mo-khoa": _unlock,
    "vi-tri": _give_seat,
    "ket-thuc": _end_seat,
    "dia-chi": _address,
    "hai-buoc": _factor,
    "ban-giao": _hand_over,
}
