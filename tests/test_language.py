"""Catalogues and formats: complete in both languages, never silent, and money and dates as offices write them."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workflow
from language import formats
from language.catalogue import DEFAULT, LANGUAGES, catalogue, knows, placeholders, sentence
from language.errors import MissingParameter, UnknownLanguage, UnknownSentence, Unreadable
from workflow.guards import GUARDS

WORKFLOW = Path(str(workflow.__file__)).parent


def _unmet_codes() -> Iterator[str]:
    """Every code of an unmet condition that stands in the code of ``workflow``."""
    for file in WORKFLOW.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("unmet."):
                yield node.value


def _codes_of_findings() -> Iterator[str]:
    """Every code of what a check of history finds, wherever it stands."""
    for file in (one for room in ("workflow", "audit", "store") for one in (WORKFLOW.parent / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith(("finding.", "paper_lost.")):
                yield str(node.value)


def _written_out() -> Iterator[tuple[str, set[str]]]:
    """Codes with the names of their parameters, where both are written in the call itself."""
    for file in WORKFLOW.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Unmet"), args=[ast.Constant(value=str(code)), ast.Dict(keys=keys), *_]):
                    if all(isinstance(key, ast.Constant) for key in keys):
                        yield code, {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def test_vietnamese_is_the_default_and_both_are_complete() -> None:
    """What can be said in one language can be said in the other."""

    assert DEFAULT == "vi"
    assert set(catalogue("vi")) == set(catalogue("en"))


def test_no_entry_is_untranslated_doubled_or_fuzzy() -> None:
    """The catalogue that is read holds as many sentences as its file has entries."""
    for lang in LANGUAGES:
        text = files("language").joinpath(f"{lang}.po").read_text(encoding="utf-8")

        assert text.count('msgid "') - 1 == len(catalogue(lang))  # The first is the header.
        assert "fuzzy" not in text


def test_both_languages_use_the_same_values() -> None:
    """A translation neither drops a value nor asks for another."""
    for code, text in catalogue("vi").items():
        assert placeholders(text) == placeholders(catalogue("en")[code]), code
        assert all(name.isidentifier() for name in placeholders(text)), code


def test_every_refusal_has_its_sentence() -> None:
    """No code of a condition reaches a person without words."""
    codes = set(_unmet_codes())

    assert len(codes) > 40
    assert {code for code in codes if not knows(code)} == set()
    speak_otherwise = {"data_complete", "shape_fits"}  # They refuse by codes of their own for each thing amiss.
    assert {guard for guard in GUARDS if not knows(f"unmet.{guard}")} == speak_otherwise


def test_every_finding_has_its_sentence() -> None:
    """What does not fit is said in words, and no sentence stands there that nothing says."""
    said = set(_codes_of_findings())
    made = {f"finding.{one}" for one in ("node_gone", "node_surplus", "node_differs", "place")}
    made |= {f"finding.deadline_{one}" for one in ("gone", "surplus")}

    known = {code for code in catalogue("vi") if code.startswith(("finding.", "paper_lost."))}
    assert {code for code in said if not code.endswith("_")} | made == known


def test_a_sentence_asks_for_nothing_that_its_refusal_lacks() -> None:
    """The values that a sentence names are those that the condition gives."""
    lacking = {code: placeholders(catalogue("vi")[code]) - given for code, given in _written_out() if knows(code)}

    assert len(lacking) > 30
    assert {code: names for code, names in lacking.items() if names} == {}


def test_a_refusal_reads_as_an_officer_would_write_it() -> None:
    """Money and dates among the values are written as offices write them."""
    params = {"amount": 600_000_000, "limit": 500_000_000, "basis": "Nghị quyết số 18", "on": date(2025, 5, 6)}

    assert sentence("unmet.within_ceiling", params) == (
        "Số tiền 600.000.000 đ vượt mức hỗ trợ tối đa 500.000.000 đ tính theo Nghị quyết số 18, "
        "áp dụng tại ngày 06/05/2025."
    )
    assert "600.000.000 đ is above" in sentence("unmet.within_ceiling", params, "en")


def test_a_limit_of_a_number_field_is_no_money() -> None:
    """``type`` tells percent from đồng where both come as ``value`` and ``limit``."""
    params = {"label": "Tiến độ", "field": "progress_percent", "value": 120, "limit": 100}

    assert sentence("unmet.above_max", {**params, "type": "number"}) == "Tiến độ: 120 vượt mức cao nhất 100."
    assert "100 đ" in sentence("unmet.above_max", {**params, "type": "money"})


def test_nothing_is_said_for_an_unknown_code() -> None:
    """A code is never shown in place of its sentence."""

    with pytest.raises(UnknownSentence, match=r"unmet\.nonsense"):
        sentence("unmet.nonsense")
    with pytest.raises(UnknownLanguage, match="fr"):
        sentence("unmet.stale", {}, "fr")
    with pytest.raises(MissingParameter, match="expected"):
        sentence("unmet.stale", {"actual": 3})


def test_a_value_is_never_read_as_a_template() -> None:
    """Braces that a person typed are shown as typed."""

    assert "{limit}" in sentence("unmet.unknown_fact", {"field": "{limit}", "known": "x"})


@pytest.mark.parametrize(
    ("amount", "long", "short"),
    [
        (300_000_000, "300.000.000 đ", "300 triệu"),
        (1_200_000_000, "1.200.000.000 đ", "1,2 tỷ"),
        (262_500_000, "262.500.000 đ", "262,5 triệu"),
        (75_300_000_000, "75.300.000.000 đ", "75,3 tỷ"),
        (0, "0 đ", "0"),
    ],
)
def test_money_is_written_as_offices_write_it(amount: int, long: str, short: str) -> None:
    """Points group thousands, a comma begins decimals."""

    assert formats.money(amount) == long
    assert formats.money_short(amount) == short


def test_an_instant_is_told_by_the_clock_of_vietnam() -> None:
    """Stored in UTC, read in Asia/Ho_Chi_Minh, 24 hours."""

    assert formats.instant(datetime(2026, 11, 22, 18, 5, tzinfo=UTC)) == "23/11/2026 01:05"
    with pytest.raises(ValueError, match="aware"):
        formats.instant(datetime(2026, 11, 22, 18, 5))  # noqa: DTZ001


def test_a_day_and_a_period_are_written_day_first() -> None:
    """Days from dates and from their ISO text; a month by its name; other periods as they are."""

    assert formats.day(date(2026, 1, 5)) == formats.day("2026-01-05") == "05/01/2026"
    assert formats.period("2026-10") == "tháng 10/2026"
    assert formats.period("Quý III") == "Quý III"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("300.000.000", 300_000_000),
        ("300000000", 300_000_000),
        (" 300.000.000 đ ", 300_000_000),
        ("300 triệu", 300_000_000),
        ("300 triệu đồng", 300_000_000),
        ("262,5tr", 262_500_000),
        ("1,2 tỷ", 1_200_000_000),
        ("1,2 Tỉ", 1_200_000_000),
        ("1.200 triệu", 1_200_000_000),
        ("35 nghìn", 35_000),
        ("0", 0),
    ],
)
def test_typed_money_is_read(typed: str, amount: int) -> None:
    """What an officer types is whole đồng."""

    assert formats.read_money(typed) == amount


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "unreadable.money"),
        ("ba trăm", "unreadable.money"),
        ("1.2 tỷ", "unreadable.money"),
        ("300,000,000", "unreadable.money"),
        ("30.00.000", "unreadable.money"),
        ("300 triệu tỷ", "unreadable.money"),
        ("-5", "unreadable.money_negative"),
        ("0,5", "unreadable.money_not_whole"),
        ("1,23456789012 tỷ", "unreadable.money_not_whole"),
        ("99999999 tỷ", "unreadable.money_too_large"),
    ],
)
def test_other_money_is_refused_with_a_sentence(typed: str, code: str) -> None:
    """An ambiguous or impossible amount is never guessed."""
    with pytest.raises(Unreadable) as caught:
        formats.read_money(typed)

    assert caught.value.code == code
    assert f"“{typed}”" in sentence(code, caught.value.params)


@given(st.integers(min_value=0, max_value=2**53 - 1))
def test_money_written_is_money_read(amount: int) -> None:
    """What is shown can be typed back."""

    assert formats.read_money(formats.money(amount)) == amount


@given(st.dates())
def test_a_day_written_is_a_day_read(day: date) -> None:
    """Both written forms of a day give it back."""

    assert formats.read_date(formats.day(day)) == formats.read_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("31/02/2026", "tháng 02/2026 chỉ có 28 ngày"),
        ("2026-02-31", "tháng 02/2026 chỉ có 28 ngày"),
        ("29/02/2027", "chỉ có 28 ngày"),
        ("00/01/2026", "chỉ có 31 ngày"),
        ("01/13/2026", "không có tháng này"),
        ("1/1/26", "không phải là ngày"),
        ("hôm nay", "không phải là ngày"),
        ("", "không phải là ngày"),
    ],
)
def test_a_day_that_is_none_is_refused_with_a_sentence(typed: str, said: str) -> None:
    """31/02 is told what is wrong with it."""
    with pytest.raises(Unreadable) as caught:
        formats.read_date(typed)

    assert said in sentence(caught.value.code, caught.value.params)
