"""``soundness.check`` finds every way in which a proposal could get lost in the definitions, and shows it."""

from typing import NamedTuple

import pytest

from definitions.errors import Fault, FaultyDefinitions
from definitions.soundness import check
from tests.tiny_bundle import FILES, VOCABULARY, calendar, tiny


class Planted(NamedTuple):
    """A fault planted in the tiny definitions, and what must be said about it."""

    file: str
    old: str
    new: str
    place: str
    message: str
    example: str = ""


def process(old: str, new: str, place: str, message: str, example: str = "") -> Planted:
    return Planted("tiny.toml", old, new, place, message, example)


ISLAND = """
[[state]]
key = "island"
label = "Đảo"
milestone = "drafted"
holder = [{ role = "appraiser" }]
if_nobody_acts = "mãi mãi"
without_deadline = "không ai đến"

[[transition]]
row = "90"
action = "leave"
label = "Rời đảo"
from = ["island"]
to = "submitted"
owner = [{ role = "appraiser" }]
"""
TRAP = """
[[state]]
key = "trap"
label = "Bẫy"
milestone = "drafted"
holder = [{ role = "appraiser" }]
if_nobody_acts = "mãi mãi"
without_deadline = "không có lối ra"

[[transition]]
row = "90"
action = "fall"
label = "Rơi"
from = ["returned"]
to = "trap"
owner = [{ role = "appraiser" }]

[[transition]]
row = "91"
action = "climb"
label = "Leo"
from = ["trap"]
to = "trap"
owner = [{ role = "appraiser" }]
"""

IDLE_LADDER = """
[[ladder]]
key = "idle"
label = "Không dùng"
rung = [{ to = ["holder"], notice = "due-soon", missed = "skip" }]

"""
SECOND_COMMUNE = """
[[commune]]
key = "xa-thu"
label = "xã Thử"
kind = "ward"
province = "tinh-thu"
basis = { text = "nhớ lại", confidence = "RECALLED" }

"""


def move(action: str, source: str, target: str, extra: str = "") -> str:
    return (
        f'[[transition]]\nrow = "90"\naction = "{action}"\nlabel = "Thử"\nfrom = ["{source}"]\nto = "{target}"\n'
        f'owner = [{{ role = "appraiser" }}]\n{extra}\n'
    )


def faults_of(planted: Planted) -> tuple[Fault, ...]:
    """What is told about the definitions with the fault in them: some faults already stop them from being read."""
    try:
        return check(tiny(planted.file, planted.old, planted.new), VOCABULARY)
    except FaultyDefinitions as error:
        return error.faults


