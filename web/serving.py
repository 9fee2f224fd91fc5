"""How a request reaches its screen: one hop to hands that read or write, sessions, rights, and errors as pages."""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from web import errors, sessions
from web.rights import Right
from web.routing import Desk, Screen
from web.security import TooLarge, from_here, is_ours
from web.visit import Site, Visit

#: Fields and files of the largest form, and of one field.
_FIELDS: Final = 400
_FILES: Final = 40
_FIELD_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work of each desk.

    SQLite is read by one thread: several would only contend for the interpreter at every row. PostgreSQL answers from
    elsewhere meanwhile, so more of them help.
    """

    desks: Mapping[Desk, Executor]

    @classmethod
    def of(cls, dialect: str) -> "Hands":
        """As many as the database can use."""
        many = 1 if dialect == "sqlite" else 4
        named: tuple[tuple[Desk, int], ...] = (("read", many), ("write", many), ("door", 2), ("away", 4))
        return cls({desk: ThreadPoolExecutor(number, thread_name_prefix=f"web-{desk}") for desk, number in named})

    def close(self) -> None:
        """Lets what is under way end."""
        for desk in self.desks.values():
            desk.shutdown(wait=True)


def endpoint(site: Site, hands: Hands, screen: Screen) -> Callable[[Request], Awaitable[Response]]:
    """What Starlette calls for a screen."""

    async def answer(request: Request) -> Response:
        try:
            form = await _form(request) if screen.method == "POST" else FormData()
        except (MultiPartException, TooLarge):
            return await _on(hands, "read", lambda: _refused(site, request, "web.form_unreadable", 413))
        try:
            return await _on(hands, screen.desk, lambda: answered(site, screen, request, form))
        finally:
            await form.close()

    return answer


def missing(site: Site, hands: Hands) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What Starlette calls where there is no such page, or not with this method."""

    async def answer(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return await _on(hands, "read", lambda: _refused(site, request, "web.no_such_page", status))

    return answer


async def _on(hands: Hands, desk: Desk, work: Callable[[], Response]) -> Response:
    return await asyncio.get_running_loop().run_in_executor(hands.desks[desk], work)


async def _form(request: Request) -> FormData:
    return await request.form(max_fields=_FIELDS, max_files=_FILES, max_part_size=_FIELD_BYTES)


def answered(site: Site, screen: Screen, request: Request, form: FormData) -> Response:
    """The screen's answer, or the page that says why there is none."""
    try:
        visit = visit_of(site, request, form)
        if screen.method == "POST" and not from_here(request.headers):
            return errors.said(visit, "web.foreign_form", status=403)
        if visit.session is None and screen.right is not Right.ANYBODY:
            return errors.sign_in_first(visit)
        if screen.method == "POST" and not is_ours(visit.secret, form.get("token")):
            return errors.said(visit, "web.old_form", status=403)
        if not visit.may(screen.right):
            return errors.said(visit, "web.not_for_you", status=403)
        return _told(visit, screen)
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return errors.broken(site.choices.language)


def _told(visit: Visit, screen: Screen) -> Response:
    try:
        return screen.answer(visit)
    except Exception as error:
        found = errors.page_of(visit, error)
        if found is None:
            raise
        return found


def _refused(site: Site, request: Request, code: str, status: int) -> Response:
    try:
        return errors.said(visit_of(site, request, FormData()), code, status=status)
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return errors.broken(site.choices.language)


def visit_of(site: Site, request: Request, form: FormData) -> Visit:
    """Who comes, and what they bring."""
    at = site.home.now()
    found = sessions.find(site.home, request.cookies.get(sessions.COOKIE, ""), at)
    session, person = found or (None, None)
    return Visit(site=site, request=request, form=form, session=session, person=person, now=at)
