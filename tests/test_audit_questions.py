"""What auditors ask of history: each question one command and one table that can be taken out."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import orjson
import pytest
from openpyxl import load_workbook

from audit.questions import QUESTIONS
from definitions.bundle import shipped
from khuyencong.demo.acts import at as instant
from khuyencong.demo.cast import players
from khuyencong.demo.stage import Stage
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from store.audit_answers import Answers
from store.audit_rows import Asked
from store.database import Database
from tests.contract import opened
from tests.histories import APPRAISER
from tests.moving import HEAD, OFFICER, Works
from tests.shell import DRAFT, Shell
from tests.staging import house, kept, staged
from workflow.errors import Refused
from workflow.extending import Wish
from workflow.proposal import FactValue
from workflow.service.acting import Request, act
from workflow.service.correcting import correct
from workflow.service.extending import extend_deadline

AT = ("--at", "2022-11-01T09:00")
AUDITOR = ("--as", "thanh-tra")
MONDAY = date(2022, 3, 7)
KINDS = ("sqlite", "postgresql")


def play(works: Works) -> None:
    """Three returns, one extension, a late acceptance of an old day, a refused step, and what was left untouched."""
    day = instant(MONDAY, 9).astimezone(UTC)
    works.bring("R-1", "forwarded", day)
    for number in range(3):
        later = day + timedelta(days=1 + 2 * number)
        works.act("R-1", "return", APPRAISER, later, facts={"questions": "Đề nghị giải trình"})
        answer: dict[str, FactValue] = {"answer": "Đã giải trình"}
        works.act("R-1", "resubmit", OFFICER, later + timedelta(days=1), "van_ban_giai_trinh", facts=answer)
    store, home = works.stage.store, works.stage.house
    works.bring("E-1", "forwarded", day)
    wish = Wish(rule="estimate_appraisal", days=3, reason="cần xác minh", decision="7/QĐ")
    extend_deadline(store, home, wish, code="E-1", by=works.who(APPRAISER), at=day + timedelta(days=1))
    works.bring("C-1", "completed", day)
    works.bring("U-1", "completed", day, number="16/2022/HĐ-KC", appraised_amount=150_000_000)
    facts: dict[str, FactValue] = {"accepted_on": MONDAY, "accepted_amount": 150_000_000, "form": "mau_5a"}
    papers = tuple(kept(key, f"{key}.txt", b"x") for key in ("bien_ban_nghiem_thu", "tai_lieu_nghiem_thu"))
    old = Request(code="C-1", action="monitor", facts=facts, documents=papers, effective_on=MONDAY + timedelta(days=20))
    act(store, home, old, by=works.who(HEAD), at=day + timedelta(days=60))
    with pytest.raises(Refused):
        works.act("E-1", "appraise", OFFICER, day + timedelta(days=2))


@pytest.fixture(params=KINDS)
def answers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answers]:
    """The questions on each kind of database."""
    with opened(request.param, request, tmp_path) as store:
        assert isinstance(store, Database)
        play(Works(stage=staged(store)))
        with store.transaction(writes=False) as transaction:
            yield Answers(transaction, shipped(), now=datetime(2022, 11, 1, 2, tzinfo=UTC))


def test_each_question_finds_what_happened(answers: Answers) -> None:
    """And nothing else: the other cases are in no answer that they are not part of."""

    def codes(question: str, asked: Asked | None = None, more_than: int | None = None) -> list[str]:
        return [row["code"] for row in answers.rows(question, asked or Asked(), more_than=more_than)]

    assert codes("returned") == ["R-1"]
    assert codes("returned", more_than=3) == []
    assert codes("extended") == ["E-1"]
    assert codes("refused") == ["E-1"]
    assert codes("refused", Asked(until=MONDAY)) == []
    assert codes("back-dated") == ["C-1"]
    assert codes("back-dated", more_than=40) == []
    assert set(codes("touched", Asked(code="R-1"))) == {"R-1"}
    assert len(codes("touched", Asked(code="R-1"))) == 8
    assert "E-1" in codes("touched", Asked(since=MONDAY + timedelta(days=2), until=MONDAY + timedelta(days=2)))
    (above,) = answers.rows("above-appraisal", Asked())
    told = (above["code"], above["appraised"], above["approved"], above["difference"])
    assert told == ("U-1", 150_000_000, 200_000_000, 50_000_000)
    assert codes("four-eyes") == ["E-1"]
    assert codes("extended", Asked(agency="sct-lai-chau")) == []
    assert codes("extended", Asked(agency="stc-lai-chau")) == ["E-1"]
    assert codes("notices") == codes("notices", Asked(programme="lai-chau-2021-2025"))
    assert codes("notices", Asked(programme="quang-nam-2021-2025")) == []


def test_acts_are_told_by_what_offices_call_them(answers: Answers) -> None:
    """A refused step by the label of its transition, here and among those who touched the case."""
    (refused,) = answers.rows("refused", Asked())
    (kept_apart,) = answers.rows("four-eyes", Asked())
    touched = [row["label"] for row in answers.rows("touched", Asked(code="E-1"))]

    process = next(one for one in shipped().processes.values() if one.key == "kcdp")
    label = next(move.label for move in process.transitions if move.action == "appraise")
    assert label in refused["label"]
    assert label in kept_apart["label"]
    assert [one for one in touched if label in one] == [f"Bị từ chối: {refused['label']}"]


def test_what_was_taken_back_answers_no_question(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A return that was a mistake is none."""
    day = instant(MONDAY, 9).astimezone(UTC)
    with opened("sqlite", request, tmp_path) as store:
        assert isinstance(store, Database)
        works = Works(stage=staged(store))
        works.bring("R-2", "forwarded", day)
        works.act("R-2", "return", APPRAISER, day + timedelta(hours=1), facts={"questions": "Đề nghị giải trình"})
        with store.transaction(writes=False) as transaction:
            answers = Answers(transaction, shipped(), now=day + timedelta(days=2))
            before = [row["returns"] for row in answers.rows("returned", Asked(), more_than=0)]
        late = day + timedelta(hours=2)
        correct(store, works.stage.house, code="R-2", reason="ghi nhầm hồ sơ", by=works.who(APPRAISER), at=late)
        with store.transaction(writes=False) as transaction:
            answers = Answers(transaction, shipped(), now=day + timedelta(days=2))
            after = [row["returns"] for row in answers.rows("returned", Asked(), more_than=0)]

    assert (before, after) == ([1], [])


