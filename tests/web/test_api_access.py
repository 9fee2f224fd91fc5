"""Every route of the interface is asked as everybody, and only who stands in the table gets in."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from khuyencong.sealing import make_log_key, seal_all
from tests.web.programs import ABROAD, ADMINISTRATOR, AUDITOR, CASE, CENTRE, HEAD, OFFICER, Program, program
from tests.web.sites import Site
from web.api.access import ROUTES, SUBJECTS, page
from workflow.administration import operator
from workflow.changing import changed
from workflow.service.people import add_user

PAGE = Path(__file__).parents[2] / "docs/reference/api-access.md"
PEOPLE = {
    "holder": OFFICER,
    "implementer": CENTRE,
    "colleague": "tham-dinh.stc-lai-chau",
    "abroad": ABROAD,
    "auditor": AUDITOR,
    "administrator": ADMINISTRATOR,
    "no_seat": "khong-ghe",
}


@pytest.fixture
def peopled(office: Site) -> Site:
    """The sandbox with somebody who sits nowhere, a paper that is kept, and a checkpoint."""
    home = office.home.inner
    house = changed(home.house, told=changed(home.house.told, sandbox=True))
    named = {"username": "khong-ghe", "name": "Người không ghế", "address": "", "seats": ()}
    add_user(home.store, house, **named, by=operator(), at=office.home.now())  # type: ignore[arg-type]
    make_log_key(home, at=office.home.now())
    seal_all(home, at=office.home.now())
    return office


def as_whom(site: Site, subject: str) -> Program:
    if subject in PEOPLE:
        return program(site, PEOPLE[subject])
    if subject == "expired":
        return program(site, OFFICER, expires=timedelta(days=1))
    return program(site, OFFICER, feed="") if subject == "feed" else program(site)


def test_the_table_has_every_route(office: Site) -> None:
    """A route that nobody thought about fails here."""
    described = program(office).get("/api/v1/openapi.json")["paths"]

    found = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert set(ROUTES) == found | {("GET", "/openapi.json")}


def test_the_page_is_the_table() -> None:
    """`python -m web.api.access > docs/reference/api-access.md` was run."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_only_who_stands_in_the_table_gets_in(peopled: Site, subject: str) -> None:
    """Each is asked in turn; whoever may not act changes nothing."""
    sha256 = paper_of(peopled)
    asking = as_whom(peopled, subject)

    found = {route: outcome(asking, *route, sha256) for route in ROUTES}

    assert found == {route: outcomes[subject] for route, outcomes in ROUTES.items()}


def paper_of(site: Site) -> str:
    """A paper that the holder put on the case."""
    files = {"thong_bao": ("a.txt", b"a", "text/plain")}
    answer = program(site, HEAD).post(f"{CASE}/documents", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["documents"][0]["sha256"])


def outcome(asking: Program, method: str, path: str, sha256: str) -> str:
    answer = asking.ask(method, f"/api/v1{address(path, sha256)}", **given(asking, method, path))
    return "yes" if answer.status_code in (200, 201) else str(answer.status_code)


def address(path: str, sha256: str) -> str:
    if path == "/calendar.ics":
        return path
    keys = {"/processes/{key}": "kcdp", "/programmes/{key}": "lai-chau-2021-2025"}
    named = {"{code}": "LC-02", "{year}": "2017", "{number}": "1", "{sha256}": sha256, "{key}": keys.get(path, "")}
    for part, value in named.items():
        path = path.replace(part, value)
    return path


def given(asking: Program, method: str, path: str) -> dict[str, Any]:
    """What the holder, or the implementer of a new one, may do."""
    headers = {"idempotency-key": f"k-{next(asking.numbers)}", "if-match": f'"{revision(asking)}"'}
    data = {"name": "Máy chế biến chè", "activity": "machinery", "plan_year": 2018}
    match method, path:
        case "GET", "/calendar.ics":
            return {"params": {"token": asking.token} if asking.token else {}}
        case "POST", "/proposals":
            new = {"programme": "lai-chau-2015-2020", "process": "kcdp", "implementer": "ttkc-lai-chau", "data": data}
            return {"headers": headers, "json": new}
        case "POST", "/proposals/{code}/documents":
            return {"headers": headers, "files": {"thong_bao": ("b.txt", b"b", "text/plain")}}
        case "POST", "/proposals/{code}/steps":
            return {"headers": headers, "json": {"action": "return", "facts": {"missing": "Giấy phép"}}}
        case "PATCH", _:
            edit = {"data": {"beneficiary_email": f"{len(asking.token or '')}@moi.example"}, "reason": "địa chỉ sai"}
            return {"headers": headers, "json": edit}
        case _:
            return {}


def revision(asking: Program) -> int:
    """Of the case as they see it."""
    return int(asking.ask("GET", CASE).json().get("revision", 1))
