"""What is typed or handed in is taken only where it can be kept and shown; what is refused leaves nothing behind."""

import io
import sqlite3
from pathlib import Path

import pytest

from definitions.process import Field
from khuyencong.cli import running
from khuyencong.cli.printing import Printer
from store.documents import PaperEmpty, Papers
from tests.shell import DRAFT, Shell
from workflow.errors import BadValue
from workflow.values import is_free, is_writable, read_text, visible

AT = ("--at", "2021-03-05T09:00")
WHO = ("--as", "can-bo.ttkc-lai-chau")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *WHO, *AT)
TURNED = ("a\u202eb", "a\u2066b", "a\u200fb", "a\x1b[2Jb", "a\rb", "a\x9bb", "a\x00b")


@pytest.mark.parametrize("text", TURNED)
@pytest.mark.parametrize("lines", [True, False])
def test_control_and_direction_characters_are_never_kept(text: str, *, lines: bool) -> None:
    """They move a terminal, or make a name look like another."""
    with pytest.raises(BadValue):
        read_text("note", text, lines=lines)


@pytest.mark.parametrize("text", ["một\nhai", "một\thai"])
def test_only_free_text_has_lines(text: str) -> None:
    """A name stands in one line; a reason may have several."""
    assert is_writable(text, lines=True)
    assert not is_writable(text)
    assert not is_free(Field(key="name", label="Tên", type="text"))
    assert not is_free(Field(key="number", label="Số", type="text", official=True))
    assert is_free(Field(key="reason", label="Lý do", type="text"))


def test_older_records_are_shown_without_them(capsys: pytest.CaptureFixture[str]) -> None:
    """What was kept before the rule cannot move the terminal of whoever reads it."""
    printer = Printer(as_json=False, lang="vi")
    table = printer.table(("code",), [["b\u202ec"]])

    printer.say({}, lambda: ["x\x1b[2Jy", table])

    out = capsys.readouterr().out
    assert visible("x\x1b[2Jy") == "x[2Jy"
    assert "\x1b" not in out
    assert "bc" in out


@pytest.mark.parametrize("text", TURNED[:4])
def test_a_name_with_such_a_character_is_refused(office: Shell, text: str) -> None:
    """The sentence says what is wanted in words, and nothing is registered."""
    before = office.rows()
    answer = office(*NEW, *(f"name={text}" if word.startswith("name=") else word for word in DRAFT))

    assert answer.status in (1, 2)
    assert office.rows() == before


def test_an_empty_file_is_no_paper(tmp_path: Path) -> None:
    """It proves nothing, and nothing of it stays."""
    papers = Papers(tmp_path / "papers")

    with pytest.raises(PaperEmpty):
        papers.keep(io.BytesIO(b""), key="letter", name="rong.pdf")

    assert [path for path in papers.folder.rglob("*") if path.is_file()] == []


def test_an_empty_file_is_refused_in_words(office: Shell, tmp_path: Path) -> None:
    """The command says so and keeps nothing."""
    code = office.json(*NEW, *DRAFT)["code"]
    file = tmp_path / "rong.pdf"
    file.write_bytes(b"")

    answer = office("proposal", "attach", code, f"de_an={file}", *WHO, *AT)

    assert answer.status == 1
    assert "rỗng" in answer.err
    assert office.papers() == []


@pytest.mark.parametrize(("user", "action"), [("tham-dinh.stc-lai-chau", "submit"), (WHO[1], "approve")])
def test_files_of_a_step_that_is_not_theirs_are_not_kept(office: Shell, tmp_path: Path, user: str, action: str) -> None:
    """Whose step it is comes before what is attached."""
    code = office.json(*NEW, *DRAFT)["code"]
    file = tmp_path / "thu.pdf"
    file.write_bytes(b"%PDF-1.7")

    answer = office("proposal", "act", code, action, f"--attach=de_an={file}", "--as", user, *AT)

    assert answer.status == 1
    assert office.papers() == []


