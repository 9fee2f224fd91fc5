"""``user seat``, ``user seat-end``, ``user handover``: who takes a place, leaves it, and passes open work on."""

from datetime import timedelta
from typing import Annotated

import typer

from khuyencong.cli.call import call_of
from khuyencong.cli.options import read_day
from khuyencong.cli.users import SEAT, Since, Until, Username, app, plain_seat, read_place, read_seat
from language.formats import read_date
from workflow.changing import changed
from workflow.service.handing_over import hand_over
from workflow.service.people import end_seat, give_seat

Place = Annotated[str, typer.Argument(metavar=SEAT, help="The seat.", show_default=False)]


@app.command("seat")
def seat(context: typer.Context, username: Username, place: Place, since: Since = None, until: Until = None) -> None:
    """Give a person a seat from a day on; who returns gets a new one."""
    call = call_of(context)
    given = read_seat(place, read_day(since) or call.today, read_day(until))
    by = call.registrar
    person = give_seat(call.home.store, call.home.house, username=username, seat=given, by=by, at=call.now)
    document = {"username": username, "person": person, "seat": plain_seat(given)}
    call.printer.say(document, lambda: [call.printer.line("user.seated", username=username, seat=place)])


@app.command("seat-end")
def end(
    context: typer.Context,
    username: Username,
    place: Place,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="The last day; default: yesterday.")] = None,
) -> None:
    """End a person's seat with a last day; it stays in history. Without a capacity, every one of that place ends."""
    call = call_of(context)
    role, agency, capacity = read_place(place)
    last = read_day(on) or call.today - timedelta(days=1)
    by = call.registrar
    ended = end_seat(
        call.home.store,
        call.home.house,
        username=username,
        role=role,
        agency=agency,
        capacity=capacity,
        last_day=last,
        by=by,
        at=call.now,
    )
    document = {"username": username, "seats": [plain_seat(changed(one, until=last)) for one in ended]}
    line = call.printer.line
    call.printer.say(document, lambda: [line("user.seat_ended", username=username, seat=place, last_day=last)])


@app.command("handover")
def handover(
    context: typer.Context,
    giver: Annotated[str, typer.Argument(metavar="FROM", help="Who leaves.", show_default=False)],
    taker: Annotated[str, typer.Argument(metavar="TO", help="Who goes on with the work.", show_default=False)],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="From this day on.")],
) -> None:
    """List the proposals that wait for the seats of one person and record that another goes on with them."""
    call = call_of(context)
    by = call.registrar
    done = hand_over(call.home.store, call.home.house, giver=giver, taker=taker, on=read_date(on), by=by, at=call.now)
    say = call.printer
    document = {
        "from": giver,
        "to": taker,
        "on": read_date(on).isoformat(),
        "seats": list(done.seats),
        "waiting": [{"code": code, "seat": place} for code, place in done.waiting],
    }
    words = {"giver": giver, "taker": taker, "on": read_date(on), "n": len(done.waiting)}
    later = [say.line("user.handed_over_later", on=read_date(on))] if read_date(on) > call.today else []
    call.printer.say(
        document, lambda: [say.table(("code", "seat"), done.waiting), say.line("user.handed_over", **words), *later]
    )
