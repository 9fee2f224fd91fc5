"""Templates: each shipped one renders from what its senders have; rendering is a pure function of text and values."""

from collections.abc import Iterator, Mapping

import pytest

from definitions.bundle import shipped
from definitions.process import Field, Process
from notifications.errors import TemplateFaulty, UnknownNotice
from notifications.rendering import PARTS, TemplateSet
from workflow.daytelling import SAID
from workflow.telling import COMMON, REMINDER

SHIPPED = TemplateSet.shipped()
#: Sent by the delivery itself, not by a transition or a ladder.
DELIVERY: dict[str, dict[str, object]] = {
    "digest": {
        "n": 1,
        "cac_muc": (
            {
                "tieu_de": "Sắp đến hạn thẩm định: đề án LC-06",
                "ma": "LC-06",
                "ten": "Nâng cấp hệ thống xử lý nước thải",
                "han": "2026-11-27",
                "thoi_han_noi_bo": True,
                "tam_tinh": False,
                "lien_ket": "https://khuyencong.test/de-an/LC-06",
            },
        ),
    },
    "bounced": {"tieu_de": "Thông báo tiếp nhận", "dia_chi": "cu@htx.test", "ly_do": "550 5.1.1 No such mailbox"},
}
#: What the notices of the small acts beside the steps say besides.
DAILY: dict[str, object] = {
    "ly_do": "theo phân công của phòng",
    "buoc": "Yêu cầu bổ sung hồ sơ",
    "cau_hoi": "Địa điểm có phù hợp quy hoạch không?",
    "tra_loi": "Phù hợp quy hoạch.",
    "han_tra_loi": "2026-12-04",
    "co_quan_duoc_hoi": "Sở Tài chính tỉnh Lai Châu",
}
CASE: dict[str, object] = {
    "ma": "LC-06",
    "ten": "Nâng cấp hệ thống xử lý nước thải",
    "chuong_trinh": "Chương trình khuyến công quốc gia",
    "nam": 2026,
    "don_vi_thuc_hien": "Trung tâm Khuyến công Lai Châu",
    "don_vi_thu_huong": "Công ty TNHH Nậm Tăm",
    "trang_thai_cu": "Chờ thẩm định",
    "trang_thai": "Đã thẩm định",
    "hanh_dong": "Thẩm định",
    "co_quan": "Sở Công Thương tỉnh Lai Châu",
    "chuc_danh": "KT",
    "co_quan_giu": "Ủy ban nhân dân tỉnh Lai Châu",
    "viec": "Phê duyệt đề án",
    "han": "2026-12-04",
    "tam_tinh": True,
    "can_cu": "Quy chế làm việc",
    "thoi_han_noi_bo": True,
    "ngay": "2026-11-23",
    "ghi_chu": "Gửi kèm bản giấy",
    "nguoi_nhan": "Nguyễn Thị Ánh",
    "lien_ket": "https://khuyencong.test/de-an/LC-06",
    "sandbox": False,
}
REMINDING: dict[str, object] = {
    "n": 2,
    "muc": "Thẩm định cấp cơ sở",
    "thang": 11,
    "tuan": 48,
    "ky": "2026-10",
    "tre": True,
    "neu_khong": "báo cáo thủ trưởng cơ quan",
}
BARE: dict[str, object] = {
    "don_vi_thu_huong": "",
    "chuc_danh": "",
    "co_quan_giu": "",
    "han": None,
    "tam_tinh": False,
    "can_cu": "",
    "thoi_han_noi_bo": False,
    "ghi_chu": "",
    "tre": False,
    "neu_khong": "",
}
OF_TYPE: Mapping[str, object] = {
    "text": "Nội dung",
    "money": 300_000_000,
    "date": "2026-11-20",
    "number": 72,
    "choice": "Lựa chọn",
    "bool": True,
}


def _values(fields: Iterator[Field] | tuple[Field, ...], *, bare: bool) -> dict[str, object]:
    return {field.key: None if bare and not field.required else OF_TYPE[field.type] for field in fields}


