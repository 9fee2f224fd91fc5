"""A calendar for calendar programs, and figures for whoever watches the machine."""

from datetime import date
from typing import Any

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from tests.web.programs import CASE, HEAD, OFFICER, program, token_of
from tests.web.sites import HERE, Site

FEED = "/api/v1/calendar.ics"


def events(site: Site, token: str) -> list[Any]:
    answer = program(site).ask("GET", FEED, params={"token": token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.mark.parametrize("feed", ["", "sct-lai-chau", "base_appraiser@sct-lai-chau"])
def test_a_calendar_shows_what_is_due(site: Site, feed: str) -> None:
    """The whole last day, an address that only opens the case, and what moves with the deadline."""
    (event,) = events(site, token_of(site, OFFICER, feed=feed))

    assert event.decoded("dtstart") == date(2017, 4, 24)
    assert str(event["uid"]) == "LC-02.base_appraisal@khuyencong"
    assert event.decoded("sequence") == 1
    assert str(event["url"]) == f"{HERE}/de-an/LC-02"
    assert "LC-02" in str(event["summary"])


def test_what_stands_still_is_told_as_cancelled(site: Site) -> None:
    """So that programs take it away."""
    token, officer = token_of(site, OFFICER, feed=""), program(site, OFFICER)
    returned = {"action": "return", "facts": {"missing": "Giấy phép"}}
    assert officer.post(f"{CASE}/steps", revision=1, json=returned).status_code == 201

    (event,) = events(site, token)

    assert (str(event["uid"]), str(event["status"])) == ("LC-02.base_appraisal@khuyencong", "CANCELLED")


def test_a_calendar_is_opened_by_its_own_token_alone(office: Site) -> None:
    """Not by one that can act, and not without."""
    for token in ("", "kc_x", token_of(office, HEAD)):
        answer = program(office).ask("GET", FEED, params={"token": token})
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")


def asking(site: Site, host: str, **headers: str) -> Any:
    client = TestClient(site.app, base_url=HERE, client=(host, 50_000))
    return client.get("/metrics", headers=headers)


def test_figures_are_for_this_machine(site: Site) -> None:
    """In the form that Prometheus reads, and without anybody's name."""
    answer = asking(site, "127.0.0.1")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "khuyencong_deadlines_running 1" in lines
    assert "# TYPE khuyencong_entries_total counter" in lines
    assert "LC-02" not in answer.text
    assert "@" not in answer.text


def test_figures_are_closed_to_others(office: Site) -> None:
    """Beyond this machine, unless a setting says so; a proxy beside us asks for others."""
    assert asking(office, "10.0.0.7").status_code == 403
    assert asking(office, "127.0.0.1", **{"x-forwarded-for": "10.0.0.7"}).status_code == 403
