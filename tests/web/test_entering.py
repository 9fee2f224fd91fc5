"""Signing in: sessions that nobody else can use, forms that nobody else can send, and an end of both."""

from datetime import timedelta

from sqlalchemy import select

from store.statements import Statement
from store.tables import WebSessionRow, table
from tests.web.sites import HERE, Site, token_in
from web.security import HEADERS
from web.sessions import COOKIE, IDLE, LONGEST
from workflow.service.accounts import set_password

APPRAISER = "tham-dinh.sct-lai-chau"
PASSWORD = "chè Pắc Ta thơm lắm"


def test_whoever_is_ready_in_a_sandbox_enters_with_one_press(site: Site) -> None:
    """The sign-in page lists everybody by agency; a press is enough."""
    browser = site.visitor()

    page = browser.page("/dang-nhap")
    entered = browser.enter(APPRAISER)

    assert APPRAISER in page
    assert "Sở Công Thương" in page
    assert entered.status_code == 303
    assert "Đăng xuất" in browser.page("/tai-khoan")


def test_a_password_opens_and_a_wrong_one_does_not(site: Site) -> None:
    """The same accounts, and the same lock, as for the command."""
    home = site.home
    with home.store.read() as uow:
        actor = uow.actor(APPRAISER, channel="cli")
    assert actor is not None
    set_password(home.store, home.house, username=APPRAISER, password=PASSWORD, by=actor, at=home.now())

    wrong = site.visitor().enter(APPRAISER, password="chè gì cũng được")
    right = site.visitor().enter(APPRAISER, password=PASSWORD)

    assert wrong.status_code == 401
    assert "kc=" not in wrong.headers.get("set-cookie", "")
    assert right.status_code == 303


def test_only_the_hash_of_a_session_is_kept_and_it_is_new_at_every_sign_in(site: Site) -> None:
    """Whoever reads the database, or knew the secret before, enters nothing."""
    browser = site.browser(APPRAISER)
    first = browser.client.cookies[COOKIE]
    browser.post("/dang-xuat")
    browser.enter(APPRAISER)
    second = browser.client.cookies[COOKIE]

    with site.home.store.transaction(writes=False) as transaction:
        kept = [row.sha256 for row in transaction.rows(Statement(select(table(WebSessionRow))))]

    assert first != second
    assert len(kept) == 1
    assert not {first, second} & set(kept)


def test_a_cookie_is_out_of_reach_of_scripts_and_of_other_sites(office: Site) -> None:
    """HttpOnly and SameSite; Secure is for https."""
    said = office.visitor().enter(APPRAISER).headers["set-cookie"]

    assert "HttpOnly" in said
    assert "SameSite=lax" in said


def test_a_session_ends_when_nobody_works_and_at_the_latest_in_the_evening(office: Site) -> None:
    """Idle and absolute ends; the page that was asked for comes back after signing in."""
    idle, busy = office.browser(APPRAISER), office.browser(APPRAISER)
    begun = office.home.moment

    for hour in range(1, 12):
        office.home.moment = begun + timedelta(hours=hour)
        assert busy.get("/tai-khoan").status_code == 200
        if hour * timedelta(hours=1) >= IDLE:
            assert idle.get("/tai-khoan").headers["location"] == "/dang-nhap?tiep=/tai-khoan"
    office.home.moment = begun + LONGEST

    assert busy.get("/tai-khoan").status_code == 303


def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(office: Site) -> None:
    """Another site's form carries the cookie, but neither our token nor our origin."""
    browser = office.browser(APPRAISER)
    token = browser.token

    without = browser.client.post("/dang-xuat", headers={"origin": HERE})
    wrong = browser.client.post("/dang-xuat", data={"token": "0" * 64}, headers={"origin": HERE})
    foreign = browser.client.post("/dang-xuat", data={"token": token}, headers={"origin": "http://evil.example"})
    nowhere = browser.client.post("/dang-xuat", data={"token": token})
    read = browser.get("/dang-xuat")

    assert [one.status_code for one in (without, wrong, foreign, nowhere)] == [403] * 4
    assert read.status_code in (404, 405)
    assert browser.get("/tai-khoan").status_code == 200


def test_a_door_that_is_tried_too_often_stays_shut(office: Site) -> None:
    """Ten tries in a minute, for one account and from one place."""
    visitor = office.visitor()

    tried = [visitor.enter("nobody", password="x").status_code for _ in range(11)]

    assert tried == [401] * 10 + [429]


def test_one_acts_from_the_seat_one_chose_and_from_none_of_others(office: Site) -> None:
    """Several seats are one choice; somebody else's seat is none."""
    browser = office.browser("giam-doc.sct-lai-chau")

    chosen = browser.post("/vai", {"vai": "funder@sct-lai-chau"})
    page = browser.page("/tai-khoan")
    stolen = browser.post("/vai", {"vai": "approver@ubnd-lai-chau"})

    assert chosen.status_code == 303
    assert 'value="funder@sct-lai-chau" aria-pressed="true"' in page
    assert stolen.status_code == 401


def test_every_answer_tells_browsers_what_they_must_not_do(office: Site) -> None:
    """Pages, files, errors and health alike; nothing is written into a page, nothing comes from elsewhere."""
    visitor = office.visitor()

    for path in ("/dang-nhap", "/static/kc.css", "/healthz", "/readyz", "/khong-co", "/"):
        headers = visitor.get(path).headers
        assert {name: headers[name] for name in HEADERS} == dict(HEADERS), path
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_what_was_typed_outlives_the_session(office: Site) -> None:
    """A form sent after the end of a session comes back after signing in, with everything but its files."""
    browser = office.browser(APPRAISER)
    assert browser.token
    office.home.moment += LONGEST

    over = browser.post("/vai", {"note": "Đã xem kỹ <hồ sơ>"})
    form = {"token": token_in(over.text), "tiep": "/de-an", "username": APPRAISER, "as_is": "1"}
    carried = browser.client.post("/dang-nhap", data={**form, "giu.note": "Đã xem kỹ <hồ sơ>"}, headers=browser.headers)

    assert over.status_code == 401
    assert "giu.note" in over.text
    assert "Đã xem kỹ &lt;hồ sơ&gt;" in carried.text
