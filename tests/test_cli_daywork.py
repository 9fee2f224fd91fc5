"""The daily work beside the steps as people type it, and what lists, pages and histories show of it."""

from pathlib import Path

import pytest

from tests.shell import DRAFT, Shell

CENTRE, OFFICER, HEAD = "can-bo.ttkc-lai-chau", "tham-dinh.sct-lai-chau", "giam-doc.sct-lai-chau"
CODE = "LC-2022-0001"


@pytest.fixture
def waiting(office: Shell, tmp_path: Path) -> Shell:
    """A proposal that was handed in to the Sở on 10/03/2021."""
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp")
    office.json(*new, "--as", CENTRE, "--at", "2021-03-05T09:00", *DRAFT)
    facts = ("own_capital_committed=true", "no_double_support=true", "letter_number=12/TTKC", "letter_date=2021-03-10")
    papers = [file(tmp_path, key) for key in ("cong_van", "de_an", "du_toan", "van_ban_thu_huong")]
    words = [
        *(word for fact in facts for word in ("--fact", fact)),
        *(w for paper in papers for w in ("--attach", paper)),
    ]
    office.json("proposal", "act", CODE, "submit", *words, "--as", CENTRE, "--at", "2021-03-10T09:00")
    return office


def file(folder: Path, key: str) -> str:
    path = folder / f"{key}.txt"
    path.write_text(f"văn bản {key}", encoding="utf-8")
    return f"{key}={path}"


def said(shell: Shell, *words: str, by: str = OFFICER, at: str = "2021-03-11T09:00") -> str:
    """What a call that succeeds prints for people."""
    answer = shell("proposal", *words, "--as", by, "--at", at)
    assert answer.status == 0, answer.err
    return answer.out


def test_an_officer_is_shown_on_the_page_and_in_the_list(waiting: Shell) -> None:
    """Who handles it, by name; and a person's own work by one filter."""
    out = said(waiting, "assign", CODE, "--to", OFFICER, "--reason", "theo phân công", by=HEAD)

    page, name = waiting.json("proposal", "show", CODE), ""
    name = page["officer_name"]
    mine = waiting.json("proposal", "list", "--officer", OFFICER)["proposals"]
    assert name
    assert name in out
    assert [(row["code"], row["officer_name"]) for row in mine] == [(CODE, name)]
    assert waiting.json("proposal", "list", "--officer", HEAD)["proposals"] == []
    assert waiting("proposal", "list", "--officer", "khong-co").status == 1


def test_a_paper_on_the_case_is_shown_and_then_used(waiting: Shell, tmp_path: Path) -> None:
    """The page lists it by name, the form says that it is there, the step names it although it was not given again."""
    out = said(waiting, "attach", CODE, file(tmp_path, "thong_bao"))
    form = said(waiting, "actions", CODE)
    facts = ("--fact", "reject_reason=other", "--fact", "reason=không còn nhu cầu")
    said(waiting, "act", CODE, "reject", *facts, at="2021-03-12T09:00")

    step = waiting.json("proposal", "history", CODE)["steps"][-1]
    assert "thong_bao.txt" in out
    assert "(đã có trong hồ sơ)" in form
    assert [(paper["key"], paper["name"]) for paper in step["documents"]] == [("thong_bao", "thong_bao.txt")]
    assert waiting.json("proposal", "show", CODE)["papers"] == []


def test_everything_beside_the_steps_is_told_in_history(waiting: Shell, tmp_path: Path) -> None:
    """One line each, oldest first, with what an edit changed from what to what."""
    said(waiting, "assign", CODE, "--to", OFFICER, "--reason", "theo phân công", by=HEAD)
    said(waiting, "ask", CODE, "--agency", "stc-lai-chau", "--question", "Giá có hợp lý không?", "--days", "5")
    answered = ("answer", CODE, "--opinion", "Hợp lý", "--attach", file(tmp_path, "y_kien"))
    said(waiting, *answered, by="tham-dinh.stc-lai-chau")
    said(waiting, "act", CODE, "return", "--fact", "missing=Thiếu dự toán", at="2021-03-12T09:00")
    said(waiting, "correct", CODE, "--reason", "chọn nhầm đề án", at="2021-03-12T10:00")
    said(waiting, "act", CODE, "return", "--fact", "missing=Thiếu bản vẽ", at="2021-03-13T09:00")
    said(waiting, "edit", CODE, "--fact", "name=Tên mới", by=CENTRE, at="2021-03-15T09:00")
    number = ("--agency", "sct-lai-chau", "--kind", "thong_bao", "--symbol", "TB-SCT", "--title", "Kết quả")
    who = ("--as", HEAD, "--at", "2021-03-15T10:00")
    assert "01/TB-SCT" in waiting("paper", "number", *number, "--proposal", CODE, *who).out
    assert waiting("paper", "cancel", "1", *number[:4], "--reason", "sai thể thức", *who).status == 0

    out = said(waiting, "history", CODE)
    kinds = [act["kind"] for act in waiting.json("proposal", "history", CODE)["acts"]]
    flat = " ".join(word for word in out.split() if word not in ("│", "┃"))
    assert kinds == ["assigned", "asked", "answered", "corrected", "edited", "numbered", "number-cancelled"]
    for words in ("theo phân công", "Giá có hợp lý không?", "Hợp lý", "chọn nhầm đề án", "Tên mới", "01/TB-SCT"):
        assert words in flat
    steps = waiting.json("proposal", "history", CODE)["steps"]
    assert [step["corrected_by"] is not None for step in steps] == [False, True, False]
    assert "(đã" in flat  # The cell breaks its line behind this word.
    assert waiting.json("paper", "list", "--agency", "sct-lai-chau", "--year", "2021")["papers"][0]["cancelled"]
    assert waiting.verified()["ok"]
    assert waiting("reminder", "coverage").status == 0


def test_an_opinion_is_shown_on_the_page(waiting: Shell) -> None:
    """Whom, until when, and that it is awaited."""
    said(waiting, "ask", CODE, "--agency", "stc-lai-chau", "--question", "Giá có hợp lý không?")

    opinion = waiting.json("proposal", "show", CODE)["opinions"][0]
    assert (opinion["agency"], opinion["last_day"], opinion["answered_by"]) == ("stc-lai-chau", "2021-03-25", None)


@pytest.mark.parametrize(
    "words",
    [
        ("assign", CODE, "--to", OFFICER, "--reason", "x"),
        ("correct", CODE, "--reason", "x"),
        ("ask", CODE, "--agency", "stc-lai-chau", "--question", "x"),
        ("answer", CODE, "--opinion", "x"),
    ],
    ids=lambda words: words[0],
)
def test_who_may_not_is_told_why(waiting: Shell, words: tuple[str, ...]) -> None:
    """Every refusal is a sentence with exit status 1, and nothing has changed."""
    before = waiting.rows()

    answer = waiting("proposal", *words, "--as", "tham-dinh.stc-lai-chau", "--at", "2021-03-11T09:00")

    assert answer.status == 1
    assert answer.err.strip()
    assert waiting.rows() == before