STATES = [
    process('initial = "drafted"', 'initial = "draft"', "initial", "no state 'draft'; did you mean 'drafted'?"),
    process("", ISLAND, "state[island]", "no path leads from drafted to island"),
    process(
        "", TRAP, "state[trap]", "no end can be reached", "drafted -submit-> submitted -return-> returned -fall-> trap"
    ),
    process("", TRAP, "transition[climb].to", "a self-step in trap leaves `to` out"),
    process(
        "",
        move("revive", "withdrawn", "drafted"),
        "transition[revive].from",
        "withdrawn is an end",
        "drafted -withdraw-> withdrawn -revive-> drafted",
    ),
    process(
        'milestone = "drafted"\nholder = [{ role = "appraiser" }]',
        'milestone = "drafted"\nholder = [{ role = "approver" }]',
        "state[submitted].holder",
        "approver holds submitted but owns no transition out of it",
        "drafted -submit-> submitted",
    ),
    process(
        'holder = [{ role = "approver", when = "is_group" }, { role = "appraiser" }]',
        'holder = [{ role = "approver", when = "is_group" }]',
        "state[appraised].holder",
        "nobody holds appraised where none of the conditions",
    ),
    process(
        'holder = [{ role = "approver", when = "is_group" }, { role = "appraiser" }]',
        'holder = [{ role = "appraiser" }, { role = "approver", when = "is_group" }]',
        "state[appraised].holder",
        "the turn never comes to approver",
    ),
    process(
        'when = "is_group" }, { role = "appraiser" }]\nif',
        'when = "is_grup" }, { role = "appraiser" }]\nif',
        "state[appraised].holder",
        "no condition 'is_grup'; did you mean 'is_group'?",
    ),
    process('key = "returned"\nlabel', 'key = "submitted"\nlabel', "state[submitted]", "'submitted' stands 2 times"),
]
TRANSITIONS = [
    process(
        'to = "returned"',
        'to = "retuned"',
        "transition[return].to",
        "no state 'retuned'; did you mean 'returned'?",
        "drafted -submit-> submitted -return-> retuned",
    ),
    process('from = ["returned"]', 'from = ["retrned"]', "transition[resubmit].from", "no state 'retrned'"),
    process(
        "",
        move("submit", "drafted", "returned"),
        "transition[submit].from",
        "submit in drafted stands twice (rows 1 and 90)",
    ),
    process(
        'to = "returned"\nowner = [{ role = "appraiser" }]',
        'to = "returned"\nowner = [{ role = "apraiser" }]',
        "transition[return].owner",
        "no role 'apraiser'; did you mean 'appraiser'?",
    ),
    process(
        'effective = "letter_date"',
        'effective = "letter_day"',
        "transition[submit].effective",
        "no fact of this transition 'letter_day'",
    ),
    process(
        'type = "date", required = true, max = ["today"]',
        'type = "date", max = ["today"]',
        "transition[submit].effective",
        "letter_date must be a required date",
    ),
]
MAIN_PATH = [
    process(
        'to = "funded"\nowner = [{ role = "appraiser" }]\nmain = true',
        'to = "funded"\nowner = [{ role = "appraiser" }]',
        "state[approved]",
        "the main path breaks off at approved",
        "drafted -submit-> submitted -appraise-> appraised -approve-> approved",
    ),
    process(
        "",
        move("fast", "drafted", "returned", "main = true"),
        "state[drafted]",
        "the main path forks at drafted: submit and fast",
    ),
    process('row = "4"', 'main = true\nrow = "4"', "transition[resubmit].main", "the main path never comes by here"),
    process('action = "fund"', 'action = "pay"', "transition[pay]", "funded is entered by pay, not by fund"),
    process("", move("jump", "returned", "approved"), "transition[jump]", "leaps over appraised"),
    process(
        "",
        move("decide", "appraised", "approved"),
        "transition[decide]",
        "approved is entered by decide, not by approve",
    ),
    process(
        'milestone = "monitored"',
        'milestone = "drafted"',
        "transition[monitor]",
        "the main path goes from funded to drafted",
    ),
    process('{ key = "funded", label = "Cấp kinh phí" },', "", "milestone", "no words for the milestone funded"),
]
GUARDS = [
    process(
        "within_ceiling:requested_amount",
        "within_celing:requested_amount",
        "transition[submit].guards",
        "no guard 'within_celing'; did you mean 'within_ceiling'?",
        "drafted -submit-> submitted",
    ),
    process(
        "within_ceiling:requested_amount", "within_ceiling:name", "transition[submit].guards", "no money field 'name'"
    ),
    process(
        "within_ceiling:requested_amount",
        "within_ceiling",
        "transition[submit].guards",
        "within_ceiling must name a money field",
    ),
    process(
        "before_last_day:plan_window",
        "before_last_day:appraisal",
        "transition[submit].guards",
        "no deadline rule with a fixed day 'appraisal'",
    ),
    process("not_same_person:submit", "not_same_person:submitt", "transition[appraise].guards", "no action 'submitt'"),
    process(
        "not_same_person:submit",
        "not_same_person:fund",
        "transition[appraise].guards",
        "always passes: fund cannot come before appraise",
    ),
    process(
        "not_same_person:submit",
        "deadline_passed:supplement",
        "transition[appraise].guards",
        "never passes in submitted",
    ),
    process(
        "not_same_person:submit",
        "sums_match:nothing",
        "transition[appraise].guards",
        "action, state or choice 'nothing'",
    ),
    process(
        'required_when = "is_group"',
        'required_when = "came_from:drafed"',
        "transition[submit].documents[letter].required_when",
        "no state 'drafed'",
    ),
    process(
        'required_when = "is_group"',
        'required_when = "open_request:machinry"',
        "transition[submit].documents[letter].required_when",
        "no choice 'machinry'",
    ),
]
FIELDS = [
    process(
        'key = "approved_amount"\nlabel',
        'key = "letter_date"\nlabel',
        "transition[approve].facts[letter_date].type",
        "letter_date is money here and date in",
    ),
    process(
        'max = ["today"]',
        'max = ["ceiling"]',
        "transition[submit].facts[letter_date].max",
        "the bound ceiling is a number, but letter_date is date",
    ),
    process(
        'max = ["today"]',
        "max = [5]",
        "transition[submit].facts[letter_date].max",
        "a day is not bounded by the number 5",
    ),
    process(
        'max = ["appraised_amount"]',
        'max = ["apraised_amount"]',
        "transition[approve].facts[approved_amount].max",
        "no field or bound 'apraised_amount'; did you mean 'appraised_amount'?",
    ),
    process(
        'max = ["appraised_amount"]',
        'max = ["letter_date"]',
        "transition[approve].facts[approved_amount].max",
        "letter_date is date, but approved_amount is money",
    ),
    process(
        '"requested_amount", "ceiling"',
        '"approved_amount"',
        "transition[appraise].facts[appraised_amount]",
        "approved_amount can never be on record before appraise",
    ),
    process(
        'default = "requested_amount"',
        'default = "letter_date"',
        "transition[appraise].facts[appraised_amount].default",
        "letter_date is date",
    ),
    process(
        'default = "requested_amount"',
        'default = "requested"',
        "transition[appraise].facts[appraised_amount].default",
        "no field 'requested'",
    ),
    process(
        'type = "text", required = true }', 'type = "text", max = [5] }', "data[name]", "a text field has no min or max"
    ),
    process("min = [1]", "min = [9], max = [3]", "data[requested_amount]", "min 9 is greater than max 3"),
    process(
        '"[0-9]+/QĐ"', '"[0-9"', "transition[approve].facts[decision_number].pattern", "is not a regular expression"
    ),
    process(
        'example = "12/QĐ"',
        'example = "12"',
        "transition[approve].facts[decision_number].example",
        "does not match the pattern",
    ),
]
EXTENDED = 'extension = { by = [{ role = "appraizer" }], most = 5, basis = { text = "nội bộ", confidence = "OWN" } }'
DEADLINES = [
    process(
        'started_by = ["submit"]\ncounts_from',
        f'{EXTENDED}\nstarted_by = ["submit"]\ncounts_from',
        "deadline[appraisal].extension.by",
        "no role 'appraizer'; did you mean 'appraiser'?",
    ),
    process(
        'started_by = ["submit"]\ncounts_from = "letter_date"',
        'started_by = ["submit"]\nper_contract = true\ncounts_from = "letter_date"',
        "deadline[appraisal].per_contract",
        "the process does not say what a contract is (contract)",
    ),
    process(
        'ladder = "short"',
        'ladder = "shirt"',
        "deadline[plan_window].ladder",
        "no ladder 'shirt'; did you mean 'short'?",
    ),
    process(
        "[[ladder]]",
        IDLE_LADDER + "[[ladder]]",
        "ladder[idle]",
        "no deadline uses this ladder",
    ),
    process('runs_in = ["funded"]', 'runs_in = ["fundet"]', "deadline[contract_end].runs_in", "no state 'fundet'"),
    process(
        'runs_in = ["funded"]',
        'runs_in = ["funded", "evaluated"]',
        "deadline[contract_end].runs_in",
        "evaluated is an end",
    ),
    process(
        'pauses_in = ["returned"]',
        'pauses_in = ["submitted"]',
        "deadline[appraisal].pauses_in",
        "cannot both run and pause in submitted",
    ),
    process(
        '\nfact = "contract_end"', '\nfact = "contract_edn"', "deadline[contract_end].fact", "no fact 'contract_edn'"
    ),
    process(
        '\nfact = "contract_end"',
        '\nfact = "approved_amount"',
        "deadline[contract_end].fact",
        "approved_amount is money, not a date",
    ),
    process(
        'counts_from = "letter_date"',
        'counts_from = "contract_end"',
        "deadline[appraisal].counts_from",
        "contract_end can never be on record in submitted",
    ),
    process(
        'started_by = ["submit"]', 'started_by = ["sumbit"]', "deadline[appraisal].started_by", "no action 'sumbit'"
    ),
    process(
        'started_by = ["submit"]',
        'started_by = ["submit", "fund"]',
        "deadline[appraisal].started_by",
        "after fund a proposal does not stand in submitted",
    ),
    process('duty = "implementer"', 'duty = "implementor"', "deadline[supplement].duty", "no role 'implementor'"),
    process(
        "month = 5, day = 19", "month = 2, day = 30", "deadline[plan_window].fixed", "no such day in any year", "30/2"
    ),
    process("day = [10, 1]", "day = [13, 1]", "ladder[short].rung[1].day", "no such day in any year"),
    process(
        "day = [10, 1]",
        "offset = 3, day = [10, 1]",
        "ladder[short].rung[1]",
        "an offset or a day of the year, not both",
    ),
    process(
        'without_deadline = "chờ giao dự toán"', "", "state[approved]", "no deadline runs here", "-approve-> approved"
    ),
    process(
        'started_by = ["submit"]',
        'started_by = ["resubmit"]',
        "state[submitted]",
        "no deadline runs here",
        "drafted -submit-> submitted",
    ),
]
NOTICES = [
    process(
        'notice = "received"',
        'notice = "recieved"',
        "transition[submit].notices",
        "no template for the notice 'recieved'; did you mean 'received'?",
    ),
    process(
        'notice = "received"',
        'notice = "approved"',
        "transition[submit].notices",
        "the template approved uses approved_amount",
        "drafted -submit-> submitted",
    ),
    process('notice = "received"', 'notice = "due-soon"', "transition[submit].notices", "the template due-soon uses n"),
    process(
        'to = ["implementer", "beneficiary"]',
        'to = ["benefactor"]',
        "transition[submit].notices",
        "no recipient 'benefactor'",
    ),
    process(
        'notice = "due-soon", missed = "late"',
        'notice = "received", missed = "late"',
        "ladder[short].rung[1].notice",
        "uses letter_date, which is not given here",
    ),
    process('to = ["approver"]', 'to = ["aprover"]', "ladder[short].rung[1].to", "no recipient 'aprover'"),
]
PROGRAMMES = [
    Planted(
        "programme.toml",
        "tiny@2021.1",
        "tiny@2022.1",
        "track[0].process",
        "no process 'tiny@2022.1'; did you mean 'tiny@2021.1'?",
    ),
    Planted(
        "programme.toml",
        'ceilings = "tinh-thu"',
        'ceilings = "tinh-thi"',
        "track[0].ceilings",
        "no ceiling register 'tinh-thi'",
    ),
    Planted(
        "programme.toml", 'source = "local"', 'source = "national"', "track[0].source", "tiny@2021.1 spends local money"
    ),
    Planted(
        "programme.toml",
        'key = "machinery"',
        'key = "machines"',
        "activity[machines]",
        "no activity of tiny@2021.1 'machines'",
    ),
    Planted("programme.toml", '["machines"]', '["machine"]', "", "counts to target 'machine'"),
    Planted("programme.toml", 'province = "tinh-thu"', 'province = "tinh-thi"', "province", "no province 'tinh-thi'"),
    Planted(
        "appointments.toml",
        "until = 2021-12-31",
        "until = 2021-11-30",
        "track[0].process",
        "no agency is appointed appraiser of tiny in tinh-thu-2021-2022 on 2021-12-01",
        "appraiser on 2021-12-01",
    ),
    Planted(
        "appointments.toml",
        "since = 2022-01-01",
        "since = 2022-01-01\nuntil = 2022-06-30",
        "track[0].process",
        "on 2022-07-01",
    ),
    Planted(
        "appointments.toml",
        'role = "approver"',
        'role = "appraiser"',
        "track[0].process",
        "no agency is appointed approver of tiny in tinh-thu-2021-2022 on 2021-01-01",
    ),
]
REGISTERS = [
    Planted(
        "appointments.toml",
        'agency = "ubnd"',
        'agency = "ubdn"',
        "appointment[2].agency",
        "no agency 'ubdn'; did you mean 'ubnd'?",
    ),
    Planted("appointments.toml", 'role = "approver"', 'role = "aprover"', "appointment[2].role", "no role 'aprover'"),
    Planted(
        "appointments.toml", 'process = "tiny"', 'process = "tiniest"', "appointment[2].process", "no process 'tiniest'"
    ),
    Planted("agencies.toml", 'superior = "ubnd"', 'superior = "ubdn"', "agency[so-cu].superior", "no agency 'ubdn'"),
    Planted(
        "agencies.toml", 'successor = "so-moi"', 'successor = "so-moj"', "agency[so-cu].successor", "no agency 'so-moj'"
    ),
    Planted(
        "agencies.toml",
        'key = "ubnd"',
        'key = "ubnd"\nsuperior = "so-moi"',
        "agency[so-moi].superior",
        "goes in a circle",
        "so-moi -> ubnd -> so-moi",
    ),
    Planted(
        "ceilings.toml",
        'activity = "machinery"',
        'activity = "machine"',
        "ceiling[machine].activity",
        "no activity of any programme 'machine'",
    ),
    Planted(
        "ceilings.toml",
        "since = 2022-01-01",
        "since = 2021-12-31",
        "",
        "ceiling 'machinery' of 2021-12-31 begins before the row before it ends",
    ),
    Planted(
        "ceilings.toml",
        'confidence = "FOUND", source = [1]',
        'confidence = "FOUND"',
        "ceiling[machinery].basis",
        "FOUND names no source",
        "Nghị quyết 1",
    ),
    Planted(
        "tiny.toml",
        'confidence = "FOUND", source = [1]',
        'confidence = "FOUND", source = [99]',
        "deadline[plan_window].basis",
        "source [99] is not in the source register",
    ),
    Planted(
        "places.toml",
        'province = "tinh-thu"',
        'province = "tinh-thi"',
        "commune[xa-thu].province",
        "no province 'tinh-thi'",
    ),
    Planted(
        "places.toml",
        'kind = "province"',
        'kind = "province"\nsuccessor = "tinh-thu"',
        "province[tinh-thu].successor",
        "goes in a circle",
    ),
    Planted(
        "places.toml",
        "[[commune]]",
        SECOND_COMMUNE + "[[commune]]",
        "",
        "commune 'xa-thu'",
    ),
]
ALL = [*STATES, *TRANSITIONS, *MAIN_PATH, *GUARDS, *FIELDS, *DEADLINES, *NOTICES, *PROGRAMMES, *REGISTERS]


