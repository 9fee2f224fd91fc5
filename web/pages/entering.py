"""Signing in and out, the seat one acts from, language and theme."""

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from language.catalogue import LANGUAGES
from web import sessions
from web.errors import kept
from web.rights import Right, has
from web.routing import Screens
from web.sandbox import logins
from web.security import form_token
from web.visit import THEMES, Visit
from workflow.errors import NotSignedIn
from workflow.service.accounts import sign_in

screens = Screens()
#: What a form carried when its session was over comes back under this.
_KEPT = "giu."


@screens.get("/", Right.SIGNED_IN)
def first(visit: Visit) -> Response:
    """Where each finds their work."""
    return visit.go(_first(visit))


def _first(visit: Visit) -> str:
    if has(visit.actor, Right.AUDITOR):
        return "/kiem-toan"
    if has(visit.actor, Right.ADMINISTRATOR):
        return "/quan-tri"
    return "/de-an" if has(visit.actor, Right.CASES) else "/tai-khoan"


@screens.get("/dang-nhap", Right.ANYBODY)
def door(visit: Visit) -> Response:
    """The sign-in page; in a sandbox with everybody who is ready to be signed in."""
    if visit.session is not None:
        return visit.go(visit.back(visit.asked("tiep")))
    return _door(visit, path=visit.back(visit.asked("tiep")))


def _door(visit: Visit, *, path: str, said: str = "", status: int = 200) -> Response:
    ready = logins(visit.home, visit.seat_words, visit.today) if visit.home.sandbox is not None else ()
    values = {"path": path, "refusal": said, "logins": ready, "username": visit.typed("username")}
    sso = visit.site.choices.single_sign_on
    return visit.page("entering/door.html", status=status, sso=sso.label if sso else "", **values)


@screens.post("/dang-nhap", Right.ANYBODY, desk="door")
def enter(visit: Visit) -> Response:
    """Signs in with a password, or in a sandbox as whoever is chosen."""
    path, username = visit.back(visit.typed("tiep")), visit.typed("username").strip()
    client = visit.request.client
    place, seconds = client.host if client else "", visit.site.choices.seconds()
    if not (visit.site.places.lets_in(place, seconds) and visit.site.doors.lets_in(username, seconds)):
        return _door(visit, path=path, said=visit.word("denied.too_often"), status=429)
    try:
        found = _enter(visit, username)
    except NotSignedIn as refusal:
        return _door(visit, path=path, said=visit.word(refusal.code, **refusal.params), status=401)
    old = visit.request.cookies.get(sessions.COOKIE, "")
    secret = sessions.open_session(visit.home, visit.site.choices, username=found, old=old)
    return inside(visit, path, secret, carried_by(visit))


def _enter(visit: Visit, username: str) -> str:
    if visit.home.sandbox is not None and visit.typed("as_is"):
        with visit.home.store.read() as uow:
            if uow.actor(username, channel="web") is None:
                raise NotSignedIn("denied.bad_password")
        return username
    password, code = visit.typed("password"), visit.typed("code")
    store, house = visit.home.store, visit.home.house
    sign_in(store, house, username=username, password=password, code=code, at=visit.now, channel="web")
    return username


def carried_by(visit: Visit) -> tuple[tuple[str, str], ...]:
    """The form that was under way, as the form of a door carries it."""
    return tuple((name.removeprefix(_KEPT), value) for name, value in kept(visit) if name.startswith(_KEPT))


def inside(visit: Visit, path: str, secret: str, carried: Sequence[tuple[str, str]]) -> Response:
    """On to where they wanted to go; a form that was under way is shown again with everything typed."""
    response: Response = RedirectResponse(path, status_code=303)
    if carried:
        token = form_token(secret)
        response = visit.page("entering/carried.html", path=path, carried=carried, carried_token=token)
    sessions.give(response, sessions.COOKIE, secret, visit.site.choices)
    sessions.take(response, sessions.VISITOR, visit.site.choices)
    return response


@screens.post("/dang-xuat", Right.SIGNED_IN)
def leave(visit: Visit) -> Response:
    """Signs out, here and for good."""
    sessions.close(visit.home, visit.secret)
    response = visit.go("/dang-nhap")
    sessions.take(response, sessions.COOKIE, visit.site.choices)
    return response


@screens.post("/vai", Right.SIGNED_IN)
def sit(visit: Visit) -> Response:
    """Acts from another seat from now on."""
    if visit.session is not None and visit.person is not None:
        sessions.choose(visit.home, visit.session, visit.person, visit.typed("vai"))
    return visit.go("/")


@screens.post("/hien-thi", Right.ANYBODY)
def show(visit: Visit) -> Response:
    """Language and theme of this browser."""
    response = visit.go(visit.back(visit.typed("tiep")))
    for name, known in ((sessions.LANGUAGE, LANGUAGES), (sessions.THEME, THEMES)):
        if visit.typed(name) in known:
            sessions.give(response, name, visit.typed(name), visit.site.choices, lasts=True)
    return response
