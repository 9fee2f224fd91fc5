"""``notice``: what was told to whom, with the exact text, and sending again."""

from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.paging import After
from language.formats import instant
from shapes.errors import NotFound, WrongUsage
from shapes.notices import STATES, delivered_to, error_of, notice_of, told_of
from shapes.telling_words import notice_name, outcome_words, short_name
from store.lists import NoticeLine
from workflow.service.delivering import print_letter, resend

app = typer.Typer(no_args_is_help=True, help="Notices that were written, and what became of them.")
Number = Annotated[int, typer.Argument(metavar="ID", help="The notice's number.", show_default=False)]


@app.command("list")
def find(
    context: typer.Context,
    code: Annotated[str | None, typer.Option("--proposal", help="Only of this proposal.")] = None,
    state: Annotated[str | None, typer.Option("--state", help=f"Only in one of: {', '.join(STATES)}.")] = None,
    after: After = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="No more than so many.")] = 1000,
) -> None:
    """List notices and where each of them stands, the newest first."""
    call = call_of(context)
    if state is not None and state not in STATES:
        raise WrongUsage("usage.unknown_notice_state", state=state, known=", ".join(STATES))
    with call.home.survey() as (lists, uow):
        if code is not None:
            uow.proposal(code)
        page = lists.notice_page(code=code, state=state, after=after, limit=limit)
    columns = ("id", "code", "notice", "to", "channel", "send_after", "state", "delivered_to", "error")
    rows = [_row(call, one) for one in page.lines]
    document = {"notices": [notice_of(one) for one in page.lines], "after": page.after}
    rest = [call.printer.line("list.next_rows", n=len(rows), after=page.after)] if page.after else []
    none = call.printer.line("list.no_notices")
    call.printer.say(document, lambda: [call.printer.table(columns, rows) if rows else none, *rest])


def _row(call: Call, one: NoticeLine) -> tuple[object, ...]:
    say = call.printer
    about = (notice_name(say, one.notice), one.to.name, say.word(f"channel.{one.channel}"))
    became = (short_name(outcome_words(say, text)) for text in (delivered_to(one), error_of(one)))
    return one.id, one.code, *about, instant(one.send_after), _state(call, one), *became


def _state(call: Call, one: NoticeLine) -> str:
    """Where it stands, in words; what went on paper was taken by no server."""
    state = "printed" if (one.channel, one.state) == ("paper", "accepted") else one.state
    return call.printer.word(f"notice_state.{state}")


@app.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Show one notice with its exact text: the bytes that were sent, or what will be."""
    call = call_of(context)
    with call.home.look() as lists:
        found = lists.notice(number)
        if found is None:
            raise NotFound("not_found.notice", number=number)
        sent = lists.message(found.message_id) if found.message_id else None
    document = told_of(found, sent, call.home.templates)
    call.printer.say(document, lambda: _page(call, found, document))


def _page(call: Call, found: NoticeLine, document: dict[str, Any]) -> list[RenderableType]:
    subject, text, hash_ = document["subject"], document["text"], document["sha256"]
    to = f"{found.to.name} <{found.to.address}>" if found.to.address else found.to.name
    say = call.printer
    about = [
        ("notice", notice_name(say, found.notice)),
        ("code", found.code),
        ("to", to),
        ("channel", say.word(f"channel.{found.channel}")),
        ("state", _state(call, found)),
        ("send_after", instant(found.send_after)),
    ]
    became = (("delivered_to", delivered_to(found)), ("error", error_of(found)))
    about += [(key, outcome_words(say, text)) for key, text in became if text]
    about += [("message_id", found.message_id or ""), ("sha256", hash_ or "")] if hash_ else []
    about += [("templates", found.templates_sha256)]
    rows = [(call.printer.word(f"column.{key}"), value) for key, value in about]
    return [call.printer.table(("field", "value"), rows), Text(subject, style="bold"), Text(text)]


@app.command("resend")
def again(context: typer.Context, number: Number) -> None:
    """Send a failed or bounced notice again with the next pass of the scheduler. For an administrator of its agency."""
    call = call_of(context)
    _known(call, number)
    resend(call.home.store, call.home.house, number=number, by=call.registrar, at=call.now)
    call.printer.say({"id": number, "resent": True}, lambda: [call.printer.line("notice.resent", number=number)])


@app.command("printed")
def on_paper(context: typer.Context, number: Number) -> None:
    """Say that a notice without an address was printed and sent. For who works at the agency that announces it."""
    call = call_of(context)
    _known(call, number)
    print_letter(call.home.store, call.home.house, number=number, by=call.actor, at=call.now)
    call.printer.say({"id": number, "printed": True}, lambda: [call.printer.line("notice.printed", number=number)])


def _known(call: Call, number: int) -> None:
    with call.home.look() as lists:
        if lists.notice(number) is None:
            raise NotFound("not_found.notice", number=number)
