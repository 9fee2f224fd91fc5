"""Programs read what the command shows, in the documents that the OpenAPI document describes."""

from datetime import date
from email.message import Message
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from khuyencong.sealing import make_log_key, seal_all
from shapes.problems import STATUSES
from store.statements import Transaction
from tests.contract import register_entry
from tests.web.programs import ABROAD, ADMINISTRATOR, AUDITOR, CASE, CENTRE, OFFICER, Program, program
from tests.web.sites import Site
from workflow.proposal import Seat

GETS = {
    "/me": "Me",
    "/proposals": "ProposalPage",
    "/proposals/LC-02": "Proposal",
    "/proposals/LC-02/actions": "Actions",
    "/proposals/LC-02/history": "History",
    "/proposals/LC-02/deadlines": "Explanations",
    "/proposals/LC-02/notices": "NoticePage",
    "/proposals/LC-02/notices/1": "NoticeText",
    "/proposals/LC-02/documents": "Papers",
    "/definitions": "DefinitionList",
    "/processes/kcdp": "Process",
    "/programmes": "ProgrammeList",
    "/programmes/lai-chau-2021-2025": "Programme",
    "/calendars/2017": "CalendarYear",
}


@pytest.fixture
def officer(site: Site) -> Program:
    """A program of the officer who has LC-02 to appraise."""
    return program(site, OFFICER)


@pytest.fixture
def asking(office: Site) -> Program:
    """The same where no database changes anything."""
    return program(office, OFFICER)


def against(schema: dict[str, Any], name: str) -> Draft202012Validator:
    found = validator_for(schema)({"$ref": f"#/components/schemas/{name}", "components": schema["components"]})
    assert isinstance(found, Draft202012Validator)
    return found


def test_every_answer_is_what_its_description_says(officer: Program) -> None:
    """Nothing stands in it that is not described, and nothing described is missing; both languages have one shape."""
    schema = officer.get("/api/v1/openapi.json")

    for path, name in GETS.items():
        document = officer.get(f"/api/v1{path}")
        assert [one.message for one in against(schema, name).iter_errors(document)] == [], path
        described = schema["paths"][_template(path)]["get"]["responses"]["200"]["content"]["application/json"]
        assert described["schema"]["$ref"].endswith(f"/{name}")


def _template(path: str) -> str:
    known = {"LC-02": "{code}", "1": "{number}", "kcdp": "{key}", "lai-chau-2021-2025": "{key}", "2017": "{year}"}
    return "/".join(known.get(part, part) for part in path.split("/"))


def test_the_document_is_openapi_3_1_with_every_type_of_problem(asking: Program) -> None:
    """Whoever writes a program finds there what it may hear."""
    schema = asking.get("/api/v1/openapi.json")

    assert schema["openapi"].startswith("3.1")
    assert schema["components"]["schemas"]["Problem"]["properties"]["type"]["enum"] == [
        f"/problems/{name}" for name in STATUSES
    ]
    for name, status in STATUSES.items():
        told = asking.get(f"/problems/{name}")
        assert (told["type"], told["status"]) == (f"/problems/{name}", status)
        assert against(schema, "ProblemType").is_valid(told)


def test_a_case_is_what_the_command_shows(asking: Program) -> None:
    """The same use cases, so the same document; its ETag is the revision."""
    answer = asking.ask("GET", CASE)

    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json()["state"], answer.json()["revision"]) == ("submitted", 1)
    actions = {one["action"]: one for one in asking.get(f"{CASE}/actions")["actions"]}
    assert not actions["withdraw"]["allowed"]
    assert actions["withdraw"]["reasons"][0]["code"] == "unmet.not_owner"


def test_reading_is_on_record_once_and_changes_nothing_else(office: Site) -> None:
    """A GET writes who opened which case on which day, as the command does, and the day a token was used."""
    reader = program(office, OFFICER)
    before = rows(office)

    for _ in range(2):
        for path in GETS:
            reader.get(f"/api/v1{path}")

    after = rows(office)
    assert {name for name in after if after[name] != before[name]} == {"access", "token"}
    assert [one[1] for one in after["access"]] == ["LC-02"]


