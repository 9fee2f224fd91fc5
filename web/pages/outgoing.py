"""The outbox for administrators: what was sent with its exact bytes, what failed, and addresses at which nobody is."""

from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from shapes.errors import NotFound
from shapes.notices import STATES, delivered_to, error_of, told_of
from shapes.telling_words import notice_name, outcome_words, seat_names
from store.lists import NoticeLine
from web.downloads import download
from web.forms import done, tried
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.service.delivering import resend
from workflow.service.reaching import clear_address

screens = Screens()
_PATH = "/quan-tri/thu"


@screens.get(_PATH, Right.ADMINISTRATOR)
def outbox(visit: Visit) -> Response:
    """Notices by their state, the newest first."""
    state = visit.asked("tinh-trang") if visit.asked("tinh-trang") in STATES else None
    code = visit.asked("ho-so") or None
    with visit.home.look() as lists:
        page = lists.notice_page(code=code, state=state, after=visit.asked("sau") or None)
    asked = {name: value for name, value in (("tinh-trang", state), ("ho-so", code)) if value}
    return visit.page(
        "admin/outbox.html",
        rows=[_row(visit, one) for one in page.lines],
        states=STATES,
        asked=asked,
        next_page=f"{_PATH}?{urlencode({**asked, 'sau': page.after})}" if page.after else "",
    )


def _row(visit: Visit, one: NoticeLine) -> dict[str, Any]:
    state = "printed" if (one.channel, one.state) == ("paper", "accepted") else one.state
    return {
        "id": one.id,
        "code": one.code,
        "notice": notice_name(visit, one.notice),
        "to": one.to.name or seat_names(visit.law, visit, one.to.seat, visit.today),
        "address": one.to.address,
        "channel": one.channel,
        "state": state,
        "at": one.send_after,
        "attempts": one.attempts,
        "outcome": outcome_words(visit, delivered_to(one) or error_of(one)),
        "may_resend": one.state in ("failed", "bounced"),
    }


@screens.get(f"{_PATH}/{{number:int}}", Right.ADMINISTRATOR)
def mail(visit: Visit) -> Response:
    """One notice: the very mail, its headers and hash, or what it will say."""
    return _mail(visit)


def _mail(visit: Visit, lines: Sequence[str] = ()) -> Response:
    found, sent = _found(visit)
    told = told_of(found, sent, visit.home.templates)
    is_mail = sent is not None and found.channel == "mail"
    headers = list(message_from_bytes(sent, policy=default).items()) if is_mail and sent else []
    return visit.page(
        "admin/mail.html",
        status=422 if lines else 200,
        row=_row(visit, found),
        told=told,
        headers=[(name, str(value)) for name, value in headers],
        lines=lines,
    )


def _found(visit: Visit) -> tuple[NoticeLine, bytes | None]:
    with visit.home.look() as lists:
        found = lists.notice(int(visit.path("number")))
        sent = lists.message(found.message_id) if found is not None and found.message_id else None
    if found is None:
        raise NotFound("web.no_such_page")
    return found, sent


@screens.get(f"{_PATH}/{{number:int}}/eml", Right.ADMINISTRATOR)
def source(visit: Visit) -> Response:
    """The exact bytes that were sent."""
    found, sent = _found(visit)
    if sent is None:
        raise NotFound("web.no_such_page")
    return download(sent, f"{found.code}-{found.id}.{'eml' if found.channel == 'mail' else 'json'}")


@screens.post(f"{_PATH}/{{number:int}}/gui-lai", Right.ADMINISTRATOR)
def again(visit: Visit) -> Response:
    """Sends a failed or bounced notice once more."""
    number = int(visit.path("number"))
    _found(visit)

    def act() -> Response:
        resend(visit.home.store, visit.home.house, number=number, by=visit.actor, at=visit.now)
        return done(visit, f"{_PATH}/{number}", visit.word("notice.resent", number=number))

    return tried(visit, act, lambda lines: _mail(visit, lines))


@screens.get("/quan-tri/dia-chi", Right.ADMINISTRATOR)
def addresses(visit: Visit) -> Response:
    """Addresses at which nobody is: each a task for the agency's administrator."""
    return _addresses(visit)


def _addresses(visit: Visit, lines: Sequence[str] = ()) -> Response:
    with visit.home.store.read() as uow:
        found = uow.bad_addresses()
    rows = [
        {
            "address": one.address,
            "seat": seat_names(visit.law, visit, one.seat, visit.today),
            "agency": visit.names("", one.agency)[1],
            "since": one.since,
            "reason": one.reason,
        }
        for one in found
    ]
    return visit.page("admin/addresses.html", status=422 if lines else 200, rows=rows, lines=lines)


@screens.post("/quan-tri/dia-chi", Right.ADMINISTRATOR)
def mended(visit: Visit) -> Response:
    """Says that an address works again."""
    address = visit.typed("address")

    def act() -> Response:
        clear_address(visit.home.store, visit.home.house, address=address, by=visit.actor, at=visit.now)
        return done(visit, "/quan-tri/dia-chi", visit.word("notice.address_cleared", address=address))

    return tried(visit, act, lambda lines: _addresses(visit, lines))