def test_sound_definitions_have_no_fault() -> None:
    """Definitions in which nothing is wrong are told to be so, or no fault could be believed."""
    bundle = tiny()

    faults = check(bundle, VOCABULARY)

    assert faults == ()


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: f"{planted.place}: {planted.message}")
def test_a_planted_fault_is_found_with_its_place_and_example(planted: Planted) -> None:
    """Each fault is told with the file, the place in it, what is wrong, and a shortest example."""
    faults = faults_of(planted)

    told = "\n".join(map(str, faults))
    found = [fault for fault in faults if fault.place == planted.place and planted.message in fault.message]
    assert found, f"not found at {planted.place}; told instead:\n{told}"
    assert any(planted.example in fault.example for fault in found), told
    expected = "programme.toml" if planted in PROGRAMMES else planted.file
    assert {fault.file for fault in found} == {expected}


def test_a_missing_calendar_year_is_found() -> None:
    """Deadlines are counted across years, so a gap between two published years is a fault."""
    later = calendar(2022).replace("2022", "2024")
    bundle = tiny("2022.toml", FILES["2022.toml"][1], later)

    faults = check(bundle, VOCABULARY)

    assert [(fault.file, fault.example) for fault in faults] == [("calendars", "2022")]


def test_a_calendar_year_on_record_twice_cannot_be_assembled() -> None:
    """Two calendars of one year would give two answers for one day."""
    with pytest.raises(FaultyDefinitions, match=r"'2021' stands already in 2021\.toml"):
        tiny("2022.toml", FILES["2022.toml"][1], calendar(2021))


def test_a_source_number_on_record_twice_cannot_be_assembled() -> None:
    """A basis cites a source by number, so a number stands for one text."""
    with pytest.raises(FaultyDefinitions, match=r"source '?1'? stands"):
        tiny("sources.toml", "source = [", 'source = [{ number = 1, text = "Văn bản khác" }, ')


def test_a_national_programme_needs_an_agency_of_at_least_one_province() -> None:
    """In a national programme the Sở of the proposal's province acts, so a provincial appointment fills the role."""
    bundle = tiny("programme.toml", 'province = "tinh-thu"\n', "")

    faults = check(bundle, VOCABULARY)

    assert faults == ()


def test_every_fault_is_told_at_once() -> None:
    """Whoever mends a file sees all of its faults in the order of places, not the first."""
    bundle = tiny("tiny.toml", '"before_last_day:plan_window", "within_ceiling', '"before:plan_window", "within')

    faults = check(bundle, VOCABULARY)

    assert [fault.place for fault in faults] == ["transition[submit].guards"] * 2
    assert [fault.message for fault in faults] == sorted(fault.message for fault in faults)
