"""The case list and the case: what each may see, counts that are the rows, filters in the address, and one turn."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from language.catalogue import sentence
from shapes.views import SOON, VIEWS
from store.statements import Statement, Transaction
from store.tables import AccessRow, ProposalRow, table
from tests.web.sites import Site
from web.case_list import MOST
from web.pages import SCREENS
from web.rights import Right

APPRAISER, CENTRE, AUDITOR = "tham-dinh.sct-lai-chau", "can-bo.ttkc-lai-chau", "thanh-tra"
STRANGERS = ("can-bo.ttkc-da-nang", "tham-dinh.sct-da-nang", "tham-dinh.cuc-khuyen-cong", "quan-tri.bct")
CODE = "LC-02"


def counts(page: str) -> dict[str, int]:
    """The number on each tab."""
    found = re.findall(r'class="kc-tab-(\w+)[^"]*">[^<]*<span class="kc-count">([\d.]+)', page)
    return {name: int(number.replace(".", "")) for name, number in found}


def test_a_tab_counts_exactly_the_rows_it_lists_and_exports(site: Site) -> None:
    """Count, rows and file are of one filter."""
    browser = site.browser(APPRAISER)

    for tab in VIEWS:
        page = browser.page(f"/de-an?tab={tab}")
        rows = page.count('data-head="Mã hồ sơ"')
        taken = browser.post("/de-an/xuat", {"tab": tab, "dang": "json"}).json()
        assert counts(page)[tab] == rows == taken["count"] == len(taken["proposals"]), tab
    assert MOST == 50


def test_search_needs_no_marks_and_lives_in_the_address(site: Site) -> None:
    """Somebody else opens the same address and sees the same list."""
    browser = site.browser(APPRAISER)

    found = browser.page("/de-an?tab=all&q=gach+khong+nung&trang-thai=submitted")
    nothing = browser.page("/de-an?tab=all&q=gach&trang-thai=evaluated")

    assert CODE in found
    assert "gach khong nung" in found
    assert "Không có đề án khớp với 2 điều kiện lọc." in nothing


def test_every_tab_is_explained_by_what_narrows_it(office: Site) -> None:
    """One sentence for each narrowing of the query, from the same object."""
    page = office.browser(APPRAISER).page("/de-an")

    explained = page[page.index('class="kc-about"') :]
    for name, narrowings in VIEWS.items():
        said = " ".join(sentence(f"narrowing.{one}", {"days": SOON}) for one in narrowings or ("all",))
        assert f"<dt>{_label(page, name)}</dt><dd>{said}</dd>" in explained


def _label(page: str, name: str) -> str:
    found = re.search(rf'class="kc-tab-{name}[^"]*">([^<]*) <span', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("user", STRANGERS)
def test_somebody_elses_case_is_not_there(site: Site, user: str) -> None:
    """404 on the page, its papers, its actions and its edit form, and no row in any list."""
    browser = site.browser(user)

    for path in ("", "/sua", "/thao-tac/forward", f"/giay-to/{'0' * 64}", "/thong-bao/1"):
        assert browser.get(f"/de-an/{CODE}{path}").status_code in (403, 404), path
    if user != "quan-tri.bct":
        assert CODE not in browser.page("/de-an?tab=all")


def test_an_auditor_reads_every_case_and_changes_nothing(site: Site) -> None:
    """The page is there without an action; forms are refused."""
    browser = site.browser(AUDITOR)

    page = browser.page(f"/de-an/{CODE}")
    refused = [
        browser.post(f"/de-an/{CODE}/thao-tac/forward", {"buoc": "lam"}).status_code,
        browser.post(f"/de-an/{CODE}/sua", {}).status_code,
        browser.get("/de-an/moi").status_code,
    ]

    assert "Đang chờ" in page
    assert refused == [403] * 3


def test_one_and_only_one_has_the_turn(site: Site) -> None:
    """The appraiser's work, the centre's waiting; never both on a page."""
    mine, waiting = (site.browser(user).page(f"/de-an/{CODE}") for user in (APPRAISER, CENTRE))

    assert "Việc của bạn</h2>" in mine
    assert "Đang chờ Sở Công Thương tỉnh Lai Châu</h2>" in waiting
    assert ("Đang chờ" in mine, "Việc của bạn</h2>" in waiting) == (False, False)


def test_opening_a_case_is_put_on_record_once_a_day(site: Site) -> None:
    """Who, which, and the day; again only tomorrow."""
    browser = site.browser(AUDITOR)
    for _ in range(2):
        browser.page(f"/de-an/{CODE}")

    with site.home.store.transaction(writes=False) as transaction:
        assert [row.code for row in transaction.rows(Statement(select(table(AccessRow))))] == [CODE]


def test_a_deadline_explains_itself_on_the_page(office: Site) -> None:
    """Rule, basis, the counted days and the result."""
    page = office.browser(APPRAISER).page(f"/de-an/{CODE}?muc=thoi-han")

    assert "24/04/2017" in page
    assert "Thứ Bảy" in page
    assert page.count("<td>") > 20


def test_neighbours_follow_the_filtered_list(office: Site) -> None:
    """The only row has none; a case that left the list leads to the list's first."""
    browser = office.browser(APPRAISER)

    alone = browser.page(f"/de-an/{CODE}?ds=tab%3Dall")
    left = browser.page(f"/de-an/{CODE}?ds=tab%3Dended")

    assert 'rel="next"' not in alone
    assert 'rel="prev"' not in left


