"""Dated registers answer for a day: ceilings, names of agencies, appointments, places."""

from datetime import date, timedelta

import pytest

from definitions.errors import FaultyDefinitions, UnknownDefinition
from definitions.loading import SHIPPED, DefinitionText, Kind, read
from definitions.registers import Appointment, Ceiling, in_force
from tests.dated_law import dated_law
from workflow.bounds import support_limit

TRIEU = 1_000_000
UNDER_V14 = date(2017, 6, 1)
UNDER_V18 = date(2019, 6, 3)
UNDER_LC25 = date(2025, 6, 2)
LAST_OF_QUANG_NAM = date(2025, 6, 30)
FIRST_OF_DA_NANG = date(2025, 7, 1)
LAST_OF_OLD_PLACE_RULE = date(2025, 10, 14)
FIRST_OF_NEW_PLACE_RULE = date(2025, 10, 15)
INTERFACE_AGENCIES = (
    "ttkc-lai-chau sct-lai-chau stc-lai-chau ubnd-lai-chau ttkc-quang-nam sct-quang-nam stc-quang-nam ubnd-quang-nam "
    "ttkc-da-nang sct-da-nang stc-da-nang ubnd-da-nang ttkcqg-vung cuc-khuyen-cong bct btc kbnn stp-lai-chau"
)
ENOUGH = 10_000 * TRIEU


def ceiling(fund: str, activity: str, on: date) -> Ceiling:
    found = dated_law().ceiling_register(fund).find(activity, on)
    assert found is not None
    return found


def limit(fund: str, activity: str, on: date, *, cost: int = ENOUGH, line: bool = False, priority: bool = False) -> int:
    found = ceiling(fund, activity, on)
    return support_limit(found, eligible_cost=cost, is_line=line, is_priority=priority)


def worn(role: str, programme: str, on: date, *, process: str = "kcqg", province: str | None = None) -> set[str]:
    """The agencies that rows of the register name for that role, without succession."""

    def fits(row: Appointment) -> bool:
        return (
            row.role == role
            and row.programme in (None, programme)
            and row.process in (None, process)
            and row.province in (None, province)
        )

    return {row.agency for row in in_force(dated_law().appointments, on) if fits(row)}


