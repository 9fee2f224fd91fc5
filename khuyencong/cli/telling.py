"""``notice``: what was told to whom, with the exact text, and sending again."""

from collections.abc import Iterator
from dataclasses import asdict
from email import message_from_bytes
from email.policy import default
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.errors import CheckFailed, NotFound
from language.formats import instant
from store.lists import NoticeLine
from store.resending import resend

app = typer.Typer(no_args_is_help=True, help="Notices that were written, and what became of them.")
Number = Annotated[int, typer.Argument(metavar="ID", help="The notice's number.", show_default=False)]
STATES = ("scheduled", "sending", "accepted", "bounced", "failed", "cancelled", "to_print")


@app.command("list")
def find(
    context: typer.Context,
    code: Annotated[str | None, typer.Option("--proposal", help="Only of this proposal.")] = None,
    state: Annotated[str | None, typer.Option("--state", help=f"Only in one of: {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="No more than so many of a state.")] = 1000,
) -> None:
    """List notices and where each of them stands."""
    call = call_of(context)
    found = list(_notices(call, code, state, limit))
    columns = ("id", "code", "notice", "to", "channel", "send_after", "state", "error")
    rows = [_row(call, one) for one in found]
    call.printer.say({"notices": [_notice(one) for one in found]}, lambda: [call.printer.table(columns, rows)])


def _notices(call: Call, code: str | None, state: str | None, limit: int) -> Iterator[NoticeLine]:
    if code is not None:
        with call.home.store.read() as uow:
            uow.proposal(code)
    with call.home.look() as lists:
        if code is not None:
            yield from [one for one in lists.notices(code) if state in (None, one.state)][:limit]
        else:
            for one in STATES if state is None else (state,):
                yield from lists.notices_in(one, limit=limit)


def _row(call: Call, one: NoticeLine) -> tuple[object, ...]:
    state = call.printer.word(f"notice_state.{one.state}")
    return one.id, one.code, one.notice, one.to.name, one.channel, instant(one.send_after), state, one.last_error


def _notice(one: NoticeLine) -> dict[str, Any]:
    return {
        **asdict(one),
        "variables": dict(one.variables),
        "send_after": one.send_after.isoformat(),
        "next_attempt_at": one.next_attempt_at.isoformat(),
    }


@app.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Show one notice with its exact text: the bytes that were sent, or what will be."""
    call = call_of(context)
    with call.home.look() as lists:
        found = lists.notice(number)
        if found is None:
            raise NotFound("not_found.notice", number=number)
        sent = lists.message(found.message_id) if found.message_id else None
    subject, text, html = _text(call, found, sent)
    document = {**_notice(found), "sent": sent is not None, "subject": subject, "text": text, "html": html}
    document["mail"] = sent.decode("utf-8", "replace") if sent else None
    call.printer.say(document, lambda: _page(call, found, subject, text))


def _text(call: Call, found: NoticeLine, sent: bytes | None) -> tuple[str, str, str]:
    """What the recipient reads: from the mail as it was sent, else rendered as it would be."""
    if sent is None:
        rendered = call.home.templates(found.templates_sha256).render(found.notice, found.variables)
        return rendered.subject, rendered.text, rendered.html
    mail = message_from_bytes(sent, policy=default)
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    return str(mail["Subject"]), plain.get_content() if plain else "", rich.get_content() if rich else ""


def _page(call: Call, found: NoticeLine, subject: str, text: str) -> list[RenderableType]:
    to = f"{found.to.name} <{found.to.address}>" if found.to.address else found.to.name
    state = call.printer.word(f"notice_state.{found.state}")
    about = [("to", to), ("state", state), ("send_after", instant(found.send_after))]
    rows = [(call.printer.word(f"column.{key}"), value) for key, value in about]
    return [call.printer.table(("field", "value"), rows), Text(subject, style="bold"), Text(text)]


@app.command("resend")
def again(context: typer.Context, number: Number) -> None:
    """Send a failed or bounced notice again with the next pass of the scheduler."""
    call = call_of(context)
    with call.home.look() as lists:
        found = lists.notice(number)
    if found is None:
        raise NotFound("not_found.notice", number=number)
    with call.home.store.transaction(writes=True) as transaction:
        done = resend(transaction, number, at=call.now)
    if not done:
        state = call.printer.word(f"notice_state.{found.state}")
        raise CheckFailed("notice.not_resendable", number=number, state=state)
    call.printer.say({"id": number, "resent": True}, lambda: [call.printer.line("notice.resent", number=number)])
