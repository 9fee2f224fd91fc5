"""Webhooks on real databases and a real HTTP server: what an agency's software hears, and what if it does not."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from notifications.channels import Accepted, Letter, PermanentFailure, TemporaryFailure, Unreachable
from notifications.outbox import Delivered, deliver_hooks
from notifications.posting import Posting
from notifications.retrying import Retry
from notifications.webhooks import WebhookChannel, sign
from store.outbox import SqlOutbox
from store.statements import Statement
from store.tables import NoticeRow, table
from tests.delivering import DESK
from tests.hooks import Listener, listening
from tests.offices import Office, morning_of
from tests.test_cli_scheduler import closed_port
from workflow.administration import operator
from workflow.errors import Refused
from workflow.service.reaching import add_webhook, remove_webhook
from workflow.webhooks import Webhook, url_faults

pytest_plugins = ("tests.office_fixtures",)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
BEFORE = morning_of(4, 1)
STAMP = 1_491_795_000
_NOTICE = table(NoticeRow)
_RESEAT = Statement(update(_NOTICE).where(_NOTICE.c.id == bindparam("of_id")).values(to_seat=bindparam("seat")))


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server that listens."""
    with listening() as found:
        yield found


def _channel(**more: Any) -> WebhookChannel:
    return WebhookChannel(secret=lambda id_: f"bí mật của {id_}", loopback=True, clock=lambda: STAMP, **more)


def _letter(url: str) -> Letter:
    return Letter(id="<ab12@so.example>", recipient=url, content=b'{"x": 1}', about="wh-1")


def _hook(workplace: Office, url: str, *, id_: str = "wh-1", agency: str = "sct-lai-chau") -> None:
    hook = Webhook(id=id_, agency=agency, url=url, created_at=BEFORE)
    add_webhook(workplace.store, workplace.house, webhook=hook, by=operator(), at=BEFORE)


def _call(workplace: Office, at: Any = MONDAY, **posting: Any) -> Delivered:
    settings = Posting(desk=DESK, own_lines=True, **posting)
    return deliver_hooks(SqlOutbox(workplace.store), _channel(timeout=0.3), at=at, posting=settings)


def _hooked(workplace: Office) -> list[Any]:
    return [row for row in workplace.notices() if row.channel == "webhook"]


def test_a_delivery_is_signed_and_says_which_it_is(listener: Listener) -> None:
    """Who receives it makes the same HMAC over time and body, and knows a repetition by its id."""
    outcome = _channel().send(_letter(listener.url("/x?y=1")))

    (told,) = listener.told
    assert outcome == Accepted("204")
    assert (told.path, told.body) == ("/x?y=1", b'{"x": 1}')
    assert told.headers["Khuyencong-Delivery"] == "ab12"
    assert told.headers["Khuyencong-Timestamp"] == str(STAMP)
    assert told.headers["Khuyencong-Signature"] == f"v1={sign('bí mật của wh-1', str(STAMP), told.body)}"


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        (200, Accepted("200")),
        (410, PermanentFailure("410")),
        (404, PermanentFailure("404")),
        (302, PermanentFailure("302")),
        (408, TemporaryFailure("408", wait=90)),
        (425, TemporaryFailure("425", wait=90)),
        (429, TemporaryFailure("429", wait=90)),
        (500, TemporaryFailure("500", wait=90)),
        (503, TemporaryFailure("503", wait=90)),
    ],
)
def test_an_answer_says_whether_to_try_again(listener: Listener, order: int, outcome: object) -> None:
    """As with mail: what may pass is tried again, when the other side asked for it; a redirect is not followed."""
    listener.orders["/x"] = order
    listener.retry_after = "90"

    assert _channel().send(_letter(listener.url("/x"))) == outcome

    assert len(listener.told) == 1


@pytest.mark.parametrize("order", ["hang", "drop", "drip"])
def test_who_does_not_answer_is_unreachable(listener: Listener, order: str) -> None:
    """Silence, a cut line, and a server that sends a byte now and then all end in time."""
    listener.orders["/x"] = order

    assert isinstance(_channel(timeout=0.3, whole=0.6).send(_letter(listener.url("/x"))), Unreachable)


def test_nobody_there_is_unreachable() -> None:
    """A refused connection says nothing of the delivery."""
    assert isinstance(_channel().send(_letter(f"http://127.0.0.1:{closed_port()}/")), Unreachable)


def test_the_house_never_calls_its_own_machines(listener: Listener) -> None:
    """Names are resolved first, and only public addresses are connected to, or hosts that are named in the settings."""
    letter = _letter(listener.url())
    elsewhere = _letter(listener.url().replace("127.0.0.1", "localhost"))

    outcomes = [
        WebhookChannel(secret=str).send(letter),
        WebhookChannel(secret=str).send(elsewhere),
        WebhookChannel(secret=str, hosts=("van-ban.example",), loopback=True).send(letter),
    ]

    assert all(isinstance(one, PermanentFailure) and one.about == "house" for one in outcomes)
    assert listener.told == []
    assert WebhookChannel(secret=str, hosts=("127.0.0.1",)).send(letter) == Accepted("204")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://van-ban.example/kc", "unmet.webhook_scheme"),
        ("https://10.0.0.1/kc", "unmet.webhook_host"),
        ("https://[::1]/kc", "unmet.webhook_host"),
        ("https://{}@van-ban.example/".format("ai:x"), "unmet.webhook_url"),
        ("van-ban.example", "unmet.webhook_url"),
        ("https://van ban.example", "unmet.webhook_url"),
        ("https://van-ban.example:99999/", "unmet.webhook_url"),
    ],
)
def test_a_bad_address_is_refused_when_it_is_given(url: str, code: str) -> None:
    """Never at midnight: only https, a name instead of a number, no login."""
    assert code in [one.code for one in url_faults(url, sandbox=False)]
    assert list(url_faults("https://van-ban.example:8443/kc?x=1", sandbox=False)) == []


