"""Forms that are refused are shown again, with what was typed and why beside it."""

from collections.abc import Callable, Sequence
from datetime import date

from starlette.responses import Response

from language.formats import read_date
from shapes.problems import problem_of
from web.visit import Visit


def tried(visit: Visit, act: Callable[[], Response], again: Callable[[Sequence[str]], Response]) -> Response:
    """The answer of ``act``; where the house refuses it, ``again`` with the reasons."""
    try:
        return act()
    except Exception as error:
        problem = problem_of(error, lang=visit.lang, names=visit.names)
        if problem is None:
            raise
        return again([problem.title, *problem.lines])


def day_typed(visit: Visit, name: str) -> date | None:
    """The day that was typed; None where nothing was. Raises Unreadable."""
    text = visit.typed(name).strip()
    return read_date(text) if text else None


def done(visit: Visit, url: str, title: str, *lines: str) -> Response:
    """On to a page that says what was done."""
    return visit.go(url, said={"title": title, "lines": list(lines), "link": "", "link_words": ""})
