"""The page of an action: its fields, the preview of what it would do, and doing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from shapes.consequence import consequence_of
from shapes.history import history_of
from shapes.problems import reason
from web import case_page
from web.rights import Right
from web.routing import Screens
from web.typing_in import Typed, read_form, read_papers, shown_word, sort_refusals, ticket
from web.visit import Visit
from workflow.errors import NoSuchAction, Refused, StaleProposal
from workflow.service.acting import Case, Done, Request, act
from workflow.service.keeping import may_keep
from workflow.service.rehearsing import Rehearsal, rehearse

screens = Screens()
_KEY_BYTES = 16


@screens.get("/de-an/{code}/thao-tac/{action}", Right.WORKS)
def asked(visit: Visit) -> Response:
    """The form of an action, each field with what it accepts now."""
    case = _case(visit)
    offer = _offer(visit, case)
    if offer is None:
        return _gone(visit, case, Typed())
    facts = [one for one in offer["fields"] if one["type"] != "document"]
    words = {one["key"]: shown_word(one["default"], one["type"]) for one in facts}
    return _form(visit, case, offer, Typed(words=words))


@screens.post("/de-an/{code}/thao-tac/{action}", Right.WORKS)
def done(visit: Visit) -> Response:
    """Shows again (``sua``), previews (``xem``) or carries out (``lam``) what was typed."""
    case = _case(visit)
    offer = _offer(visit, case)
    typed = _typed(visit, case, offer)
    if offer is None:
        return _gone(visit, case, typed)
    if visit.typed("buoc") == "sua":
        typed.errors.clear()
        return _form(visit, case, offer, typed)
    if typed.errors:
        return _form(visit, case, offer, typed, status=422)
    return _tried(visit, case, offer, typed)


def _tried(visit: Visit, case: Case, offer: dict[str, Any], typed: Typed) -> Response:
    """The preview, or the act; or the form again with what stands in the way."""
    request = _request(visit, case, typed)
    try:
        if visit.typed("buoc") == "lam":
            return _acted(visit, case, request)
        return _preview(visit, case, offer, typed, request)
    except StaleProposal:
        return _form(visit, case, offer, typed, status=409, stale=_meanwhile(visit, request.revision))
    except NoSuchAction:
        return _gone(visit, case, typed)
    except Refused as refused:
        unmet = [reason(one, lang=visit.lang, names=visit.names) for one in refused.unmet]
        sort_refusals(typed, unmet, [one["key"] for one in offer["fields"]], visit.lang)
        return _form(visit, case, offer, typed, status=422)


def _case(visit: Visit) -> Case:
    return case_page.case_of(visit, visit.proposal(visit.path("code")).code)


def _offer(visit: Visit, case: Case) -> dict[str, Any] | None:
    """The action, where it is there now and the viewer's own."""
    found = (one for one in case_page.offers_of(visit, case) if one["action"] == visit.path("action"))
    return next((one for one in found if one["mine"]), None)


def _typed(visit: Visit, case: Case, offer: dict[str, Any] | None) -> Typed:
    fields = case.situation.process.fields
    asked_for = [one for one in offer["fields"] if one["type"] != "document"] if offer else []
    keys = [one["key"] for one in asked_for] or [
        name.removeprefix("f.") for name in visit.form if name.startswith("f.") and name.removeprefix("f.") in fields
    ]
    typed = read_form(visit, fields, keys)
    store, house, action = visit.home.store, visit.home.house, visit.path("action")
    key = visit.typed("khoa") or None
    if offer and may_keep(store, house, code=case.proposal.code, action=action, key=key, by=visit.actor, at=visit.now):
        read_papers(visit, typed, [one["key"] for one in offer["fields"] if one["type"] == "document"])
    return typed


def _request(visit: Visit, case: Case, typed: Typed) -> Request:
    revision = visit.typed("ban")
    return Request(
        code=case.proposal.code,
        action=visit.path("action"),
        facts=typed.facts,
        documents=tuple(typed.papers.values()),
        note=typed.note,
        revision=int(revision) if revision.isascii() and revision.isdecimal() else case.proposal.revision,
        key=visit.typed("khoa") or None,
    )


def _form(
    visit: Visit, case: Case, offer: dict[str, Any], typed: Typed, *, status: int = 200, stale: str = ""
) -> Response:
    fresh = visit.site.choices.random(_KEY_BYTES).hex()
    return visit.page(
        "acting/form.html",
        status=status,
        case=case,
        proposal=case.proposal,
        offer=offer,
        typed=typed,
        tickets={key: ticket(visit, paper) for key, paper in typed.papers.items()},
        stale=stale,
        revision=case.proposal.revision,
        key=fresh if stale else visit.typed("khoa") or fresh,
        state=case.situation.process.state(case.proposal.state).label,
    )


