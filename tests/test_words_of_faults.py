"""What readers of files and databases say in English is said in Vietnamese, with place, reason and the original."""

from pathlib import Path

import pytest

from definitions.errors import Fault
from language.catalogue import LANGUAGES
from shapes.cause_words import cause_words
from shapes.fault_words import fault_words
from tests.shell import Shell

PROCESS = """
key = "tt"
version = "2021.1"
"""


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("there is no such file or folder", "không có tệp hoặc thư mục này"),
        ("malformed TOML: Expected '=' after a key in a key/value pair", "sai cú pháp TOML"),
        ("unknown key 'labl'; did you mean 'label'?", "không có khóa “labl”; có phải “label”?"),
        ("Field required", "thiếu khóa bắt buộc"),
        ("Input should be a valid integer, unable to parse string as an integer", "phải là số nguyên"),
        ("'kcdp@2021.1' stands already in processes/kcdp.toml", "“kcdp@2021.1” đã có trong processes/kcdp.toml"),
        (
            "no day off is listed: each needs a table [[off]] with day, name and basis",
            "chưa ghi ngày nghỉ nào: mỗi ngày nghỉ cần một bảng [[off]] có day, name và basis",
        ),
        ("Tuple should have at least 1 item after validation, not 0", "cần ít nhất 1 mục"),
        ("no working day is left in 03/2026", "tháng 03/2026 không còn ngày làm việc nào"),
        (
            "31 weekdays of 2026 are off: more than 30",
            "năm 2026 có 31 ngày trong tuần được nghỉ, nhiều hơn mức 30 ngày",
        ),
        ("2027-02-08 stands twice: Tết and Tết lần nữa", "ngày 2027-02-08 ghi hai lần: “Tết” và “Tết lần nữa”"),
        ("2026-01-01 (Tết) is not in 2027", "ngày 2026-01-01 (“Tết”) không thuộc năm 2027"),
        (
            "2026-01-05 (Bù) is a weekday: it need not be listed as worked",
            "ngày 2026-01-05 (“Bù”) là ngày trong tuần, không cần ghi là ngày làm bù",
        ),
        ("until is before day: 2026-01-01 < 2026-01-02", "ngày cuối 2026-01-01 đứng trước ngày đầu 2026-01-02"),
        ("no path leads out of it", "không hợp lệ"),
    ],
)
def test_a_fault_of_a_file_is_said_with_its_place(message: str, words: str) -> None:
    """File, place, the reason in Vietnamese, the original, the example; English stays as it was."""
    fault = Fault(file="a.toml", place="line 3, column 7", message=message, example="x")

    assert fault_words(fault, "vi") == f"a.toml: dòng 3, cột 7: {words} ({message}) – ví dụ: x"
    assert fault_words(fault, "en") == str(fault)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("connection to server at 127.0.0.1 failed: Connection refused", "máy chủ không nhận kết nối"),
        ('FATAL:  password authentication failed for user "a"', "sai tên đăng nhập hoặc mật khẩu"),
        ('FATAL:  database "x" does not exist', "không có cơ sở dữ liệu tên này"),
        ("unable to open database file", "không mở được tệp"),
        ("attempt to write a readonly database", "chỉ được đọc"),
        ("database is locked", "đang giữ dữ liệu"),
        ("could not extend file: No space left on device", "đĩa đã đầy"),
        ("something nobody foresaw", "nguyên văn của máy chủ"),
    ],
)
def test_what_a_database_says_is_said_in_words(said: str, words: str) -> None:
    """The cause comes first; what the server said stands behind it, on one line."""
    found = cause_words(said, "vi")

    assert words in found
    assert " ".join(said.split()) in found
    assert all("\n" not in cause_words(said, lang) for lang in LANGUAGES)


def test_the_command_says_a_faulty_file_in_vietnamese(office: Shell, tmp_path: Path) -> None:
    """Checking a file of one's own: which line, what is wrong."""
    folder = tmp_path / "processes"
    folder.mkdir()
    (folder / "sai.toml").write_text(PROCESS + "nhãn = \n", encoding="utf-8")
    (folder / "thieu.toml").write_text(PROCESS + 'labl = "Thử"\n', encoding="utf-8")

    malformed = office("definitions", "check", str(folder / "sai.toml"))
    lacking = office("definitions", "check", str(folder / "thieu.toml"))

    assert malformed.status == lacking.status == 1
    assert "dòng 4, cột" in malformed.err
    assert "sai cú pháp TOML" in malformed.err
    assert "không có khóa “labl”; có phải “label”?" in lacking.err
    assert "thiếu khóa bắt buộc" in lacking.err


def test_the_command_says_why_a_database_is_out_of_reach(office: Shell) -> None:
    """The address without its password, the cause in Vietnamese, the server's own words."""
    word = "bi-mat"
    answer = office.bare("--database", f"postgresql://a:{word}@127.0.0.1:1/khuyencong", "proposal", "list")

    assert answer.status == 3
    assert "máy chủ không nhận kết nối" in answer.err
    assert word not in answer.err
