"""One's own account in a browser: password, second factor, mail, tokens."""

import re
from datetime import timedelta

import pytest
from pyotp import TOTP

from tests.web.sites import Browser, Site

WHO = "tham-dinh.sct-lai-chau"
PASSPHRASE = "chè Shan tuyết cổ thụ"


def _set_password(browser: Browser, old: str = "", new: str = PASSPHRASE, **more: str) -> int:
    form = {"old": old, "new": new, "again": new, **more}
    return int(browser.post("/tai-khoan/mat-khau", form).status_code)


def _signs_in(site: Site, **typed: str) -> bool:
    return site.visitor().enter(WHO, **typed).status_code == 303


def _secret(page: str) -> tuple[str, str]:
    """The random name in a page's form, and the secret that it shows."""
    factor = re.search(r'name="factor" value="([0-9a-f]+)"', page)
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page)
    assert factor
    assert secret
    return factor[1], secret[1]


def test_two_step_sign_in(site: Site) -> None:
    """The picture is scanned, the first code turns it on; from then on the password alone opens nothing."""
    browser = site.browser(WHO)
    assert _set_password(browser) == 303

    offered = browser.page("/tai-khoan/hai-buoc")
    factor, secret = _secret(offered)
    wrong = browser.post("/tai-khoan/hai-buoc", {"factor": factor, "code": "000000"})
    spare = browser.post("/tai-khoan/hai-buoc", {"factor": factor, "code": TOTP(secret).at(site.home.moment)})
    site.home.moment += timedelta(minutes=1)
    alone = _signs_in(site, password=PASSPHRASE)
    both = _signs_in(site, password=PASSPHRASE, code=TOTP(secret).at(site.home.moment))
    codes = re.findall(r"<code>([a-z2-7]{5}-[a-z2-7]{5})</code>", spare.text)
    by_spare = _signs_in(site, password=PASSPHRASE, code=codes[0])

    assert "<svg" in offered
    assert "style=" not in offered
    assert wrong.status_code == 422
    assert _secret(wrong.text) == (factor, secret)
    assert (spare.status_code, len(codes)) == (200, 10)
    assert (alone, both, by_spare) == (False, True, True)
    assert "Còn 9 mã dự phòng" in browser.page("/tai-khoan")


def test_turning_it_off_takes_a_code(office: Site) -> None:
    """A browser that was left open does not take it away."""
    browser = office.browser(WHO)
    factor, secret = _secret(browser.page("/tai-khoan/hai-buoc"))
    browser.post("/tai-khoan/hai-buoc", {"factor": factor, "code": TOTP(secret).at(office.home.moment)})
    office.home.moment += timedelta(minutes=1)

    without = browser.post("/tai-khoan/hai-buoc/tat", {"code": ""})
    with_code = browser.post("/tai-khoan/hai-buoc/tat", {"code": TOTP(secret).at(office.home.moment)})

    assert (without.status_code, with_code.status_code) == (422, 303)
    assert "Đã tắt xác thực hai bước" in browser.page("/tai-khoan")


def test_another_password_signs_out_elsewhere(office: Site) -> None:
    """Whoever is signed in with the old one in another browser is not any more; this browser stays."""
    here, there = office.browser(WHO), office.browser(WHO)

    answer = _set_password(here)

    assert answer == 303
    assert there.get("/tai-khoan").status_code == 303
    assert "Đã đổi mật khẩu" in here.page("/tai-khoan")
    assert _signs_in(office, password=PASSPHRASE)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"new": "ngắn", "again": "ngắn"}, "12"),
        ({"new": PASSPHRASE, "again": "khác hẳn câu trên"}, "không giống nhau"),
    ],
)
def test_a_refused_password_is_told_beside_the_form(office: Site, form: dict[str, str], said: str) -> None:
    """The page comes back with the reason, and the old password stays."""
    browser = office.browser(WHO)
    _set_password(browser)

    answer = browser.post("/tai-khoan/mat-khau", {"old": PASSPHRASE, **form})

    assert answer.status_code == 422
    assert said in answer.text
    assert _signs_in(office, password=PASSPHRASE)


def test_mail_as_one_wants_it(site: Site) -> None:
    """Where it goes and which reminders come; what is no address is refused beside the field, with what was typed."""
    browser = site.browser(WHO)

    wished = browser.post("/tai-khoan/thu", {"mail": "digest"})
    unknown = browser.post("/tai-khoan/thu", {"mail": "mỗi giờ"})
    moved = browser.post("/tai-khoan/dia-chi", {"address": "lan@sct-lai-chau.example"})
    wrong = browser.post("/tai-khoan/dia-chi", {"address": "không phải địa chỉ"})

    page = browser.page("/tai-khoan")
    assert [one.status_code for one in (wished, unknown, moved, wrong)] == [303, 422, 303, 422]
    assert 'value="digest" checked' in page
    assert 'value="lan@sct-lai-chau.example"' in page
    assert 'value="không phải địa chỉ"' in wrong.text


def test_a_token_is_shown_once(site: Site) -> None:
    """Then its first letters only; revoked, it is gone from the list."""
    browser = site.browser(WHO)

    made = browser.post("/tai-khoan/ma-truy-cap", {"label": "máy bàn"})
    token = re.findall(r"<code[^>]*>(kc_[\w-]+)</code>", made.text)[0]
    page = browser.page("/tai-khoan")
    sha256 = re.findall(r'name="sha256" value="([0-9a-f]{64})"', page)[0]
    gone = browser.post("/tai-khoan/ma-truy-cap/thu-hoi", {"sha256": sha256})

    assert token not in page
    assert "máy bàn" in page
    assert gone.status_code == 303
    assert "Chưa có mã nào" in browser.page("/tai-khoan")


def test_the_forms_are_for_whoever_is_signed_in(office: Site) -> None:
    """A stranger is asked to sign in and changes nothing."""
    for path in ("/tai-khoan/thu", "/tai-khoan/mat-khau", "/tai-khoan/hai-buoc", "/tai-khoan/ma-truy-cap"):
        stranger = office.visitor()
        answer = stranger.client.post(path, data={"mail": "mute"}, headers=stranger.headers)

        assert answer.status_code in (401, 403), path