def _preview(visit: Visit, case: Case, offer: dict[str, Any], typed: Typed, request: Request) -> Response:
    found = rehearse(visit.home.store, visit.home.house, request, by=visit.actor, at=visit.now)
    said = consequence_of(found.consequence, found.before, found.situation, lang=visit.lang)
    types = {one["key"]: one for one in offer["fields"]}
    return visit.page(
        "acting/preview.html",
        proposal=case.proposal,
        offer=offer,
        typed=typed,
        tickets={key: ticket(visit, paper) for key, paper in typed.papers.items()},
        before=found.situation.process.state(found.before.state).label,
        consequence=said,
        values=[(types[key]["label"], _value(types[key], value)) for key, value in typed.facts.items()],
        letters=_letters(visit, found),
        untold=_untold(visit, found, said["notified"]),
        revision=request.revision,
        key=request.key or "",
    )


def _value(offered: dict[str, Any], value: object) -> str:
    words = offered["choice_labels"].get(value) if isinstance(value, str) else None
    if words:
        return str(words)
    return value.strftime("%d/%m/%Y") if hasattr(value, "strftime") else shown_word(value, offered["type"])


def _letters(visit: Visit, found: Rehearsal) -> list[dict[str, Any]]:
    """The very letters that would go out, those that say the same to several people once."""
    letters: dict[tuple[str, str], dict[str, Any]] = {}
    for notice in found.consequence.notices:
        rendered = visit.home.templates(notice.templates_sha256).render(notice.notice, notice.variables)
        greeted = rendered.text.replace(notice.to.name, "…") if notice.to.name else rendered.text
        fresh = {"subject": rendered.subject, "text": rendered.text, "to": []}
        letter = letters.setdefault((notice.notice, greeted), fresh)
        if notice.to.name not in letter["to"]:
            letter["to"].append(notice.to.name)
    return list(letters.values())


def _untold(visit: Visit, found: Rehearsal, told: Sequence[dict[str, Any]]) -> list[str]:
    """The agencies that take part in the case and will not be told."""
    situation, today = found.situation, visit.today
    agencies = {
        agency: None
        for role in situation.process.roles
        for agency in situation.agencies_for(role.key, found.after, today)
        if agency
    }
    reached = {one["agency"] for one in told}
    return [situation.agency_name(agency, today) for agency in agencies if agency not in reached]


def _acted(visit: Visit, case: Case, request: Request) -> Response:
    finished: Done = act(visit.home.store, visit.home.house, request, by=visit.actor, at=visit.now)
    process, code = case.situation.process, case.proposal.code
    move = process.transition(finished.source, finished.action)
    label, people = move.label if move else finished.action, list(dict.fromkeys(n for _, n in finished.notices if n))
    before, after = process.state(finished.source).label, process.state(finished.target).label
    moved = "act.moved" if finished.source != finished.target else "act.recorded"
    lines = [visit.word("act.notified", people=", ".join(people))] if people else [visit.word("web.told_nobody")]
    title = visit.word(moved, code=code, action=label, before=before, after=after)
    link = {"link": f"/de-an/{code}?muc=thong-bao", "link_words": visit.word("web.see_notices")}
    return visit.go(f"/de-an/{code}", said={"title": title, "lines": lines, **link})


def _meanwhile(visit: Visit, revision: int | None) -> str:
    """Who did what since the page was opened."""
    code = visit.path("code")
    with visit.home.store.read() as uow:
        proposal = uow.proposal(code)
        told = history_of(code, uow.history(code), uow.process(proposal.process_sha256))
    later = [one for one in told["steps"] if one["revision"] > (revision or 0)]
    if not later:
        return visit.word("web.stale")
    last = later[-1]
    return visit.word(
        "web.stale.by", who=last["actor"] or "", what=last["label"], at=datetime.fromisoformat(last["recorded_at"])
    )


def _gone(visit: Visit, case: Case, typed: Typed) -> Response:
    """The action is not there any more, or never was the viewer's; what was typed stands there to be copied."""
    kept = [(case.situation.process.fields[key].label, word) for key, word in typed.words.items() if word]
    kept += [(visit.word("web.note"), typed.note)] if typed.note else []
    state = case.situation.process.state(case.proposal.state).label
    revision = visit.typed("ban")
    stale = _meanwhile(visit, int(revision)) if revision.isascii() and revision.isdecimal() else ""
    values = {"proposal": case.proposal, "kept": kept, "state": state, "stale": stale}
    return visit.page("acting/gone.html", status=409, **values)
