"""Errors as pages: what happened, each reason in a sentence, and where to go on."""

from html import escape
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, Response

from language.catalogue import sentence
from shapes.problems import problem_of
from web.visit import Visit

#: Fields of a form that are ours, not typed.
_OURS = ("token", "key")


def page_of(visit: Visit, error: Exception) -> Response | None:
    """The page of an error that the house raises on purpose; None for any other."""
    problem = problem_of(error, lang=visit.lang, names=visit.names)
    if problem is None:
        return None
    return visit.page("problem.html", status=problem.status, title=problem.title, lines=problem.lines)


def said(visit: Visit, code: str, *, status: int) -> Response:
    """The page of something that is said in one sentence of the catalogues."""
    return visit.page("problem.html", status=status, title=visit.word(f"{code}.title"), lines=(visit.word(code),))


def sign_in_first(visit: Visit) -> Response:
    """On to the sign-in page; what was typed into a form is carried along, so that nothing is lost."""
    if visit.request.method == "GET":
        return visit.go(f"/dang-nhap?tiep={_quoted(visit.here)}")
    return visit.page(
        "entering/again.html", status=401, path=visit.here, kept=kept(visit), files=_files(visit), refusal=""
    )


def kept(visit: Visit) -> list[tuple[str, str]]:
    """What was typed, by field; files cannot be kept, and what is ours need not be."""
    return [(name, value) for name, value in visit.form.multi_items() if isinstance(value, str) and name not in _OURS]


def broken(lang: str) -> Response:
    """The page of an error that nobody raised on purpose; it asks nothing of anything."""
    title, line = escape(sentence("problem.internal", {}, lang)), escape(sentence("web.broken", {}, lang))
    text = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head>'
    return HTMLResponse(f"{text}<body><main><h1>{title}</h1><p>{line}</p></main></body></html>", status_code=500)


def _files(visit: Visit) -> list[str]:
    return [str(one.filename) for _, one in visit.form.multi_items() if isinstance(one, UploadFile) and one.filename]


def _quoted(path: str) -> str:
    return quote(path, safe="/")
