"""A paper's way inside the agency as people type it, and what pages, lists and the doctor show of it."""

from pathlib import Path

import pytest

from tests.shell import Shell
from tests.test_cli_daywork import CODE, HEAD, OFFICER, waiting

__all__ = ["waiting"]

CLERK = "tai-vu.sct-lai-chau"
PRESENT = (
    *("paper", "present", CODE, "forward", "--kind", "cong_van", "--symbol", "SCT-QLCN", "--as", OFFICER),
    *("--title", "Đề nghị thẩm định dự toán", "--note", "Kính trình", "--at", "2021-03-15T09:00"),
    *("--fact", "by=staff", "--fact", "recommended_amount=200 triệu", "--fact", "priority_rank=1"),
)
SIGN = ("paper", "sign", CODE, "--as", HEAD, "--at", "2021-03-16T10:00")
NUMBER = ("paper", "number", CODE, "--as", CLERK, "--at", "2021-03-16T11:00")
ISSUE = ("paper", "issue", CODE, "--to", "Sở Tài chính", "--to", "Lưu: VT", "--as", CLERK, "--at", "2021-03-16T14:00")


@pytest.fixture
def drafts(tmp_path: Path) -> tuple[str, ...]:
    """The files of the letter."""
    found = []
    for key in ("phieu_tham_dinh", "bieu_tong_hop"):
        (tmp_path / f"{key}.txt").write_text(f"{key}, dự thảo", encoding="utf-8")
        found += ["--attach", f"{key}={tmp_path / f'{key}.txt'}"]
    return tuple(found)


def test_the_whole_way_by_the_command(waiting: Shell, drafts: tuple[str, ...]) -> None:
    """Presented, signed, numbered, issued, used; page and history say by whom and when."""
    presented = waiting.json(*PRESENT, *drafts)
    listed = waiting.json("paper", "waiting", "--agency", "sct-lai-chau")["papers"]
    signed = waiting.json(*SIGN)
    number = waiting.json(*NUMBER)
    issued = waiting.json(*ISSUE)
    done = waiting.json("proposal", "act", CODE, "forward", "--as", OFFICER, "--at", "2021-03-17T09:00")

    assert (presented["stage"], presented["presented"]["note"]) == ("sign", "Kính trình")
    assert [(one["code"], one["paper"], one["stage"]) for one in listed] == [(CODE, presented["paper"], "sign")]
    assert (signed["stage"], signed["signed"]["capacity"], signed["signed"]["on"]) == ("number", "head", "2021-03-16")
    assert number["text"] == "01/SCT-QLCN"
    assert issued["issued"]["to"] == "Sở Tài chính; Lưu: VT"
    assert done["target"] == "forwarded"
    page = waiting.json("proposal", "show", CODE)["signings"][0]
    assert (page["end"], page["stage"], page["number"]["text"]) == ("used", "done", "01/SCT-QLCN")
    assert [one["name"] for one in page["documents"]] == ["phieu_tham_dinh.txt", "bieu_tong_hop.txt"]
    history = waiting.json("proposal", "history", CODE)
    assert [act["kind"] for act in history["acts"]] == ["presented", "signed", "numbered", "issued"]
    step = history["steps"][-1]
    assert (step["facts"]["letter_number"], step["effective_on"]) == ("01/SCT-QLCN", "2021-03-16")
    assert {one["name"] for one in step["documents"]} == {"phieu_tham_dinh.txt", "bieu_tong_hop.txt"}
    assert waiting.json("paper", "waiting")["papers"] == []


def test_people_read_it_in_vietnamese(waiting: Shell, drafts: tuple[str, ...]) -> None:
    """Every act says what it did, and the pages say it again."""
    told = [waiting(*PRESENT, *drafts), waiting(*SIGN), waiting(*NUMBER), waiting(*ISSUE)]
    page, history = waiting("paper", "show", CODE).out, waiting("proposal", "history", CODE).out
    shown, listed = waiting("proposal", "show", CODE).out, waiting("paper", "waiting", "--for", "act").out

    assert [one.status for one in told] == [0, 0, 0, 0], [one.err for one in told]
    assert [
        words
        for words, one in zip(("Đã trình ký", "Đã ký", "Đã cấp số 01/SCT-QLCN", "phát hành"), told, strict=True)
        if words in one.out
    ] == ["Đã trình ký", "Đã ký", "Đã cấp số 01/SCT-QLCN", "phát hành"]
    for words in ("16/03/2021 10:00", "16/03/2021 14:00", "(head)", "01/SCT-QLCN", "Công văn"):
        assert words in page
        assert words in shown
    for words in ("Trình ký: Đề nghị thẩm định dự toán (Công văn, …/SCT-QLCN)", "ngày ký 16/03/2021", "Lưu: VT"):
        assert words in history
    assert "Đã có số, chờ thực hiện bước" in listed


def test_a_step_waits_for_the_signature(waiting: Shell, drafts: tuple[str, ...]) -> None:
    """The sentence says why, and what the paper says is offered as default once it is signed."""
    waiting.json(*PRESENT, *drafts)

    refused = waiting("proposal", "act", CODE, "forward", "--as", OFFICER, "--at", "2021-03-15T10:00")
    waiting.json("paper", "send-back", CODE, "--reason", "Thiếu căn cứ", "--as", HEAD, "--at", "2021-03-15T11:00")
    waiting.json(*PRESENT[:-8], *PRESENT[-6:], *drafts, "--at", "2021-03-15T12:00")
    waiting.json(*SIGN)
    waiting.json(*NUMBER)
    offered = waiting.json("proposal", "actions", CODE, "--as", OFFICER, "--at", "2021-03-17T09:00")

    assert refused.status == 1
    assert "đang trình ký, chưa được ký" in refused.err
    forward = next(one for one in offered["actions"] if one["action"] == "forward")
    fields = {field["key"]: field for field in forward["fields"]}
    assert forward["allowed"]
    assert fields["letter_number"]["default"] == "01/SCT-QLCN"
    assert fields["letter_date"]["default"] == "2021-03-16"
    assert fields["recommended_amount"]["default"] == 200_000_000
    assert fields["phieu_tham_dinh"]["required"] is False
    assert "Trả lại văn bản" in waiting("proposal", "history", CODE).out


def test_a_number_is_for_a_signed_paper_or_for_another(waiting: Shell) -> None:
    """The two ways of asking for a number do not mix."""
    mixed = waiting("paper", "number", CODE, "--agency", "sct-lai-chau", "--as", CLERK)
    nothing = waiting("paper", "number", "--as", CLERK)

    assert (mixed.status, nothing.status) == (2, 2)
    assert "chỉ ghi mã đề án" in mixed.err


def test_the_doctor_counts_what_waits_too_long(waiting: Shell, drafts: tuple[str, ...]) -> None:
    """A paper that nobody signs for more than a week is worth a look."""
    waiting.json(*PRESENT, *drafts)

    def line(day: str) -> dict[str, object]:
        document = waiting("--json", "doctor", "--at", f"2021-03-{day}T09:00").document
        return next(dict(one) for one in document["checks"] if one["check"] == "signing")

    assert (line("17")["case"], line("17")["params"]) == ("ok", {"n": 1})
    assert (line("25")["case"], line("25")["params"]) == ("stuck", {"n": 1, "days": 7, "oldest": 10})
    assert "paper waiting" in str(line("25")["do"])