def edited(name: str, kind: Kind, old: str, new: str) -> DefinitionText:
    text = (SHIPPED / "registers" / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    return DefinitionText(kind, f"{name}.toml", text.replace(old, new, 1))


def test_600_million_for_a_model_fits_the_national_caps_of_its_time() -> None:
    """The Tân Uyên model: 500 × 1,5 under V14, 1.000 under V18, and 30 % of 2.400 both times."""
    v14 = limit("national", "demo_model_new", UNDER_V14, cost=2_400 * TRIEU, priority=True)
    v18 = limit("national", "demo_model_new", UNDER_V18, cost=2_400 * TRIEU)

    assert v14 >= 600 * TRIEU
    assert v18 >= 600 * TRIEU


def test_600_million_for_a_model_does_not_fit_the_later_local_cap() -> None:
    """Nghị quyết 18/2025/NQ-HĐND gives 500 at most: the day decides, not the programme."""
    assert limit("lai-chau", "demo_model_new", UNDER_LC25, cost=2_400 * TRIEU) == 500 * TRIEU


def test_without_priority_the_first_national_cap_is_500() -> None:
    """The 1,5 of V14 is for priority areas and trades only."""
    assert limit("national", "demo_model_new", UNDER_V14) == 500 * TRIEU


def test_a_line_may_have_450_and_not_451() -> None:
    """450 is the cap of a line under V18 and LC25, whether it is a line of its own or 1,5 times a machine."""
    assert limit("national", "machinery_line", UNDER_V18, line=True) == 450 * TRIEU
    assert limit("national", "machinery", UNDER_V18, line=True) == 450 * TRIEU
    assert limit("lai-chau", "machinery_line", UNDER_LC25, line=True) == 450 * TRIEU
    assert limit("lai-chau", "machinery", UNDER_LC25) == 300 * TRIEU


def test_300_for_a_line_fits_the_first_national_cap_exactly() -> None:
    """200 × 1,5 = 300: the Phong Thổ line in a priority area under V14."""
    assert limit("national", "machinery_line", UNDER_V14, priority=True) == 300 * TRIEU


@pytest.mark.parametrize(
    ("fund", "activity", "day", "cap"),
    [
        ("national", "machinery", date(2014, 4, 7), None),
        ("national", "machinery", date(2014, 4, 8), 200),
        ("national", "machinery", date(2018, 5, 14), 200),
        ("national", "machinery", date(2018, 5, 15), 300),
        ("lai-chau", "machinery", date(2025, 5, 4), None),
        ("lai-chau", "machinery", date(2025, 5, 5), 300),
        ("quang-nam", "machinery", date(2023, 3, 1), None),
        ("da-nang", "machinery", date(2026, 3, 2), None),
    ],
)
def test_a_ceiling_holds_from_its_first_day(fund: str, activity: str, day: date, cap: int | None) -> None:
    """The row in force that day answers; where none is on record the answer is none, never the nation's."""
    found = dated_law().ceiling_register(fund).find(activity, day)

    assert (found.cap if found else None) == (cap * TRIEU if cap else None)


def test_funds_that_were_not_read_say_so() -> None:
    """An empty register of ceilings is a gap that is told, not a permission."""
    for fund in ("quang-nam", "da-nang"):
        register = dated_law().ceiling_register(fund)

        assert not register.ceilings
        assert register.unknown


def test_figures_from_memory_are_marked_and_the_recalled_day_is_too() -> None:
    """RECALLED never passes for law: the day of V18 is marked on every row, and a recalled cap is not FOUND."""
    rows = [row for row in dated_law().ceiling_register("national").ceilings if row.since == date(2018, 5, 15)]

    assert all(row.days_confidence == "RECALLED" for row in rows)
    assert {row.activity for row in rows if row.basis.confidence == "FOUND"} >= {
        "demo_model_new",
        "machinery",
        "machinery_line",
    }
    assert ceiling("national", "ccn_infrastructure", UNDER_V18).basis.confidence == "RECALLED"


def test_every_agency_of_the_interface_is_there() -> None:
    """Scripts name agencies by these keys, so they stay."""
    assert set(INTERFACE_AGENCIES.split()) == set(dated_law().agencies)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2016, 1, 4), "Cục Công nghiệp địa phương"),
        (date(2021, 5, 6), "Cục Công Thương địa phương"),
        (date(2025, 2, 28), "Cục Công Thương địa phương"),
        (date(2025, 3, 1), "Cục Đổi mới sáng tạo, Chuyển đổi xanh và Khuyến công"),
        (date(2026, 11, 23), "Cục Đổi mới sáng tạo, Chuyển đổi xanh và Khuyến công"),
    ],
)
def test_an_agency_is_called_by_its_name_of_the_day(day: date, name: str) -> None:
    """One agency, three names: a step keeps the name that held on its day."""
    assert dated_law().agency("cuc-khuyen-cong").named(day).name == name


@pytest.mark.parametrize("body", ["ubnd", "sct", "stc", "ttkc"])
def test_bodies_of_quang_nam_pass_to_those_of_da_nang(body: str) -> None:
    """From 01/07/2025 the bodies of Đà Nẵng do the work; the old ones keep their names for the past."""
    old = dated_law().agency(f"{body}-quang-nam")

    assert (old.successor, old.succeeded_on) == (f"{body}-da-nang", FIRST_OF_DA_NANG)
    assert "Quảng Nam" in old.named(date(2022, 1, 4)).name


