"""The programmes say what their sources say, and a programme whose figures do not fit together is refused."""

from datetime import date

import pytest

from definitions.bundle import shipped
from definitions.errors import FaultyDefinitions
from definitions.loading import SHIPPED, DefinitionText, read
from definitions.programme import Activity, Programme, Target
from tests.dated_law import dated_law

TRIEU = 1_000_000
LAI_CHAU = "lai-chau-2021-2025"
KEYS = {
    "lai-chau-2015-2020": "P20",
    "lai-chau-2021-2025": "LC",
    "quang-nam-2021-2025": "QN",
    "quoc-gia-2021-2025": "QG21",
    "quoc-gia-2026-2030": "QG",
    "da-nang-2026-2030": "DN",
}


def edited(key: str, old: str, new: str) -> DefinitionText:
    """The shipped programme with one piece of its text replaced."""
    text = (SHIPPED / "programmes" / f"{key}.toml").read_text(encoding="utf-8")
    assert old in text
    return DefinitionText("programme", f"{key}.toml", text.replace(old, new, 1))


def target(programme: str, key: str) -> Target:
    return next(row for row in dated_law().programme(programme).targets if row.key == key)


def activity(programme: str, key: str) -> Activity:
    found = dated_law().programme(programme).activity(key)
    assert found is not None
    return found


def amounts(programme: Programme) -> dict[str, int]:
    return {row.source: row.amount for row in programme.sources}


def test_the_six_programmes_are_there_each_with_its_own_code_prefix() -> None:
    """A code tells its programme, so no two programmes begin their codes alike."""
    programmes = dated_law().programmes

    assert {key: programme.code_prefix for key, programme in programmes.items()} == KEYS


