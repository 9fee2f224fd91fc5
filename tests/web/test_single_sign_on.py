"""Single sign-on in a browser: with a real provider, and with one that does what it must not."""

import dataclasses
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from pyotp import TOTP

from khuyencong.openid.fetching import Line
from khuyencong.openid.wiring import single_sign_on_of
from khuyencong.settings import read_settings
from shapes.errors import BadSetting
from tests.shell import Shell
from tests.web.openid import (
    CLIENT,
    HASTY,
    LABEL,
    SECRET,
    Rogue,
    arrive,
    client_of,
    real_provider,
    returned,
    rogue_provider,
    set_out,
    through,
)
from tests.web.sites import MORNING, Browser, Site, copied, site_at, token_in
from web.assets import Assets
from web.single_sign_on import BACK, COOKIE, Errand, SsoFailed
from workflow.administration import operator
from workflow.service.accounts import deactivate, set_password
from workflow.service.single_sign_on import link_single_sign_on

WHO, OTHER = "tham-dinh.sct-lai-chau", "giam-doc.sct-lai-chau"
PASSPHRASE = "chè Shan tuyết cổ thụ"
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A certified provider's address."""
    with real_provider() as found:
        yield found


@pytest.fixture
def place(issuer: str, filled: Path, tmp_path: Path, assets: Assets) -> Iterator[Site]:
    """The application with that provider."""
    with copied(filled, None, tmp_path) as url:
        sso = client_of(issuer, tmp_path)
        with site_at(url, tmp_path, assets, MORNING, single_sign_on=sso) as found:
            yield found


@pytest.fixture(scope="module")
def one_rogue() -> Iterator[Rogue]:
    """One server for all tests; its keys cost time."""
    with rogue_provider() as found:
        yield found


@pytest.fixture(scope="module")
def behaving(one_rogue: Rogue) -> Rogue:
    """What it is while nothing is wrong with it."""
    return dataclasses.replace(one_rogue)


@pytest.fixture
def rogue(one_rogue: Rogue, behaving: Rogue) -> Rogue:
    """A provider of which nothing is wrong yet."""
    fresh = Rogue(issuer=behaving.issuer, key=behaving.key)
    for name in (one.name for one in dataclasses.fields(Rogue)):
        setattr(one_rogue, name, getattr(fresh, name))
    return one_rogue


@contextmanager
def den_in(folder: Path, filled: Path, assets: Assets, issuer: str) -> Iterator[Site]:
    """The application with the rogue, by whom the appraiser is known already."""
    with copied(filled, None, folder) as url:
        sso = client_of(issuer, folder, line=HASTY)
        with site_at(url, folder, assets, MORNING, single_sign_on=sso) as found:
            linked(found, sso._identity("lan-o-tinh"))
            yield found


@pytest.fixture(scope="module")
def shared_den(
    one_rogue: Rogue, filled: Path, tmp_path_factory: pytest.TempPathFactory, assets: Assets
) -> Iterator[Site]:
    """For tests that change nothing but sessions."""
    with den_in(tmp_path_factory.mktemp("den"), filled, assets, one_rogue.issuer) as found:
        yield found


@pytest.fixture
def den(shared_den: Site, rogue: Rogue) -> Site:
    """It has forgotten what it knew of the rogue, and who asked."""
    del rogue  # As it is before each test.
    site = shared_den.app.state.site
    site.choices.single_sign_on._found = None
    site.errands._seen.clear()
    return shared_den


@pytest.fixture
def own_den(rogue: Rogue, filled: Path, tmp_path: Path, assets: Assets) -> Iterator[Site]:
    """For tests that change more."""
    with den_in(tmp_path, filled, assets, rogue.issuer) as found:
        yield found


def linked(site: Site, identity: str, username: str = WHO) -> None:
    """Links an account without a browser."""
    home = site.home
    with home.store.read() as uow:
        actor = uow.actor(username, channel="web")
    assert actor is not None
    link_single_sign_on(home.store, home.house, username=username, identity=identity, by=actor, at=home.now())


def ticket_in(page: str) -> str:
    """Whom the provider vouched for, as a form carries it."""
    found = _TICKET.search(page)
    assert found, page
    return found[1]


def is_in(browser: Browser) -> bool:
    """Whether somebody is signed in."""
    return browser.get("/tai-khoan").status_code == 200


