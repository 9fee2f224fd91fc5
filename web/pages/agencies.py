"""Agencies and which of them wears which role from day to day, for administrators; webhooks of their own software."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from definitions.model import Basis
from definitions.registers import Appointment
from shapes.errors import WrongUsage
from web.forms import day_typed, done, tried
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.service.reaching import add_webhook, remove_webhook, webhooks_of
from workflow.service.registering import appoint
from workflow.webhooks import Webhook

screens = Screens()
_TYPED = ("agency", "role", "programme", "process", "province", "since", "until", "basis")
_ID_BYTES = 8


@screens.get("/quan-tri/co-quan", Right.ADMINISTRATOR)
def agencies(visit: Visit) -> Response:
    """Agencies by their names of today, and every appointment."""
    return _agencies(visit)


def _agencies(visit: Visit, lines: Sequence[str] = ()) -> Response:
    law = visit.law
    with visit.home.store.read() as uow:
        recorded = uow.appointments()
    told = [(one, False) for one in law.appointments] + [(one, True) for one in recorded]
    wanted = visit.asked("co-quan")
    return visit.page(
        "admin/agencies.html",
        status=422 if lines else 200,
        agencies=[_agency(visit, key) for key in law.agencies],
        rows=[_appointment(visit, one, new) for one, new in told if wanted in ("", one.agency)],
        wanted=wanted,
        lines=lines,
        typed={name: visit.typed(name) for name in _TYPED},
        roles=sorted({(role.label, role.key) for process in law.processes.values() for role in process.roles}),
        programmes=[(one.key, one.label) for one in law.programmes.values()],
        processes=sorted({(process.label, process.key) for process in law.processes.values()}),
        provinces=[(one.key, one.key) for one in law.provinces],
    )


def _agency(visit: Visit, key: str) -> dict[str, Any]:
    known = visit.law.agencies[key]
    return {
        "key": key,
        "name": known.named(visit.today).name,
        "names": [one.name for one in known.names],
        "superior": visit.names("", known.superior)[1] if known.superior else "",
        "successor": visit.names("", known.successor)[1] if known.successor else "",
        "succeeded_on": known.succeeded_on,
    }


def _appointment(visit: Visit, one: Appointment, recorded: bool) -> dict[str, Any]:  # noqa: FBT001 - a column.
    role, agency = visit.names(one.role, one.agency)
    before = one.since is not None and one.since > visit.today
    over = one.until is not None and one.until < visit.today
    programme = visit.law.programmes.get(one.programme) if one.programme else None
    return {
        "role": role,
        "agency": agency,
        "programme": programme.label if programme else one.programme or "",
        "process": one.process or "",
        "province": one.province or "",
        "since": one.since,
        "until": one.until,
        "holds": not before and not over,
        "basis": one.basis.text,
        "confidence": one.basis.confidence,
        "recorded": recorded,
    }


@screens.post("/quan-tri/co-quan", Right.ADMINISTRATOR)
def add(visit: Visit) -> Response:
    """Records that an agency wears a role."""

    def act() -> Response:
        first, last = day_typed(visit, "since"), day_typed(visit, "until")
        if first and last and first > last:
            raise WrongUsage("usage.days_order", since=first, until=last)
        appointment = Appointment(
            agency=visit.typed("agency"),
            role=visit.typed("role"),
            programme=visit.typed("programme") or None,
            process=visit.typed("process") or None,
            province=visit.typed("province") or None,
            since=first,
            until=last,
            basis=Basis(text=visit.typed("basis").strip() or "–", confidence="OWN"),
        )
        appoint(visit.home.store, visit.home.house, appointment=appointment, by=visit.actor, at=visit.now)
        role, agency = visit.names(appointment.role, appointment.agency)
        return done(visit, "/quan-tri/co-quan", visit.word("appointment.added", agency=agency, role=role))

    if not visit.typed("basis").strip():
        return _agencies(visit, [visit.word("web.admin.basis_needed")])
    return tried(visit, act, lambda lines: _agencies(visit, lines))


@screens.get("/quan-tri/webhook", Right.ADMINISTRATOR)
def hooks(visit: Visit) -> Response:
    """Where agencies' own software hears of their notices."""
    return _hooks(visit)


def _hooks(visit: Visit, lines: Sequence[str] = (), secret: str = "") -> Response:
    found = webhooks_of(visit.home.store, visit.home.house, by=visit.actor, at=visit.now)
    return visit.page(
        "admin/webhooks.html",
        status=422 if lines else 200,
        rows=[{"hook": one, "agency": visit.names("", one.agency)[1]} for one in found],
        lines=lines,
        secret=secret,
        typed={name: visit.typed(name) for name in ("agency", "url")},
        agencies=sorted((one.named(visit.today).name, key) for key, one in visit.law.agencies.items()),
    )


@screens.post("/quan-tri/webhook", Right.ADMINISTRATOR)
def hook(visit: Visit) -> Response:
    """Adds one; the secret of its signatures is shown this once."""

    def act() -> Response:
        wanted = Webhook(
            id=f"wh-{visit.site.choices.random(_ID_BYTES).hex()}",
            agency=visit.typed("agency"),
            url=visit.typed("url").strip(),
            created_at=visit.now,
        )
        secret = visit.site.backstage.webhook_secret(wanted.id)
        add_webhook(visit.home.store, visit.home.house, webhook=wanted, by=visit.actor, at=visit.now)
        return _hooks(visit, secret=secret)

    return tried(visit, act, lambda lines: _hooks(visit, lines))


@screens.post("/quan-tri/webhook/{id}/bo", Right.ADMINISTRATOR)
def unhook(visit: Visit) -> Response:
    """Ends one."""

    def act() -> Response:
        remove_webhook(visit.home.store, visit.home.house, id_=visit.path("id"), by=visit.actor, at=visit.now)
        return done(visit, "/quan-tri/webhook", visit.word("webhook.removed", webhook=visit.path("id")))

    return tried(visit, act, lambda lines: _hooks(visit, lines))