def test_lai_chau_2021_2025_has_the_figures_of_its_source() -> None:
    """Total, sources and years of Lai Châu are those of seeds 000 and 001 and add up."""
    programme = dated_law().programme(LAI_CHAU)

    assert programme.total is not None
    assert programme.total.amount == 75_300 * TRIEU
    assert amounts(programme) == {"national": 15_820 * TRIEU, "local": 11_080 * TRIEU, "own": 48_400 * TRIEU}
    years = {row.year: row.amount // TRIEU for row in programme.years}
    assert years == {2021: 10_814, 2022: 21_004, 2023: 20_714, 2024: 13_054, 2025: 9_714}


def test_lai_chau_shares_are_those_that_the_source_prints() -> None:
    """The source prints 64,3 % own capital and 35,7 % state budget; the amounts give the same when rounded."""
    programme = dated_law().programme(LAI_CHAU)
    money = amounts(programme)

    whole = sum(money.values())

    assert round(money["own"] * 1000 / whole) == 643
    assert round((money["national"] + money["local"]) * 1000 / whole) == 357


@pytest.mark.parametrize(
    ("programme", "key", "low", "high"),
    [
        (LAI_CHAU, "ccn_detailed_plan", 1, 1),
        (LAI_CHAU, "pollution_establishment", 3, 3),
        (LAI_CHAU, "demo_model", 5, 5),
        (LAI_CHAU, "machinery_establishment", 30, 30),
        ("quang-nam-2021-2025", "vocational_training", 600, 600),
        ("quang-nam-2021-2025", "workshop", 15, 15),
        ("quang-nam-2021-2025", "study_tour", 4, 4),
        ("quang-nam-2021-2025", "fair_participation", 75, 75),
        ("quang-nam-2021-2025", "packaging", 100, 100),
        ("quang-nam-2021-2025", "ccn_detailed_plan", 5, 5),
        ("quoc-gia-2021-2025", "demo_model", 340, 340),
        ("quoc-gia-2021-2025", "machinery_unit", 1600, 1600),
        ("quoc-gia-2021-2025", "machinery_line", 300, 300),
        ("quoc-gia-2021-2025", "vocational_training", 10_000, 10_000),
        ("da-nang-2026-2030", "demo_model", 10, 15),
        ("da-nang-2026-2030", "machinery_establishment", 200, 240),
        ("da-nang-2026-2030", "cleaner_production_pilot", 30, 35),
        ("da-nang-2026-2030", "delegation_abroad", 2, 5),
    ],
)
def test_a_target_has_the_number_or_range_of_its_text(programme: str, key: str, low: int, high: int) -> None:
    """Targets are kept as their programme states them, as a number or as a range."""
    row = target(programme, key)

    assert (row.min, row.max) == (low, high)


def test_at_least_and_about_are_kept_as_the_text_says() -> None:
    """ "ít nhất 100" has no upper end, "khoảng 100" is not exact, and a mean per district ends with the districts."""
    products = target("quang-nam-2021-2025", "new_product")
    machines = target("quang-nam-2021-2025", "machinery_establishment")
    models = target("quang-nam-2021-2025", "model_per_district")

    assert (products.min, products.max, products.qualifier) == (100, None, "at_least")
    assert machines.qualifier == "about"
    assert (models.per, models.until) == ("huyện", date(2025, 6, 30))


def test_a_target_without_a_number_keeps_the_words_of_its_text() -> None:
    """Where the programme gives no number there is no invented one."""
    row = target(LAI_CHAU, "trademark")

    assert (row.min, row.max) == (None, None)
    assert row.text


def test_da_nang_total_is_over_183_billion_though_the_parts_add_to_less() -> None:
    """The text says "hơn 183 tỷ" and its parts "hơn": 182,6 tỷ added up is no fault."""
    programme = dated_law().programme("da-nang-2026-2030")

    assert programme.total is not None
    assert (programme.total.amount, programme.total.qualifier) == (183_000 * TRIEU, "over")
    assert sum(amounts(programme).values()) == 182_600 * TRIEU


def test_da_nang_total_without_its_qualifiers_is_refused() -> None:
    """Were all figures exact, 182,6 would not be 183: the qualifiers carry the difference."""
    text = edited("da-nang-2026-2030", "", "")
    exact = DefinitionText("programme", text.name, text.text.replace('qualifier = "over"\n', ""))

    with pytest.raises(FaultyDefinitions, match="sources add up to 182600000000 đồng"):
        read(exact)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount = 15_820_000_000", "amount = 15_821_000_000", "sources add up to 75301000000 đồng"),
        ("amount = 10_814_000_000", "amount = 10_813_000_000", "years add up to 75299000000 đồng"),
        ("amount = 48_400_000_000", "amount = -48_400_000_000", "greater than or equal to 0"),
        ("amount = 48_400_000_000", "amount = 48_400_000_000.0", "valid integer"),
        ("[[year]]\nyear = 2021\n", "[[year]]\nyear = 2031\n", "year 2031 is not in 2021-2025"),
        ("[[year]]\nyear = 2021\n", "[[year]]\nyear = 2022\n", "year '2022' stands twice"),
        ('source = "national"', 'source = "nation"', "did you mean 'national'"),
        ("min = 30\nmax = 30", "min = 31\nmax = 30", "min is greater than max"),
        ('targets = ["machinery_establishment"]', 'targets = ["machines"]', "counts to target 'machines'"),
        ('key = "machinery_line"', 'key = "machinery"', "activity 'machinery' stands twice"),
        ('code_prefix = "LC"', 'code_prefix = "lc"', "String should match pattern"),
        ("last_year = 2025", "last_year = 2020", "first_year is after last_year"),
    ],
)
def test_a_programme_whose_figures_do_not_fit_is_refused(old: str, new: str, said: str) -> None:
    """Sums, years, ranges and references are checked when the file is read, never later."""
    text = edited(LAI_CHAU, old, new)

    with pytest.raises(FaultyDefinitions, match=said):
        read(text)


