"""The page of an action: what it accepts, what it would do, doing it once, and everything that stands in the way."""

import re

from tests.web.sites import Browser, Site

CODE, PATH = "LC-02", "/de-an/LC-02/thao-tac"
APPRAISER, DIRECTOR, CENTRE = "tham-dinh.sct-lai-chau", "giam-doc.sct-lai-chau", "can-bo.ttkc-lai-chau"
MISSING = "Bổ sung báo giá <thiết bị> & giấy chứng nhận"


def hidden(page: str) -> dict[str, str]:
    """What a page's form carries unseen, but for its token."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for name, value in found}


def filled(browser: Browser, action: str, **facts: str) -> dict[str, str]:
    """The form of an action with these facts."""
    carried = hidden(browser.page(f"{PATH}/{action}"))
    return {name: carried[name] for name in ("ban", "khoa")} | {f"f.{key}": value for key, value in facts.items()}


def test_an_action_is_previewed_then_done_and_told(site: Site) -> None:
    """Form, preview, act: the recipients and letters of the preview are those of the outbox; the banner shows once."""
    browser = site.browser(APPRAISER)
    form = filled(browser, "return", missing=MISSING)

    preview = browser.post(f"{PATH}/return", {**form, "buoc": "xem"}).text
    before = _notices(site)
    done = browser.post(f"{PATH}/return", {**hidden(preview), "token": browser.token, "buoc": "lam"})
    first, again = browser.page(f"/de-an/{CODE}"), browser.page(f"/de-an/{CODE}")

    assert "Chờ bổ sung hồ sơ" in preview
    assert "Bổ sung báo giá &lt;thiết bị&gt; &amp; giấy chứng nhận" in preview
    assert done.headers["location"] == f"/de-an/{CODE}"
    assert 'class="kc-note kc-good"' in first
    assert 'class="kc-note kc-good"' not in again
    told = _notices(site)[len(before) :]
    assert told
    assert all(address in preview for _, address in told if address)


def _notices(site: Site) -> list[tuple[str, str]]:
    with site.home.look() as lists:
        return [(one.to.name, one.to.address) for one in lists.notices(CODE)]


def test_a_letter_that_was_previewed_is_the_letter_that_is_kept(site: Site) -> None:
    """Subject and text of the preview are rendered from the variables that the act writes down."""
    browser = site.browser(APPRAISER)
    form = filled(browser, "return", missing="Bổ sung báo giá.")
    preview = browser.post(f"{PATH}/return", {**form, "buoc": "xem"}).text
    browser.post(f"{PATH}/return", {**form, "buoc": "lam"})

    with site.home.look() as lists:
        newest = [one for one in lists.notices(CODE) if one.notice == "returned" and one.channel == "mail"]
    for one in newest[:1]:
        rendered = site.home.templates(one.templates_sha256).render(one.notice, one.variables)
        assert rendered.subject in preview
        assert "Bổ sung báo giá." in rendered.text
        assert rendered.text.splitlines()[-1].strip() in preview
    assert newest


def test_sending_the_same_form_twice_acts_once(site: Site) -> None:
    """The second press gets the first answer."""
    browser = site.browser(APPRAISER)
    form = filled(browser, "return", missing="Bổ sung báo giá.") | {"buoc": "lam"}

    answers = [browser.post(f"{PATH}/return", form).status_code for _ in range(2)]

    with site.home.store.read() as uow:
        assert [past.action for past in uow.proposal(CODE).past].count("return") == 1
    assert answers[0] == 303
    assert answers[1] in (303, 409)


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(office: Site) -> None:
    """Nothing is done, the status says so, and the text is where it was typed."""
    browser = office.browser(APPRAISER)
    form = filled(browser, "return", missing="") | {"note": "Đã gọi điện <sáng nay>"}

    page = browser.post(f"{PATH}/return", {**form, "buoc": "xem"})

    assert page.status_code == 422
    assert "Thiếu thông tin bắt buộc" in page.text
    assert "Đã gọi điện &lt;sáng nay&gt;" in page.text
    assert 'aria-describedby="h.missing"' in page.text


def test_a_stale_page_is_refused_kindly_with_the_typed_text_kept(site: Site) -> None:
    """Somebody else was first: who and what is said, nothing is done, and the text is not lost."""
    first, second = site.browser(APPRAISER), site.browser(DIRECTOR)
    forms = [filled(one, "return", missing=MISSING) for one in (first, second)]
    assert second.post(f"{PATH}/return", {**forms[1], "buoc": "lam"}).status_code == 303

    late = first.post(f"{PATH}/return", {**forms[0], "buoc": "lam"})

    assert late.status_code == 409
    assert "Hoàng Văn Khánh" in late.text
    assert "Yêu cầu bổ sung hồ sơ" in late.text
    assert "Bổ sung báo giá &lt;thiết bị&gt; &amp; giấy chứng nhận" in late.text


def test_another_agencys_action_is_shown_locked_and_cannot_be_taken(site: Site) -> None:
    """The centre sees whose step it is, and posting the form all the same does nothing."""
    browser = site.browser(CENTRE)

    page = browser.page(f"/de-an/{CODE}")
    forced = browser.post(f"{PATH}/forward", {"ban": "1", "buoc": "lam"})

    assert "Thuộc thẩm quyền của Sở Công Thương tỉnh Lai Châu" in page
    assert f"{PATH}/forward" not in page
    assert forced.status_code == 409
    with site.home.store.read() as uow:
        assert uow.proposal(CODE).state == "submitted"


def test_a_paper_goes_from_the_form_through_the_preview_to_the_case(office: Site) -> None:
    """A file is kept at the preview, only for this browser, and is served to be saved, never shown."""
    browser = office.browser(CENTRE)
    form = filled(browser, "withdraw", reason="Cơ sở đổi kế hoạch.")
    file = {"p.van_ban_xin_rut": ("Đơn xin rút <1>.html", b"<script>alert(1)</script>", "text/html")}
    preview = browser.post(f"{PATH}/withdraw", {**form, "buoc": "xem"}, files=file).text
    carried = {**hidden(preview), "token": browser.token, "buoc": "lam"}

    forged = {**carried, "k.van_ban_xin_rut": carried["k.van_ban_xin_rut"].replace("|", "|0", 1)}
    refused = browser.post(f"{PATH}/withdraw", forged)
    done = browser.post(f"{PATH}/withdraw", carried)
    papers = browser.page(f"/de-an/{CODE}?muc=giay-to")
    link = re.findall(rf"/de-an/{CODE}/giay-to/[0-9a-f]{{64}}", papers)[0]
    served = browser.get(link)

    assert refused.status_code == 422
    assert done.status_code == 303
    assert served.content == b"<script>alert(1)</script>"
    assert served.headers["content-disposition"].startswith("attachment;")
    assert served.headers["content-type"] == "application/octet-stream"


def test_the_bounds_on_screen_are_those_that_are_enforced(office: Site) -> None:
    """A field says the ceiling that the engine holds, and a value beyond it is refused with that ceiling."""
    browser = office.browser(DIRECTOR)

    page = browser.page(f"{PATH}/forward")
    amount = re.search(r"Đến ([0-9.]+ đ)", page)
    assert amount is not None
    form = filled(browser, "forward", recommended_amount="900 tỷ")
    refused = browser.post(f"{PATH}/forward", {**form, "buoc": "xem"})

    assert refused.status_code == 422
    assert f"vượt mức cao nhất {amount[1]}" in refused.text


def test_every_step_taken_on_a_page_says_so_in_history(office: Site) -> None:
    """Channel web, the person and the seat: as for the command."""
    browser = office.browser(APPRAISER)
    browser.post(f"{PATH}/return", {**filled(browser, "return", missing="Bổ sung báo giá."), "buoc": "lam"})

    page = browser.page(f"/de-an/{CODE}?muc=tien-trinh")

    assert "Yêu cầu bổ sung hồ sơ" in page
    with office.home.look() as lists:
        assert b'"channel":"web"' in lists.history(CODE)[-1].body