def test_an_agency_hears_of_its_notices_once(workplace: Office, listener: Listener) -> None:
    """Of one event once, however many people read of it; ids, action, due day and link, nobody's name or address."""
    _hook(workplace, listener.url())
    workplace.deliver(MONDAY)

    first, second = _call(workplace), _call(workplace)

    (told,) = listener.told
    body = json.loads(told.body)
    assert (first.accepted, second.accepted) == (1, 0)
    assert {key: body[key] for key in ("notice", "code", "action", "due", "link", "agency", "role", "seq")} == {
        "notice": "arrived",
        "code": "LC-02",
        "action": "Nộp hồ sơ",
        "due": "2017-04-24",
        "link": "http://127.0.0.1/de-an/LC-02",
        "agency": "sct-lai-chau",
        "role": "base_appraiser",
        "seq": 2,
    }
    assert body["id"] == told.headers["Khuyencong-Delivery"]
    assert b"@" not in told.body
    assert "Vàng Minh Dung" not in told.body.decode()
    (row,) = _hooked(workplace)
    assert (row.state, row.last_error) == ("accepted", "204")
    kept = {message.id: message.bytes for message in workplace.messages()}
    assert kept[row.message_id] == told.body


def test_what_goes_out_on_paper_is_heard_too(workplace: Office, listener: Listener) -> None:
    """An agency without people or mailbox gets a letter; its software hears of it all the same, once."""
    paper = next(row for row in workplace.notices() if row.state == "to_print")
    workplace.change(_RESEAT, of_id=paper.id, seat="head@sct-lai-chau")
    _hook(workplace, listener.url())

    done = [_call(workplace).accepted, _call(workplace).accepted]

    assert done == [1, 0]
    assert json.loads(listener.told[0].body)["role"] == "head"
    assert next(row for row in workplace.notices() if row.id == paper.id).state == "to_print"


def test_a_reminder_is_heard_though_its_mail_could_leave_at_once(workplace: Office, listener: Listener) -> None:
    """A sweep leaves to the outbox what an agency's software is to hear of, so that it hears of all."""
    workplace.deliver(MONDAY)
    _hook(workplace, listener.url())

    workplace.sweep(morning := morning_of(4, 20), leaving := workplace.at_once())
    workplace.deliver(morning)
    called = _call(workplace, morning)

    assert (leaving.done.accepted, called.accepted) == (0, len(listener.told))
    assert {json.loads(told.body)["notice"] for told in listener.told} == {"due-soon"}


def test_what_happened_before_is_not_heard(workplace: Office, listener: Listener) -> None:
    """A webhook hears of what is sent from its first day on."""
    workplace.deliver(MONDAY)
    _hook(workplace, listener.url())

    assert _call(workplace, MONDAY + timedelta(days=1)).accepted == 0


def test_it_is_tried_again_with_the_same_bytes(workplace: Office, listener: Listener) -> None:
    """At the time that the other side asked for, at any hour: no person is woken."""
    _hook(workplace, listener.url("/x"))
    workplace.deliver(MONDAY)
    listener.orders["/x"], listener.retry_after = 503, "3600"

    night = MONDAY + timedelta(hours=12)
    first, early = _call(workplace, night), _call(workplace, night + timedelta(minutes=59))
    listener.orders.clear()
    later = _call(workplace, night + timedelta(minutes=61))

    assert (first.retried, early.retried, later.accepted) == (1, 0, 1)
    assert len({told.body for told in listener.told}) == 1
    assert len({told.headers["Khuyencong-Delivery"] for told in listener.told}) == 1


def test_a_dead_webhook_holds_up_nobody(workplace: Office, listener: Listener) -> None:
    """Each is a line of its own, apart from the mail; after the last attempt it has failed and marks no address."""
    _hook(workplace, listener.url("/dead"), id_="wh-1")
    _hook(workplace, listener.url("/live"), id_="wh-2")
    listener.orders["/dead"] = "hang"
    mail = workplace.deliver(MONDAY)

    done = [_call(workplace, MONDAY + timedelta(days=day), retry=Retry(attempts=2)) for day in range(3)]

    assert mail.accepted == 5
    assert [(one.accepted, one.retried, one.failed) for one in done] == [(1, 1, 0), (0, 0, 1), (0, 0, 0)]
    assert {row.to_name: row.state for row in _hooked(workplace)} == {"wh-1": "failed", "wh-2": "accepted"}
    assert workplace.notices("bounced") == []
    with workplace.store.read() as uow:
        assert uow.bad_addresses() == ()


def test_a_removed_webhook_hears_nothing_more(workplace: Office, listener: Listener) -> None:
    """Its row stays, and a second one to the same place is refused while it lasts."""
    _hook(workplace, listener.url())
    with pytest.raises(Refused, match="webhook_known"):
        _hook(workplace, listener.url(), id_="wh-2")

    remove_webhook(workplace.store, workplace.house, id_="wh-1", by=operator(), at=BEFORE)
    workplace.deliver(MONDAY)

    assert _call(workplace).accepted == 0
