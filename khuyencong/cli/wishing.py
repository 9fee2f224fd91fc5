"""``user address``, ``user notify``: where a person's mail goes, and which reminders they want."""

from typing import Annotated, get_args

import typer

from khuyencong.cli.call import call_of
from khuyencong.cli.users import Username, app
from shapes.errors import WrongUsage
from workflow.service.reaching import set_address, wish_mail
from workflow.storage import MailWish

_WISHES: tuple[MailWish, ...] = get_args(MailWish)


@app.command("address")
def address(
    context: typer.Context,
    username: Username,
    address: Annotated[str, typer.Argument(help="The new address.", show_default=False)],
) -> None:
    """Change where a person's notices go; those that wait go there too, and a mark on the old address ends."""
    call = call_of(context)
    changed = set_address(
        call.home.store, call.home.house, username=username, address=address, by=call.registrar, at=call.now
    )
    document = {"username": username, "address": changed.address}
    call.printer.say(document, lambda: [call.printer.line("user.address_set", username=username, address=address)])


@app.command("notify")
def notify(
    context: typer.Context,
    username: Username,
    every: Annotated[bool, typer.Option("--all", help="Every reminder as it comes.")] = False,
    digest: Annotated[bool, typer.Option("--digest", help="One mail each working day at 08:00.")] = False,
    mute: Annotated[bool, typer.Option("--mute", help="No reminders by mail.")] = False,
) -> None:
    """Choose which reminders a person gets by mail. Notices of steps, and official reminders, come in any case."""
    call = call_of(context)
    chosen = [wish for wish, given in zip(_WISHES, (every, digest, mute), strict=True) if given]
    if len(chosen) != 1:
        raise WrongUsage("usage.one_wish")
    wish = chosen[0]
    wish_mail(call.home.store, call.home.house, username=username, mail=wish, by=call.registrar, at=call.now)
    document = {"username": username, "mail": wish}
    call.printer.say(document, lambda: [call.printer.line(f"user.notify.{wish}", username=username)])
