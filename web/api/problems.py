"""Errors as programs read them: problem documents (RFC 9457), and what each of their types means."""

import sys
import traceback
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from language.catalogue import knows, sentence
from shapes.errors import NotFound
from shapes.problems import STATUSES, Names, internal, problem_of
from workflow.errors import StaleProposal

MEDIA_TYPE = "application/problem+json"
#: Whoever comes too early may come again after so many seconds.
_AGAIN = {503: "5"}


def problem_response(error: Exception, *, lang: str, names: Names, more: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that came to an error; one that nobody raised on purpose is told to the operator."""
    found = problem_of(error, lang=lang, names=names)
    if found is None:
        traceback.print_exception(error, file=sys.stderr)
        found = internal(lang=lang)
    document = found.document()
    headers = {"content-language": lang, "vary": "accept-language", "cache-control": "no-store", **(more or {})}
    if isinstance(error, StaleProposal):
        document["revision"] = error.actual
        headers["etag"] = etag(error.actual)
    if found.status == 401:  # noqa: PLR2004 - the status by its number.
        headers["www-authenticate"] = 'Bearer realm="khuyencong"'
    if found.status in _AGAIN:
        headers["retry-after"] = _AGAIN[found.status]
    return Response(orjson.dumps(document), status_code=found.status, media_type=MEDIA_TYPE, headers=headers)


def etag(revision: int) -> str:
    """A proposal's revision as an entity tag."""
    return f'"{revision}"'


def explained(name: str, lang: str) -> dict[str, Any]:
    """What a type of problem means and what to do. Raises NotFound."""
    if name not in STATUSES:
        raise NotFound("not_found.problem", name=name)
    about = f"problem_about.{name}"
    return {
        "type": f"/problems/{name}",
        "title": sentence(f"problem.{name}", {}, lang),
        "status": STATUSES[name],
        "about": sentence(about, {}, lang) if knows(about) else None,
    }
