"""What is called without the command: the base of every trial, and use cases that have no command of their own."""

import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

from pyotp import TOTP

from khuyencong.cli.running import run
from khuyencong.demo.acts import Story, at
from khuyencong.demo.build import guide_first_year
from khuyencong.demo.cast import players
from khuyencong.demo.samples import group_machines, tea_roaster
from khuyencong.demo.stage import Stage, play, scenes
from khuyencong.housekeeping import keep_house
from khuyencong.publishing import publish_shipped
from khuyencong.sealing import make_log_key
from khuyencong.settings import read_settings
from khuyencong.wiring import Installation
from store.lists import NoticeLine
from store.migrations import upgrade
from store.queries import Queries
from tests.crash.desk import lay
from tests.reports import report
from workflow.administration import operator
from workflow.changing import changed
from workflow.errors import NotSignedIn, Refused
from workflow.proposal import Document
from workflow.service.accounts import set_password, sign_in
from workflow.service.codes import factors_of
from workflow.service.people import add_user
from workflow.service.reaching import add_webhook
from workflow.service.second_factors import set_second_factor
from workflow.service.single_sign_on import enter_single_sign_on, link_single_sign_on
from workflow.service.tokens import make_token
from workflow.webhooks import Webhook

#: Before the first proposal of the base.
OPENING = datetime(2017, 1, 2, 1, tzinfo=UTC)
SECOND = "tham-dinh-2.sct-lai-chau"
#: The day on which calls without a command happen.
NOW = datetime(2022, 3, 1, 2, tzinfo=UTC)
TOKEN = "kc_ai_cung_biet"
PASSPHRASE = "chè Shan tuyết cổ thụ"
FACTOR = "0123456789abcdef"
IDENTITY = "a1" * 32
_GUESSES = 5


@contextmanager
def _home(environment: Mapping[str, str]) -> Iterator[Installation]:
    home = Installation.open(read_settings(environment))
    try:
        yield home
    finally:
        home.store.close()


def furnish(environment: Mapping[str, str]) -> int:
    """A sandbox with people and proposals at several places of their way."""
    home = Installation.prepare(read_settings(environment), clock_start=OPENING)
    make_log_key(home, at=OPENING)
    people = itertools.count(1)
    house = changed(home.house, person_id=lambda: f"p-{next(people):04d}")
    publish_shipped(home.store, house, by=operator(), at=OPENING)
    for player in players():
        about = {"username": player.username, "name": player.name, "address": player.address, "seats": player.seats}
        add_user(home.store, house, **about, by=operator(), at=OPENING)  # type: ignore[arg-type]
    officer = next(player for player in players() if player.username == "tham-dinh.sct-lai-chau")
    about = {"username": SECOND, "name": "Lò Văn Hai", "address": "tham-dinh-2@sct-lai-chau.example"}
    add_user(home.store, house, **about, seats=officer.seats, by=operator(), at=OPENING)  # type: ignore[arg-type]
    with home.store.read() as uow:
        names = [*(player.username for player in players()), SECOND]
        cast = [uow.actor(name, channel="cli") for name in names]

    def keep(key: str, name: str, _: bytes) -> Document:
        return home.papers.keep(BytesIO(key.encode()), key=key, name=name)

    stage = Stage(store=home.store, house=house, cast=tuple(one for one in cast if one), keep=keep)
    told = list(stories())
    for story in told[:-1]:
        for scene in scenes([story]):
            play(stage, scene)
    guide_first_year(stage)
    for scene in scenes(told[-1:]):
        play(stage, scene)
    home.store.close()
    lay(Path("desk"))
    return 0


