"""Signing in through a province's single sign-on, and linking one's account with it."""

from collections.abc import Mapping, Sequence
from hmac import compare_digest

from starlette.responses import Response

from shapes.problems import problem_of
from web import sessions
from web.errors import said
from web.pages.entering import carried_by, inside
from web.rights import Right
from web.routing import Screens
from web.single_sign_on import (
    BACK,
    COOKIE,
    COOKIE_PATH,
    LASTS,
    Errand,
    Known,
    Purpose,
    SingleSignOn,
    SsoFailed,
    opened_ticket,
    ticket,
)
from web.visit import Visit
from workflow.errors import NotSignedIn, Refused
from workflow.service.accounts import account_of
from workflow.service.single_sign_on import end_single_sign_on, enter_single_sign_on, link_single_sign_on

screens = Screens()


@screens.post("/dang-nhap/mot-lan", Right.ANYBODY, desk="away")
def set_out(visit: Visit) -> Response:
    """To the provider, to come back signed in; a form that was under way goes along in a cookie."""
    return _away(visit, "enter", visit.back(visit.typed("tiep")), carried_by(visit))


@screens.post("/tai-khoan/mot-lan", Right.SIGNED_IN, desk="away")
def set_out_to_link(visit: Visit) -> Response:
    """To the provider, to come back with whom it knows; who is signed in there shows once more who they are."""
    return _away(visit, "link", "/tai-khoan", ())


def _away(visit: Visit, purpose: Purpose, path: str, carried: tuple[tuple[str, str], ...]) -> Response:
    sso = visit.site.choices.single_sign_on
    if sso is None:
        return said(visit, "web.no_such_page", status=404)
    errand = Errand(secret=sessions.new_secret(visit.site.choices), purpose=purpose, path=path, carried=carried)
    packed = errand.packed()
    if packed is None:
        lines = {"path": path, "kept": carried, "files": [], "refusal": visit.word("sso.too_long")}
        return visit.page("entering/again.html", status=413, **lines)
    if not _admitted(visit):
        return _sorry(visit, "denied.too_often", status=429, path=path)
    state = errand.state(_session(visit))
    try:
        about = {"state": state, "nonce": errand.nonce, "verifier": errand.verifier}
        address = sso.address(**about, afresh=purpose == "link")
    except SsoFailed as failed:
        return _failed(visit, failed, path)
    # A redirect would need the provider in `form-action` of every page, so this page goes there by itself instead.
    response = visit.page("entering/leaving.html", address=address, label=sso.label)
    _lay(response, visit, packed, LASTS)
    return response


@screens.get(BACK, Right.ANYBODY, desk="away")
def come_back(visit: Visit) -> Response:
    """Back from the provider: signed in, or with whom to link; good once, and in the browser that set out."""
    response = _back(visit)
    _lay(response, visit, "", 0)
    return response


def _back(visit: Visit) -> Response:
    sso, errand = visit.site.choices.single_sign_on, Errand.unpacked(visit.request.cookies.get(COOKIE, ""))
    if sso is None:
        return said(visit, "web.no_such_page", status=404)
    if errand is None or not compare_digest(errand.state(_session(visit)), visit.asked("state")):
        return _sorry(visit, "sso.stale", status=400)
    if not _admitted(visit):
        return _sorry(visit, "denied.too_often", status=429, path=errand.path)
    try:
        known = _recognised(visit, sso, errand)
    except SsoFailed as failed:
        return _failed(visit, failed, errand.path)
    if errand.purpose == "link":
        return _offer(visit, sso, known)
    return _entered(visit, sso, known.identity, errand)


def _recognised(visit: Visit, sso: SingleSignOn, errand: Errand) -> Known:
    error, code = visit.asked("error"), visit.asked("code")
    if error == "access_denied":
        raise SsoFailed("sso.denied")
    if error or not code:
        raise SsoFailed("sso.refused", _plain(error) or "code")
    return sso.known(code=code, issuer=visit.asked("iss"), nonce=errand.nonce, verifier=errand.verifier)


def _entered(visit: Visit, sso: SingleSignOn, identity: str, errand: Errand, code: str = "") -> Response:
    """On to where they wanted to go, or to the second step, or to the page that says why not."""
    store, house = visit.home.store, visit.home.house
    try:
        username = enter_single_sign_on(store, house, identity=identity, code=code, at=visit.now, channel="web")
    except NotSignedIn as refusal:
        if refusal.code in ("denied.sso_code", "denied.sso_bad_code"):
            return _asked_for_code(visit, sso, identity, errand, wrong=refusal.code == "denied.sso_bad_code")
        return _sorry(visit, refusal.code, status=401, path=errand.path, **refusal.params)
    old = visit.request.cookies.get(sessions.COOKIE, "")
    secret = sessions.open_session(visit.home, visit.site.choices, username=username, old=old)
    return inside(visit, errand.path, secret, errand.carried)