@pytest.mark.parametrize(
    ("role", "process", "before", "after"),
    [
        ("base_appraiser", "kcdp", "sct-quang-nam", "sct-da-nang"),
        ("base_appraiser", "kcqg", "sct-quang-nam", "sct-da-nang"),
        ("inspector", "kcdp", "sct-quang-nam", "sct-da-nang"),
        ("estimate_appraiser", "kcdp", "stc-quang-nam", "stc-da-nang"),
        ("approver", "kcdp", "ubnd-quang-nam", "ubnd-da-nang"),
        ("approver", "kcqg", "bct", "bct"),
        ("funder", "kcdp", "sct-quang-nam", "sct-da-nang"),
        ("funder", "kcqg", "cuc-khuyen-cong", "cuc-khuyen-cong"),
        ("evaluator", "kcdp", "sct-quang-nam", "sct-da-nang"),
        ("implementer", "kcdp", "ttkc-quang-nam", "ttkc-da-nang"),
    ],
)
def test_open_quang_nam_proposals_change_hands_overnight(role: str, process: str, before: str, after: str) -> None:
    """On 30/06/2025 the old body wears the role, on 01/07/2025 the new one, and never both or neither."""
    programme = "quang-nam-2021-2025"

    assert worn(role, programme, LAST_OF_QUANG_NAM, process=process) == {before}
    assert worn(role, programme, FIRST_OF_DA_NANG, process=process) == {after}


@pytest.mark.parametrize(("province", "agency"), [("lai-chau", "sct-lai-chau"), ("da-nang", "sct-da-nang")])
def test_in_a_national_programme_the_base_appraiser_goes_by_province(province: str, agency: str) -> None:
    """The Sở Công Thương of the proposal's province appraises at base (Thông tư 36/2013/TT-BCT, Điều 8)."""
    day = date(2026, 5, 4)

    for role in ("base_appraiser", "inspector"):
        assert worn(role, "quoc-gia-2026-2030", day, province=province) == {agency}


def test_every_role_of_every_track_is_worn_by_someone_on_every_day_it_runs() -> None:
    """A hand-over never meets an empty chair: sampled monthly through each provincial programme."""
    roles = {"base_appraiser", "inspector", "approver", "funder", "evaluator", "observer", "implementer"}
    law = dated_law()

    for programme in (row for row in law.programmes.values() if row.province):
        for track in programme.tracks:
            process = track.process.partition("@")[0]
            asked = roles | {"estimate_appraiser" if process == "kcdp" else "ministry_appraiser"}
            day = date(programme.first_year, 1, 1)
            while day <= date(programme.last_year + 2, 12, 31):
                empty = {role for role in asked if not worn(role, programme.key, day, process=process)}
                assert not empty, (programme.key, process, day, empty)
                day += timedelta(days=30)


def test_registers_name_only_what_is_on_record() -> None:
    """Agencies, programmes, provinces, communes and sources that a row names exist."""
    law = dated_law()
    provinces = {row.key for row in law.provinces}

    assert {row.agency for row in law.appointments} <= set(law.agencies)
    assert {row.programme for row in law.appointments if row.programme} <= set(law.programmes)
    assert {row.province for row in law.appointments if row.province} <= provinces
    assert {row.province for row in law.communes} <= provinces
    assert {agency.superior for agency in law.agencies.values() if agency.superior} <= set(law.agencies)
    assert {track.ceilings for programme in law.programmes.values() for track in programme.tracks} <= set(law.ceilings)
    for row in law.communes:
        if row.successor and row.until:
            assert law.commune(row.successor, row.until + timedelta(days=1)) is not None, row.key


def test_every_basis_of_the_registers_cites_sources_on_record() -> None:
    """A source number that is not in the register of sources proves nothing; FOUND has at least one."""
    law = dated_law()
    bases = [name.basis for agency in law.agencies.values() for name in agency.names]
    bases += [row.basis for register in law.ceilings.values() for row in register.ceilings]
    bases += [row.basis for year in law.calendar.years.values() for row in year.off]
    bases += [row.basis for year in law.calendar.years.values() for row in year.worked]
    bases += [row.basis for row in law.appointments]
    bases += [row.basis for row in law.provinces] + [row.basis for row in law.communes]
    bases += [row.basis for row in law.place_rules] + [row.basis for row in law.trades]

    assert all(set(basis.source) <= set(law.sources) for basis in bases)
    assert [basis for basis in bases if basis.confidence == "FOUND" and not basis.source] == []


@pytest.mark.parametrize(("province", "units"), [("lai-chau", 38), ("da-nang", 94)])
def test_every_communal_unit_from_july_2025_is_on_record(province: str, units: int) -> None:
    """The register holds as many units as the resolution made (1670 and 1659/NQ-UBTVQH15)."""
    law = dated_law()
    row = law.province(province, FIRST_OF_DA_NANG)

    found = [commune for commune in in_force(law.communes, FIRST_OF_DA_NANG) if commune.province == province]

    assert row is not None
    assert row.communes == units
    assert len(found) == units