def test_linking_signing_in_and_out(place: Site) -> None:
    """Once linked, whoever signs in at the provider is in here, where they wanted to go, until they sign out."""
    linker = place.browser(WHO)
    offered = arrive(linker, through(set_out(linker, "/tai-khoan/mot-lan"), "lan"))
    done = linker.post("/tai-khoan/mot-lan/lien-ket", {"ticket": ticket_in(offered.text), "name": "lan"})
    linker.post("/dang-xuat")

    visitor = place.visitor()
    door = visitor.page("/dang-nhap?tiep=/de-an")
    entered = arrive(visitor, through(set_out(visitor, tiep="/de-an?muc=tat-ca"), "lan"))
    page = visitor.page("/tai-khoan")
    visitor.post("/dang-xuat")

    assert LABEL in door
    assert "“lan”" in offered.text
    assert (done.status_code, entered.status_code) == (303, 303)
    assert entered.headers["location"] == "/de-an?muc=tat-ca"
    assert WHO in page
    assert "Tài khoản này đã liên kết" in page
    assert not is_in(visitor)
    assert not is_in(linker)


def test_coming_back_to_link_changes_nothing_by_itself(place: Site) -> None:
    """It is a GET: only the form that it shows links, in the same session, and nobody can write its ticket."""
    linker, other = place.browser(WHO), place.browser(OTHER)
    offered = arrive(linker, through(set_out(linker, "/tai-khoan/mot-lan"), "lan"))
    before = linker.page("/tai-khoan")
    ticket = ticket_in(offered.text)

    stolen = other.post("/tai-khoan/mot-lan/lien-ket", {"ticket": ticket})
    forged = linker.post("/tai-khoan/mot-lan/lien-ket", {"ticket": "a1" * 32 + ticket[64:]})
    place.home.moment += timedelta(minutes=11)
    late = linker.post("/tai-khoan/mot-lan/lien-ket", {"ticket": ticket})

    assert "Tài khoản này đã liên kết" not in before
    assert [one.status_code for one in (stolen, forged, late)] == [400, 400, 400]
    assert "Tài khoản này đã liên kết" not in linker.page("/tai-khoan")


def test_linking_asks_for_the_password(place: Site) -> None:
    """A wrong one is said beside the form, which keeps its ticket."""
    home = place.home
    set_password(home.store, home.house, username=WHO, password=PASSPHRASE, by=operator(), at=home.now())
    linker = place.browser(WHO)
    offered = arrive(linker, through(set_out(linker, "/tai-khoan/mot-lan"), "lan"))
    form = {"ticket": ticket_in(offered.text), "name": "lan"}

    wrong = linker.post("/tai-khoan/mot-lan/lien-ket", {**form, "password": "đoán mò"})
    right = linker.post(
        "/tai-khoan/mot-lan/lien-ket", {"ticket": ticket_in(wrong.text), "name": "lan", "password": PASSPHRASE}
    )

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "“lan”" in wrong.text


def test_whoever_is_not_linked_is_told_how(place: Site) -> None:
    """Nobody is let in, and no account is made, because a provider knows somebody."""
    visitor = place.visitor()

    answer = arrive(visitor, through(set_out(visitor), "nguoi-la"))

    assert answer.status_code == 401
    assert "Liên kết với đăng nhập một lần" in answer.text
    assert not is_in(visitor)


def test_whoever_declines_there_comes_back_kindly(place: Site) -> None:
    """error=access_denied is a page, with the way back to the door."""
    visitor = place.visitor()

    answer = arrive(visitor, through(set_out(visitor, tiep="/de-an"), "lan", abort=True))

    assert answer.status_code == 403
    assert "/dang-nhap?tiep=/de-an" in answer.text


def test_the_way_back_is_good_once_and_in_one_browser(place: Site) -> None:
    """Neither a replayed address, nor one that was sent to somebody else, opens anything."""
    linker = place.browser(WHO)
    offered = arrive(linker, through(set_out(linker, "/tai-khoan/mot-lan"), "lan"))
    linker.post("/tai-khoan/mot-lan/lien-ket", {"ticket": ticket_in(offered.text)})
    visitor, victim = place.visitor(), place.visitor()
    set_out(victim)
    sent = through(set_out(visitor), "lan")
    kept = visitor.client.cookies.get(COOKIE)

    elsewhere = victim.get(sent)
    first = arrive(visitor, sent)
    visitor.post("/dang-xuat")
    again = visitor.get(sent)
    visitor.client.cookies.set(COOKIE, kept or "", domain="testserver.local", path="/dang-nhap/mot-lan")
    with_cookie = visitor.get(sent)

    assert [one.status_code for one in (elsewhere, first, again, with_cookie)] == [400, 303, 400, 400]
    assert "invalid_grant" in with_cookie.text
    assert not is_in(victim)
    assert not is_in(visitor)


