"""``user``: people, their accounts, seats and tokens."""

import secrets
from typing import Annotated, Any

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.options import read_day
from khuyencong.cli.printing import shown
from khuyencong.errors import NotFound, WrongUsage
from store.lists import UserLine
from store.tokens import add_token
from workflow.guards.people import SIGNING
from workflow.proposal import Seat
from workflow.service.registering import add_user, give_seat

app = typer.Typer(no_args_is_help=True, help="People, their accounts, seats and tokens.")
Username = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="First day; default: today.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day; default: open.")]
_SEAT = "ROLE@AGENCY[:CAPACITY]"


@app.command("add")
def add(
    context: typer.Context,
    username: Username,
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    address: Annotated[str, typer.Option("--address", "--email", help="Where notices go.")] = "",
    seat: Annotated[list[str], typer.Option("--seat", metavar=_SEAT, help="A seat; may be repeated.")] = [],
    since: Since = None,
    until: Until = None,
) -> None:
    """Add a person with an account and first seats."""
    call = call_of(context)
    first, last = read_day(since) or call.today, read_day(until)
    seats = tuple(_seat(word, first, last) for word in seat)
    added = add_user(
        call.home.store,
        call.home.house,
        username=username,
        name=name,
        address=address,
        seats=seats,
        by=call.registrar,
        at=call.now,
    )
    document = {"username": username, "person": added.id, "name": name, "seats": [_plain(one) for one in seats]}
    call.printer.say(document, lambda: [call.printer.line("user.added", username=username, name=name)])


def _seat(word: str, since: Any, until: Any) -> Seat:
    place, _, capacity = word.partition(":")
    role, at, agency = place.partition("@")
    if not at or not role or not agency:
        raise WrongUsage("usage.seat", word=word)
    if capacity and capacity not in SIGNING:
        raise WrongUsage("usage.capacity", word=capacity, known=", ".join(SIGNING))
    return Seat(role=role, agency=agency, since=since, until=until, capacity=capacity)


@app.command("list")
def find(context: typer.Context) -> None:
    """List accounts with the people behind them and their seats."""
    call = call_of(context)
    users = [_user(one) for one in _users(call)]
    columns = ("username", "name", "seats", "address")
    rows = [
        (one["username"], one["name"], ", ".join(_words(seat) for seat in one["seats"]), one["address"])
        for one in users
    ]
    call.printer.say({"users": users}, lambda: [call.printer.table(columns, rows)])


def _users(call: Call) -> tuple[UserLine, ...]:
    with call.home.look() as lists:
        return lists.users()


def _user(one: UserLine) -> dict[str, Any]:
    return {
        "username": one.username,
        "person": one.person,
        "name": one.name,
        "address": one.address,
        "active": one.active,
        "seats": [_plain(seat) for seat in one.seats],
    }


def _plain(seat: Seat) -> dict[str, Any]:
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


@app.command("seat")
def seat(
    context: typer.Context,
    username: Username,
    place: Annotated[str, typer.Argument(metavar=_SEAT, help="The seat.", show_default=False)],
    since: Since = None,
    until: Until = None,
) -> None:
    """Give a person another seat."""
    call = call_of(context)
    given = _seat(place, read_day(since) or call.today, read_day(until))
    found = next((one for one in _users(call) if one.username == username), None)
    if found is None:
        raise NotFound("not_found.user", user=username)
    give_seat(call.home.store, call.home.house, person=found.person, seat=given, by=call.registrar, at=call.now)
    document = {"username": username, "person": found.person, "seat": _plain(given)}
    call.printer.say(document, lambda: [call.printer.line("user.seated", username=username, seat=place)])


@app.command("token")
def token(
    context: typer.Context,
    username: Username,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
) -> None:
    """Make a bearer token for an account and print it, once: only its hash is kept."""
    call = call_of(context)
    made = secrets.token_urlsafe(32)
    with call.home.store.transaction(writes=True) as transaction:
        if not add_token(transaction, username, made, label=label, at=call.now):
            raise NotFound("not_found.user", user=username)
    document = {"username": username, "token": made, "label": label}
    call.printer.say(document, lambda: [made])
    call.printer.aside("user.token_once")
