"""``user second-factor``, ``user second-factor-end``: the code that changes every half minute."""

import secrets

import typer

from khuyencong.cli.accounts import own_account
from khuyencong.cli.call import Call, call_of
from khuyencong.cli.secret_words import read_secret
from khuyencong.cli.users import Username, app
from khuyencong.second_factors import KeyedSecondFactors
from khuyencong.wiring import key_file
from workflow.service.second_factors import end_second_factor, set_second_factor

_OCTETS = 16
#: How an authenticator names this installation.
_ISSUER = "Khuyến công"


@app.command("second-factor")
def turn_on(context: typer.Context, username: Username) -> None:
    """Turn on the second factor of one's own account: show its secret, read the first code, print the spare codes."""
    call = call_of(context)
    factor, by = secrets.token_hex(_OCTETS), call.registrar
    secret, address = _shown(call, factor, username)
    code = read_secret(call, "prompt.code")
    spare = set_second_factor(
        call.home.store, call.home.house, username=username, factor=factor, code=code, by=by, at=call.now
    )
    call.printer.say(
        {"username": username, "secret": secret, "address": address, "recovery_codes": list(spare)},
        lambda: [call.printer.line("user.factor_on", username=username), *spare],
    )


def _shown(call: Call, factor: str, username: str) -> tuple[str, str]:
    """The secret, and the address that an authenticator reads; on standard error, before the code is asked for."""
    factors = KeyedSecondFactors(key_file(call.home.settings))
    secret, address = factors.secret(factor), factors.address(factor, username, _ISSUER)
    call.printer.aside("user.factor_secret", secret=secret, address=address)
    return secret, address


@app.command("second-factor-end")
def turn_off(context: typer.Context, username: Username) -> None:
    """Turn it off: one's own with a code, or as an administrator for somebody who lost theirs."""
    call = call_of(context)
    by = call.registrar
    own = own_account(call, by, username)
    code = read_secret(call, "prompt.code") if own and own.factor else ""
    end_second_factor(call.home.store, call.home.house, username=username, code=code, by=by, at=call.now)
    call.printer.say({"username": username}, lambda: [call.printer.line("user.factor_off", username=username)])