def stories() -> Iterator[Story]:
    """A draft; two files at the Sở; one that came back; one approved; one under contract; a group with two lines."""
    tea = tea_roaster()
    yield changed(tea, code="LC-D1", acts=())
    yield changed(tea.until("submit"), code="LC-S1")
    yield changed(tea.until("submit"), code="LC-S2")
    yield changed(tea.until("submit"), code="LC-S3")
    yield changed(tea.until("approve"), code="LC-A1")
    yield changed(tea.until("fund"), code="LC-F1")
    group = group_machines()
    yield changed(group, code="LC-G1", acts=tuple(act for act in group.acts if act.when < at(_THIRD_LINE, 11)))


_THIRD_LINE = datetime(2026, 7, 20, tzinfo=UTC).date()


def _as_said(call: Callable[[], object]) -> int:
    """1 for whoever is not let in, as the command would say it."""
    try:
        call()
    except NotSignedIn:
        return 1
    return 0


def sign_in_right(environment: Mapping[str, str]) -> int:
    """Somebody signs in with the right password, after a wrong one."""
    return _signed(environment, PASSPHRASE)


def sign_in_wrong(environment: Mapping[str, str]) -> int:
    """Somebody types a wrong password."""
    return _signed(environment, "không phải câu này")


def _signed(environment: Mapping[str, str], password: str) -> int:
    with _home(environment) as home:
        who = {"username": SECOND, "password": password, "channel": "web"}
        return _as_said(lambda: sign_in(home.store, home.house, **who, at=NOW))


def turn_on_second_factor(environment: Mapping[str, str]) -> int:
    """The officer turns on the second factor of their own account."""
    with _home(environment) as home:
        code = TOTP(factors_of(home.house).secret(FACTOR)).at(NOW)
        with home.store.read() as uow:
            officer = uow.actor(SECOND, channel="web")
        assert officer is not None
        about = {"username": SECOND, "factor": FACTOR, "code": code, "by": officer, "at": NOW}
        return _as_refused(lambda: set_second_factor(home.store, home.house, **about))  # type: ignore[arg-type]


def link_with_single_sign_on(environment: Mapping[str, str]) -> int:
    """The officer links their own account."""
    with _home(environment) as home:
        with home.store.read() as uow:
            officer = uow.actor(SECOND, channel="web")
        assert officer is not None
        about = {"username": SECOND, "identity": IDENTITY, "by": officer, "at": NOW}
        return _as_refused(lambda: link_single_sign_on(home.store, home.house, **about))  # type: ignore[arg-type]


def enter_by_single_sign_on(environment: Mapping[str, str]) -> int:
    """The officer comes in by the link, and with the next of their spare codes."""
    with _home(environment) as home:
        with home.store.read() as uow:
            account = uow.account(SECOND)
        assert account is not None
        code = factors_of(home.house).recovery_codes(FACTOR)[account.spent_codes.bit_count()]
        who = {"identity": IDENTITY, "code": code, "channel": "web"}
        return _as_said(lambda: enter_single_sign_on(home.store, home.house, **who, at=NOW))


def _as_refused(call: Callable[[], object]) -> int:
    """1 with the name of the problem, as the command would say it."""
    try:
        call()
    except Refused as refused:
        sys.stdout.write('{"type": "/problems/conditions-unmet"}')
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


def sign_in_with_spare_code(environment: Mapping[str, str]) -> int:
    """The officer lost their telephone and signs in with the next spare code."""
    with _home(environment) as home:
        with home.store.read() as uow:
            account = uow.account(SECOND)
        assert account is not None
        code = factors_of(home.house).recovery_codes(FACTOR)[account.spent_codes.bit_count()]
        who = {"username": SECOND, "password": PASSPHRASE, "channel": "web", "code": code}
        return _as_said(lambda: sign_in(home.store, home.house, **who, at=NOW))


def set_a_password(environment: Mapping[str, str]) -> int:
    """The officer has a password."""
    with _home(environment) as home:
        about = {"username": SECOND, "password": PASSPHRASE, "by": operator(), "at": NOW}
        set_password(home.store, home.house, **about)  # type: ignore[arg-type]
    return 0


def _notices_in(lists: Queries, state: str) -> Sequence[NoticeLine]:
    return lists.notice_page(state=state, limit=1000).lines[::-1]