def test_a_form_under_way_comes_along(place: Site) -> None:
    """What was typed when the session was over is shown again after single sign-on; too long, the password keeps it."""
    linker = place.browser(WHO)
    offered = arrive(linker, through(set_out(linker, "/tai-khoan/mot-lan"), "lan"))
    linker.post("/tai-khoan/mot-lan/lien-ket", {"ticket": ticket_in(offered.text)})
    visitor, note = place.visitor(), "Hồ sơ đủ; đề nghị hỗ trợ 300 triệu đồng. " * 20

    visitor.client.cookies.set("kc", "0" * 64, domain="testserver.local")
    over = visitor.client.post("/vai", data={"note": note}, headers=visitor.headers)
    visitor.client.cookies.delete("kc")

    carried = arrive(visitor, through(set_out(visitor, **{"tiep": "/de-an", "giu.note": note}), "lan"))
    stranger = place.visitor()
    random = "".join(f"{number * 7919 % 999_983:06d}" for number in range(2_000))
    too_long = stranger.post("/dang-nhap/mot-lan", {"tiep": "/de-an", "giu.note": random})

    assert 'formaction="/dang-nhap/mot-lan"' in over.text
    assert carried.status_code == 200
    assert note in carried.text
    assert too_long.status_code == 413
    assert random in too_long.text
    assert 'name="giu.note"' in too_long.text


def come(site: Site, rogue: Rogue, **more: str) -> tuple[Browser, Any]:
    """A browser that went to the rogue and came back."""
    visitor = site.visitor()
    return visitor, arrive(visitor, returned(rogue, set_out(visitor), **more))


def test_the_rogue_is_let_through_while_it_behaves(den: Site, rogue: Rogue) -> None:
    """Or the tests below would prove nothing: a right token opens, and the code is asked for with our secret."""
    visitor, answer = come(den, rogue)

    header, form = rogue.asked[0]
    assert answer.status_code == 303
    assert is_in(visitor)
    assert header.startswith("Basic ")
    assert form["grant_type"] == ["authorization_code"]
    assert len(form["code_verifier"][0]) == 64
    assert SECRET not in str(form)


_NOW = int(time.time())
#: What is wrong with a token, and the word for it on the page.
_CLAIMS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "another issuer": ({"iss": "https://evil.example"}, "iss"),
    "for another client": ({"aud": "another"}, "aud"),
    "for two, and not said for whom": ({"aud": [CLIENT, "another"]}, "azp"),
    "asked for by another": ({"aud": [CLIENT, "another"], "azp": "another"}, "azp"),
    "over": ({"exp": _NOW - 3600}, "exp"),
    "without an end": ({"exp": None}, "exp"),
    "with an end in words": ({"exp": "tomorrow"}, "exp"),
    "made tomorrow": ({"iat": _NOW + 86_400}, "iat"),
    "not good yet": ({"nbf": _NOW + 86_400}, "nbf"),
    "of another errand": ({"nonce": "another"}, "nonce"),
    "without a nonce": ({"nonce": None}, "nonce"),
    "about nobody": ({"sub": ""}, "sub"),
    "about a number": ({"sub": 7}, "sub"),
}


@pytest.mark.parametrize("wrong", _CLAIMS)
def test_a_token_that_says_something_wrong(den: Site, rogue: Rogue, wrong: str) -> None:
    """Each claim that the standard has checked is checked; the page says which, and nobody is in."""
    rogue.claims, word = _CLAIMS[wrong]

    visitor, answer = come(den, rogue)

    assert answer.status_code == 400
    assert f"({word})" in answer.text
    assert not is_in(visitor)


def _forged(rogue: Rogue) -> None:
    rogue.signs = RSAKey.generate_key(2048, {"kid": "k1"})


def _unsigned(rogue: Rogue) -> None:
    rogue.header = {"alg": "none"}


def _shared(rogue: Rogue) -> None:
    """The old confusion: signed by HMAC, with the provider's public key as the secret."""
    rogue.header = {"alg": "HS256", "kid": "k1"}
    rogue.signs = OctKey.import_key(rogue.key.as_pem(private=False).replace(b"-----", b""))