def test_every_route_lets_in_exactly_whom_it_names(office: Site) -> None:
    """Each screen for a visitor, an officer, an auditor and an administrator: a page, the door, or a refusal."""
    users = {Right.WORKS: APPRAISER, Right.AUDITOR: AUDITOR, Right.ADMINISTRATOR: "quan-tri.bct"}
    may = {
        Right.ANYBODY: set(users.values()),
        Right.SIGNED_IN: set(users.values()),
        Right.CASES: {APPRAISER, AUDITOR},
        Right.WORKS: {APPRAISER},
        Right.AUDITOR: {AUDITOR},
        Right.ADMINISTRATOR: {"quan-tri.bct"},
    }
    browsers = {user: office.browser(user) for user in users.values()}
    told = []
    for screen in SCREENS:
        path = re.sub(r"\{[^}]*\}", "1", screen.path)
        if screen.method == "GET":
            stranger = office.visitor().get(path)
            assert (screen.right is Right.ANYBODY) == (stranger.status_code != 303), path
        for user, browser in browsers.items():
            if path in ("/dang-nhap", "/dang-xuat", "/"):
                continue
            answer = browser.get(path) if screen.method == "GET" else browser.post(path)
            assert (answer.status_code != 403) == (user in may[screen.right]), (path, user, answer.status_code)
            assert answer.status_code != 500, (path, user)
            told.append(f"{screen.method:4} {screen.path:40} {user:24} {answer.status_code}")
    print("\n".join(told))


def test_no_page_asks_more_of_the_database_for_more_rows(office: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of one and the list of many are as many statements."""
    asked: list[str] = []
    run = Transaction._execute

    def counted(self: Transaction, sql: str, values: Any = ()) -> Any:
        asked.append(sql)
        return run(self, sql, values)

    browser = office.browser(APPRAISER)
    browser.page("/de-an?tab=all")
    monkeypatch.setattr(Transaction, "_execute", counted)
    browser.page("/de-an?tab=all")
    few = len(asked)
    with office.home.store.transaction(writes=True) as transaction:
        copied = [column.name for column in table(ProposalRow).columns if column.name not in ("id", "code")]
        names = ", ".join(copied)
        rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
        copies = f"SELECT 'XX-' || i, {names} FROM proposal, n WHERE code = 'LC-02'"  # noqa: S608 - our own columns.
        transaction.execute(f"INSERT INTO proposal (code, {names}) {rows} {copies}")
    asked.clear()
    page = browser.page("/de-an?tab=all")

    assert page.count('data-head="Mã hồ sơ"') == 41
    assert len(asked) == few
