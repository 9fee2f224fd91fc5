"""The auditor's pages: everything is read, nothing is changed, and what was read or taken is put on record."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Select, func, select

from audit.questions import QUESTIONS
from khuyencong.log_key import read_key
from khuyencong.sealing import make_log_key, seal_all
from khuyencong.wiring import Installation, log_key_file
from store.readings import fresh_readings
from store.statements import Statement, Transaction
from store.tables import EntryRow, table
from tests.staging import OPENING, staged
from tests.web.sites import MORNING, Browser, Site, settings, site_at
from web.assets import Assets

AUDITOR, APPRAISER = "thanh-tra", "tham-dinh.sct-lai-chau"
CASE = "/kiem-toan/ho-so/LC-02"
PAGES = ("/kiem-toan", "/kiem-toan/chuoi", "/kiem-toan/cau-hoi", CASE, f"{CASE}/phieu", f"{CASE}/chung-minh")


@pytest.fixture
def auditor(site: Site) -> Browser:
    """The auditor's browser."""
    return site.browser(AUDITOR)


def seal(site: Site) -> None:
    """What the scheduler does in the background."""
    if not log_key_file(site.home.inner.settings).exists():
        make_log_key(site.home.inner, at=site.home.now())
    seal_all(site.home.inner, at=site.home.now())


@pytest.mark.parametrize("path", PAGES)
def test_only_auditors_come_in(office: Site, path: str) -> None:
    """Officers, heads and administrators do not; whoever is not signed in is asked to."""
    assert office.visitor().get(path).status_code == 303
    assert office.browser(AUDITOR).get(path).status_code == 200
    for username in (APPRAISER, "giam-doc.sct-lai-chau", "quan-tri.bct"):
        assert office.browser(username).get(path).status_code == 403, username


