"""Registering a proposal, and editing it while it is a draft or back for supplement."""

from typing import Any

from starlette.responses import Response

from definitions.programme import Programme
from shapes.drafting import draft_fields
from shapes.errors import NotFound
from shapes.problems import reason
from web import case_page
from web.rights import Right
from web.routing import Screens
from web.typing_in import Typed, read_form, shown_word, sort_refusals
from web.visit import Visit
from workflow.errors import Refused, StaleProposal
from workflow.proposal import FactValue
from workflow.service.drafting import create, edit

screens = Screens()
_KEY_BYTES = 16


def _own_agencies(visit: Visit) -> list[str]:
    held = [one.agency for one in visit.actor.seats if one.role == "implementer" and one.holds(visit.today)]
    return list(dict.fromkeys(held))


@screens.get("/de-an/moi", Right.WORKS)
def begin(visit: Visit) -> Response:
    """Which programme is asked; then the fields of its process."""
    if not visit.asked("chuong-trinh"):
        return visit.page("drafting/choose.html", tracks=_tracks(visit), may=bool(_own_agencies(visit)))
    return _new_form(visit, visit.asked("chuong-trinh"), visit.asked("quy-trinh"), Typed())


def _tracks(visit: Visit) -> list[dict[str, Any]]:
    """Programmes that can still be asked for money: those whose last year has not passed."""
    return [
        {"programme": one, "process": track.process.partition("@")[0], "label": visit.law.process(track.process).label}
        for one in visit.law.programmes.values()
        if one.last_year >= visit.today.year
        for track in one.tracks
    ]


def _province(visit: Visit, programme: Programme) -> str:
    own = [visit.law.agencies[agency].province for agency in _own_agencies(visit) if agency in visit.law.agencies]
    return programme.province or visit.typed("tinh") or visit.asked("tinh") or next((one for one in own if one), "")


def _new_form(visit: Visit, programme: str, process: str, typed: Typed, *, status: int = 200) -> Response:
    found = visit.law.programme(programme)
    track = found.track(process or found.tracks[0].process.partition("@")[0])
    if track is None:
        raise NotFound("web.no_such_page")
    law, province = visit.law.process(track.process), _province(visit, found)
    return visit.page(
        "drafting/form.html",
        status=status,
        title=visit.word("web.case.new"),
        about=f"{found.label} – {law.label}",
        action="/de-an/moi",
        fields=draft_fields(law, found, visit.law, province=province, on=visit.today),
        typed=typed,
        stale="",
        back="/de-an",
        carried={"chuong-trinh": found.key, "quy-trinh": law.key, "khoa": visit.typed("khoa") or _fresh(visit)},
        provinces=[] if found.province else [(one.key, one.label) for one in visit.law.provinces],
        province=province,
        wants_reason=False,
    )


def _fresh(visit: Visit) -> str:
    return visit.site.choices.random(_KEY_BYTES).hex()


@screens.post("/de-an/moi", Right.WORKS)
def register(visit: Visit) -> Response:
    """Registers the draft; missing values may come later."""
    programme, process = visit.typed("chuong-trinh"), visit.typed("quy-trinh")
    found = visit.law.programme(programme)
    track = found.track(process)
    if track is None:
        raise NotFound("web.no_such_page")
    fields = {field.key: field for field in visit.law.process(track.process).data}
    typed = read_form(visit, fields, fields)
    if typed.errors or visit.typed("buoc") == "sua":
        return _new_form(visit, programme, process, typed, status=422 if typed.errors else 200)
    try:
        made = create(
            visit.home.store,
            visit.home.house,
            programme=programme,
            process=process,
            data=typed.facts,
            by=visit.actor,
            at=visit.now,
            implementer=next(iter(_own_agencies(visit)), ""),
            province=None if found.province else _province(visit, found),
            key=visit.typed("khoa") or None,
        )
    except Refused as refused:
        return _new_form(visit, programme, process, _refused(visit, typed, refused, fields), status=422)
    return visit.go(f"/de-an/{made.code}", said=_told(visit, visit.word("proposal.created", code=made.code)))


def _told(visit: Visit, title: str) -> dict[str, Any]:
    return {"title": title, "lines": [visit.word("web.told_nobody")], "link": "", "link_words": ""}


def _refused(visit: Visit, typed: Typed, refused: Refused, keys: Any) -> Typed:
    unmet = [reason(one, lang=visit.lang, names=visit.names) for one in refused.unmet]
    sort_refusals(typed, unmet, keys, visit.lang)
    return typed


@screens.get("/de-an/{code}/sua", Right.WORKS)
def change(visit: Visit) -> Response:
    """The fields of a proposal with what they hold now."""
    return _edit_form(visit, None)


@screens.post("/de-an/{code}/sua", Right.WORKS)
def save(visit: Visit) -> Response:
    """Writes what changed; an emptied field is emptied, and history keeps both values."""
    proposal = visit.proposal(visit.path("code"))
    with visit.home.store.read() as uow:
        fields = {field.key: field for field in uow.process(proposal.process_sha256).data}
    typed = read_form(visit, fields, [key for key in fields if f"f.{key}" in visit.form])
    if typed.errors or visit.typed("buoc") == "sua":
        return _edit_form(visit, typed, status=422 if typed.errors else 200)
    changes: dict[str, FactValue | None] = {
        key: typed.facts.get(key)
        for key in typed.words
        if typed.facts.get(key) != proposal.data.get(key) and (key in typed.facts or key in proposal.data)
    }
    revision = visit.typed("ban")
    try:
        after = edit(
            visit.home.store,
            visit.home.house,
            code=proposal.code,
            changes=changes,
            by=visit.actor,
            at=visit.now,
            revision=int(revision) if revision.isascii() and revision.isdecimal() else None,
            reason=visit.typed("ly-do"),
        )
    except StaleProposal:
        return _edit_form(visit, typed, status=409, stale=visit.word("web.stale"))
    except Refused as refused:
        return _edit_form(visit, _refused(visit, typed, refused, fields), status=422)
    done = "proposal.unchanged" if after.last_seq == proposal.last_seq else "proposal.edited"
    return visit.go(f"/de-an/{proposal.code}", said=_told(visit, visit.word(done, code=proposal.code)))


def _edit_form(visit: Visit, typed: Typed | None, *, status: int = 200, stale: str = "") -> Response:
    case = case_page.case_of(visit, visit.proposal(visit.path("code")).code)
    proposal, situation = case.proposal, case.situation
    fields = draft_fields(
        situation.process, situation.programme, situation.law, province=proposal.province, on=visit.today
    )
    now = Typed(words={one["key"]: shown_word(proposal.data.get(one["key"]), one["type"]) for one in fields})
    return visit.page(
        "drafting/form.html",
        status=status,
        title=f"{visit.word('web.edit')}: {proposal.code}",
        about=proposal.title,
        action=f"/de-an/{proposal.code}/sua",
        fields=fields,
        typed=typed or now,
        stale=stale,
        back=f"/de-an/{proposal.code}",
        carried={"ban": str(proposal.revision)},
        provinces=[],
        province=proposal.province,
        wants_reason=not situation.process.state(proposal.state).editable,
    )
