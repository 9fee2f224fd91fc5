"""Lists and searches show exactly what a plain reading of every proposal shows, on both databases."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import searching
from store.database import Database
from store.errors import NoSuchPage
from store.lists import Counted, Inbox, Wanted
from store.words import words_of
from tests.contract import NOON
from tests.crowd import Row, codes_of, crowded, fill, row
from workflow.entries import instant

SEATS = ("appraiser@so-cu", "approver@so-cu", "implementer@ttkc")
STATES = ("drafted", "submitted", "returned", "appraised", "withdrawn")
TITLES = ("Chế biến gỗ Đồng Tâm", "Dệt thổ cẩm", "Máy sấy chè Pắc Ta", "Máy đóng gói ĐÔNG TRÙNG", "May mặc – Đợt 2")


def crowd() -> Iterator[Row]:
    """Ninety proposals of every kind, many of them due at the same instant."""
    for number in range(1, 91):
        state = STATES[number * 7 % 5]
        held = None if state == "withdrawn" or number % 17 == 0 else SEATS[number % 3]
        yield row(
            number,
            code=f"{('TT-2021', 'TT-2022', 'TX-2021')[number % 9 % 3]}-{number * 37 % 91:04d}",
            state=state,
            title=f"{TITLES[number % 4 + number % 2]} {number}" if number != 50 else f"Máy {'x' * 3000}",
            programme=("tinh-thu-2021-2022", "tinh-hai-2021-2025")[number % 2],
            implementer=("so-cu", "ttkc")[number % 3 == 0],
            province=("tinh-thu", "tinh-hai")[number % 2],
            holder=held,
            officer=("p-1", "p-2", None)[number % 4 % 3] if held else None,
            last_at=NOON + timedelta(hours=number % 5),
            **({"due": NOON + timedelta(days=number % 6)} if state != "withdrawn" and number % 11 else {}),
        )


CROWD = tuple(crowd())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The crowd; nothing in these tests changes it."""
    with crowded(request.param, request, tmp_path_factory.mktemp("lists"), CROWD) as (made, _):
        yield made