def test_the_log_tells_every_entry_once_page_by_page(auditor: Browser) -> None:
    """Going on from page to page tells of every entry, the newest first, and of none twice."""
    with auditor.site.home.store.transaction(writes=False) as transaction:
        row = transaction.first(Statement(_all_entries()))
    seen: list[str] = []
    path = "/kiem-toan"
    while path:
        page = auditor.page(path)
        seen += re.findall(r"<code>([0-9a-f]{12})</code>", page)
        found = re.search(r'href="(/kiem-toan\?[^"]*sau=[^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""

    assert row is not None
    assert len(seen) == row.n > 50
    assert len(set(seen)) == len(seen)


def _all_entries() -> Select[int]:

    return select(func.count().label("n")).select_from(table(EntryRow))


def test_the_log_is_narrowed_by_case_kind_and_days(auditor: Browser) -> None:
    """Each filter leaves exactly what it says."""
    of_case = auditor.page("/kiem-toan?ho-so=LC-02")
    of_kind = auditor.page("/kiem-toan?loai=person-added")
    of_day = auditor.page("/kiem-toan?ho-so=LC-02&tu=2017-04-10&den=2017-04-10")

    assert "Lập đề án" in of_case
    assert "Nộp hồ sơ" in of_case
    assert set(re.findall(r"<b>([^<]+)</b>(?=<|\s)", of_kind.partition("<tbody>")[2])) == {"Thêm người"}
    assert "Nộp hồ sơ" in of_day
    assert "Lập đề án" not in of_day.partition("<tbody>")[2]


@pytest.mark.parametrize("query", ["sau=x", "sau=2017-04-11T02:00:00Z~x", "sau=2017-04-11~3"])
def test_a_page_that_no_page_gave_is_said_to_be_unknown(office: Site, query: str) -> None:
    """Whatever stands in an address, no fault comes of it."""
    assert office.browser(AUDITOR).get(f"/kiem-toan?{query}").status_code in (400, 404, 422)


def test_a_verification_says_what_it_excludes_and_when(tmp_path: Path, assets: Assets) -> None:
    """Whole, the database's administrator excluded, the server's not; before it, that nobody looked."""
    url = f"sqlite:///{tmp_path / 'khuyencong.db'}"
    home = Installation.prepare(settings(url, tmp_path), clock_start=OPENING)
    staged(home.store)
    home.store.close()

    with site_at(url, tmp_path, assets, MORNING) as site:
        seal(site)
        auditor = site.browser(AUDITOR)
        before = auditor.page("/kiem-toan/chuoi")
        sent = auditor.post("/kiem-toan/chuoi")
        after = auditor.page("/kiem-toan/chuoi")
        key = read_key(log_key_file(site.home.inner.settings)).verifier.text()

    assert "chưa ai kiểm tra" in before
    assert sent.status_code == 303
    assert "Chuỗi nhật ký nguyên vẹn" in after
    assert "Đã loại trừ: người quản trị cơ sở dữ liệu" in after
    assert "Chưa loại trừ người quản trị máy chủ" in after
    assert "11/04/2017 09:00" in after
    assert key in after.replace("&#43;", "+")


def test_a_verification_names_each_thing_that_does_not_fit(auditor: Browser) -> None:
    """The papers of this case are gone from their folder: each is named, and nothing is called whole."""
    seal(auditor.site)

    auditor.post("/kiem-toan/chuoi")
    page = auditor.page("/kiem-toan/chuoi")

    assert "Không xác minh được" in page
    assert "không mở được tệp" in page
    assert "nguyên vẹn" not in page


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_and_can_be_taken_away(office: Site, question: str) -> None:
    """The file has as many rows as the page; that it was taken is in history."""
    browser = office.browser(AUDITOR)
    path = f"/kiem-toan/cau-hoi/{question}"

    page = browser.page(f"{path}?hoi=1&ho-so=LC-02")
    taken = browser.post(f"{path}/xuat", {"ho-so": "LC-02", "dang": "json"})

    rows = page.partition("<tbody>")[2].count("<tr>")
    document = json.loads(taken.content)
    assert len(document["rows"]) == rows
    assert taken.headers["content-disposition"].startswith("attachment")
    assert "Xuất dữ liệu" in browser.page("/kiem-toan?loai=exported")


def test_a_slider_shows_what_was_known_by_each_entry(auditor: Browser) -> None:
    """Before it was handed in, it was a draft; a typed instant shows the same; no instant is refused."""
    drafted, submitted = auditor.page(f"{CASE}?buoc=1"), auditor.page(f"{CASE}?buoc=2")
    typed = auditor.page(f"{CASE}?luc=2017-04-09T12:00")

    assert "Đang lập đề án" in drafted
    assert "Đang lập đề án" in typed
    assert "Chờ Sở Công Thương thẩm định" in submitted
    assert 'type="range"' in submitted
    assert auditor.get(f"{CASE}?luc=hôm nay").status_code in (400, 422)
    assert auditor.get(f"{CASE}?luc=2001-01-01T00:00").status_code == 404
    assert auditor.get("/kiem-toan/ho-so/KHONG-CO").status_code == 404


def test_a_case_is_taken_away_with_everything_that_proves_it(auditor: Browser) -> None:
    """The bundle verifies itself elsewhere; sheet and proofs come alone too; each taking is in history."""
    seal(auditor.site)

    bundle = auditor.post(f"{CASE}/tai", {"dang": "goi"})
    sheet = auditor.post(f"{CASE}/tai", {"dang": "phieu"})
    proof = auditor.post(f"{CASE}/tai", {"dang": "chung-minh"})
    nothing = auditor.post(f"{CASE}/tai", {"dang": "khac"})

    assert "verify.py" in ZipFile(io.BytesIO(bundle.content)).namelist()
    assert 'filename="LC-02.zip"' in bundle.headers["content-disposition"]
    assert "word/document.xml" in ZipFile(io.BytesIO(sheet.content)).namelist()
    assert len(json.loads(proof.content)["proofs"]) == 2
    assert nothing.status_code in (400, 422)
    assert auditor.page("/kiem-toan?loai=exported").count("<b>Xuất dữ liệu</b>") == 3


def test_that_a_case_was_read_is_put_on_record_once_a_day(auditor: Browser) -> None:
    """The log of a case, what was known of it, its sheet and its proof are all readings of it."""
    for path in (f"{CASE}?buoc=1", f"{CASE}?buoc=2", f"{CASE}/phieu", "/kiem-toan?ho-so=LC-02"):
        auditor.page(path)

    with auditor.site.home.store.transaction(writes=False) as transaction:
        found = fresh_readings(transaction, 10)

    assert [(one.code, str(one.day)) for one in found] == [("LC-02", "2017-04-11")]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    ran: list[str] = []
    whole = Transaction.rows

    def rows(self: Transaction, statement: Statement, values: object = None) -> object:
        ran.append(statement.prepared(self.dialect).sql)
        return whole(self, statement, values or {})  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "rows", rows)
    yield ran
    monkeypatch.undo()


def test_no_more_is_asked_for_many_entries_than_for_few(office: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of fifty entries costs as many statements as a page of one."""
    browser = office.browser(AUDITOR)
    browser.page("/kiem-toan")
    office.home.moment += timedelta(seconds=1)

    with counted(monkeypatch) as few:
        browser.page("/kiem-toan?loai=created")
    with counted(monkeypatch) as many:
        browser.page("/kiem-toan?loai=person-added")

    assert len(few) == len(many) > 0
