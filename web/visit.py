"""One request as a screen sees it: who comes, what they ask, and what to answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from definitions.bundle import Bundle
from language.catalogue import LANGUAGES, sentence
from shapes.living import duration, last_run
from shapes.naming import names_of
from store.sessions import Session
from web import sessions
from web.assets import Assets
from web.backstage import Backstage
from web.brief import Brief, Found
from web.home import Choices, Home
from web.menu import MENU
from web.pages_of import Pages
from web.rights import Right, has
from web.seats import acting_as, choices
from web.security import Turnstile, form_token
from workflow.administration import HOUSE_ROLES
from workflow.errors import UnknownProposal
from workflow.proposal import Actor, Proposal, Seat, legal_day
from workflow.seeing import Scope, scopes_of

THEMES = ("auto", "light", "dark")


@dataclass(slots=True, kw_only=True)
class Site:
    """The web application around an installation."""

    home: Home
    choices: Choices
    assets: Assets
    pages: Pages
    backstage: Backstage
    #: How often one account may be tried, and how often from one place: an office has one address for many people.
    doors: Turnstile = field(default_factory=lambda: Turnstile(most=10, seconds=60))
    places: Turnstile = field(default_factory=lambda: Turnstile(most=60, seconds=60))
    #: How often one place may make us ask the provider of single sign-on: an office in the morning, no flood.
    errands: Turnstile = field(default_factory=lambda: Turnstile(most=60, seconds=60))
    #: Sums that may be a minute old.
    kept: Brief[Any] = field(default_factory=Brief)
    #: What the newest verification showed, of those that this process has made.
    verified: Found[Any] | None = None


@dataclass
class Visit:
    """A request under way. Everything is looked up when it is first asked for."""

    site: Site
    request: Request
    form: FormData
    #: None: nobody is signed in.
    session: Session | None
    #: The person with every seat; None as above.
    person: Actor | None
    now: datetime

    @property
    def home(self) -> Home:
        """The installation."""
        return self.site.home

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return legal_day(self.now)

    @cached_property
    def actor(self) -> Actor:
        """Who acts, with the seats they act from now; nobody, where nobody is signed in."""
        if self.person is None or self.session is None:
            return Actor(person="", name="", channel="web")
        return sessions.acting(self.person, self.session.seat, self.now)

    @cached_property
    def law(self) -> Bundle:
        """The definitions in force."""
        with self.home.store.read() as uow:
            return uow.law()

    @cached_property
    def scope(self) -> Scope:
        """What they may look at."""
        with self.home.store.read() as uow:
            appointed = uow.appointments()
        found = scopes_of(self.actor, self.law, appointed, self.today)
        return found[0] if found else Scope(provinces=())

    def proposal(self, code: str) -> Proposal:
        """A proposal that they may look at. Raises UnknownProposal for any other, as if there were none."""
        with self.home.store.read() as uow:
            found = uow.proposal(code)
        if not self.scope.covers(found):
            raise UnknownProposal(code)
        return found

    @cached_property
    def lang(self) -> str:
        """The language of this browser, else the installation's."""
        asked = self.request.cookies.get(sessions.LANGUAGE, "")
        return asked if asked in LANGUAGES else self.site.choices.language

    @cached_property
    def theme(self) -> str:
        """``auto``, ``light`` or ``dark``."""
        asked = self.request.cookies.get(sessions.THEME, "")
        return asked if asked in THEMES else "auto"

    @cached_property
    def secret(self) -> str:
        """What this browser alone keeps: its session's secret, else that of a visitor; made if it has none yet."""
        if self.session is not None:
            return self.request.cookies[sessions.COOKIE]
        kept = self.request.cookies.get(sessions.VISITOR, "")
        return kept or sessions.new_secret(self.site.choices)

    @property
    def menu(self) -> list[dict[str, object]]:
        """The parts of the system that they may open."""
        here = self.request.url.path
        return [
            {"url": one.url, "code": one.code, "icon": one.icon, "here": here.startswith(one.url)}
            for one in MENU
            if self.may(one.right)
        ]

    @cached_property
    def scheduler(self) -> Mapping[str, Any] | None:
        """For administrators, at the foot of every page: when the scheduler last ran; None for everybody else."""
        if not self.may(Right.ADMINISTRATOR):
            return None
        with self.home.look() as lists:
            run = last_run(lists.heartbeats(), self.now)
        ago = duration(self, int((self.now - run.at).total_seconds())) if run.at else ""
        return {"late": run.late or run.failed, "ago": ago}

    @property
    def acting_as(self) -> str:
        """Their roles and agency, in a line."""
        return acting_as(self.actor, self.seat_words)

    @property
    def choices_of_seat(self) -> list[dict[str, Any]]:
        """What they may act from."""
        return list(choices(self._held, self.actor, self.seat_words, every=self.word("web.every_role")))

    @property
    def every_seat(self) -> list[dict[str, Any]]:
        """Each seat that they hold today, in words."""
        return [
            {"label": role, "agency": agency, "since": seat.since}
            for seat in self._held
            for role, agency in (self.seat_words(seat),)
        ]

    @property
    def _held(self) -> list[Seat]:
        seats = self.person.seats if self.person is not None else ()
        return [seat for seat in seats if seat.holds(self.today)]

    def seat_words(self, seat: Seat) -> tuple[str, str]:
        """What a seat's role and agency are called."""
        role, agency = self.names(seat.role, seat.agency)
        return (self.word(f"role.{seat.role}") if seat.role in HOUSE_ROLES else role), agency

    def names(self, role: str, agency: str) -> tuple[str, str]:
        """The words for a role and an agency."""
        return names_of(self.law, self.today, role, agency)

    def word(self, code: str, /, **params: object) -> str:
        """A sentence of the catalogues."""
        return sentence(code, params, self.lang)

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """A value behind the question mark, in the letters that everything is kept in."""
        return normalize("NFC", self.request.query_params.get(name, default)).strip()

    def typed(self, name: str) -> str:
        """What was typed into a field of the form; empty where there is none."""
        found = self.form.get(name, "")
        return "" if isinstance(found, UploadFile) else normalize("NFC", found).replace("\r\n", "\n")

    def uploads(self, name: str) -> list[UploadFile]:
        """The files that were chosen for a field."""
        return [one for one in self.form.getlist(name) if isinstance(one, UploadFile) and one.filename]

    def may(self, right: Right) -> bool:
        """Whether they may open what is for these."""
        return right is Right.ANYBODY or (self.session is not None and has(self.actor, right))

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page drawn from a template; what was told to this session stands at its top, once."""
        said = sessions.told(self.home, self.session) if self.session is not None else None
        text = self.site.pages.render(template, self.lang, {"visit": self, "said": said, **values})
        response = HTMLResponse(text, status_code=status, headers={"cache-control": "no-store"})
        if self.session is None and self.request.cookies.get(sessions.VISITOR) != self.secret:
            sessions.give(response, sessions.VISITOR, self.secret, self.site.choices)
        return response

    def go(self, url: str, *, said: Mapping[str, Any] | None = None) -> Response:
        """On to another page, which tells what was done."""
        if said is not None and self.session is not None:
            sessions.tell(self.home, self.session, said)
        return RedirectResponse(url, status_code=303, headers={"cache-control": "no-store"})

    @property
    def token(self) -> str:
        """What every form of this browser carries."""
        return form_token(self.secret)

    @property
    def here(self) -> str:
        """This page's address, to come back to."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    def back(self, given: str) -> str:
        """An address of ours that was given to come back to; the first page for any other."""
        inside = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
        return quote(given, safe="/?&=%-_.~:+,;") if inside and "\\" not in given else "/"
