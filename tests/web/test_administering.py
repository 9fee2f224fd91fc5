"""Administrators' pages: the same use cases and refusals as the command, and no way to act on a case."""

import re
from datetime import timedelta

import pytest

from definitions.loading import SHIPPED
from store.heartbeats import SqlHeartbeats
from tests.web.sites import Browser, Site

ADMINISTRATOR, OTHER, APPRAISER = "quan-tri.bct", "quan-tri.ubnd-lai-chau", "tham-dinh.sct-lai-chau"
PEOPLE = "/quan-tri/nguoi-dung"
PERSON = f"{PEOPLE}/{APPRAISER}"
PAGES = (
    *("/quan-tri", PEOPLE, PERSON, "/quan-tri/co-quan", "/quan-tri/lich", "/quan-tri/lich?nam=2017"),
    *("/quan-tri/dinh-nghia", "/quan-tri/dinh-nghia/process/kcdp@2021.1", "/quan-tri/thu", "/quan-tri/thu/1"),
    *("/quan-tri/dia-chi", "/quan-tri/webhook", "/quan-tri/dinh-nghia/process/kcdp@2021.1/so-do"),
)
PASSWORD = "nương chè Pắc Ta xanh"
CALENDAR = SHIPPED / "calendars" / "2017.toml"


def test_only_administrators_come_in(office: Site) -> None:
    """Officers and auditors do not; strangers are asked to sign in."""
    browsers = [office.browser(name) for name in (APPRAISER, "thanh-tra")]
    administrator, stranger = office.browser(ADMINISTRATOR), office.visitor()

    for path in PAGES:
        assert administrator.get(path).status_code == 200, path
        assert stranger.get(path).status_code == 303, path
        assert [browser.get(path).status_code for browser in browsers] == [403, 403], path


def test_no_page_is_styled_or_scripted_in_itself(office: Site) -> None:
    """The policy of the pages lets nothing of the kind run."""
    browser = office.browser(ADMINISTRATOR)

    for path in PAGES[:-1]:
        page = browser.page(path)
        assert ' style="' not in page, path
        assert not re.search(r"<script(?! src=)", page), path


def test_a_person_is_added_seated_and_signs_in(site: Site) -> None:
    """What is typed makes the account, its password opens it, and the seat is one to act from."""
    browser = site.browser(ADMINISTRATOR)
    form = {"username": "moi.bct", "name": "Lý Thị Mới", "address": "moi@bct.example", "role": "approver"}

    added = browser.post(PEOPLE, {**form, "agency": "bct"})
    reset = browser.post(f"{PEOPLE}/moi.bct/mat-khau", {"password": PASSWORD})
    page = browser.page(f"{PEOPLE}/moi.bct")
    entered = site.visitor().enter("moi.bct", password=PASSWORD)

    assert [added.status_code, reset.status_code, entered.status_code] == [303, 303, 303]
    assert "Lý Thị Mới" in page
    assert "Bộ Công Thương" in page


def test_a_refused_form_keeps_what_was_typed_and_says_why(office: Site) -> None:
    """An administrator of a province does not seat people of the ministry; nothing typed is lost."""
    browser = office.browser(OTHER)
    form = {"username": "moi.bct", "name": "Lý Thị Mới", "role": "approver", "agency": "bct"}

    refused = browser.post(PEOPLE, form)

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert 'value="Lý Thị Mới"' in refused.text
    assert "Bộ Công Thương" in refused.text.partition('role="alert"')[2].partition("</div></div>")[0]


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [
        ("ngung", {}, 303),
        ("mo-lai", {}, 422),
        ("mo-khoa", {}, 422),
        ("mat-khau", {"password": "ngắn"}, 422),
        ("dia-chi", {"new_address": "moi@sct.example"}, 303),
        ("vi-tri", {"role": "inspector", "agency": "sct-lai-chau", "since": "2017-05-01"}, 303),
        ("vi-tri", {"role": "inspector", "agency": "sct-lai-chau", "since": "31/02/2017"}, 422),
        ("vi-tri", {}, 422),
        ("ket-thuc", {"seat": "base_appraiser@sct-lai-chau", "last_day": "2017-06-30"}, 303),
        ("ket-thuc", {"seat": "approver@ubnd-lai-chau", "last_day": "2017-06-30"}, 422),
        ("ban-giao", {"taker": "nobody", "on": "2017-05-01"}, 422),
        ("hai-buoc", {}, 422),
        ("khac", {}, 404),
    ],
)
def test_each_act_is_done_or_refused_as_the_command_would(
    office: Site, act: str, form: dict[str, str], status: int
) -> None:
    """An act ends on the person's page, or says beside its form why it did not."""
    browser = office.browser(OTHER)

    assert browser.post(f"{PERSON}/{act}", form).status_code == status


def test_a_closed_account_opens_nothing_until_it_is_open_again(site: Site) -> None:
    """Also a session that was open ends."""
    browser, closed = site.browser(OTHER), site.browser(APPRAISER)

    browser.post(f"{PERSON}/ngung")
    during = closed.get("/tai-khoan").status_code
    listed = browser.page(f"{PEOPLE}?tinh-trang=deactivated")
    browser.post(f"{PERSON}/mo-lai")

    assert during == 303
    assert APPRAISER in listed
    assert site.visitor().enter(APPRAISER).status_code == 303


