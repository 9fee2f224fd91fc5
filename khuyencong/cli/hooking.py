"""``webhook``: where an agency's own software hears of its notices."""

import secrets
from typing import Annotated, Any

import typer

from khuyencong.cli.call import call_of
from khuyencong.identity_key import webhook_secret
from khuyencong.wiring import key_file
from language.formats import instant
from workflow.service.reaching import add_webhook, remove_webhook, webhooks_of
from workflow.webhooks import Webhook

app = typer.Typer(no_args_is_help=True, help="Where an agency's own software hears of its notices.")
_BYTES = 8


@app.command("add")
def add(
    context: typer.Context,
    agency: Annotated[str, typer.Argument(help="Key of the agency.", show_default=False)],
    url: Annotated[str, typer.Argument(help="Where to post, https://...", show_default=False)],
) -> None:
    """Post every notice of an agency to its own software from now on, and print the secret of the signatures, once."""
    call = call_of(context)
    wanted = Webhook(id=f"wh-{secrets.token_hex(_BYTES)}", agency=agency, url=url, created_at=call.now)
    secret = webhook_secret(key_file(call.home.settings), wanted.id)
    made = add_webhook(call.home.store, call.home.house, webhook=wanted, by=call.registrar, at=call.now)
    call.printer.say(_plain(made) | {"secret": secret}, lambda: [made.id, secret])
    call.printer.aside("webhook.secret_once")


@app.command("list")
def find(context: typer.Context) -> None:
    """List the webhooks of the agencies that one administers."""
    call = call_of(context)
    found = webhooks_of(call.home.store, call.home.house, by=call.registrar, at=call.now)
    rows = [_plain(one) for one in found]
    table = [(one.id, one.agency, one.url, instant(one.created_at)) for one in found]
    call.printer.say(
        {"webhooks": rows}, lambda: [call.printer.table(("webhook", "agency", "url", "created_at"), table)]
    )


@app.command("remove")
def remove(
    context: typer.Context,
    webhook: Annotated[str, typer.Argument(help="Its id, as `webhook list` shows it.", show_default=False)],
) -> None:
    """End a webhook: nothing more is posted there, and its secret is worth nothing."""
    call = call_of(context)
    remove_webhook(call.home.store, call.home.house, id_=webhook, by=call.registrar, at=call.now)
    call.printer.say({"webhook": webhook}, lambda: [call.printer.line("webhook.removed", webhook=webhook)])


def _plain(one: Webhook) -> dict[str, Any]:
    return {"webhook": one.id, "agency": one.agency, "url": one.url, "created_at": one.created_at.isoformat()}
