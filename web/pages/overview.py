"""What programmes have come to: figures and charts, each of which leads to the list of exactly its rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from definitions.errors import UnknownDefinition
from definitions.programme import Programme
from language.formats import money_short, number
from shapes.overview import overview_of, workload_of
from store.overviews import AMOUNTS, cells, held
from web.brief import Found
from web.charts import Bar, Line, bar_chart
from web.links import list_url
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.proposal import legal_day, midnight

screens = Screens()
Row = Mapping[str, Any]
#: Nothing was recorded about a case for longer than this: it stands still (OWN, no rule of law).
STILL = timedelta(days=30)
_SHOWN = ("requested", "approved", "allocated", "paid", "settled")


@screens.get("/tong-quan", Right.CASES)
def programmes(visit: Visit) -> Response:
    """The programmes, and who has how much lying open."""
    found = _held(visit)
    rows = workload_of(found.value, visit.law, today=visit.today)
    for row in rows:
        row["url"] = list_url(row["filters"])
        row["late_url"] = list_url({**row["filters"], "overdue": "1"})
    chart = bar_chart(
        "giu",
        [Line(label=row["label"], bars=_load(visit, row)) for row in rows],
        title=visit.word("web.overview.workload"),
        about=visit.word("web.overview.workload.about"),
    )
    known = sorted(visit.law.programmes.values(), key=lambda one: (-one.last_year, one.label))
    return visit.page("overview/programmes.html", programmes=known, rows=rows, chart=chart, at=found.at)


def _held(visit: Visit) -> Found[Any]:
    def find() -> Any:
        with visit.home.store.transaction(writes=False) as transaction:
            return held(transaction, scope=visit.scope, now=visit.now)

    return visit.site.kept.get(("held", repr(visit.scope)), visit.now, find)


def _load(visit: Visit, row: Row) -> tuple[Bar, ...]:
    told = visit.word("web.overview.bar.open", agency=row["label"], n=row["number"])
    late = visit.word("web.overview.bar.overdue", agency=row["label"], n=row["overdue"])
    return (
        Bar(value=row["number"], text=number(row["number"]), look="plain", url=row["url"], name=told),
        Bar(value=row["overdue"], text=number(row["overdue"]), look="late", url=row["late_url"], name=late),
    )


@screens.get("/tong-quan/{programme}", Right.CASES)
def programme(visit: Visit) -> Response:
    """One programme against its own figures and targets."""
    known = visit.law.programmes.get(visit.path("programme"))
    if known is None:
        raise UnknownDefinition("programme", visit.path("programme"))
    found = _overview(visit, known)
    shown = _linked(visit, found.value, known, found.at)
    return visit.page("overview/programme.html", it=shown, at=found.at, charts=_charts(visit, shown), amounts=_SHOWN)


def _overview(visit: Visit, known: Programme) -> Found[Any]:
    def find() -> Any:
        still = midnight(legal_day(visit.now) - STILL + timedelta(days=1))
        with visit.home.store.transaction(writes=False) as transaction:
            rows = cells(transaction, known.key, scope=visit.scope, now=visit.now, still_since=still)
        return overview_of(known, rows, visit.law, today=visit.today)

    return visit.site.kept.get((known.key, known.sha256, repr(visit.scope)), visit.now, find)


def _linked(visit: Visit, found: Row, known: Programme, at: datetime) -> dict[str, Any]:
    """The same tables, each row with the address of its list."""
    base, still = {"programme": known.key}, (legal_day(at) - STILL).isoformat()
    parts = ("milestones", "plan_years", "sources", "targets", "agencies")
    told = {**found, **{part: [_with_url(row, base) for row in found[part]] for part in parts}}
    told["total"] = _with_url(found["total"], base)
    for row in told["agencies"]:
        narrow = {**base, **row["filters"]}
        row["late_url"] = list_url({**narrow, "overdue": "1"})
        row["waiting_url"] = list_url({**narrow, "waiting": "1"})
        row["idle_url"] = list_url({**narrow, "still_since": still})
    for row in told["sources"]:
        row["label"] = visit.word(f"web.source.{row['key']}")
    for row in told["plan_years"]:
        row["label"] = row["label"] if row["key"] != "0" else visit.word("web.overview.no_year")
    return told


def _with_url(row: Row, base: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "url": list_url({**base, **row["filters"]})}


def _charts(visit: Visit, it: Row) -> dict[str, Any]:
    say = visit.word
    counted = [Line(label=row["label"], bars=(_bar(visit, row, "number", "plain"),)) for row in it["milestones"]]
    years = [Line(label=row["label"], bars=_money(visit, row)) for row in it["plan_years"]]
    sources = [Line(label=row["label"], bars=_money(visit, row)) for row in it["sources"]]
    lies = [Line(label=row["label"], bars=_load(visit, row)) for row in it["agencies"]]
    return {
        "milestones": bar_chart("moc", counted, title=say("web.overview.milestones"), about=say("web.overview.beside")),
        "years": bar_chart("nam", years, title=say("web.overview.years"), about=say("web.overview.beside")),
        "sources": bar_chart("nguon", sources, title=say("web.overview.sources"), about=say("web.overview.beside")),
        "agencies": bar_chart("giu", lies, title=say("web.overview.agencies"), about=say("web.overview.beside")),
    }


def _bar(visit: Visit, row: Row, what: str, look: str) -> Bar:
    """A figure as a bar: proposals as numbers, money in short."""
    value = row[what]
    text = money_short(value) if what in AMOUNTS else number(value)
    name = f"{row['label']}: {visit.word(f'web.figure.{what}')} {text}"
    return Bar(value=value, text=text, look=look, url=row["url"], name=name)


def _money(visit: Visit, row: Row) -> tuple[Bar, ...]:
    """What was planned, hollow; what was approved; what was paid."""
    looks = (("requested", "plain"),) if row["approved"] is None else (("approved", "plain"), ("paid", "paid"))
    bars = [_bar(visit, row, what, look) for what, look in looks]
    if row["planned"]:
        amount = row["planned"]["amount"]
        bars.insert(0, Bar(value=amount, text=money_short(amount), look="planned"))
    return tuple(bars)