def test_somebody_elses_step_is_not_theirs_to_mend(office: Shell) -> None:
    """One line says whose it is and who can lift that; one more says what its owner still lacks."""
    code = office.json(*NEW, *DRAFT)["code"]

    answer = office("proposal", "act", code, "submit", "--as", "tham-dinh.stc-lai-chau", *AT)

    first, *rest = answer.err.strip().splitlines()
    assert "thẩm quyền" in first
    assert [line.startswith("Ngoài ra khi thực hiện bước này còn thiếu: ") for line in rest] == [True]


@pytest.mark.parametrize("at", ["2009-12-31", "2091-01-01", "9999-12-31T23:59"])
def test_an_instant_without_a_calendar_is_refused(office: Shell, at: str) -> None:
    """No calendar can be assumed for it."""
    answer = office("proposal", "list", "--at", at)

    assert answer.status == 2
    assert "2010-01-01" in answer.err


def test_an_unexpected_error_still_gives_one_document(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program reads a problem document; the traceback goes to standard error."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("hỏng")

    monkeypatch.setattr(running, "_run_line", broken)

    answer = office("--json", "proposal", "list")

    assert answer.status == 1
    assert answer.document["type"] == "/problems/internal"
    assert "ZeroDivisionError" in answer.err


def test_reading_as_somebody_is_for_sandboxes(tmp_path: Path) -> None:
    """Outside a sandbox a name is no proof, for reading as for writing."""
    shell = Shell(tmp_path)
    assert shell("init").status == 0

    answer = shell("proposal", "list", "--as", "ai-do")

    assert answer.status == 1
    assert answer.out == ""


def test_a_demonstration_cannot_lie_in_a_file(office: Shell, tmp_path: Path) -> None:
    """A sentence, and nothing half-built."""
    (tmp_path / "tep").write_text("x")

    answer = office.bare("demo", "--dir", str(tmp_path / "tep" / "thu"))

    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_a_demonstration_that_fails_leaves_nothing(
    office: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder beside the wanted one goes with it."""

    def broken(*_: object, **__: object) -> None:
        raise OSError("đĩa đầy")

    monkeypatch.setattr("khuyencong.cli.demonstrating.build", broken)
    with pytest.raises(OSError, match="đầy"):
        office.bare("demo", "--dir", str(tmp_path / "thu"))

    assert list(tmp_path.glob("thu*")) == []


def test_progress_elsewhere_than_on_a_terminal_is_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is not filled with it."""
    with Printer(as_json=False, lang="vi").progress("demo.progress") as told:
        for done in range(1, 800):
            told(done, 799)

    assert len(capsys.readouterr().err.splitlines()) == 10


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("proposal", "list", "--xyz"), "Không có tùy chọn --xyz."),
        (("proposal", "lst"), "Không có lệnh “lst”."),
        (("proposal", "show"), "Thiếu code."),
        (("paper", "list"), "Thiếu --agency."),
        (("proposal", "show", "a", "b"), "Thừa đối số: b."),
        (("proposal", "list", "--state"), "Tùy chọn --state cần một giá trị."),
        (("demo", "--port", "abc"), "Giá trị của --port không hợp lệ"),
    ],
)
def test_faults_of_usage_are_said_in_vietnamese(office: Shell, words: tuple[str, ...], sentence: str) -> None:
    """The parser's own English stands only where it is quoted."""
    answer = office(*words)

    assert answer.status == 2
    assert answer.err.startswith(sentence)


def test_findings_are_said_in_vietnamese(office: Shell) -> None:
    """What was changed behind the software's back is told in words, guards that went missing first."""
    office.json(*NEW, *DRAFT)
    with sqlite3.connect(office.file) as connection:
        connection.execute("DROP TRIGGER guard_entry_update")
        connection.execute("UPDATE proposal SET holder = 'ai@dau'")
    connection.close()

    answer = office("audit", "verify")

    assert answer.status == 1
    assert "cơ chế bảo vệ lịch sử guard_entry_update" in answer.err
    assert "lịch sử cho kết quả khác với dữ liệu đang lưu: holder" in answer.err