def rows(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the database holds."""
    import sqlite3  # noqa: PLC0415 - only here.

    with sqlite3.connect(str(site.home.inner.settings.database_url).removeprefix("sqlite:///")) as found:
        names = [name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {name: found.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - names of the schema.
    found.close()
    return held


def test_others_cases_are_not_there(office: Site) -> None:
    """Not 403: whoever may not see a case does not learn that there is one."""
    for username in (ABROAD, ADMINISTRATOR):
        other = program(office, username)
        assert other.get("/api/v1/proposals")["proposals"] == []
        for path in (one for one in GETS if "LC-02" in one):
            told = other.get(f"/api/v1{path}", 404)
            assert told["type"] == "/problems/unknown-proposal"
            assert told == other.get(f"/api/v1{path}".replace("LC-02", "LC-02"), 404)
    assert [one["code"] for one in program(office, AUDITOR).get("/api/v1/proposals")["proposals"]] == ["LC-02"]


def test_a_list_goes_on_where_the_page_ended(site: Site) -> None:
    """Each page names the address of the next, in the document and as a link; the filters go along."""
    reader, code = program(site, CENTRE), "LC-02"
    for number in range(3):
        data = {"name": f"Máy số {number}", "activity": "machinery", "plan_year": 2018}
        new = {"programme": "lai-chau-2015-2020", "process": "kcdp", "data": data}
        assert reader.post("/api/v1/proposals", json=new).status_code == 201

    seen, address = [], "/api/v1/proposals?limit=2&programme=lai-chau-2015-2020"
    while address:
        answer = reader.ask("GET", address)
        seen += [one["code"] for one in answer.json()["proposals"]]
        address = answer.json()["next"]
        assert answer.headers.get("link") == (f'<{address}>; rel="next"' if address else None)

    assert len(seen) == len(set(seen)) == 4
    assert code in seen


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("inbox=true", 1),
        ("overdue=true", 0),
        ("ended=true", 0),
        ("state=submitted", 1),
        ("state=approved", 0),
        ("holder=sct-lai-chau", 1),
        ("seat=base_appraiser@sct-lai-chau", 1),
        ("officer=tham-dinh.sct-lai-chau", 0),
        ("search=gach khong nung", 1),
        ("search=ga%CC%A3ch", 1),
        ("agency=sct-lai-chau", 1),
    ],
)
def test_a_list_is_narrowed_as_the_command_narrows_it(asking: Program, query: str, expected: int) -> None:
    """By the same filters; words without marks, or with marks apart, find the same."""
    found = asking.get(f"/api/v1/proposals?{query}")

    assert (len(found["proposals"]), found["count"], found["count_exact"]) == (expected, expected, True)


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/proposals?limit=0", 400, "wrong-usage"),
        ("/proposals?limit=many", 400, "wrong-usage"),
        ("/proposals?sate=submitted", 400, "wrong-usage"),
        ("/proposals?after=nowhere", 400, "wrong-usage"),
        ("/proposals?search=%00", 400, "bad-value"),
        ("/proposals?seat=nobody@nowhere", 404, "unknown-definition"),
        ("/proposals?officer=nobody", 404, "not-found"),
        ("/proposals?agency=stc-lai-chau", 400, "wrong-usage"),
        ("/proposals/LC-99", 404, "unknown-proposal"),
        ("/proposals/%00", 404, "unknown-proposal"),
        ("/proposals/LC-02/notices?state=lost", 400, "wrong-usage"),
        ("/proposals/LC-02/notices/999", 404, "not-found"),
        ("/proposals/LC-02/notices/x", 400, "wrong-usage"),
        ("/proposals/LC-02/documents/" + "0" * 64, 404, "not-found"),
        ("/proposals/LC-02/documents/x", 400, "wrong-usage"),
        ("/processes/kcdd", 404, "unknown-definition"),
        ("/programmes/lai-chau", 404, "unknown-definition"),
        ("/calendars/2099", 409, "calendar-not-published"),
        ("/audit/checkpoint", 404, "not-found"),
        ("/nothing", 404, "no-such-route"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(asking: Program, path: str, status: int, problem: str) -> None:
    """With its type, its status and a sentence in the language that was asked for."""
    for lang in ("vi", "en"):
        asking.lang = lang
        answer = asking.ask("GET", f"/api/v1{path}")
        told = answer.json()

        assert (answer.status_code, told["status"], told["type"]) == (status, status, f"/problems/{problem}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == lang
        assert told["detail"].strip()


def test_a_method_that_is_not_taken_is_refused(asking: Program) -> None:
    """With those that are."""
    answer = asking.ask("DELETE", CASE)

    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert {"GET"} <= set(answer.headers["allow"].replace(" ", "").split(",")) or answer.headers["allow"] == "PATCH"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer kc_x", "Basic a2M6eA==", "Bearer kc_x kc_y", "kc_x"])
def test_nobody_hears_anything_but_that(office: Site, header: str) -> None:
    """Without a token that opens, every address answers 401 and says how to come in; a cookie is not looked at."""
    nobody = program(office)
    headers = {"authorization": header} if header else {}

    for path in (*GETS, "/audit/checkpoint", "/proposals/LC-02/documents/" + "0" * 64):
        answer = nobody.ask("GET", f"/api/v1{path}", headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in"), path
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_every_answer_bears_the_id_of_its_request(asking: Program) -> None:
    """The caller's own, unless it is none that could stand in a line of a log."""
    assert asking.ask("GET", CASE, {"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = {asking.ask("GET", CASE, {"x-request-id": one}).headers["x-request-id"] for one in ("a b", "x" * 65, "")}
    assert len(made) == 3
    assert all(len(one) == 16 for one in made)


def test_a_checkpoint_is_given_as_the_scheduler_made_it(office: Site) -> None:
    """Whoever keeps it can hold the server to it; asking seals nothing."""
    home, now = office.home.inner, office.home.now()
    make_log_key(home, at=now)
    seal_all(home, at=now)

    found = program(office, AUDITOR).get("/api/v1/audit/checkpoint")

    assert found["note"].startswith(found["origin"])
    assert found["size"] > 0
    assert len(found["keys"]) == 1


def test_a_paper_is_given_as_a_file_to_keep(site: Site) -> None:
    """By its hash, under its own name, never to be opened in place; to nobody who may not see its case."""
    officer, other = program(site, OFFICER), program(site, ABROAD)
    content = "Biên bản".encode()
    files = {"thong_bao": ("Thông báo số 1.html", content, "text/html")}
    assert officer.post(f"{CASE}/documents", files=files).status_code == 201

    paper = next(one for one in officer.get(f"{CASE}/documents")["documents"] if one["key"] == "thong_bao")
    answer = officer.ask("GET", paper["href"])

    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert _name(answer.headers["content-disposition"]) == ("attachment", "Thông báo số 1.html")
    assert other.ask("GET", paper["href"]).status_code == 404


def _name(header: str) -> tuple[str, str]:
    message = Message()
    message["content-disposition"] = header
    return str(message.get_content_disposition()), str(message.get_filename())


def test_no_answer_asks_more_of_the_database_for_more_rows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of six costs as many statements as a page of one."""
    centre = program(site, CENTRE)

    def cost(path: str) -> int:
        run: list[int] = []
        with monkeypatch.context() as patched:
            for name in ("rows", "first"):
                plain = getattr(Transaction, name)
                patched.setattr(Transaction, name, _counted(plain, run))
            centre.get(path)
        return len(run)

    paths = ("/api/v1/proposals", f"{CASE}/notices", f"{CASE}/documents", f"{CASE}/history")
    for path in paths:
        centre.get(path)  # From now on it is on record that they came today.
    few = {path: cost(path) for path in paths}
    for number in range(5):
        data = {"name": f"Máy số {number}", "activity": "machinery", "plan_year": 2018}
        new = {"programme": "lai-chau-2015-2020", "process": "kcdp", "data": data}
        assert (made := centre.post("/api/v1/proposals", json=new)).status_code == 201, made.text
    officer = program(site, OFFICER)
    for number in range(3):
        files = {"thong_bao": ("a.txt", f"{number}".encode(), "text/plain")}
        assert officer.post(f"{CASE}/documents", files=files).status_code == 201

    assert {path: cost(path) for path in paths} == few
    assert max(few.values()) < 40


def _counted(plain: Any, run: list[int]) -> Any:
    def counted(self: Transaction, *values: Any, **more: Any) -> Any:
        run.append(1)
        return plain(self, *values, **more)

    return counted


def test_people_of_two_agencies_say_as_which_they_look(office: Site) -> None:
    """A list is of one agency's cases, so that its pages are read along one index; a case they see from either."""
    two = program(office, OFFICER)
    with office.home.store.write() as uow:
        person = uow.account(OFFICER)
        assert person is not None
        seat = Seat(role="base_appraiser", agency="sct-quang-nam", since=date(2017, 1, 1))
        uow.add_seat(person.person, seat, register_entry(uow))

    assert "sct-quang-nam" in two.get("/api/v1/proposals", 400)["detail"]
    assert [one["code"] for one in two.get("/api/v1/proposals?agency=sct-lai-chau")["proposals"]] == ["LC-02"]
    assert two.get("/api/v1/proposals?agency=sct-quang-nam")["proposals"] == []
    assert two.get(CASE)["code"] == "LC-02"
