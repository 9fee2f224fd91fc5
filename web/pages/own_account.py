"""One's own account: seats, mail, password, the second factor, and tokens for programs."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import get_args

import segno
from markupsafe import Markup
from starlette.responses import Response

from shapes.problems import problem_of
from web import sessions
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.accounts import Account, Token
from workflow.errors import NotSignedIn, Refused
from workflow.proposal import legal_day
from workflow.second_factor import codes_left
from workflow.service.accounts import account_of, set_password
from workflow.service.codes import factors_of
from workflow.service.reaching import set_address, wish_mail
from workflow.service.second_factors import end_second_factor, set_second_factor
from workflow.service.tokens import make_token, revoke_token, tokens_of
from workflow.storage import MailWish

screens = Screens()
#: Of a token for a program, and of the random name of a second factor.
_TOKEN, _FACTOR = 32, 16
_YEAR = timedelta(days=365)
_INSTANT = timedelta(microseconds=1)
WISHES: tuple[MailWish, ...] = get_args(MailWish)


@screens.get("/tai-khoan", Right.SIGNED_IN)
def account(visit: Visit) -> Response:
    """Who is signed in, with which seats, and what they may change of themselves."""
    return _account(visit)


def _account(visit: Visit, *, wrong: str = "", lines: Sequence[str] = (), made: str = "") -> Response:
    """The page; ``wrong`` names the form that was refused and ``lines`` say why; ``made`` is a token, shown once."""
    own = _own(visit)
    with visit.home.store.read() as uow:
        person = uow.person(own.person)
    tokens = tokens_of(visit.home.store, visit.home.house, username=own.username, by=visit.actor, at=visit.now)
    sso = visit.site.choices.single_sign_on
    values: Mapping[str, object] = {
        "own": own,
        "sso": sso.label if sso else "",
        "person": person,
        "wishes": WISHES,
        "codes_left": codes_left(own),
        "tokens": [_token(one) for one in tokens if one.refusal(own, visit.now) is None],
        "typed": {name: visit.typed(name) for name in ("address", "label")},
        "wrong": wrong,
        "lines": lines,
        "made": made,
    }
    return visit.page("own_account/account.html", status=422 if wrong else 200, **values)


def _token(one: Token) -> Mapping[str, object]:
    """A token as the page shows it, with its last day."""
    last = legal_day(one.expires_at - _INSTANT) if one.expires_at else None
    return {"sha256": one.sha256, "prefix": one.prefix, "label": one.label, "until": last, "used": one.last_used_on}


def _own(visit: Visit) -> Account:
    if visit.session is None:
        raise NotSignedIn("denied.no_account")
    with visit.home.store.read() as uow:
        return account_of(uow, visit.session.username)


def _reasons(visit: Visit, refusal: Exception) -> Sequence[str]:
    problem = problem_of(refusal, lang=visit.lang, names=visit.names)
    return problem.lines or (problem.title,) if problem else ()


def _done(visit: Visit, code: str) -> Response:
    return visit.go("/tai-khoan", said={"title": visit.word(code), "lines": [], "link": "", "link_words": ""})


@screens.post("/tai-khoan/thu", Right.SIGNED_IN)
def wish(visit: Visit) -> Response:
    """Which reminders come by mail."""
    own, wanted = _own(visit), visit.typed("mail")
    if wanted not in WISHES:
        return _account(visit, wrong="thu", lines=[visit.word("web.account.mail.unknown")])
    about = {"username": own.username, "by": visit.actor, "at": visit.now}
    try:
        wish_mail(visit.home.store, visit.home.house, mail=wanted, **about)  # type: ignore[arg-type]
    except Refused as refusal:
        return _account(visit, wrong="thu", lines=_reasons(visit, refusal))
    return _done(visit, "web.account.mail.done")


@screens.post("/tai-khoan/dia-chi", Right.SIGNED_IN)
def move(visit: Visit) -> Response:
    """Where mail goes."""
    own, store, house = _own(visit), visit.home.store, visit.home.house
    address = visit.typed("address").strip()
    try:
        set_address(store, house, username=own.username, address=address, by=visit.actor, at=visit.now)
    except Refused as refusal:
        return _account(visit, wrong="dia-chi", lines=_reasons(visit, refusal))
    return _done(visit, "web.account.address.done")


@screens.post("/tai-khoan/mat-khau", Right.SIGNED_IN, desk="door")
def change_password(visit: Visit) -> Response:
    """Another password; whoever is signed in with the old one elsewhere is signed out there."""
    own, new = _own(visit), visit.typed("new")
    if new != visit.typed("again"):
        return _account(visit, wrong="mat-khau", lines=[visit.word("web.account.password.differ")])
    try:
        set_password(
            visit.home.store,
            visit.home.house,
            username=own.username,
            password=new,
            old=visit.typed("old"),
            code=visit.typed("code"),
            by=visit.actor,
            at=visit.now,
        )
    except (Refused, NotSignedIn) as refusal:
        return _account(visit, wrong="mat-khau", lines=_reasons(visit, refusal))
    sessions.close_others(visit.home, visit.session)
    return _done(visit, "web.account.password.done")


@screens.get("/tai-khoan/hai-buoc", Right.SIGNED_IN)
def second_factor(visit: Visit) -> Response:
    """The secret of a second factor that is to be turned on, as a picture and as letters. Nothing is kept yet."""
    return _offered(visit, visit.site.choices.random(_FACTOR).hex())


def _offered(visit: Visit, factor: str, lines: Sequence[str] = ()) -> Response:
    own, factors = _own(visit), factors_of(visit.home.house)
    address = factors.address(factor, own.username, visit.word("web.name"))
    drawn = segno.make(address, error="m").svg_inline(scale=5, dark="#000", light="#fff")
    values: Mapping[str, object] = {
        "factor": factor,
        "secret": factors.secret(factor),
        "picture": Markup(drawn),  # noqa: S704 - drawn here, from letters and digits.
        "lines": lines,
    }
    return visit.page("own_account/second_factor.html", status=422 if lines else 200, **values)


@screens.post("/tai-khoan/hai-buoc", Right.SIGNED_IN)
def turn_on(visit: Visit) -> Response:
    """Turns it on, if the code shows that the secret arrived; the spare codes are shown once."""
    own, factor = _own(visit), visit.typed("factor")
    about = {"username": own.username, "code": visit.typed("code"), "by": visit.actor, "at": visit.now}
    try:
        spare = set_second_factor(visit.home.store, visit.home.house, factor=factor, **about)  # type: ignore[arg-type]
    except Refused as refusal:
        return _offered(visit, factor, _reasons(visit, refusal))
    return visit.page("own_account/spare_codes.html", spare=spare)


@screens.post("/tai-khoan/hai-buoc/tat", Right.SIGNED_IN)
def turn_off(visit: Visit) -> Response:
    """Turns it off with a code."""
    own, store, house = _own(visit), visit.home.store, visit.home.house
    try:
        end_second_factor(store, house, username=own.username, code=visit.typed("code"), by=visit.actor, at=visit.now)
    except Refused as refusal:
        return _account(visit, wrong="hai-buoc", lines=_reasons(visit, refusal))
    return _done(visit, "web.account.factor.ended")


@screens.post("/tai-khoan/ma-truy-cap", Right.SIGNED_IN)
def new_token(visit: Visit) -> Response:
    """A token for a program, good for a year; shown once, because only its hash is kept."""
    own, secret = _own(visit), f"kc_{urlsafe_b64encode(visit.site.choices.random(_TOKEN)).decode().rstrip('=')}"
    try:
        make_token(
            visit.home.store,
            visit.home.house,
            username=own.username,
            secret=secret,
            label=visit.typed("label").strip(),
            expires_at=visit.now + _YEAR,
            by=visit.actor,
            at=visit.now,
        )
    except Refused as refusal:
        return _account(visit, wrong="ma-truy-cap", lines=_reasons(visit, refusal))
    return _account(visit, made=secret)


@screens.post("/tai-khoan/ma-truy-cap/thu-hoi", Right.SIGNED_IN)
def drop_token(visit: Visit) -> Response:
    """Closes a token for good."""
    own, store, house = _own(visit), visit.home.store, visit.home.house
    try:
        revoke_token(store, house, username=own.username, prefix=visit.typed("sha256"), by=visit.actor, at=visit.now)
    except Refused as refusal:
        return _account(visit, wrong="ma-truy-cap", lines=_reasons(visit, refusal))
    return _done(visit, "web.account.token.revoked")
