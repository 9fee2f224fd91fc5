"""Programs change something once, on the revision that they looked at, or hear every reason why not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from httpx2 import Response

from tests.web.programs import ABROAD, CASE, CENTRE, HEAD, OFFICER, Program, program
from tests.web.sites import Site

RETURN = {"action": "return", "facts": {"missing": "Bản sao giấy phép"}}
NEW = {
    "programme": "lai-chau-2015-2020",
    "process": "kcdp",
    "data": {"name": "Máy chế biến chè", "activity": "machinery", "plan_year": 2018},
}
STEPS = f"{CASE}/steps"
PROPOSALS = "/api/v1/proposals"
AT_ONCE = 4


@pytest.fixture
def officer(office: Site) -> Program:
    """A program of the officer who has LC-02 to appraise."""
    return program(office, OFFICER)


def problem(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


def test_a_step_is_taken_and_stands_in_history_with_its_channel(site: Site) -> None:
    """Papers come with it as files; the answer's ETag is what the next one is decided on."""
    officer = program(site, OFFICER)
    step = ("", b'{"action": "reject", "facts": {"reject_reason": "trade_not_eligible", "reason": "N/A"}}')
    files = {"step": (*step, "application/json"), "thong_bao": ("tb.pdf", b"%PDF-1.7", "application/pdf")}
    head = program(site, HEAD)

    done = head.post(STEPS, revision=1, files=files)

    assert done.status_code == 201, done.text
    assert done.headers["etag"] == '"2"'
    assert officer.ask("GET", CASE).headers["etag"] == '"2"'
    last = officer.get(f"{CASE}/history")["steps"][-1]
    assert (last["action"], last["channel"], last["documents"][0]["name"]) == ("reject", "api", "tb.pdf")
    assert last["hash"] == done.json()["hash"]


def test_papers_put_before_answer_for_the_step(site: Site) -> None:
    """The step needs no file of its own then."""
    head = program(site, HEAD)
    assert (
        head.post(f"{CASE}/documents", files={"thong_bao": ("tb.pdf", b"%PDF", "application/pdf")}).status_code == 201
    )
    revision = head.get(CASE)["revision"]

    rejected = {"action": "reject", "facts": {"reject_reason": "trade_not_eligible", "reason": "N/A"}}
    done = head.post(STEPS, revision=revision, json=rejected)

    assert done.status_code == 201, done.text


def test_the_same_key_gets_the_first_answer(site: Site) -> None:
    """Byte for byte, whatever happened since; with anything else it is refused."""
    officer, centre = program(site, OFFICER), program(site, CENTRE)

    first, again = (officer.post(STEPS, key="k", revision=1, json=RETURN) for _ in range(2))
    other = officer.post(STEPS, key="k", revision=1, json={**RETURN, "note": "khác"})
    made, made_again = (centre.post(PROPOSALS, key="k", json=NEW) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers.get("idempotent-replayed")) == (first.content, "true")
    assert problem(other) == (422, "key-reused")
    assert (made.status_code, made_again.content) == (201, made.content)
    assert made.headers["location"] == f"{PROPOSALS}/{made.json()['code']}"


def test_equal_requests_at_one_moment_make_one_step(site: Site) -> None:
    """All get the same answer."""
    officer, gate = program(site, OFFICER), Barrier(AT_ONCE)

    def ask(_: int) -> Response:
        gate.wait(60)
        return officer.post(STEPS, key="k", revision=1, json=RETURN)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert len(officer.get(f"{CASE}/history")["steps"]) == 2


def test_a_stale_caller_hears_which_revision_it_is_now(officer: Program) -> None:
    """Nothing is overwritten; without If-Match nothing is tried."""
    stale = officer.post(STEPS, revision=0, json=RETURN)

    assert problem(stale) == (412, "stale-proposal")
    assert (stale.json()["revision"], stale.headers["etag"]) == (1, '"1"')
    assert problem(officer.post(STEPS, json=RETURN)) == (428, "revision-needed")
    assert problem(officer.post(STEPS, headers={"if-match": "*"}, json=RETURN)) == (428, "revision-needed")
    for tag in ("1", 'W/"1"', '"x"', '"1", "2"'):
        assert problem(officer.post(STEPS, headers={"if-match": tag}, json=RETURN)) == (400, "unreadable-body")
    edit = officer.ask("PATCH", CASE, json={"data": {"name": "x"}})
    assert problem(edit) == (428, "revision-needed")


def test_every_unmet_condition_is_listed(officer: Program) -> None:
    """With who can lift it, in the language of the caller."""
    officer.lang = "en"
    refused = officer.post(STEPS, revision=1, json={"action": "return", "facts": {"strange": 1}})

    assert problem(refused) == (422, "conditions-unmet")
    codes = {one["code"] for one in refused.json()["unmet"]}
    assert codes == {"unmet.unknown_fact", "unmet.missing_fact"}
    assert all(one["sentence"] and one["lifted_by"] for one in refused.json()["unmet"])
    again = officer.post(STEPS, key="k", revision=1, json={"action": "return", "facts": {}})
    mended = officer.post(STEPS, key="k", revision=1, json=RETURN)
    assert (again.status_code, mended.status_code) == (422, 201)


