"""The lists that people work with, as they ask for them: whose turn it is, what is due, what waits, what was found."""

import unicodedata
from pathlib import Path

import pytest

from tests.shell import DRAFT, Shell
from tests.test_cli_daywork import CENTRE, CODE, HEAD, OFFICER, file


@pytest.fixture
def handed_in(office: Shell, tmp_path: Path) -> Shell:
    """A proposal that the Sở has to appraise since 10/03/2021, a draft, and one that was withdrawn."""
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp")
    for _ in range(3):
        office.json(*new, "--as", CENTRE, "--at", "2021-03-05T09:00", *DRAFT)
    facts = ("own_capital_committed=true", "no_double_support=true", "letter_number=12/TTKC", "letter_date=2021-03-10")
    words = [word for fact in facts for word in ("--fact", fact)]
    words += [
        w for key in ("cong_van", "de_an", "du_toan", "van_ban_thu_huong") for w in ("--attach", file(tmp_path, key))
    ]
    office.json("proposal", "act", CODE, "submit", *words, "--as", CENTRE, "--at", "2021-03-10T09:00")
    gone = ("proposal", "act", "LC-2022-0003", "withdraw", "--fact", "reason=thôi")
    office.json(*gone, "--as", CENTRE, "--at", "2021-03-10T09:00")
    return office


def found(shell: Shell, *words: str, by: str = OFFICER, at: str = "2021-03-11T09:00") -> list[str]:
    """The last digits of the codes that a list shows, which is all that it counts."""
    answer = shell.json("proposal", "list", *words, "--as", by, "--at", at)
    codes = [row["code"] for row in answer["proposals"]]
    assert (answer["count"], answer["count_exact"], answer["after"]) == (len(codes), True, None)
    return [code[-1] for code in codes]


def test_an_inbox_is_what_waits_for_a_person(handed_in: Shell) -> None:
    """What is at the person's seats and in nobody's charge, or in the person's own; and no more than that."""
    assert found(handed_in, "--inbox") == found(handed_in, "--inbox", by=HEAD) == ["1"]
    assert found(handed_in, "--inbox", by=CENTRE) == ["2"]

    assign = ("proposal", "assign", CODE, "--to", OFFICER, "--reason", "theo phân công")
    handed_in.json(*assign, "--as", HEAD, "--at", "2021-03-11T09:00")

    assert found(handed_in, "--inbox") == ["1"]
    assert found(handed_in, "--inbox", by=HEAD) == []
    assert found(handed_in, "--seat", "base_appraiser@sct-lai-chau", by=HEAD) == ["1"]


def test_what_others_have_to_move_on_is_followed(handed_in: Shell) -> None:
    """The centre follows its own proposals, the Sở those of its province."""
    assert found(handed_in, "--followed", by=CENTRE) == ["1"]
    assert found(handed_in, "--followed") == ["2"]


def test_days_narrow_a_list(handed_in: Shell) -> None:
    """Ten working days from 10/03/2021 end with 24/03/2021."""
    assert found(handed_in, "--inbox", "--due-soon", at="2021-03-16T09:00") == []
    assert found(handed_in, "--inbox", "--due-soon", at="2021-03-17T09:00") == ["1"]
    assert found(handed_in, "--inbox", "--due-soon", "--days", "6", at="2021-03-16T09:00") == ["1"]
    assert found(handed_in, "--inbox", "--overdue", at="2021-03-24T23:59") == []
    assert found(handed_in, "--inbox", "--overdue", at="2021-03-25T00:00") == ["1"]
    assert found(handed_in, "--inbox", "--due-soon", at="2021-03-25T00:00") == []


def test_what_was_sent_back_waits(handed_in: Shell) -> None:
    """From the return on, until it is handed in again; it is the centre's turn meanwhile."""
    assert found(handed_in, "--waiting") == []
    words = ("--fact", "missing=dự toán")

    handed_in.json("proposal", "act", CODE, "return", *words, "--as", OFFICER, "--at", "2021-03-12T09:00")

    assert found(handed_in, "--waiting", at="2021-03-12T10:00") == ["1"]
    assert found(handed_in, "--inbox", "--waiting", by=CENTRE, at="2021-03-12T10:00") == ["1"]


def test_ended_ones_have_a_list(handed_in: Shell) -> None:
    """They are in no inbox."""
    assert found(handed_in, "--ended") == ["3"]
    assert found(handed_in, "--ended", "--inbox") == []


def test_a_search_takes_words_as_they_are_typed(handed_in: Shell) -> None:
    """With and without marks, composed or not, from their beginning, and beside other filters."""
    title = handed_in.json("proposal", "show", CODE)["title"]

    for typed in (title, unicodedata.normalize("NFD", title), title.upper(), " ".join(w[:2] for w in title.split())):
        assert found(handed_in, "--search", typed) == ["3", "2", "1"]
    assert found(handed_in, "--search", CODE) == ["1"]
    assert found(handed_in, "--search", "LC-2022", "--inbox") == ["1"]
    assert found(handed_in, "--search", "khong-co-chu-nay") == []


def test_lists_are_counted_together(handed_in: Shell) -> None:
    """What a morning begins with, in words as officers know them."""
    at = ("--as", CENTRE, "--at", "2021-03-11T09:00")

    lists = handed_in.json("proposal", "lists", *at)["lists"]
    said = handed_in("proposal", "lists", *at).out

    counts = {row["list"]: row["count"] for row in lists}
    assert counts == {"inbox": 1, "due_soon": 0, "overdue": 0, "waiting": 0, "followed": 1, "ended": 1, "all": 3}
    assert "Chờ tôi xử lý" in said
    assert "Đang theo dõi" in said


def test_a_long_list_goes_on(handed_in: Shell) -> None:
    """A page says how to see the next one, and the count is that of the whole list."""
    page = handed_in.json("proposal", "list", "--limit", "2")
    rest = handed_in.json("proposal", "list", "--limit", "2", "--after", page["after"])
    said = handed_in("proposal", "list", "--limit", "2").out

    assert (len(page["proposals"]), page["count"], page["count_exact"]) == (2, 3, True)
    assert [row["code"][-1] for row in page["proposals"] + rest["proposals"]] == ["1", "2", "3"]
    assert rest["after"] is None
    assert "3 đề án." in said
    assert page["after"] in said


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--after", "2021"), 2),
        (("--seat", "sct-lai-chau"), 1),
        (("--seat", "nobody@sct-lai-chau"), 2),
        (("--inbox",), 1),
        (("--due-soon", "--days", "0"), 2),
    ],
)
def test_a_question_without_sense_is_refused(office: Shell, words: tuple[str, ...], status: int) -> None:
    """With a sentence; an inbox is somebody's, so nobody has none."""
    answer = office("proposal", "list", *words)

    assert answer.status == status
    assert answer.err
    assert "Traceback" not in answer.err