def test_an_agency_is_appointed_by_the_home_administrator_alone(office: Site) -> None:
    """With its decision as the basis; another administrator is refused, and so is an appointment without one."""
    form = {"agency": "sct-lai-chau", "role": "inspector", "since": "2017-05-01", "basis": "Quyết định 12/QĐ-BCT"}
    home, other = office.browser(ADMINISTRATOR), office.browser(OTHER)

    without = home.post("/quan-tri/co-quan", {**form, "basis": " "})
    refused, done = other.post("/quan-tri/co-quan", form), home.post("/quan-tri/co-quan", form)

    assert [without.status_code, refused.status_code, done.status_code] == [422, 422, 303]
    assert "Quyết định 12/QĐ-BCT" in home.page("/quan-tri/co-quan?co-quan=sct-lai-chau")


def test_a_year_is_looked_at_before_it_is_published(site: Site) -> None:
    """The first press writes nothing and shows the new version; the second publishes exactly that text."""
    browser = site.browser(ADMINISTRATOR)
    text = re.sub(r"(?m)^version = 1$", "version = 2", CALENDAR.read_text(encoding="utf-8"))
    assert "version = 2" in text

    looked = browser.post("/quan-tri/lich", {"viec": "xem"}, files={"tep": ("2017.toml", text.encode())})
    before = browser.page("/quan-tri/lich?nam=2017")
    published = browser.post("/quan-tri/lich", {"viec": "cong-bo", "text": text})
    after = browser.page("/quan-tri/lich?nam=2017")

    assert looked.status_code == 200
    assert "Năm 2017, phiên bản 2" in looked.text
    assert "(bản 1)" in before
    assert published.status_code == 303
    assert "(bản 2)" in after


@pytest.mark.parametrize("text", ["", "kind = ", 'kind = "calendar"', "[[off]]"])
def test_a_file_that_is_no_calendar_is_refused_with_its_faults(office: Site, text: str) -> None:
    """Whatever is sent, the page says what is wrong with it."""
    answer = office.browser(ADMINISTRATOR).post("/quan-tri/lich", {"viec": "xem", "text": text})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_year_begins_on_mondays_and_names_its_days(office: Site) -> None:
    """Days off are told by name, in the grid too."""
    page = office.browser(ADMINISTRATOR).page("/quan-tri/lich?nam=2017")

    first = page.partition("<caption>Tháng 1</caption>")[2].partition("</table>")[0]
    assert re.findall(r'<th scope="col">([^<]+)</th>', first) == ["T2", "T3", "T4", "T5", "T6", "T7", "CN"]
    assert 'title="Tết Nguyên đán"' in first
    assert "chưa được công bố" in office.browser(ADMINISTRATOR).page("/quan-tri/lich?nam=2050")


def test_the_outbox_shows_the_very_text_of_each_notice(site: Site) -> None:
    """Before it is sent, what it will say; nothing that was not sent can be downloaded, nor sent again."""
    browser = site.browser(ADMINISTRATOR)

    listed = browser.page("/quan-tri/thu?ho-so=LC-02")
    number = re.findall(r'href="/quan-tri/thu/(\d+)"', listed)[0]
    page = browser.page(f"/quan-tri/thu/{number}")

    assert "LC-02" in page
    assert "Chưa gửi" in page
    assert browser.get(f"/quan-tri/thu/{number}/eml").status_code == 404
    assert browser.post(f"/quan-tri/thu/{number}/gui-lai").status_code == 422
    assert browser.get("/quan-tri/thu/999999").status_code == 404
    assert browser.get("/quan-tri/thu?sau=x").status_code in (400, 404, 422)


def test_a_secret_of_a_webhook_is_shown_once(office: Site) -> None:
    """After that nobody sees it, and the webhook can be ended."""
    browser = office.browser(OTHER)

    made = browser.post("/quan-tri/webhook", {"agency": "sct-lai-chau", "url": "https://sct.example/thong-bao"})
    secret = re.findall(r"<code>([^<]+)</code>", made.text)[0]
    page = browser.page("/quan-tri/webhook")
    number = re.findall(r"/quan-tri/webhook/(wh-[0-9a-f]+)/bo", page)[0]
    ended = browser.post(f"/quan-tri/webhook/{number}/bo")

    assert secret not in page
    assert ended.status_code == 303
    assert f"/quan-tri/webhook/{number}/bo" not in browser.page("/quan-tri/webhook")


def test_administrators_see_at_the_foot_when_the_scheduler_last_ran(site: Site) -> None:
    """Red when it was too long ago; others see nothing of it."""
    beats, browser = SqlHeartbeats(site.home.store), site.browser(ADMINISTRATOR)
    never = browser.page("/quan-tri/co-quan")
    beats.started("outbox", "p-1", at=site.home.moment - timedelta(minutes=2), late_before=None)
    beats.finished("outbox", "p-1", at=site.home.moment, error="")

    fresh = browser.page("/quan-tri/co-quan")
    site.home.moment += timedelta(minutes=20)
    late = browser.page("/quan-tri/co-quan")

    assert "Bộ lập lịch chưa chạy lần nào" in never
    assert "Bộ lập lịch: chạy lần cuối 2 phút trước" in fresh
    assert "kc-scheduler-late" not in fresh
    assert "kc-scheduler-late" in late
    assert "Bộ lập lịch" not in site.browser(APPRAISER).page("/tai-khoan")


def test_administrators_open_no_case(office: Site) -> None:
    """Whoever administers does not look into cases, and takes no step."""
    browser: Browser = office.browser(ADMINISTRATOR)

    assert browser.get("/de-an").status_code == 403
    assert browser.get("/de-an/LC-02").status_code == 403
    assert browser.get("/").headers["location"] == "/quan-tri"
