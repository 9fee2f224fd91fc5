"""``user``: people and their accounts."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.options import read_day
from khuyencong.cli.secret_words import read_secret
from language.formats import instant
from shapes.errors import WrongUsage
from shapes.shown import shown
from store.lists import UserLine
from workflow.guards.people import CAPACITIES
from workflow.proposal import Seat
from workflow.service.people import add_user, may_list

app = typer.Typer(no_args_is_help=True, help="People, their accounts, seats and tokens.")
Username = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="First day; default: today.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day; default: open.")]
SEAT = "ROLE@AGENCY[:CAPACITY]"


@app.command("add")
def add(
    context: typer.Context,
    username: Username,
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    address: Annotated[str, typer.Option("--address", "--email", help="Where notices go.")] = "",
    identity: Annotated[
        str | None,
        typer.Option("--identity", help="Identity number (12 digits), kept as a keyed hash; - reads it from input."),
    ] = None,
    seat: Annotated[list[str], typer.Option("--seat", metavar=SEAT, help="A seat; may be repeated.")] = [],
    since: Since = None,
    until: Until = None,
) -> None:
    """Add an account with first seats, and the person behind it unless the identity number is known already."""
    call = call_of(context)
    first, last = read_day(since) or call.today, read_day(until)
    seats = tuple(read_seat(word, first, last) for word in seat)
    by = call.registrar
    added = add_user(
        call.home.store,
        call.home.house,
        username=username,
        name=name,
        address=address,
        seats=seats,
        identity=read_secret(call, "prompt.identity", identity) if identity is not None else None,
        by=by,
        at=call.now,
    )
    document = {"username": username, "person": added.person.id, "name": added.person.name, "known": added.known}
    document |= {"seats": [plain_seat(one) for one in seats]}
    code = "user.added_known" if added.known else "user.added"
    call.printer.say(document, lambda: [call.printer.line(code, username=username, name=added.person.name)])


def read_seat(word: str, since: date, until: date | None) -> Seat:
    """The seat that is written so. Raises WrongUsage."""
    role, agency, capacity = read_place(word)
    return Seat(role=role, agency=agency, since=since, until=until, capacity=capacity or "")


def read_place(word: str) -> tuple[str, str, str | None]:
    """Role, agency and capacity (None: none was named) of a seat. Raises WrongUsage."""
    place, colon, capacity = word.partition(":")
    role, at, agency = place.partition("@")
    if not at or not role or not agency:
        raise WrongUsage("usage.seat", word=word)
    if capacity and capacity not in CAPACITIES:
        raise WrongUsage("usage.capacity", word=capacity, known=", ".join(CAPACITIES))
    return role, agency, capacity if colon else None


@app.command("list")
def find(context: typer.Context) -> None:
    """List accounts with the people behind them and their seats. For who administers or audits."""
    call = call_of(context)
    may_list(call.registrar, sandbox=call.home.sandbox is not None, at=call.now)
    users = [_user(one, call.now) for one in _users(call)]
    columns = ("username", "name", "state", "seats", "address")
    rows = [
        (
            *(one["username"], one["name"], _state(call, one)),
            *(", ".join(_words(seat) for seat in one["seats"]), one["address"]),
        )
        for one in users
    ]
    call.printer.say({"users": users}, lambda: [call.printer.table(columns, rows)])


def _users(call: Call) -> tuple[UserLine, ...]:
    with call.home.look() as lists:
        return lists.users()


def _user(one: UserLine, at: datetime) -> dict[str, Any]:
    locked = one.active and one.locked_until is not None and at < one.locked_until
    return {
        "username": one.username,
        "person": one.person,
        "name": one.name,
        "address": one.address,
        "active": one.active,
        "state": "locked" if locked else "active" if one.active else "deactivated",
        "locked_until": one.locked_until.isoformat() if one.locked_until and locked else None,
        "has_password": one.has_password,
        "seats": [plain_seat(seat) for seat in one.seats],
    }


def _state(call: Call, one: dict[str, Any]) -> str:
    until = one["locked_until"]
    return call.printer.word(
        f"account.{one['state']}", **({"until": instant(datetime.fromisoformat(until))} if until else {})
    )


def plain_seat(seat: Seat) -> dict[str, Any]:
    """A seat as programs read it."""
    return {
        "seat": str(seat),
        "role": seat.role,
        "agency": seat.agency,
        "capacity": seat.capacity,
        "since": seat.since.isoformat(),
        "until": seat.until.isoformat() if seat.until else None,
    }


def _words(seat: dict[str, Any]) -> str:
    until = f" –{shown(seat['until'], 'date')}" if seat["until"] else ""
    return f"{seat['seat']}{':' if seat['capacity'] else ''}{seat['capacity']}{until}"