@pytest.fixture(params=["looked through", "by index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Searches find common and rare words in two ways; a few rows are taken for many to try both."""
    if request.param == "by index":
        monkeypatch.setattr(searching, "LOOKED_THROUGH", 3)
        monkeypatch.setattr(searching, "RARE", 5)
        monkeypatch.setattr(searching, "NEWEST", 6)
        monkeypatch.setattr(searching, "NEWEST_LATER", (3, 6))
        monkeypatch.setattr(searching, "NEWEST_COUNTED", 6)
        monkeypatch.setattr(searching, "SAMPLE", 4)
        monkeypatch.setattr(searching, "COMMON", 2)
    return str(request.param)


def codes(database: Database, wanted: Wanted, *, limit: int = 1000) -> list[str]:
    """The codes on all pages."""
    seen, after = list[str](), None
    with database.look() as lists:
        while True:
            page = lists.proposals(wanted, after=after, limit=limit)
            seen += [line.code for line in page.lines]
            after = page.after
            if after is None:
                return seen


def maybe(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from((None, None, *values))


#: Beginnings of codes, some of no code, and what words find where none begins so.
BEGINNINGS = ("TT-2021", "tt-2", " TX-2021-00", "TT-2021-", "TT-2021-0", "TZ-2021", "T-2021", "dong-2", "tt", "2021")
NEWEST = st.builds(Wanted, text=st.sampled_from(("may", "MÁY say", "so cu", *BEGINNINGS)), open=maybe(False))
WANTED = st.builds(
    Wanted,
    programme=maybe("tinh-thu-2021-2022", "khac"),
    state=maybe("submitted", "withdrawn", "returned"),
    implementer=maybe("so-cu"),
    province=maybe("tinh-thu"),
    inbox=maybe(Inbox(person="p-1", seats=SEATS[:2]), Inbox(person="p-2"), Inbox(person="p-3", seats=SEATS)),
    holders=maybe((), SEATS[:1], SEATS),
    not_held_by=st.sampled_from(((), (), SEATS[:2])),
    officer=maybe("p-1"),
    open=maybe(True, False),
    waiting=maybe(True, False),
    due_after=maybe(NOON + timedelta(days=1)),
    due_by=maybe(NOON + timedelta(days=3), NOON),
    text=maybe("may", "MÁY say", "go", "tt-2021-0037", "0007", "xyz", "dong", "-", *BEGINNINGS),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED | NEWEST, limit=st.sampled_from((1, 3, 7, 100)))
def test_a_list_is_what_a_plain_reading_finds(database: Database, way: str, wanted: Wanted, limit: int) -> None:
    """Whatever filters come together: the same proposals in the same order, on pages of any length, and how many."""
    expected = codes_of(CROWD, wanted)

    with database.look() as lists:
        counted = lists.count(wanted)

    assert codes(database, wanted, limit=limit) == expected, way
    assert counted == Counted(number=len(expected), exact=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Chế biến gỗ", ("che", "bien", "go")),
        (unicodedata.normalize("NFD", "Chế biến gỗ"), ("che", "bien", "go")),
        ("ĐỒNG Đăng đợt", ("dong", "dang", "dot")),
        (unicodedata.normalize("NFD", "ĐƯỜNG"), ("duong",)),
        ("LC-2024-0001", ("lc", "2024", "0001")),
        ("500.000.000 đ/tấn", ("500", "000", "000", "d", "tan")),
        ("snake_case", ("snake", "case")),
        ("H'Mông", ("h", "mong")),
        ("ສະບາຍດີ", words_of("ສະບາຍດີ")),
        ("%_*\"'-:()^", ()),
        ("", ()),
    ],
)
def test_words_are_letters_and_digits_without_marks(text: str, words: tuple[str, ...]) -> None:
    """However it was typed: composed or not, large or small, with đ or Đ."""
    assert words_of(text) == words


HOSTILE = (
    *('"', "'", '"may', "may*", "*", "may NEAR say", "NEAR(may say)", "may OR che", "may AND NOT go", "NOT may"),
    *("-may", "search:may", "search : may", "^may", "{search}:may", "(may", "may)", "(((", "+may", "may + say"),
    *(
        "may & say",
        "may | say",
        "!may",
        "may:*",
        "may <-> say",
        ":*",
        "'may':*",
        "\\",
        "\\'",
        "a\\:*",
        "%",
        "_",
        "%may%",
    ),
    *("'); DROP TABLE proposal; --", "\x00", "may\x00say", "\u202emay", "😀", "may😀", "\ud7ff", "ﷺ", "İ", "ß", "\t\n"),
    *("x" * 3000, "may " * 300, "1e5", "-5", "0x1F", "2021-01-01", "a.b@c.vn", "http://x.vn/y?z=1", "½", "²"),
)


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text)[:20] for text in HOSTILE])
def test_whatever_is_typed_is_only_words(database: Database, way: str, text: str) -> None:
    """No sign of a query language steers a search or breaks it."""
    for wanted in (Wanted(text=text), Wanted(text=text, open=True)):
        assert codes(database, wanted, limit=20) == codes_of(CROWD, wanted), way
        with database.look() as lists:
            assert lists.count(wanted).number == len(codes_of(CROWD, wanted))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_count_is_exact_up_to_a_thousand(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """Then it says only that there are more."""
    rows = [row(number, officer=None) for number in range(1, 1000)]
    lists_ = (Wanted(), Wanted(holders=("appraiser@so-cu",)), Wanted(text="de an"), Wanted(text="de an", open=True))

    with crowded(kind, request, tmp_path, rows) as (made, url):
        found = [_counts(made, lists_)]
        for number in (1000, 1001):
            fill(url, [row(number)])
            found.append(_counts(made, lists_))
        with made.look() as queries:
            assert queries.count(most=2000) == Counted(number=1001, exact=True)

    assert found == [{(999, True)}, {(1000, True)}, {(1000, False)}]


def _counts(database: Database, wanted: tuple[Wanted, ...]) -> set[tuple[int, bool]]:
    with database.look() as lists:
        return {(counted.number, counted.exact) for counted in map(lists.count, wanted)}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(text="de an"), Wanted(open=False)], ids=["all", "search", "ended"])
def test_pages_cover_everything_once_while_rows_change(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, wanted: Wanted
) -> None:
    """What stays where it is in the list is seen once, whatever comes and goes around it between two pages."""
    state = "withdrawn" if wanted.open is False else "submitted"
    staying = [row(number, state=state) for number in range(10, 50)]
    seen, after, extra = list[str](), None, iter(range(50, 200))

    with crowded(kind, request, tmp_path, staying) as (made, url):
        while True:
            with made.look() as lists:
                page = lists.proposals(wanted, after=after, limit=7)
            seen += [line.code for line in page.lines]
            after = page.after
            if after is None:
                break
            for at in (NOON - timedelta(days=1), NOON + timedelta(hours=next(extra) % 40, seconds=1)):
                due = {"due": at} if state == "submitted" else {}
                fill(url, [row(next(extra), state=state, last_at=at, **due)])

    expected = [one["code"] for one in staying]
    assert [code for code in seen if code in expected] == codes_of(staying, wanted)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "after", ["2021-01-01~5", "2021-01-01T00:00:00Z~" + "9" * 30, "~5", "x~y", "2021-01-01T00:00:00Z~-1"]
)
def test_a_place_is_one_that_a_page_gave(database: Database, after: str) -> None:
    """Whatever else somebody writes there is refused with a sentence."""
    with database.look() as lists, pytest.raises(NoSuchPage):
        lists.proposals(after=after)


@pytest.mark.parametrize("at", [NOON, NOON + timedelta(days=4)])
def test_a_place_of_another_list_is_refused(database: Database, at: datetime) -> None:
    """Going on from outside of the days that are asked for would show what was not asked for."""
    wanted = Wanted(due_after=NOON + timedelta(days=1), due_by=NOON + timedelta(days=3))

    with database.look() as lists, pytest.raises(NoSuchPage):
        lists.proposals(wanted, after=f"{instant(at)}~5")