def _sent(process: Process, *, bare: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """Each notice of a process with the values that its sender has, all of them or only the required ones."""
    case = CASE | _values(process.data, bare=bare) | (BARE if bare else {})
    for move in process.transitions:
        for planned in move.notices:
            yield planned.notice, case | _values(move.facts, bare=bare)
    for ladder in process.ladders:
        for rung in ladder.rungs:
            yield rung.notice, case | REMINDING | (BARE if bare else {})


def _all_sent(*, bare: bool) -> list[tuple[str, dict[str, object]]]:
    from_processes = [row for process in shipped().processes.values() for row in _sent(process, bare=bare)]
    beside = DELIVERY | {key: {name: DAILY[name] for name in names} for key, names in SAID.items()}
    return from_processes + [(key, CASE | values | (BARE if bare else {})) for key, values in beside.items()]


def _only(texts: Mapping[str, str]) -> TemplateSet:
    """A set of one notice ``word``, whose parts are empty unless given."""
    return TemplateSet.of({f"word/{part}": "" for part in PARTS} | dict(texts))


def test_the_sample_values_are_those_that_the_engine_gives() -> None:
    """What these tests call common and reminding is what notices really carry."""

    assert set(CASE) == COMMON
    assert set(REMINDING) == REMINDER


def test_a_template_ships_if_and_only_if_something_sends_it() -> None:
    """No notice is without a template, and no template is without a sender."""
    sent = {key for key, _ in _all_sent(bare=False)}

    assert set(SHIPPED.keys) == sent


@pytest.mark.parametrize("bare", [False, True], ids=["everything known", "only what is required"])
def test_every_shipped_template_renders_for_every_sender(bare: bool) -> None:
    """Each notice renders with the values of each transition, rung or delivery that sends it."""
    for key, values in _all_sent(bare=bare):
        rendered = SHIPPED.render(key, values)

        assert rendered.subject
        assert str(values["lien_ket"]) in rendered.text
        assert str(values["lien_ket"]) in rendered.html
        assert "None" not in rendered.subject + rendered.text + rendered.html, key


def test_every_mail_names_the_case_and_the_last_day() -> None:
    """A reader sees which proposal it is about, and until when something must be done."""
    for key, values in _all_sent(bare=False):
        rendered = SHIPPED.render(key, values)

        assert "LC-06" in rendered.text
        if key not in (
            "digest",
            "adjust-requested",
        ):  # Its own days; the decision's day stands in the adjuster's reminder.
            assert "04/12/2026" in rendered.text
            assert "thời hạn nội bộ do cơ quan đặt" in rendered.text
            assert "Tạm tính" in rendered.text
            assert "Tạm tính" in rendered.html


def test_a_sandbox_says_so_in_every_subject_and_body() -> None:
    """Nobody can take a trial mail for a real one."""
    for key, values in _all_sent(bare=False):
        trial, real = SHIPPED.render(key, values | {"sandbox": True}), SHIPPED.render(key, values)

        assert trial.subject == f"[BẢN THỬ] {real.subject}"
        assert "BẢN THỬ" in trial.text
        assert "BẢN THỬ" in trial.html
        assert "BẢN THỬ" not in real.text + real.html


def test_the_bodies_fetch_nothing() -> None:
    """A mail loads no picture, style or script from anywhere."""
    for path, text in SHIPPED.texts:
        assert not any(word in text for word in ("<img", "<script", "<link", "url(", "src=", "@import")), path


def test_variables_include_those_of_the_layout_and_not_the_macros() -> None:
    """The static check sees every name that rendering will ask for."""
    found = SHIPPED.variables("approved")

    assert {"approved_amount", "decision_number", "nguoi_nhan", "lien_ket", "han", "sandbox"} <= found
    assert not found & {"dong", "o_viec", "bang", "doan", "thoi_han", "caller"}
    assert all(SHIPPED.variables(key) <= COMMON | set(values) for key, values in _all_sent(bare=False))


def test_an_undefined_name_is_refused() -> None:
    """A missing value is never a blank in a letter."""
    values = dict(CASE)
    del values["nguoi_nhan"]

    with pytest.raises(TemplateFaulty, match="nguoi_nhan"):
        SHIPPED.render("arrived", values)


def test_nothing_is_printed_for_none() -> None:
    """An optional value that is absent may leave out its row; it cannot be printed as a word."""
    templates = _only({"word/body.txt": "Quyết định số {{ so }}"})

    with pytest.raises(TemplateFaulty, match="None"):
        templates.render("word", {"so": None})


def test_html_escapes_what_people_typed() -> None:
    """A beneficiary's name is text in the HTML body, whatever it contains."""
    rendered = SHIPPED.render("arrived", CASE | {"don_vi_thu_huong": "HTX <script>alert(1)</script>"})

    assert "<script" not in rendered.html
    assert "HTX &lt;script&gt;alert(1)&lt;/script&gt;" in rendered.html
    assert "HTX <script>" in rendered.text


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_a_subject_is_one_line(end: str) -> None:
    """No value can begin a header of its own."""
    rendered = SHIPPED.render("arrived", CASE | {"viec": f"Phê duyệt{end}Bcc: ai@do.test"})

    assert "Phê duyệt Bcc: ai@do.test" in rendered.subject
    assert rendered.subject.isprintable()


def test_rendered_text_is_composed() -> None:
    """Vietnamese leaves in NFC however it came in."""
    rendered = _only({"word/subject.txt": "{{ ten }}"}).render("word", {"ten": "Lai Cha\u0302u"})

    assert rendered.subject == "Lai Châu"


def test_a_published_set_renders_the_old_text_after_the_files_changed() -> None:
    """What was pinned speaks as it did, whatever ships later."""
    old = TemplateSet.from_text(SHIPPED.to_text())
    new = TemplateSet.of(dict(SHIPPED.texts) | {"arrived/subject.txt": "Tiêu đề mới"})

    assert old == SHIPPED
    assert old.sha256 == SHIPPED.sha256 != new.sha256
    assert old.render("arrived", CASE).subject.startswith("Hồ sơ đề án khuyến công LC-06 chuyển đến")
    assert new.render("arrived", CASE).subject == "Tiêu đề mới"


def test_rendering_is_pure() -> None:
    """The same key and values give the same letter, and leave the values as they were."""
    values = dict(CASE)

    assert SHIPPED.render("arrived", values) == SHIPPED.render("arrived", values)
    assert values == CASE


def test_an_unknown_notice_is_named() -> None:
    """A key without templates is an error of its own."""

    with pytest.raises(UnknownNotice, match="nonsense"):
        SHIPPED.render("nonsense", {})
    with pytest.raises(UnknownNotice, match="nonsense"):
        SHIPPED.variables("nonsense")


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"word/body.txt": "{% if x %}"}, "line 1"),
        ({"word/body.txt": "{{ x | nofilter }}"}, "nofilter"),
        ({"word/body.txt": '{% include "_gone.txt" %}'}, "_gone.txt"),
        ({"word/body.txt": "{% include x %}"}, "by an expression"),
    ],
)
def test_a_faulty_template_is_found_without_rendering(texts: dict[str, str], problem: str) -> None:
    """``variables`` compiles all it reaches, so a check of definitions shows the fault before anyone is written to."""

    with pytest.raises(TemplateFaulty, match=problem):
        _only(texts).variables("word")


