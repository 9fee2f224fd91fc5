"""The case list: tabs with counts, filters in the address, pages, and the file of exactly these rows."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from definitions.bundle import Bundle
from exchange.exports import FORMATS
from exchange.safe_files import hash_of
from shapes.list_files import write_proposals
from shapes.views import SOON, VIEWS
from web.case_list import FILTERS, CaseList
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.proposal import legal_day
from workflow.service.exporting import record_export

screens = Screens()
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


@screens.get("/de-an", Right.CASES)
def listed(visit: Visit) -> Response:
    """A page of a tab."""
    found = CaseList.of(visit)
    with visit.home.look() as lists:
        page, counts = found.page(lists), found.counts(lists)
        data = lists.data_of([line.code for line in page.lines])
    return visit.page(
        "cases/list.html",
        found=found,
        tabs=[_tab(visit, found, name, counts[name]) for name in VIEWS],
        rows=list(found.rows(page.lines, data, visit.lang)),
        after=page.after,
        count=counts[found.tab],
        soon=SOON,
        formats=FORMATS,
        choices=_choices(visit.law, visit),
        may_register=visit.may(Right.WORKS) and any(seat.role == "implementer" for seat in visit.actor.seats),
    )


def _tab(visit: Visit, found: CaseList, name: str, counted: Any) -> dict[str, Any]:
    parts = [visit.word(f"narrowing.{one}", days=SOON) for one in VIEWS[name]] or [visit.word("narrowing.all")]
    return {
        "name": name,
        "here": name == found.tab,
        "query": found.query(tab=name),
        "number": counted.number,
        "exact": counted.exact,
        "about": " ".join(parts),
    }


def _choices(law: Bundle, visit: Visit) -> dict[str, tuple[tuple[str, str], ...]]:
    """What each filter can be set to: its value and its words."""
    states = {state.key: state.label for process in law.processes.values() for state in process.states}
    agencies = sorted((one.named(visit.today).name, key) for key, one in law.agencies.items())
    return {
        "chuong-trinh": tuple((one.key, one.label) for one in law.programmes.values()),
        "trang-thai": tuple(states.items()),
        "co-quan": tuple((key, name) for name, key in agencies),
    }


@screens.post("/de-an/xuat", Right.CASES)
def export(visit: Visit) -> Response:
    """The rows of a list, all pages, as a file; history keeps who took it."""
    asked = {name: visit.typed(name) for name in ("tab", *FILTERS)}
    form = next((one for one in FORMATS if one == visit.typed("dang")), FORMATS[0])
    found = CaseList.of(visit, urlencode(asked))
    filters = found.export_filters()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{form}"
        with visit.home.survey() as moment:
            about = write_proposals(
                path, form, moment, found.wanted(), filters=filters, by=visit.actor, at=visit.now, lang=visit.lang
            )
        sha256, content = hash_of(path), path.read_bytes()
    store, house = visit.home.store, visit.home.house
    record_export(
        store, house, by=visit.actor, at=visit.now, filters=filters, count=about.count, form=form, sha256=sha256
    )
    name = f"de-an-{legal_day(visit.now):%Y%m%d}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=_TYPES[form], headers=headers)