@pytest.mark.parametrize(
    ("sent", "status", "name"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "unreadable-body"),
        ({"content": b"\xff", "headers": {"content-type": "application/json"}}, 400, "unreadable-body"),
        ({"content": b"[]", "headers": {"content-type": "application/json"}}, 400, "unreadable-body"),
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "unknown-media-type"),
        ({"content": b""}, 415, "unknown-media-type"),
        ({"json": {}}, 400, "unreadable-body"),
        ({"json": {**RETURN, "who": "me"}}, 400, "unreadable-body"),
        ({"json": {**RETURN, "facts": {"missing": 1.5}}}, 400, "unreadable-body"),
        ({"json": {**RETURN, "facts": {"missing": None}}}, 400, "unreadable-body"),
        ({"json": {**RETURN, "facts": {"missing": 7}}}, 400, "bad-value"),
        ({"json": {**RETURN, "note": "a\x00b"}}, 400, "bad-value"),
        ({"json": {**RETURN, "effective_on": "2017-04-11T09:00:00"}}, 400, "unreadable-body"),
        ({"json": {**RETURN, "effective_on": "11/04/2017"}}, 400, "unreadable-body"),
        ({"json": {"action": "fly"}}, 409, "no-such-action"),
        ({"json": {"action": "withdraw"}}, 403, "not-owner"),
        ({"content": b'{"action": "' + b"a" * 1_100_000 + b'"}'}, 415, "unknown-media-type"),
        ({"json": {"action": "a" * 1_100_000}}, 413, "body-too-large"),
        ({"data": {"step": "{}"}, "files": {"x": ("x", b"x", "text/plain")}}, 400, "unreadable-body"),
        ({"files": {"x": ("x", b"x", "text/plain")}}, 400, "unreadable-body"),
        (
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
            400,
            "unreadable-body",
        ),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "unreadable-body"),
    ],
)
def test_what_is_not_asked_for_is_refused(officer: Program, sent: dict[str, Any], status: int, name: str) -> None:
    """And changes nothing."""
    sent = dict(sent)
    assert problem(officer.post(STEPS, revision=1, headers=sent.pop("headers", {}), **sent)) == (status, name)
    assert officer.get(CASE)["revision"] == 1


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "khóa"])
def test_an_act_needs_a_key(officer: Program, key: str) -> None:
    """One that could stand in a header of everybody's."""
    headers: dict[str, Any] = {"idempotency-key": key.encode()} if key else {}
    for path, sent in ((STEPS, {"json": RETURN}), (PROPOSALS, {"json": NEW}), (f"{CASE}/documents", {})):
        answer = officer.ask("POST", path, {"if-match": '"1"', **headers}, **sent)
        assert problem(answer) == (400, "key-needed")


def test_text_is_kept_in_one_form(office: Site) -> None:
    """Letters with their marks apart are the same letters."""
    centre = program(office, CENTRE)
    apart = {**NEW, "data": {**NEW["data"], "name": "Ma\u0301y che\u0302\u0301 bie\u0302\u0301n"}}  # type: ignore[dict-item]

    code = centre.post(PROPOSALS, json=apart).json()["code"]

    assert centre.get(f"{PROPOSALS}/{code}")["title"] == "Máy chế biến"


def test_a_draft_is_edited_on_the_revision_that_was_read(office: Site) -> None:
    """Null empties a field; the answer is the proposal as it stands."""
    centre = program(office, CENTRE)
    code = centre.post(PROPOSALS, json=NEW).json()["code"]
    edit = {"data": {"requested_amount": 200_000_000, "activity": None}}

    done = centre.ask("PATCH", f"{PROPOSALS}/{code}", {"if-match": '"0"'}, json=edit)

    assert (done.status_code, done.headers["etag"]) == (200, '"1"')
    assert done.json()["data"]["requested_amount"] == 200_000_000
    assert "activity" not in done.json()["data"]
    assert problem(centre.ask("PATCH", f"{PROPOSALS}/{code}", {"if-match": '"0"'}, json=edit)) == (
        412,
        "stale-proposal",
    )


@pytest.mark.parametrize(
    ("new", "status", "name"),
    [
        ({}, 400, "unreadable-body"),
        ({"programme": "nowhere"}, 404, "unknown-definition"),
        ({**NEW, "process": "kcxx"}, 404, "unknown-definition"),
        ({"programme": "lai-chau-2015-2020"}, 400, "wrong-usage"),
        ({**NEW, "data": {"plan_year": "soon"}}, 400, "bad-value"),
        ({**NEW, "data": {"plan_year": 2031}}, 422, "conditions-unmet"),
        ({**NEW, "code": "LC-02"}, 409, "code-taken"),
        ({**NEW, "implementer": "ttkc-quang-nam"}, 422, "conditions-unmet"),
    ],
)
def test_what_cannot_be_registered_is_refused(office: Site, new: dict[str, Any], status: int, name: str) -> None:
    """As the command refuses it."""
    assert problem(program(office, CENTRE).post(PROPOSALS, json=new)) == (status, name)


def test_nobody_fills_the_folder_of_papers(office: Site) -> None:
    """Files of an act that is not theirs are not kept, and neither are those of a case that they may not see."""
    files = {"thong_bao": ("a.txt", b"khong cua toi", "text/plain")}
    step = {"step": ("", b'{"action": "return", "facts": {}}', "application/json"), **files}
    for username, refused in ((CENTRE, (403, "not-owner")), (ABROAD, (404, "unknown-proposal"))):
        other = program(office, username)
        assert problem(other.post(f"{CASE}/documents", files=files)) == refused
        assert problem(other.post(STEPS, revision=1, files=step)) == refused

    kept = office.home.papers.folder
    assert not kept.exists() or [path for path in kept.rglob("*") if path.is_file()] == []


def test_an_empty_paper_is_refused(officer: Program) -> None:
    """It proves nothing."""
    answer = officer.post(f"{CASE}/documents", files={"thong_bao": ("a.txt", b"", "text/plain")})

    assert problem(answer) == (422, "document-empty")