def test_old_units_keep_their_names_and_point_to_the_new() -> None:
    """An address of 2022 is told in the words of 2022: rows are added, never rewritten."""
    law = dated_law()
    old, new = law.commune("pac-ta", date(2022, 3, 1)), law.commune("pac-ta", FIRST_OF_DA_NANG)
    ward = law.commune("cam-pho", date(2023, 3, 1))

    assert old is not None
    assert new is not None
    assert ward is not None
    assert (old.district, new.district) == ("huyện Tân Uyên", "")
    assert (ward.province, ward.successor) == ("quang-nam", "hoi-an")
    assert law.commune("cam-pho", FIRST_OF_DA_NANG) is None


def test_quang_nam_is_run_by_da_nang_from_the_merger_on() -> None:
    """The territory passes on 01/07/2025; before that day it answers for itself."""
    law = dated_law()

    assert law.province_now("quang-nam", LAST_OF_QUANG_NAM) == "quang-nam"
    assert law.province_now("quang-nam", FIRST_OF_DA_NANG) == "da-nang"


def test_the_place_rule_switches_on_15_october_2025() -> None:
    """Nghị định 235/2025/NĐ-CP: a ward of a centrally-run city is out, its communes and special zones are in."""
    (old,) = in_force(dated_law().place_rules, LAST_OF_OLD_PLACE_RULE)
    (new,) = in_force(dated_law().place_rules, FIRST_OF_NEW_PLACE_RULE)

    assert "ward" in old.in_province
    assert old.ask_when_outside
    assert set(new.in_province) == {"commune", "ward", "special_zone"}
    assert set(new.in_city) == {"commune", "special_zone"}
    assert new.craft_village
    assert not new.ask_when_outside


def test_four_trades_are_added_on_15_october_2025() -> None:
    """High technology, clean industry, energy saving and environmental industry come with Nghị định 235/2025/NĐ-CP."""
    before = {row.key for row in in_force(dated_law().trades, LAST_OF_OLD_PLACE_RULE)}
    after = {row.key for row in in_force(dated_law().trades, FIRST_OF_NEW_PLACE_RULE)}

    assert len(before) == 8
    assert after - before == {"high_tech", "clean_industry", "energy_saving", "environmental_industry"}
    assert before < after


@pytest.mark.parametrize(
    ("name", "kind", "old", "new", "said"),
    [
        (
            "ceilings-national",
            "ceilings",
            "until = 2018-05-14",
            "until = 2018-05-15",
            "ceiling 'startup' of 2018-05-15",
        ),
        ("ceilings-lai-chau", "ceilings", "cap = 500_000_000", "cap = 500_000_000.5", "valid integer"),
        ("agencies", "agencies", "until = 2025-02-28", "until = 2025-03-01", "begins before the name before it ends"),
        ("agencies", "agencies", "succeeded_on = 2025-07-01\n", "", "successor and succeeded_on come together"),
        ("places", "places", "until = 2025-10-14", "until = 2025-10-15", "place rule of 2025-10-15"),
        ("places", "places", "until = 2025-06-30", "until = 2025-07-01", "province 'lai-chau' of 2025-07-01"),
        ("places", "places", "until = 2025-06-30", "until = 2025-06-31", "malformed TOML"),
        ("sources", "sources", "number = 2\n", "number = 1\n", "source 1 stands twice"),
    ],
)
def test_a_register_with_two_answers_for_a_day_is_refused(name: str, kind: Kind, old: str, new: str, said: str) -> None:
    """Rows of the same thing never overlap, and bad values are told with their file."""
    text = edited(name, kind, old, new)

    with pytest.raises(FaultyDefinitions, match=said):
        read(text)


def test_an_unknown_agency_is_told_with_the_nearest_known() -> None:
    """A slip of the pen gets a hint."""
    with pytest.raises(UnknownDefinition, match="did you mean 'sct-lai-chau'"):
        dated_law().agency("sct-laichau")
