"""Who gets in where, as one page: ``python -m web.api.access > docs/reference/api-access.md``.

``tests/web/test_api_access.py`` asks every route as every subject and holds it to this table.
"""

import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

#: Who asks about LC-02, a proposal that waits at the Sở Công Thương of Lai Châu.
SUBJECTS: Final = MappingProxyType(
    {
        "holder": "officer of the agency that holds the case",
        "implementer": "implementer of the case",
        "colleague": "another seat of its province",
        "abroad": "the same office of another province",
        "auditor": "auditor",
        "administrator": "administrator",
        "no_seat": "account without a seat",
        "expired": "token that has expired",
        "feed": "token of a calendar",
        "nobody": "no token",
    }
)
_KNOWN: Final = ("holder", "implementer", "colleague", "abroad", "auditor", "administrator", "no_seat")
_SEES: Final = frozenset(("holder", "implementer", "colleague", "auditor"))

Outcomes = Mapping[str, str]


def _outcomes(**groups: str) -> Outcomes:
    """What each subject gets: 401 unless they are known, else what their group does."""
    found = dict.fromkeys(SUBJECTS, "401")
    for subject in _KNOWN:
        found[subject] = groups.get(subject) or groups["sees" if subject in _SEES else "other"]
    return found


_ALL: Final = _outcomes(sees="yes", other="yes")
_CASE: Final = _outcomes(sees="yes", other="404")
_STEP: Final = _outcomes(holder="yes", sees="403", other="404")
_CALENDAR: Final = dict.fromkeys(SUBJECTS, "401") | {"feed": "yes"}
_OPEN: Final = dict.fromkeys(SUBJECTS, "yes")
#: What each subject gets on every route: in, or the status of the refusal.
ROUTES: Final[Mapping[tuple[str, str], Outcomes]] = MappingProxyType(
    {
        ("GET", "/me"): _ALL,
        ("GET", "/proposals"): _ALL,
        ("POST", "/proposals"): _outcomes(implementer="yes", sees="422", other="422"),
        ("GET", "/proposals/{code}"): _CASE,
        ("PATCH", "/proposals/{code}"): _outcomes(holder="yes", implementer="yes", sees="422", other="404"),
        ("GET", "/proposals/{code}/actions"): _CASE,
        ("GET", "/proposals/{code}/history"): _CASE,
        ("GET", "/proposals/{code}/deadlines"): _CASE,
        ("GET", "/proposals/{code}/notices"): _CASE,
        ("GET", "/proposals/{code}/notices/{number}"): _CASE,
        ("GET", "/proposals/{code}/documents"): _CASE,
        ("POST", "/proposals/{code}/documents"): _STEP,
        ("POST", "/proposals/{code}/steps"): _STEP,
        ("GET", "/proposals/{code}/documents/{sha256}"): _CASE,
        ("GET", "/definitions"): _ALL,
        ("GET", "/processes/{key}"): _ALL,
        ("GET", "/programmes"): _ALL,
        ("GET", "/programmes/{key}"): _ALL,
        ("GET", "/calendars/{year}"): _ALL,
        ("GET", "/audit/checkpoint"): _ALL,
        ("GET", "/calendar.ics"): _CALENDAR,
        ("GET", "/openapi.json"): _OPEN,
    }
)
_HEAD: Final = """# Who gets in at `/api/v1`

Written by `python -m web.api.access` from the table beside it; `tests/web/test_api_access.py` asks every route as
everybody here. The case is one that waits at the Sở Công Thương of Lai Châu. `404` is said of a case that one may not
see, as of one that does not exist; lists leave such cases out. `403` and `422` are refusals of the use case, which
list who can lift them.
`POST /proposals` asks for a draft of its implementer; `PATCH` changes the beneficiary's address, with a reason.

"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    yield "| | " + " | ".join(SUBJECTS.values()) + " |\n"
    yield "|---" * (len(SUBJECTS) + 1) + "|\n"
    for (method, path), outcomes in ROUTES.items():
        yield f"| `{method} {path}` | " + " | ".join(outcomes[subject] for subject in SUBJECTS) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
