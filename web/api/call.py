"""One request of a program: who asks, in which language, and what they may look at."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from definitions.bundle import Bundle
from language.catalogue import LANGUAGES
from shapes.errors import Denied, WrongUsage
from shapes.naming import names_of
from shapes.views import Viewer
from store.readings import Reading, is_noted, note_reading
from web.api.problems import problem_response
from web.home import Home
from web.routing import Desk
from web.serving import Hands
from web.visit import Site
from workflow.changing import changed
from workflow.errors import UnknownProposal
from workflow.proposal import Actor, Proposal, legal_day
from workflow.seeing import NOTHING, Scope, scopes_of
from workflow.service.tokens import Opened, open_by_token
from workflow.storage import UnitOfWork
from workflow.values import is_writable

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BEARER: Final = re.compile(r"[Bb]earer +(\S+) *")
_ID_BYTES = 8

Given = TypeVar("Given")
Answer = Callable[["Call"], Response]


@dataclass
class Call:
    """A request under way. Everything is looked up when it is first asked for, on the hands that do the work."""

    site: Site
    hands: Hands
    request: Request
    now: datetime
    #: What is let go of when the request ends.
    kept: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def home(self) -> Home:
        """The installation."""
        return self.site.home

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return legal_day(self.now)

    @cached_property
    def lang(self) -> str:
        """The language that the caller asks for, else the installation's."""
        return language_of(self.request.headers.get("accept-language", ""), self.site.choices.language)

    @cached_property
    def opened(self) -> Opened:
        """Whose token it is. Raises Denied, NotSignedIn."""
        found = _BEARER.fullmatch(self.request.headers.get("authorization", ""))
        if found is None:
            raise Denied("api.no_token")
        return open_by_token(self.home.store, secret=found[1], at=self.now, channel="api")

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.opened.actor

    @cached_property
    def law(self) -> Bundle:
        """The definitions in force."""
        with self.home.store.read() as uow:
            return uow.law()

    def names(self, role: str, agency: str) -> tuple[str, str]:
        """The words for a role and an agency; keys while the definitions cannot be read."""
        try:
            return names_of(self.law, self.today, role, agency)
        except Exception:  # Whatever kept the answer from being given keeps the words from it too.
            return role, agency

    @cached_property
    def viewer(self) -> Viewer:
        """Who looks at lists."""
        return Viewer(actor=self.actor, law=self.law, now=self.now)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """What each agency of theirs lets them look at."""
        with self.home.store.read() as uow:
            return scopes_of(self.actor, self.law, uow.appointments(), self.today)

    def scope(self, agency: str | None) -> Scope:
        """What a list is narrowed to. Raises WrongUsage where they sit at several agencies and name none of them."""
        known = tuple(dict.fromkeys(seat.agency for seat in self.actor.seats if seat.holds(self.today)))
        if agency is None:
            if len(self.scopes) > 1:
                raise WrongUsage("api.choose_agency", known=", ".join(known))
            return self.scopes[0] if self.scopes else NOTHING
        if agency not in known:
            raise WrongUsage("api.choose_agency", known=", ".join(known))
        there = changed(self.actor, seats=tuple(seat for seat in self.actor.seats if seat.agency == agency))
        with self.home.store.read() as uow:
            found = scopes_of(there, self.law, uow.appointments(), self.today)
        return found[0] if found else NOTHING

    def proposal(self, uow: UnitOfWork, code: str) -> Proposal:
        """A proposal that they may look at. Raises UnknownProposal for any other, as if there were none."""
        if not is_writable(code):
            raise UnknownProposal(code.encode("unicode_escape").decode())
        found = uow.proposal(code)
        if not any(scope.covers(found) for scope in self.scopes):
            raise UnknownProposal(code)
        return found

    def note(self, code: str) -> None:
        """Keeps on record, once a day, that they opened a case."""
        reading = Reading(day=self.today, code=code, reader=self.actor.person)
        with self.home.store.transaction(writes=False) as transaction:
            if is_noted(transaction, reading):
                return
        with self.home.store.transaction(writes=True) as transaction:
            note_reading(transaction, reading)

    async def read(self, answer: Answer, *, known: bool = True) -> Response:
        """The answer of whoever only reads; ``known``: to nobody whose token does not say who they are."""
        return await self._on("read", answer, known=known)

    async def change(
        self, read: Callable[["Call"], Awaitable[Given]], work: Callable[["Call", Given], Response]
    ) -> Response:
        """The answer of whoever changes something: known first, then read, then done."""
        async with AsyncExitStack() as self.kept:
            try:
                await self._hop("read", lambda: self.opened)
                given = await read(self)
            except Exception as error:
                raised = error
            else:
                return await self._on("write", lambda call: work(call, given), known=True)
            return await self._hop("read", lambda: self.refusal(raised))

    def refusal(self, error: Exception, **more: str) -> Response:
        """The answer to a request that came to an error."""
        return problem_response(error, lang=self.lang, names=self.names, more=more)

    async def _on(self, desk: Desk, answer: Answer, *, known: bool) -> Response:
        return await self._hop(desk, lambda: self._answered(answer, known=known))

    async def _hop(self, desk: Desk, work: Callable[[], Given]) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self.hands.desks[desk], work)

    def _answered(self, answer: Answer, *, known: bool) -> Response:
        try:
            if known:
                _ = self.opened  # Whoever is not known hears only that.
            return answer(self)
        except Exception as error:
            return self.refusal(error)


def language_of(header: str, usual: str) -> str:
    """The language of ours that a header ``Accept-Language`` ranks first."""
    ranked = []
    for place, one in enumerate(header.split(",")):
        tag, _, weight = one.strip().partition(";")
        known = tag.split("-")[0].strip().lower()
        if known in LANGUAGES and (rank := _weight(weight)) > 0:
            ranked.append((-rank, place, known))
    return min(ranked)[2] if ranked else usual


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def request_id(given: str) -> str:
    """The caller's own id of a request, or one made here."""
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(_ID_BYTES)