@pytest.mark.parametrize("forge", [_forged, _unsigned, _shared])
def test_a_token_that_the_provider_did_not_sign(den: Site, rogue: Rogue, forge: Callable[[Rogue], None]) -> None:
    """Another's key, no key at all, and a public key used as a secret: none is a signature."""
    forge(rogue)

    visitor, answer = come(den, rogue)

    assert answer.status_code == 400
    assert "(signature)" in answer.text
    assert not is_in(visitor)


def test_a_new_key_is_fetched_once(den: Site, rogue: Rogue) -> None:
    """A provider that changed its key is believed after its keys were read again; an unknown one is not, and once."""
    come(den, rogue)
    rogue.key, rogue.header = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"}), {"alg": "RS256", "kid": "k2"}
    changed, fetched = come(den, rogue)[1], rogue.fetched
    rogue.header = {"alg": "RS256", "kid": "k3"}

    unknown = come(den, rogue)[1]

    assert (changed.status_code, fetched) == (303, 2)
    assert (unknown.status_code, rogue.fetched) == (400, 3)
    assert "(kid)" in unknown.text


def test_an_answer_in_another_issuers_name(den: Site, rogue: Rogue) -> None:
    """RFC 9207: a mixed-up answer is refused before the code is shown to anybody."""
    rogue.about = {"authorization_response_iss_parameter_supported": True}

    wrong, missing = come(den, rogue, iss="https://evil.example")[1], come(den, rogue)[1]
    asked = list(rogue.asked)
    right = come(den, rogue, iss=rogue.issuer)[1]

    assert [one.status_code for one in (wrong, missing, right)] == [400, 400, 303]
    assert asked == []


@pytest.mark.parametrize(
    ("path", "answer", "status"),
    [
        ("/token", (200, b"<html>"), 502),
        ("/token", (200, b"[]"), 502),
        ("/token", (200, b"{}"), 502),
        ("/token", (200, b'{"id_token": 7}'), 502),
        ("/token", (200, b'{"id_token": "a.b.c"}'), 400),
        ("/token", (200, b" " * (2**20 + 1)), 502),
        ("/token", (400, b'{"error": "invalid_grant"}'), 400),
        ("/token", (401, b'{"error": "<script>"}'), 400),
        ("/token", (302, b""), 502),
        ("/token", (503, b"later"), 503),
        ("/keys", (200, b'{"keys": 7}'), 502),
        ("/keys", (200, b'{"keys": [{"kty": "RSA"}]}'), 502),
        ("/keys", (404, b"{}"), 502),
        ("/.well-known/openid-configuration", (200, b'{"issuer": "https://evil.example"}'), 502),
        ("/.well-known/openid-configuration", (404, b"{}"), 502),
        ("/.well-known/openid-configuration", (500, b""), 503),
    ],
)
def test_a_provider_that_answers_nonsense(
    den: Site, rogue: Rogue, path: str, answer: tuple[int, bytes], status: int
) -> None:
    """Whatever comes is a page that says so; never an error of ours, and nobody is in."""
    rogue.answers[path] = answer
    visitor = den.visitor()

    found = visitor.post("/dang-nhap/mot-lan")
    if found.status_code == 200:
        rogue.answers.clear()
        address = set_out(visitor)
        rogue.answers[path] = answer
        found = visitor.get(returned(rogue, address))

    assert found.status_code == status, found.text
    assert "<script>" not in found.text.replace("<script src", "")
    assert not is_in(visitor)


