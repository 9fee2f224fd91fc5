"""``user sso-end``: an account is no longer known by single sign-on. Linking needs a browser at the provider."""

import typer

from khuyencong.cli.call import call_of
from khuyencong.cli.users import Username, app
from workflow.service.single_sign_on import end_single_sign_on


@app.command("sso-end")
def end_link(context: typer.Context, username: Username) -> None:
    """End the link of an account with single sign-on: one's own, or as an administrator."""
    call = call_of(context)
    end_single_sign_on(call.home.store, call.home.house, username=username, by=call.registrar, at=call.now)
    call.printer.say({"username": username}, lambda: [call.printer.line("user.sso_ended", username=username)])