def _asked_for_code(visit: Visit, sso: SingleSignOn, identity: str, errand: Errand, *, wrong: bool) -> Response:
    given = ticket(sso.seal, f"enter/{visit.secret}", identity, visit.now)
    values = {"ticket": given, "path": errand.path, "carried": errand.carried, "wrong": wrong}
    return visit.page("entering/second_step.html", status=401 if wrong else 200, **values)


@screens.post("/dang-nhap/mot-lan/ma", Right.ANYBODY, desk="away")
def second_step(visit: Visit) -> Response:
    """The code of a second factor, for whoever the provider vouched for just now in this browser."""
    sso, path = visit.site.choices.single_sign_on, visit.back(visit.typed("tiep"))
    if sso is None:
        return said(visit, "web.no_such_page", status=404)
    identity = opened_ticket(sso.seal, f"enter/{visit.secret}", visit.typed("ticket"), visit.now)
    if identity is None:
        return _sorry(visit, "sso.stale", status=400, path=path)
    errand = Errand(secret="", purpose="enter", path=path, carried=carried_by(visit))
    return _entered(visit, sso, identity, errand, visit.typed("code").strip() or "-")


def _offer(visit: Visit, sso: SingleSignOn, known: Known, lines: Sequence[str] = ()) -> Response:
    """Asks whether this is meant. Nothing is linked by coming back, which is a GET."""
    if visit.session is None:
        return _sorry(visit, "sso.stale", status=400)
    with visit.home.store.read() as uow:
        own = account_of(uow, visit.session.username)
    given = ticket(sso.seal, f"link/{visit.session.sha256}", known.identity, visit.now)
    values: Mapping[str, object] = {"own": own, "label": sso.label, "known": known, "ticket": given, "lines": lines}
    return visit.page("own_account/link.html", status=422 if lines else 200, **values)


@screens.post("/tai-khoan/mot-lan/lien-ket", Right.SIGNED_IN, desk="door")
def link(visit: Visit) -> Response:
    """Links one's own account with whom the provider vouched for just now in this session."""
    sso, session = visit.site.choices.single_sign_on, visit.session
    if sso is None or session is None:
        return said(visit, "web.no_such_page", status=404)
    identity = opened_ticket(sso.seal, f"link/{session.sha256}", visit.typed("ticket"), visit.now)
    if identity is None:
        return _sorry(visit, "sso.stale", status=400, path="/tai-khoan")
    secret = {"password": visit.typed("password"), "code": visit.typed("code")}
    who = {"username": session.username, "identity": identity, "by": visit.actor, "at": visit.now}
    try:
        link_single_sign_on(visit.home.store, visit.home.house, **who, **secret)  # type: ignore[arg-type]
    except (Refused, NotSignedIn) as refusal:
        return _offer(visit, sso, Known(identity=identity, name=visit.typed("name")), _reasons(visit, refusal))
    return _done(visit, "web.account.sso.done")


@screens.post("/tai-khoan/mot-lan/tat", Right.SIGNED_IN)
def unlink(visit: Visit) -> Response:
    """Ends the link of one's own account."""
    if visit.session is None:
        raise NotSignedIn("denied.no_account")
    store, house = visit.home.store, visit.home.house
    end_single_sign_on(store, house, username=visit.session.username, by=visit.actor, at=visit.now)
    return _done(visit, "web.account.sso.ended")


def _done(visit: Visit, code: str) -> Response:
    return visit.go("/tai-khoan", said={"title": visit.word(code), "lines": [], "link": "", "link_words": ""})


def _reasons(visit: Visit, refusal: Exception) -> Sequence[str]:
    problem = problem_of(refusal, lang=visit.lang, names=visit.names)
    return problem.lines or (problem.title,) if problem else ()


def _admitted(visit: Visit) -> bool:
    """Whether one more from that place may make this installation ask the provider something."""
    client = visit.request.client
    return visit.site.errands.lets_in(client.host if client else "", visit.site.choices.seconds())


def _session(visit: Visit) -> str:
    """Of whoever is signed in: who links must still be the same."""
    return visit.session.sha256 if visit.session is not None else ""


def _lay(response: Response, visit: Visit, value: str, seconds: int) -> None:
    secure = visit.site.choices.secure
    response.set_cookie(COOKIE, value, max_age=seconds, path=COOKIE_PATH, secure=secure, httponly=True, samesite="lax")


def _failed(visit: Visit, failed: SsoFailed, path: str) -> Response:
    status = {"sso.unreachable": 503, "sso.garbled": 502, "sso.denied": 403}.get(failed.code, 400)
    return _sorry(visit, failed.code, status=status, path=path, why=failed.why)


def _sorry(visit: Visit, code: str, *, status: int, path: str = "/", **params: object) -> Response:
    lines = [visit.word(code, **params)]
    return visit.page("entering/not_recognised.html", status=status, lines=lines, path=path)


def _plain(error: str) -> str:
    """An error code of OAuth (RFC 6749, 4.1.2.1), cut to what one can look like."""
    return "".join(char for char in error if char.isascii() and (char.isalnum() or char == "_"))[:40]