def fail_a_notice(environment: Mapping[str, str]) -> int:
    """Nobody may be written to for one pass of the scheduler; says the number of a notice that failed so."""
    closed = {**environment, "KHUYENCONG_ALLOWED_RECIPIENTS": "@nobody.example"}
    with redirect_stdout(StringIO()):
        status = run(("scheduler", "tick", "--at", "2021-04-13T09:00"), closed)
    with _home(environment) as home, home.look() as lists:
        first = _notices_in(lists, "failed")[0]
    sys.stdout.write(f"{first.id}\n")
    return status


def find_a_letter(environment: Mapping[str, str]) -> int:
    """Says the number of a letter to a commune that the Ủy ban's office has to print."""
    with _home(environment) as home, home.look() as lists:
        letters = [one for one in _notices_in(lists, "to_print") if one.to.seat.startswith("commune@")]
    sys.stdout.write(f"{min(one.id for one in letters if one.code.startswith('LC-'))}\n")
    return 0


def send_and_bounce(environment: Mapping[str, str]) -> int:
    """Mail goes out, and one letter comes back; says to whom it had gone."""
    with redirect_stdout(StringIO()):
        status = run(("scheduler", "tick", "--at", "2021-04-13T09:00"), environment)
    with _home(environment) as home, home.look() as lists:
        lost = min((one for one in _notices_in(lists, "accepted") if one.message_id), key=lambda one: one.id)
    Path("bounce.eml").write_bytes(report(str(lost.message_id), lost.to.address))
    sys.stdout.write(f"{lost.to.address}\n")
    return status


def take_bounce(environment: Mapping[str, str]) -> int:
    """As above, and the letter that came back was taken in: its address is marked."""
    status = send_and_bounce(environment)
    with redirect_stdout(StringIO()):
        who = ("--as", "quan-tri.ubnd-lai-chau")
        return status + run(("notice", "bounced", "bounce.eml", *who, "--at", "2022-03-01T09:00"), environment)


def add_a_webhook(environment: Mapping[str, str]) -> int:
    """The Sở's own software hears of its notices."""
    with _home(environment) as home:
        hook = Webhook(id="wh-1", agency="sct-lai-chau", url="http://127.0.0.1:9/kc", created_at=NOW)
        add_webhook(home.store, home.house, webhook=hook, by=operator(), at=NOW)
    return 0


def guess(environment: Mapping[str, str]) -> int:
    """Somebody guesses a password until the account is locked."""
    for _ in range(_GUESSES):
        sign_in_wrong(environment)
    return 0


def hold_token(environment: Mapping[str, str]) -> int:
    """The officer has a token that everybody here knows."""
    with _home(environment) as home:
        about = {"username": SECOND, "secret": TOKEN, "label": "máy bàn", "expires_at": None}
        make_token(home.store, home.house, **about, by=operator(), at=NOW)  # type: ignore[arg-type]
    return 0


def older(environment: Mapping[str, str]) -> int:
    """A database as the first release of the tables made it."""
    upgrade(environment["KHUYENCONG_DATABASE_URL"], to="0001")
    return 0


def lose_a_paper(environment: Mapping[str, str]) -> int:
    """A paper lies in the folder for days, and nothing speaks of it."""
    with _home(environment) as home:
        kept = home.papers.keep(BytesIO("bỏ quên".encode()), key="", name="a.txt")
        place = home.papers.folder / kept.sha256[:2] / kept.sha256[2:4] / kept.sha256
        os.utime(place, (0, 0))
    return 0


def tidy(environment: Mapping[str, str], at: datetime = NOW) -> int:
    """The nightly housekeeping alone."""
    with _home(environment) as home:
        keep_house(home, at)
    return 0


def tidy_next_night(environment: Mapping[str, str]) -> int:
    """The same a day later."""
    return tidy(environment, NOW + timedelta(days=1))