def test_half_a_folder_is_faulty() -> None:
    """Subject, text and HTML are all needed."""
    half = TemplateSet.of({"word/subject.txt": "x", "word/body.txt": "x"})

    with pytest.raises(TemplateFaulty, match=r"body\.html"):
        half.variables("word")


@pytest.mark.parametrize("text", ["{{ x.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ x.append(1) }}"])
def test_a_template_cannot_reach_behind_its_values(text: str) -> None:
    """Published templates are data: they run in a sandbox and change nothing."""

    with pytest.raises(TemplateFaulty):
        _only({"word/body.txt": text}).render("word", {"x": []})


@pytest.mark.parametrize("value", ["2026-02-31", "hôm qua", 7])
def test_a_date_that_is_none_is_refused(value: object) -> None:
    """A filter given the wrong value is a fault of the letter, with its place."""

    with pytest.raises(TemplateFaulty, match=r"word/body\.txt"):
        _only({"word/body.txt": "{{ x | ngay }}"}).render("word", {"x": value})


@pytest.mark.parametrize("text", ["", "[]", '{"format":2,"templates":{}}', '{"format":1,"templates":{"a/b":1}}'])
def test_a_text_that_is_no_template_set_is_refused(text: str) -> None:
    """Reading back a damaged publication is an error, never an empty set."""

    with pytest.raises(TemplateFaulty, match="set"):
        TemplateSet.from_text(text)