def test_quang_nam_and_the_first_lai_chau_programme_have_a_total_and_no_invented_split() -> None:
    """Where the sources give a total only, sources and years stay empty and the file says that they are not known."""
    for key, trieu in (("quang-nam-2021-2025", 36_600), ("lai-chau-2015-2020", 29_458)):
        programme = dated_law().programme(key)

        assert programme.total is not None
        assert programme.total.amount == trieu * TRIEU
        assert not programme.sources
        assert not programme.years
        assert any("Cơ cấu nguồn vốn" in line for line in programme.unknown)


def test_what_was_reported_of_the_national_programme_is_no_envelope() -> None:
    """1.436 tỷ is a reported result for 2021-2025: told beside the plan, never taken for its total."""
    programme = dated_law().programme("quoc-gia-2021-2025")

    assert programme.total is None
    assert 1_436_000 * TRIEU in {row.amount for row in programme.reported}


def test_a_provincial_programme_has_both_tracks_and_a_national_one_only_its_own() -> None:
    """Local money follows kcdp under the province's ceilings, national money kcqg under the nation's."""
    for programme in dated_law().programmes.values():
        tracks = {row.process: (row.source, row.ceilings) for row in programme.tracks}

        expected = {"kcqg@2021.1": ("national", "national")}
        if programme.province:
            expected["kcdp@2021.1"] = ("local", programme.province)
        assert tracks == expected


def test_local_tracks_do_not_call_the_national_payment_rules_law() -> None:
    """Thông tư 36/2013 binds national money; where local money borrows it, the file says it is the agency's choice."""
    local = [row for programme in dated_law().programmes.values() for row in programme.tracks if row.source == "local"]

    assert local
    assert all(row.payment_basis is not None and row.payment_basis.confidence == "OWN" for row in local)


@pytest.mark.parametrize(
    ("key", "first", "over", "tender", "task"),
    [
        ("machinery", 7000, 70, False, False),
        ("demo_model_new", 7000, 70, False, False),
        ("ccn_infrastructure", 3000, 50, True, False),
        ("pollution_ccn", 3000, 50, True, False),
        ("vocational_training", 7000, 0, False, True),
        ("fair_join", 7000, 0, True, True),
        ("media", 7000, 0, True, True),
        ("startup", 0, 0, False, False),
        ("trademark", 7000, 0, False, False),
    ],
)
def test_first_payments_and_tenders_go_by_the_activity(
    key: str, first: int, over: int, tender: bool, task: bool
) -> None:
    """First payment, the progress it needs and tendering are those of Thông tư 36/2013/TT-BCT, Điều 3, 13, 14."""
    row = activity("quoc-gia-2026-2030", key)

    assert (row.first_payment_bp, row.progress_over_percent, row.by_tender, row.is_task) == (first, over, tender, task)


def _found(programme: Programme) -> list[tuple[int, ...]]:
    bases = [programme.basis]
    bases += [row.basis for row in programme.sources] + [row.basis for row in programme.years]
    bases += [row.basis for row in programme.targets] + [row.basis for row in programme.activities]
    bases += [row.basis for row in programme.reported]
    return [basis.source for basis in bases if basis.confidence == "FOUND"]


def test_every_found_figure_names_a_source_on_record() -> None:
    """FOUND means read in a numbered text, and the register has that number."""
    law = dated_law()

    for programme in law.programmes.values():
        cited = _found(programme)

        assert cited
        assert all(cited)
        assert {number for numbers in cited for number in numbers} <= set(law.sources)


def test_processes_offer_the_activities_and_trades_that_are_on_record() -> None:
    """What an officer may choose is what the programmes support and the register of trades knows."""
    law = shipped()

    for process in law.processes.values():
        offered = {key: {choice.key for choice in process.fields[key].choices} for key in ("activity", "trade")}

        assert offered["trade"] == {row.key for row in law.trades}
        for programme in law.programmes.values():
            assert offered["activity"] == {row.key for row in programme.activities}
