"""A real browser on a real server: one proposal from draft to the decision, wide, narrow and without JavaScript."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from khuyencong.demo.acts import Story
from khuyencong.demo.samples import phong_tho_line
from khuyencong.serving import open_socket
from tests.web.chromium import find_chromium
from tests.web.sites import MORNING, Clocked, Site, copied, site_at
from tests.web.test_stories import owner_of, typed
from web.assets import Assets
from workflow.proposal import FactValue

AXE = Path(__file__).parents[2] / ".cache" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
CENTRE, DIRECTOR = "can-bo.ttkc-lai-chau", "giam-doc.sct-lai-chau"
CASE = "/de-an/LC-02"
#: Pages that everybody with a case opens; each is held against axe in both themes.
PAGES = (
    *("/de-an?tab=all", "/de-an?tab=inbox&q=may", CASE, f"{CASE}?muc=thoi-han", f"{CASE}?muc=tien-trinh"),
    *(f"{CASE}?muc=thong-bao", f"{CASE}?muc=giay-to", f"{CASE}?muc=kinh-phi", f"{CASE}?muc=nguoi"),
    *(f"{CASE}?muc=tham-dinh", f"{CASE}/thao-tac/forward", f"{CASE}/thao-tac/return", "/tai-khoan", "/khong-co"),
)


#: Pages of those who do not work on cases, by who opens them.
OTHERS = {
    "thanh-tra": (
        *("/tong-quan", "/tong-quan/lai-chau-2015-2020", "/kiem-toan", "/kiem-toan/chuoi", "/kiem-toan/cau-hoi"),
        *("/kiem-toan/cau-hoi/touched?hoi=1&ho-so=LC-02", "/kiem-toan/ho-so/LC-02?buoc=1"),
        *("/kiem-toan/ho-so/LC-02/phieu", "/kiem-toan/ho-so/LC-02/chung-minh"),
    ),
    "quan-tri.bct": (
        *("/quan-tri", "/quan-tri/nguoi-dung", "/quan-tri/nguoi-dung/can-bo.ttkc-lai-chau", "/quan-tri/co-quan"),
        *("/quan-tri/lich?nam=2017", "/quan-tri/dinh-nghia", "/quan-tri/dinh-nghia/process/kcdp@2021.1"),
        *("/quan-tri/thu", "/quan-tri/thu/1", "/quan-tri/dia-chi", "/quan-tri/webhook"),
    ),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The application on a port of this machine."""
    listening = open_socket("127.0.0.1", 0)
    config = uvicorn.Config(site.app, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    limit = monotonic() + 20
    while not server.started and monotonic() < limit:
        sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def base(filled: Path, tmp_path: Path, assets: Assets) -> Iterator[tuple[str, Clocked]]:
    """A served office, and its clock."""
    with copied(filled, None, tmp_path) as url, site_at(url, tmp_path, assets, MORNING) as site, served(site) as where:
        yield where, site.home


def enter(page: Page, base: str, user: str) -> None:
    """Signs somebody in from the list of the sandbox."""
    page.context.clear_cookies()
    page.goto(f"{base}/dang-nhap")
    button = page.locator(f"button[value='{user}']")
    office = page.locator("details", has=button)
    if not office.evaluate("it => it.open"):
        office.locator("summary").click()
    button.click()


def act(page: Page, case: str, action: str, facts: Mapping[str, FactValue], paper: Path) -> None:
    """Takes a step from its button to the banner."""
    page.goto(case)
    page.locator(f"a[href$='/thao-tac/{action}']").click()
    for key, value in facts.items():
        fill(page, f"f.{key}", typed(value))
    for upload in page.locator("input[type=file]").all():
        upload.set_input_files(paper)
    page.locator("button[value=xem]").click()
    page.locator("button[value=lam], .kc-bad").first.wait_for()
    assert page.locator("button[value=lam]").count() == 1, (action, page.locator(".kc-bad").all_inner_texts())
    page.locator("button[value=lam]").click()
    page.locator(".kc-good, .kc-bad").first.wait_for()
    assert page.locator(".kc-good").count() == 1, (action, page.locator(".kc-bad").all_inner_texts())


def fill(page: Page, name: str, value: str) -> None:
    """A field of whatever kind."""
    chosen = page.locator(f"[name='{name}'][value='{value}']")
    field = page.locator(f"[name='{name}']")
    if chosen.count():
        chosen.check()
    elif field.evaluate("it => it.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    wide: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(wide) <= 0


@pytest.mark.parametrize(
    ("width", "scripts", "until", "milestone"),
    [(1280, True, "", "evaluated"), (320, True, "approve", "approved"), (1280, False, "approve", "approved")],
)
def test_a_local_proposal_walks_from_its_draft(
    chromium: Browser,
    base: tuple[str, Clocked],
    tmp_path: Path,
    width: int,
    scripts: bool,
    until: str,
    milestone: str,
) -> None:
    """The right people, one after the other, with the forms and papers of the process file, at any width."""
    where, clock = base
    paper = tmp_path / "van-ban.txt"
    paper.write_text("Văn bản", encoding="utf-8")
    story = phong_tho_line().until(until) if until else phong_tho_line()
    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    page = context.new_page()
    page.set_default_timeout(60_000)

    clock.moment = story.drafted.astimezone(UTC)
    code = draft(page, where, story)
    for played in story.acts:
        clock.moment = played.when.astimezone(UTC)
        enter(page, where, owner_of(clock, code, played))
        act(page, f"{where}/de-an/{code}", played.action, played.facts, paper)
        assert not scripts or fits(page)

    with clock.store.read() as uow:
        assert uow.proposal(code).milestone == milestone
    context.close()


def draft(page: Page, where: str, story: Story) -> str:
    """Registers the story's proposal on the page of new ones, and gives its code."""
    enter(page, where, CENTRE)
    page.goto(f"{where}/de-an/moi")
    page.locator(f"a[href*='chuong-trinh={story.programme}&quy-trinh={story.process}']").click()
    for key, value in story.data.items():
        fill(page, f"f.{key}", typed(value))
    page.locator("form.kc-form .btn-primary").click()
    page.locator(".kc-good, .kc-bad").first.wait_for()
    assert page.locator(".kc-good").count() == 1, page.locator(".kc-bad").all_inner_texts()
    return page.url.rpartition("/")[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_on_any_page_is_out_of_reach(chromium: Browser, base: tuple[str, Clocked], theme: Any) -> None:
    """axe-core finds no violation, and nothing is wider than 320 pixels."""
    where, _ = base
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{where}/dang-nhap")
    found = _violations(page)
    enter(page, where, DIRECTOR)

    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(where + path)
        found += [f"{path}: {one}" for one in _violations(page)]
        page.set_viewport_size({"width": 320, "height": 700})
        found += [] if fits(page) else [f"{path}: wider than 320 px"]

    assert found == [], "\n".join(found)
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("username", OTHERS)
def test_nothing_is_out_of_reach_for_who_audits_and_who_administers(
    chromium: Browser, base: tuple[str, Clocked], username: str, theme: Any
) -> None:
    """The same for their pages, at 320 pixels."""
    where, _ = base
    size = {"width": 320, "height": 700}
    context = chromium.new_context(viewport=size, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    enter(page, where, username)
    found: list[str] = []

    for path in OTHERS[username]:
        page.goto(where + path)
        found += [f"{path}: {one}" for one in _violations(page)]
        found += [] if fits(page) else [f"{path}: wider than 320 px"]

    assert found == [], "\n".join(found)
    context.close()


def _violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    report: Any = page.evaluate("axe.run()")
    return [f"{one['id']} {[node['html'][:120] for node in one['nodes']][:2]}" for one in report["violations"]]


def test_no_page_of_ours_breaks_its_own_policy(chromium: Browser, base: tuple[str, Clocked]) -> None:
    """The console stays empty: no blocked script, style or picture, and no error in ours."""
    where, _ = base
    context = chromium.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    enter(page, where, DIRECTOR)
    for path in PAGES[:-1]:
        page.goto(where + path)

    assert said == []
    context.close()