def test_time_in_each_state_is_counted_in_working_days(answers: Answers) -> None:
    """From Monday to Tuesday one; the stays of a case follow each other without a gap; the last one runs until now."""
    rows = list(answers.rows("times", Asked(code="R-1")))

    assert [(row["left"] is None) for row in rows] == [False] * (len(rows) - 1) + [True]
    assert all(one["left"] == other["recorded_at"] for one, other in pairwise(rows))
    first = next(row for row in rows if row["agency"].startswith("Sở Công Thương"))
    assert (first["working_days"], first["calendar_days"], first["late"]) == (1, 1, 0)
    assert rows[-1]["late"] > 0
    assert all(set(row) <= {key for key, *_ in QUESTIONS["times"].columns} for row in rows)


def test_the_extension_says_from_when_to_when(answers: Answers) -> None:
    """With the number of the decision and the reason."""
    row = next(answers.rows("extended", Asked()))

    assert (row["days"], row["decision_number"], row["reason"]) == (3, "7/QĐ", "cần xác minh")
    assert row["after"] > row["before"]


@pytest.fixture(scope="module")
def played(prepared: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The same in a sandbox that the command works on."""
    shell = prepared.copy(tmp_path_factory.mktemp("played"))
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp")
    shell.json(*new, "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00", *DRAFT)
    home = Installation.open(Settings(database_url=f"sqlite:///{shell.file}"))
    with home.store.read() as uow:
        found = [uow.actor(player.username, channel="cli") for player in players()]
    play(Works(stage=Stage(store=home.store, house=house(), cast=tuple(filter(None, found)), keep=kept)))
    home.store.close()
    return shell


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_one_command_and_one_table(played: Shell, tmp_path: Path, question: str) -> None:
    """On the terminal, as JSON, and as a file in three formats with the same rows and Vietnamese headings."""
    asked = played.json("audit", "ask", question, *AT)
    spoken = played("audit", "ask", question, *AT)

    words = ("--question", question, "--format", "xlsx,csv,json", *AUDITOR, *AT)
    made = played.json("audit", "export", str(tmp_path / "a"), *words)

    assert spoken.status == 0
    assert QUESTIONS[question].title.split()[0] in spoken.out
    assert made["rows"] == asked["count"] == len(asked["rows"])
    headings = [label for _, label, *_ in QUESTIONS[question].columns]
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as opened_file:
        lines = list(csv.reader(opened_file, delimiter=";"))
    sheet = list(load_workbook(tmp_path / "a.xlsx")["Trả lời"].iter_rows(values_only=True))
    assert (lines[0][0], lines[6]) == (QUESTIONS[question].title, headings)
    assert list(sheet[6]) == headings
    assert len(lines) - 7 == len(sheet) - 7 == asked["count"]
    assert orjson.loads((tmp_path / "a.json").read_bytes())["count"] == asked["count"]


def test_an_empty_answer_is_one_sentence(played: Shell) -> None:
    """No grid without rows; programs read the same document as ever."""
    words = ("audit", "ask", "returned", "--more-than", "99")
    said, asked = played(*words, *AT), played.json(*words, *AT)

    assert said.out.splitlines() == ["HỒ SƠ BỊ TRẢ LẠI NHIỀU LẦN", "Không có dòng nào phù hợp với điều kiện đã nêu."]
    assert (asked["rows"], asked["count"]) == ([], 0)


def test_the_control_sheet_tells_every_hand_over(played: Shell, tmp_path: Path) -> None:
    """Giver, taker, instants, working days and whether in time; the paper holds the same rows."""
    sheet = played.json("audit", "sheet", "R-1", *AT)
    made = played.json("audit", "export", str(tmp_path / "p"), "--code", "R-1", "--format", "docx", *AUDITOR, *AT)

    rows = sheet["rows"]
    assert [row["giver"] for row in rows[1:]] == [row["taker"] for row in rows[:-1]]
    assert rows[-1]["result"].startswith("Quá hạn ")
    assert rows[-1]["note"] == "Đang xử lý"
    with ZipFile(tmp_path / "p.docx") as archive:
        body = ET.fromstring(archive.read("word/document.xml"))  # noqa: S314 - our own file.
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    texts = ["".join(one.itertext()) for one in body.iter(f"{space}p")]
    assert "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ" in texts
    assert len(list(list(body.iter(f"{space}tbl"))[1].iter(f"{space}tr"))) == len(rows) + 1 == made["rows"] + 1
    assert played("audit", "sheet", "R-1", *AT).out.startswith("PHIẾU KIỂM SOÁT")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ask", "bao-nhieu"), "bao-nhieu"),
        (("ask", "times", "--code", "X-9"), "X-9"),
        (("ask", "times", "--programme", "mien-man"), "mien-man"),
        (("sheet", "X-9"), "X-9"),
        (("export", "x", "--format", "docx", *AUDITOR), "--code"),
        (("export", "x", "--question", "times", "--format", "xes", *AUDITOR), "xes"),
    ],
)
def test_what_cannot_be_answered_is_said(played: Shell, words: tuple[str, ...], said: str) -> None:
    """One sentence and not exit status 0."""
    answer: Any = played("audit", *words, *AT)

    assert answer.status in (1, 2)
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_refused_attempts_are_told_in_sentences(office: Shell) -> None:
    """The rule that was not met reads as a sentence in both languages, in tables and files alike."""
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", "--as", "can-bo.ttkc-lai-chau")
    code = office.json(*new, "--at", "2021-03-05T09:00", *DRAFT)["code"]
    refused = office("proposal", "act", code, "submit", "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-06T09:00")

    said = {
        lang: office.json("--lang", lang, "audit", "ask", "refused", *AUDITOR, *AT)["rows"] for lang in ("vi", "en")
    }

    assert refused.status == 1
    assert all("unmet." not in row["reasons"] and row["reasons"] for rows in said.values() for row in rows)
    assert said["vi"][0]["reasons"] != said["en"][0]["reasons"]
