"""``agency``, ``appointment``, ``guidance``: who wears which role, and letters that set other last days."""

from typing import Annotated, Any

import typer

from definitions.model import Basis
from definitions.registers import Appointment
from khuyencong.cli.call import call_of
from khuyencong.cli.options import read_day
from khuyencong.cli.recounting import recount_now
from language.formats import read_date
from shapes.errors import WrongUsage
from shapes.shown import shown
from workflow.authority import Guidance
from workflow.service.registering import appoint, guide

agencies = typer.Typer(no_args_is_help=True, help="The agencies that act in processes.")
appointments = typer.Typer(no_args_is_help=True, help="Which agency wears which role, from day to day.")
guidance = typer.Typer(no_args_is_help=True, help="Letters that set another last day for a fixed deadline.")


@agencies.callback()
def _agencies() -> None:
    """The agencies that act in processes."""


@agencies.command("list")
def list_agencies(context: typer.Context) -> None:
    """List agencies by their names of today."""
    call = call_of(context)
    rows = [
        {
            "key": one.key,
            "name": one.named(call.today).name,
            "short": one.named(call.today).short,
            "superior": one.superior,
            "province": one.province,
            "successor": one.successor,
            "succeeded_on": one.succeeded_on.isoformat() if one.succeeded_on else None,
        }
        for one in call.law().agencies.values()
    ]
    columns = ("key", "name", "superior", "successor")
    table = [tuple(row[column] for column in columns) for row in rows]
    call.printer.say({"agencies": rows}, lambda: [call.printer.table(columns, table)])


@appointments.command("add")
def add_appointment(
    context: typer.Context,
    agency: Annotated[str, typer.Argument(help="Key of the agency.", show_default=False)],
    role: Annotated[str, typer.Argument(help="The role it wears.", show_default=False)],
    basis: Annotated[str, typer.Option("--basis", help="The decision that appoints it.")],
    programme: Annotated[str | None, typer.Option("--programme", help="Only in this programme.")] = None,
    process: Annotated[str | None, typer.Option("--process", help="Only in this process.")] = None,
    province: Annotated[str | None, typer.Option("--province", help="Only for proposals of this province.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First day; default: open.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day; default: open.")] = None,
) -> None:
    """Record that an agency wears a role."""
    call = call_of(context)
    first, last = read_day(since), read_day(until)
    if first and last and first > last:
        raise WrongUsage("usage.days_order", since=first, until=last)
    appointment = Appointment(
        agency=agency,
        role=role,
        programme=programme,
        process=process,
        province=province,
        since=first,
        until=last,
        basis=Basis(text=basis, confidence="OWN"),
    )
    appoint(call.home.store, call.home.house, appointment=appointment, by=call.registrar, at=call.now)
    document = appointment.model_dump(mode="json")
    call.printer.say(document, lambda: [call.printer.line("appointment.added", agency=agency, role=role)])


@appointments.command("list")
def list_appointments(
    context: typer.Context,
    role: Annotated[str | None, typer.Option("--role", help="Only this role.")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency.")] = None,
) -> None:
    """List appointments of the register and those recorded at run time."""
    call = call_of(context)
    with call.home.store.read() as uow:
        known = [(one, "register") for one in uow.law().appointments]
        known += [(one, "recorded") for one in uow.appointments()]
    rows: list[dict[str, Any]] = [
        {**one.model_dump(mode="json"), "origin": origin}
        for one, origin in known
        if role in (None, one.role) and agency in (None, one.agency)
    ]
    columns = ("role", "agency", "programme", "process", "province", "since", "until")
    table = [tuple(shown(row[c], "date" if c in ("since", "until") else "text") for c in columns) for row in rows]
    call.printer.say({"appointments": rows}, lambda: [call.printer.table(columns, table)])


@guidance.command("add")
def add_guidance(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(help="Key of the programme.", show_default=False)],
    rule: Annotated[str, typer.Argument(help="Key of the deadline rule, such as plan_window.", show_default=False)],
    plan_year: Annotated[int, typer.Argument(min=2000, max=2100, help="The plan year.", show_default=False)],
    last_day: Annotated[str, typer.Argument(metavar="DATE", help="The last day it sets.", show_default=False)],
    paper: Annotated[str, typer.Option("--paper", help="Number and date of the letter.")],
    agency: Annotated[str | None, typer.Option("--agency", help="The agency whose letter it is.")] = None,
) -> None:
    """Record a letter that sets another last day for a fixed deadline of a plan year; running ones move to it."""
    call = call_of(context)
    seats = [seat.agency for seat in call.actor.seats if seat.holds(call.today)]
    letter = Guidance(
        programme=programme,
        rule=rule,
        plan_year=plan_year,
        last_day=read_date(last_day),
        agency=agency or next(iter(seats), ""),
        paper=paper,
    )
    guide(call.home.store, call.home.house, guidance=letter, by=call.actor, at=call.now)
    recounted = recount_now(call)
    said = [call.printer.line("guidance.added", rule=rule, last_day=letter.last_day), *recounted.lines]
    call.printer.say({**_letter(letter), "recounted": recounted.document}, lambda: said)


@guidance.command("list")
def list_guidance(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(help="Key of the programme.", show_default=False)],
) -> None:
    """List the letters recorded for a programme, oldest first."""
    call = call_of(context)
    with call.home.store.read() as uow:
        uow.law().programme(programme)
        rows = [_letter(one) for one in uow.guidance(programme)]
    columns = ("rule", "plan_year", "last_day", "agency", "paper")
    table = [(r["rule"], r["plan_year"], shown(r["last_day"], "date"), r["agency"], r["paper"]) for r in rows]
    call.printer.say({"guidance": rows}, lambda: [call.printer.table(columns, table)])


def _letter(letter: Guidance) -> dict[str, Any]:
    return {
        "programme": letter.programme,
        "rule": letter.rule,
        "plan_year": letter.plan_year,
        "last_day": letter.last_day.isoformat(),
        "agency": letter.agency,
        "paper": letter.paper,
    }
