"""``notice bounced``, ``addresses``, ``address-clear``: mail that came back, and addresses that wait to be mended."""

from pathlib import Path
from typing import Annotated, Any

import typer

from khuyencong.bounces import take_in
from khuyencong.cli.call import call_of
from khuyencong.cli.telling import app
from language.formats import instant
from shapes.errors import WrongUsage
from store.outbox import SqlOutbox
from workflow.addresses import BadAddress
from workflow.service.delivering import check_taking_in
from workflow.service.reaching import clear_address


@app.command("bounced")
def bounced(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A mail that came back, as the mail server wrote it.")],
) -> None:
    """Take in a mail that came back: its notice takes the next way, and the address waits to be mended.

    For an administrator; the scheduler does it by itself for the folder of the settings. Delays, automatic answers and
    what is not about a mail of ours change nothing; it is said which of them it was.
    """
    call = call_of(context)
    check_taking_in(call.home.store, call.home.house, by=call.registrar, at=call.now)
    try:
        kind = take_in(file, SqlOutbox(call.home.store), at=call.now, opens=call.home.opens)
    except OSError as error:
        raise WrongUsage("usage.unreadable_file", file=str(file), why=error.strerror or str(error)) from error
    call.printer.say({"file": file.name, "kind": kind}, lambda: [call.printer.line(f"bounce.{kind}", file=file.name)])


@app.command("addresses")
def find(context: typer.Context) -> None:
    """List the addresses at which nobody is, oldest first: whose they are, why, and which agency mends them."""
    call = call_of(context)
    with call.home.store.read() as uow:
        found = uow.bad_addresses()
    rows = [_plain(one) for one in found]
    columns = ("address", "seat", "agency", "since", "reason")
    table = [(one.address, one.seat, one.agency, instant(one.since), one.reason) for one in found]
    none = call.printer.line("list.no_addresses")
    call.printer.say({"addresses": rows}, lambda: [call.printer.table(columns, table) if table else none])


def _plain(one: BadAddress) -> dict[str, Any]:
    return {
        "address": one.address,
        "seat": one.seat,
        "agency": one.agency,
        "person": one.person,
        "since": one.since.isoformat(),
        "reason": one.reason,
    }


@app.command("address-clear")
def clear(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The address that works again.", show_default=False)],
) -> None:
    """Say that an address works again: what comes from now on is sent there. For an administrator of its agency."""
    call = call_of(context)
    clear_address(call.home.store, call.home.house, address=address, by=call.registrar, at=call.now)
    call.printer.say({"address": address}, lambda: [call.printer.line("notice.address_cleared", address=address)])