@pytest.mark.parametrize("end", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("there", [None, 7, "javascript:alert(1)", "ftp://x/"])
def test_ends_that_are_no_addresses(den: Site, rogue: Rogue, end: str, there: object) -> None:
    """A provider sends no browser, and none of our requests, to what is not the web."""
    rogue.about = {end: there}

    assert den.visitor().post("/dang-nhap/mot-lan").status_code == 502


def test_a_provider_that_is_slow_or_gone(den: Site, rogue: Rogue, tmp_path: Path) -> None:
    """It is given up after seconds, also when an octet comes now and then; pages are read meanwhile and after."""
    visitor = den.visitor()
    address = set_out(visitor)
    rogue.dawdles = 0.2
    began = time.monotonic()
    slow = visitor.get(returned(rogue, address))
    took = time.monotonic() - began
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gone = client_of(f"http://127.0.0.1:{unused.getsockname()[1]}", tmp_path, line=Line(timeout=0.5, whole=0.6))
        with pytest.raises(SsoFailed, match=r"sso\.unreachable"):
            gone.address(state="s", nonce="n", verifier="v", afresh=False)

    assert slow.status_code in (502, 503)
    assert took < 3
    assert visitor.get("/dang-nhap").status_code == 200
    assert not is_in(visitor)


def test_a_closed_account_is_refused(own_den: Site, rogue: Rogue) -> None:
    """However well the provider knows them."""
    home = own_den.home
    with home.store.read() as uow:
        admin = uow.actor("quan-tri.ubnd-lai-chau", channel="web")
    assert admin is not None
    deactivate(home.store, home.house, username=WHO, by=admin, at=home.now())

    visitor, answer = come(own_den, rogue)

    assert answer.status_code == 401
    assert "ngừng hoạt động" in answer.text
    assert not is_in(visitor)


def test_the_second_step_is_asked_for(own_den: Site, rogue: Rogue) -> None:
    """Who turned two-step sign-in on gives the code here too, in the browser that came back; a wrong one asks again."""
    owner = own_den.browser(WHO)
    shown = owner.page("/tai-khoan/hai-buoc")
    factor = re.findall(r'name="factor" value="([0-9a-f]+)"', shown)[0]
    clock = TOTP(re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", shown)[0])
    owner.post("/tai-khoan/hai-buoc", {"factor": factor, "code": clock.at(own_den.home.moment)})
    own_den.home.moment += timedelta(minutes=1)
    visitor, asked = come(own_den, rogue)
    code = clock.at(own_den.home.moment)

    before = is_in(visitor)
    elsewhere = own_den.visitor().post("/dang-nhap/mot-lan/ma", {"ticket": ticket_in(asked.text), "code": code})
    wrong = visitor.post("/dang-nhap/mot-lan/ma", {"ticket": ticket_in(asked.text), "code": "000000"})
    right = visitor.post(
        "/dang-nhap/mot-lan/ma", {"ticket": ticket_in(wrong.text), "code": code, "tiep": "/de-an", "giu.note": "Đã xem"}
    )

    assert (asked.status_code, before) == (200, False)
    assert (elsewhere.status_code, wrong.status_code, right.status_code) == (400, 401, 200)
    assert "Đã xem" in right.text
    assert is_in(visitor)


def test_ending_ones_own_link(own_den: Site, rogue: Rogue) -> None:
    """From then on the provider opens nothing; ending it twice is refused in words."""
    owner = own_den.browser(WHO)

    ended, again = owner.post("/tai-khoan/mot-lan/tat"), owner.post("/tai-khoan/mot-lan/tat")

    assert (ended.status_code, again.status_code) == (303, 422)
    assert come(own_den, rogue)[1].status_code == 401


def test_without_a_provider_there_is_no_button(office: Site) -> None:
    """And its addresses are nobody's."""
    browser = office.browser(WHO)

    assert "/dang-nhap/mot-lan" not in office.visitor().page("/dang-nhap")
    assert "/tai-khoan/mot-lan" not in browser.page("/tai-khoan")
    assert browser.get(BACK).status_code == 404
    for path in ("/dang-nhap/mot-lan", "/dang-nhap/mot-lan/ma", "/tai-khoan/mot-lan", "/tai-khoan/mot-lan/lien-ket"):
        assert browser.post(path).status_code == 404, path


def test_a_form_of_elsewhere_sets_nobody_out(den: Site) -> None:
    """Setting out is a form of ours: no other site, and no link, begins it."""
    visitor = den.visitor()
    token = token_in(visitor.page("/dang-nhap"))

    foreign = visitor.client.post(
        "/dang-nhap/mot-lan", data={"token": token}, headers={"origin": "https://evil.example"}
    )
    unsigned = visitor.client.post("/dang-nhap/mot-lan", headers=visitor.headers)

    assert (foreign.status_code, unsigned.status_code) == (403, 403)
    assert visitor.get("/dang-nhap/mot-lan").status_code == 405


@pytest.mark.parametrize("cookie", ["", "x", "x.y", "x." + "A" * 4000, "é.", "x.eJw="])
def test_cookies_that_anybody_may_write(den: Site, cookie: str) -> None:
    """None of them is an error, and none opens anything."""
    visitor = den.visitor()

    answer = visitor.get(f"{BACK}?code=c&state=s", headers={"cookie": f"{COOKIE}={cookie}".encode()})

    assert answer.status_code == 400


def test_the_cookie_of_an_errand(den: Site) -> None:
    """No script reads it, no other site's form sends it, it goes where it is needed and ends after ten minutes."""
    answer = den.visitor().post("/dang-nhap/mot-lan")

    laid = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}="))
    assert "HttpOnly" in laid
    assert "SameSite=lax" in laid
    assert "Path=/dang-nhap/mot-lan" in laid
    assert "Max-Age=600" in laid


def test_a_changed_errand_has_another_state() -> None:
    """Whoever writes another path, form or purpose into a cookie does not come back with it."""
    errand = Errand(secret="s", purpose="enter", path="/", carried=(("a", "b"),))
    packed = errand.packed()
    assert packed is not None
    changes: list[dict[str, Any]] = [{"path": "/x"}, {"purpose": "link"}, {"carried": ()}, {"secret": "t"}]
    others = [dataclasses.replace(errand, **change) for change in changes]

    states = {one.state("") for one in (errand, *others)} | {errand.state("session")}

    assert len(states) == 6
    assert Errand.unpacked(packed) == errand
    assert len({errand.nonce, errand.verifier, errand.state("")}) == 3


_WHOLE = {
    "KHUYENCONG_OIDC_ISSUER": "https://sso.example.vn",
    "KHUYENCONG_OIDC_CLIENT_ID": CLIENT,
    "KHUYENCONG_OIDC_CLIENT_SECRET_FILE": "secret",
    "KHUYENCONG_OIDC_LABEL": LABEL,
}


@pytest.mark.parametrize("missing", _WHOLE)
def test_all_settings_or_none(missing: str) -> None:
    """Half of them is refused, and what is missing is named."""
    with pytest.raises(BadSetting) as refused:
        read_settings({name: value for name, value in _WHOLE.items() if name != missing})

    assert refused.value.params["missing"] == missing
    assert read_settings(_WHOLE).oidc_client_id == CLIENT


@pytest.mark.parametrize(
    "issuer", ["http://sso.example.vn", "sso.example.vn", "https://x/?a", "https://", "https://[x"]
)
def test_issuers_that_cannot_be_meant(issuer: str) -> None:
    """Over https, unless it is this very machine."""
    with pytest.raises(BadSetting):
        read_settings({**_WHOLE, "KHUYENCONG_OIDC_ISSUER": issuer})


def test_the_secret_is_a_file_of_its_owner(office: Site, tmp_path: Path) -> None:
    """It is read when the pages are served; a file that is gone, open to others or empty is refused in words."""
    file = tmp_path / "oidc-secret"
    inner = office.home.inner
    named = {**_WHOLE, "KHUYENCONG_OIDC_CLIENT_SECRET_FILE": str(file)}
    home = dataclasses.replace(inner, settings=read_settings(named))

    def refusal() -> str:
        with pytest.raises(BadSetting) as refused:
            single_sign_on_of(home)
        return refused.value.code

    gone = refusal()
    file.write_text(" \n")
    file.chmod(0o644)
    opened = refusal()
    file.chmod(0o600)
    empty = refusal()
    file.write_text("bí mật\n")
    found = single_sign_on_of(home)

    codes = [f"setting.oidc_secret_{word}" for word in ("unreadable", "open", "empty")]
    assert [gone, opened, empty] == codes
    assert found is not None
    assert found.client_secret == "bí mật"
    assert single_sign_on_of(inner) is None


def test_nothing_is_served_with_a_faulty_single_sign_on(office: Site, tmp_path: Path) -> None:
    """The command says what is wrong, and not that it serves."""
    del office  # Its database lies in that folder.
    named = {**_WHOLE, "KHUYENCONG_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "nowhere")}

    answer = Shell(tmp_path, named)("serve")

    assert answer.status == 2
    assert str(tmp_path / "nowhere") in answer.err
    assert "127.0.0.1:8000" not in answer.err + answer.out


def test_outside_a_sandbox_the_issuer_is_https(office: Site) -> None:
    """Plain http to this very machine is for trying only."""
    settings = read_settings({**_WHOLE, "KHUYENCONG_OIDC_ISSUER": "http://127.0.0.1:3000"})

    with pytest.raises(BadSetting) as refused:
        single_sign_on_of(dataclasses.replace(office.home.inner, settings=settings, sandbox=None))

    assert refused.value.code == "setting.oidc_https"
