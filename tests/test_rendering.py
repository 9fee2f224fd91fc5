"""Templates: each shipped one renders from what its senders have; rendering is a pure function of text and values."""

from collections.abc import Iterator, Mapping

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from definitions.bundle import shipped
from definitions.process import Field, Process
from notifications import rendering
from notifications.errors import TemplateFaulty, UnknownNotice
from notifications.rendering import PARTS, Rendered, TemplateSet
from workflow.daytelling import SAID
from workflow.telling import COMMON, REMINDER

SHIPPED = TemplateSet.shipped()
#: A line of a digest.
LINE: dict[str, object] = {
    "tieu_de": "Sắp đến hạn thẩm định: đề án LC-06",
    "loai": "due-soon",
    "muc": "Thẩm định cấp cơ sở",
    "n": 4,
    "tre_han": False,
    "ben_thuc_hien": "Sở Công Thương tỉnh Lai Châu",
    "ma": "LC-06",
    "ten": "Nâng cấp hệ thống xử lý nước thải",
    "han": "2026-11-27",
    "thoi_han_noi_bo": True,
    "theo_hop_dong": False,
    "tam_tinh": False,
    "lien_ket": "https://khuyencong.test/de-an/LC-06",
}
#: Sent by the delivery itself, not by a transition or a ladder.
DELIVERY: dict[str, dict[str, object]] = {
    "digest": {
        "n": 1,
        "tuan": 48,
        "cac_muc": (LINE,),
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
    "so_quyet_dinh": "45/QĐ-SCT",
    "muc": "Thẩm định hồ sơ cấp cơ sở",
    "so_ngay": 5,
    "ngay_lam_viec": True,
    "han_cu": "2026-11-27",
    "han_moi": "2026-12-04",
    "hen_lai": "2026-12-04",
    "so_hop_dong": "15/2026/HĐ-KC",
    "de_an": "LC-2026-0007",
    "tu_ngay": "2026-11-19",
    "theo_van_ban": "12/SCT ngày 02/11/2026",
    "trich_yeu": "Đề nghị thẩm định dự toán",
    "nguoi_trinh": "Trần Thị B",
    "nguoi_tra": "Nguyễn Văn A",
    "y_kien": "Kính trình Giám đốc",
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
    "vai": "base_appraiser",
    "co_quan": "Sở Công Thương tỉnh Lai Châu",
    "chuc_danh": "KT",
    "co_quan_giu": "Ủy ban nhân dân tỉnh Lai Châu",
    "viec": "Phê duyệt đề án",
    "han": "2026-12-04",
    "tam_tinh": True,
    "can_cu": "Quy chế làm việc",
    "thoi_han_noi_bo": True,
    "theo_hop_dong": False,
    "so_tien_hoan": 50_000_000,
    "ngay": "2026-11-23",
    "ghi_chu": "Gửi kèm bản giấy",
    "nguoi_nhan": "Nguyễn Thị Ánh",
    "la_ca_nhan": True,
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
    "ben_thuc_hien": "Sở Công Thương tỉnh Lai Châu",
    "la_nguoi_thuc_hien": True,
}
BARE: dict[str, object] = {
    "don_vi_thu_huong": "",
    "chuc_danh": "",
    "co_quan_giu": "",
    "han": None,
    "tam_tinh": False,
    "can_cu": "",
    "thoi_han_noi_bo": False,
    "so_tien_hoan": None,
    "la_ca_nhan": False,
    "la_nguoi_thuc_hien": False,
    "vai": "",
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
        # A digest has the days of its lines; a decision's day stands in the adjuster's reminder; a refund has none.
        if key not in ("digest", "adjust-requested", "refund-due"):
            assert "04/12/2026" in rendered.text
            assert rendered.text.count("thời hạn nội bộ do cơ quan đặt") == 1
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


@pytest.mark.parametrize(
    "text",
    [
        *("{{ x.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ x.append(1) }}", "{{ ''.upper.__self__ }}"),
        *("{{ '{0.__class__}'.format(x) }}", "{{ '{a.__class__}'.format_map({'a': x}) }}"),
        "{% macro m() %}{% endmacro %}{{ m._func }}",
    ],
)
def test_a_template_cannot_reach_behind_its_values(text: str) -> None:
    """Published templates are data: they run in a sandbox and change nothing."""

    with pytest.raises(TemplateFaulty):
        _only({"word/body.txt": text}).render("word", {"x": []})


@pytest.mark.parametrize("bare", [False, True], ids=["everything known", "only what is required"])
def test_the_short_ways_of_the_sandbox_lead_to_the_same_words(bare: bool) -> None:
    """What is called without being looked at gives what Jinja's own sandbox gives."""
    options = ("finalize", "autoescape", "undefined", "trim_blocks", "lstrip_blocks", "filters", "loader")
    short = rendering.environment_of(SHIPPED)
    plain = ImmutableSandboxedEnvironment()
    for name in options:
        setattr(plain, name, getattr(short, name))
    plain.globals.clear()

    for key, values in _all_sent(bare=bare):
        for part in PARTS:
            path = f"{key}/{part}"
            assert short.get_template(path).render(values) == plain.get_template(path).render(values), path


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


def _of(key: str, **said: object) -> Rendered:
    """The notice from the values of its first sender, changed."""
    values = next(values for one, values in _all_sent(bare=False) if one == key)
    return SHIPPED.render(key, values | said)


@pytest.mark.parametrize(
    ("role", "says", "never"),
    [
        ("base_appraiser", "không đủ điều kiện hỗ trợ", "phê duyệt đề án"),
        ("ministry_appraiser", "không đủ điều kiện hỗ trợ", "phê duyệt đề án"),
        ("approver", "không được phê duyệt", "không đủ điều kiện"),
    ],
)
def test_only_the_approver_refuses_approval(role: str, says: str, never: str) -> None:
    """Whoever appraises finds that a proposal does not qualify; it is not theirs to approve or not."""
    rendered = _of("rejected", vai=role, co_quan_giu="", trang_thai="Không được phê duyệt")

    assert says in rendered.subject
    assert says in rendered.text
    assert all(never not in part for part in (rendered.subject, rendered.text, rendered.html))


@pytest.mark.parametrize("key", ["overdue", "due-soon", "due-today", "escalated"])
def test_who_only_watches_is_not_accused(key: str) -> None:
    """The letter names whose duty it is, and asks the others to see to it."""
    own, watching = _of(key, la_nguoi_thuc_hien=True), _of(key, la_nguoi_thuc_hien=False)

    assert "Bên phải thực hiện: Sở Công Thương tỉnh Lai Châu" in own.text
    assert "Bên phải thực hiện: Sở Công Thương tỉnh Lai Châu" in watching.text
    assert "để biết, theo dõi, đôn đốc" in watching.text
    assert "để biết, theo dõi, đôn đốc" in watching.html
    assert "để biết" not in own.text
    assert "Đề nghị cơ quan, đơn vị hoàn thành" not in watching.text


def test_after_its_last_day_a_reminder_says_what_may_follow() -> None:
    """A Sở that waited for a supplement in vain reads that it may now refuse."""
    said = {"la_nguoi_thuc_hien": False, "ngay": "2026-12-07", "neu_khong": "có thể từ chối do quá hạn bổ sung"}

    assert "Đã hết thời hạn: có thể từ chối do quá hạn bổ sung" in _of("overdue", **said).text


def test_a_refund_is_asked_for_only_where_too_much_was_paid() -> None:
    """The amount stands in subject and body; the funder's own last day is nobody's day of refund."""
    some, none = _of("refund-due"), _of("refund-due", so_tien_hoan=-1)

    assert "50.000.000 đồng" in some.subject
    assert "hoàn trả 50.000.000 đồng" in some.text
    assert "không phải hoàn trả" in none.subject
    assert "không phải hoàn trả" in none.text
    assert "50.000.000" not in none.text + none.html
    assert "04/12/2026" not in some.text + some.html + none.text


def test_a_day_of_the_contract_is_nobodys_own_limit() -> None:
    """Even where the basis of its rule still says so."""
    basis = "Thời hạn nội bộ do cơ quan đặt; văn bản không quy định số ngày"
    rendered = _of("due-soon", theo_hop_dong=True, thoi_han_noi_bo=False, can_cu=basis)

    assert "theo hợp đồng / biên bản" in rendered.text
    assert "theo hợp đồng / biên bản" in rendered.html
    assert "nội bộ" not in rendered.text + rendered.html


def test_an_own_limit_is_said_once() -> None:
    """In the basis, or after the day where the basis does not say it."""
    basis = "Thời hạn nội bộ do cơ quan đặt; văn bản không quy định số ngày"
    for part in (_of("due-soon", can_cu=basis), _of("due-soon", can_cu="Quy chế"), _of("arrived", can_cu=basis)):
        assert part.text.lower().count("thời hạn nội bộ do cơ quan đặt") == 1
        assert part.html.lower().count("thời hạn nội bộ do cơ quan đặt") == 1


def test_people_are_greeted_as_people_and_agencies_by_their_name() -> None:
    """Ông/Bà stands before a person's name only."""

    assert "Kính gửi: Ông/Bà Nguyễn Thị Ánh" in _of("arrived").text
    assert "Kính gửi: Sở Tài chính" in _of("arrived", la_ca_nhan=False, nguoi_nhan="Sở Tài chính").text


def _line(**said: object) -> dict[str, object]:
    return {**LINE, **said}


def test_a_line_of_a_digest_says_what_whose_and_how_long() -> None:
    """And what is overdue elsewhere stands together, as one list."""
    late = {"loai": "overdue-list", "tre_han": True, "n": 5}
    mixed = _of("digest", n=3, cac_muc=(_line(), _line(**late), _line(**late, ma="LC-07")))
    alone = _of("digest", n=1, cac_muc=(_line(**late),))

    assert "1. Thẩm định cấp cơ sở: còn 4 ngày làm việc" in mixed.text
    assert "Bên phải thực hiện: Sở Công Thương tỉnh Lai Châu" in mixed.text
    assert mixed.text.count("hồ sơ khuyến công quá hạn, tuần 48") == 1
    assert mixed.text.count("quá hạn 5 ngày làm việc") == 2
    assert mixed.html.count("quá hạn 5 ngày làm việc") == 2
    assert alone.subject == "Danh sách hồ sơ khuyến công quá hạn, tuần 48: 1 hồ sơ"
