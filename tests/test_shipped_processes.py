"""The two shipped processes say what the process tables say; the tables are typed out here a second time, by hand."""

import unicodedata
from pathlib import Path

import pytest

from definitions.loading import SHIPPED, find_texts, read_all
from definitions.process import DeadlineRule, Holders, Process, Rung, Transition

PROCESSES: dict[str, Process] = {
    value.key: value for _, value in read_all(find_texts([SHIPPED / "processes"])) if isinstance(value, Process)
}
BOTH = sorted(PROCESSES)
OWN_LIMIT = "Thời hạn nội bộ do cơ quan đặt; văn bản không quy định số ngày"

#: state: (milestone, holder in kcdp, holder in kcqg); "a?x,b" reads "a where x holds, else b".
STATES = {
    "drafted": ("drafted", "implementer", "implementer"),
    "submitted": ("drafted", "base_appraiser", "base_appraiser"),
    "returned": ("drafted", "implementer", "implementer"),
    "forwarded": ("drafted", "estimate_appraiser", "ministry_appraiser"),
    "queried": ("drafted", "base_appraiser", "implementer?is_direct,base_appraiser"),
    "appraised": ("appraised", "approver", "approver"),
    "approved": ("approved", "funder", "funder"),
    "funded": ("funded", "implementer", "implementer"),
    "completed": ("funded", "base_appraiser", "funder?is_direct,base_appraiser"),
    "monitored": ("monitored", "implementer", "implementer"),
    "settling": ("monitored", "funder", "funder"),
    "settled": ("monitored", "evaluator", "evaluator"),
    "evaluated": ("evaluated", "", ""),
    "rejected": ("inherit", "", ""),
    "withdrawn": ("inherit", "", ""),
    "stopped": ("inherit", "", ""),
}
LABELS = {
    "kcdp": (
        "Đang lập đề án | Chờ Sở Công Thương thẩm định | Chờ bổ sung hồ sơ | Chờ Sở Tài chính thẩm định dự toán | "
        "Chờ Sở Công Thương giải trình, bổ sung | Đã thẩm định, chờ phê duyệt | "
        "Đã phê duyệt, chờ giao dự toán, ký hợp đồng | Đã ký hợp đồng, đang triển khai | "
        "Đã báo cáo hoàn thành, chờ nghiệm thu | Đã nghiệm thu cơ sở, chờ hồ sơ quyết toán | "
        "Chờ quyết toán, thanh lý hợp đồng | Đã quyết toán, chờ đánh giá hiệu quả | Đã đánh giá hiệu quả | "
        "Không được phê duyệt | Đã rút hồ sơ | Đã ngừng triển khai"
    ),
    "kcqg": (
        "Đang lập đề án | Chờ thẩm định cấp cơ sở | Chờ bổ sung hồ sơ | Chờ Cục thẩm tra, thẩm định cấp Bộ | "
        "Chờ giải trình, bổ sung | Chờ Bộ trưởng phê duyệt kế hoạch | "
        "Đã phê duyệt, chờ giao kế hoạch, ký hợp đồng | Đã ký hợp đồng, đang triển khai | "
        "Đã báo cáo hoàn thành, chờ nghiệm thu cơ sở | Đã nghiệm thu cơ sở, chờ hồ sơ quyết toán | "
        "Chờ thanh lý hợp đồng, quyết toán | Đã quyết toán, chờ đánh giá hiệu quả | Đã đánh giá hiệu quả | "
        "Không được phê duyệt | Đã rút hồ sơ | Đã ngừng triển khai"
    ),
}
MAIN = (
    "drafted submit submitted, submitted forward forwarded, forwarded appraise appraised, appraised approve approved, "
    "approved allocate approved, approved fund funded, funded complete completed, completed monitor monitored, "
    "monitored file_settlement settling, settling settle settled, settled evaluate evaluated"
)
#: row, action, sources, target ("" for a self-step), owner; D and Q mark what one process alone has. APPRAISER is the
#: Sở Tài chính or the Cục, ON_SITE who accepts, DECIDER who decides an adjustment.
MOVES = """
1|submit|drafted|submitted|implementer
2|withdraw|drafted|withdrawn|implementer
2|withdraw|submitted returned forwarded queried appraised|withdrawn|implementer
3|return|submitted|returned|base_appraiser
4|resubmit|returned|submitted|implementer
5|forward|submitted|forwarded|base_appraiser
Q5b|forward|drafted|forwarded|implementer
6|return|forwarded|queried|APPRAISER
6|return|appraised|queried|approver
D7|resubmit|queried|forwarded|base_appraiser
Q7|resubmit|queried|forwarded|implementer?is_direct,base_appraiser
7b|take_back|queried|forwarded|approver?came_from:appraised,APPRAISER
8|reject|submitted|rejected|base_appraiser
D8|reject|queried|rejected|base_appraiser
Q8|reject|queried|rejected|ministry_appraiser?is_direct,base_appraiser
8|reject|returned|rejected|base_appraiser
Q9|reject|forwarded|rejected|ministry_appraiser
9|reject|appraised|rejected|approver
10|appraise|forwarded|appraised|APPRAISER
11|approve|appraised|approved|approver
12|allocate|approved||funder
13|plan_line|approved||implementer
13|approve_plan|approved||base_appraiser
14|fund|approved|funded|funder
15|report|funded||implementer
16|inspect|funded completed monitored||inspector
17|advance|funded||funder
18|complete|funded|completed|implementer
19|accept_line|funded completed||ON_SITE
20|return|completed|funded|ON_SITE
21|monitor|completed|monitored|ON_SITE
22|pay_rest|monitored settling||funder
23|file_settlement|monitored|settling|implementer
24|return|settling|monitored|funder
25|settle|settling|settled|funder
26|refund|funded completed monitored settling||funder
27|request_adjust|approved funded completed||implementer
28|adjust|approved funded completed||DECIDER
28|refuse_adjust|approved funded completed||DECIDER
29|stop|approved funded completed|stopped|approver
30|stop_and_settle|funded completed|settling|approver
31|close|settling|stopped|funder
32|evaluate|settled|evaluated|evaluator
"""
_BIG = "approver?open_request:increase_support,change_activity,next_year"
WORDS = {
    "kcdp": {"APPRAISER": "estimate_appraiser", "ON_SITE": "base_appraiser", "DECIDER": f"{_BIG},base_appraiser"},
    "kcqg": {
        "APPRAISER": "ministry_appraiser",
        "ON_SITE": "funder?is_direct,base_appraiser",
        "DECIDER": f"{_BIG},base_appraiser?group_request:place,beneficiary,partner,funder",
    },
}
#: rule: (states, limit, confidence) in each process; "" where it has none.
DEADLINES = {
    "plan_window": ("drafted 19/5-1 OWN", "drafted 19/5-1 FOUND"),
    "base_appraisal": ("submitted 10wd OWN", "submitted 10wd OWN"),
    "registration": ("", "submitted 14/6-1 FOUND"),
    "supplement": ("returned 10wd OWN", "returned 7wd<=7/6-1 OWN"),
    "estimate_appraisal": ("forwarded 10wd OWN", ""),
    "ministry_appraisal": ("", "forwarded 15/12-1 OWN"),
    "explanation": ("queried 5wd OWN", "queried 10wd OWN"),
    "approval": ("appraised 10wd OWN", "appraised 10wd OWN"),
    "contracting": ("approved 15wd OWN", "approved 20wd OWN"),
    "plan_year_end": ("approved 31/12+0 DERIVED", "approved 31/12+0 DERIVED"),
    "contract_end": ("funded fact:contract_end OWN", "funded fact:contract_end OWN"),
    "monthly_report": ("funded monthly:24 OWN", "funded monthly:24 FOUND"),
    "rework": ("funded fact:fix_by OWN", "funded fact:fix_by OWN"),
    "acceptance": ("completed 10wd OWN", "completed 10wd OWN"),
    "settlement_dossier": ("monitored 15cd OWN", "monitored 15cd FOUND"),
    "settlement_rework": ("monitored 10wd OWN", "monitored 10wd OWN"),
    "treasury_papers": ("settling 31/1+1-2wd DERIVED", ""),
    "liquidation": ("", "settling 22/1+1 FOUND"),
    "evaluation": ("settled 180cd OWN", "settled 180cd OWN"),
    "adjustment": ("approved funded completed 10wd OWN", "approved funded completed 10wd OWN"),
}
STARTED_BY = {
    "contracting": ("allocate",),
    "rework": ("return",),
    "settlement_dossier": ("monitor",),
    "settlement_rework": ("return",),
    "adjustment": ("request_adjust",),
}
LADDERS = {
    "working": "start -5wd -2wd +0wd +1wd +3wd +5wd",
    "reply": "start -2wd +0wd +1wd +3wd",
    "contracting": "start -2wd +0wd +1wd +3wd",
    "supplement": "-3wd +0wd +1wd",
    "yearly": "-30cd -10wd -5wd -2wd +0wd +1wd",
    "ministry": "1/10 1/11 -10wd -5wd -2wd +0wd",
    "waiting_funds": "1/1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9 1/10 1/11 1/12 -10wd -5wd -2wd +0wd",
    "monthly_report": "-3wd +0wd +1wd +3wd",
    "contract": "-30cd -10wd -3wd +0wd +1wd +5wd",
    "settlement": "-7cd -3wd +0wd +1wd +3wd +10wd",
    "year_end": "-20wd -10wd -5wd -2wd 30/12 31/12 +0wd +1wd",
    "evaluation": "-30cd -10wd +0wd",
}
FOUR_EYES = {
    ("submit", "forward"),
    ("submit", "appraise"),
    ("forward", "appraise"),
    ("appraise", "approve"),
    ("complete", "monitor"),
    ("monitor", "settle"),
}
CEILINGS = {
    ("submit", "requested_amount"),
    ("forward", "recommended_amount"),
    ("appraise", "appraised_amount"),
    ("approve", "approved_amount"),
    ("adjust", "approved_amount"),
}


def _held(holders: Holders) -> str:
    return ",".join(f"{held.role}?{held.when}" if held.when else held.role for held in holders)


def _written(move: Transition) -> tuple[str, str, str, str, str]:
    return move.row, move.action, " ".join(move.source), move.target or "", _held(move.owner)


def _expected_moves(key: str) -> list[tuple[str, ...]]:
    mark, other = ("D", "Q") if key == "kcdp" else ("Q", "D")
    rows = [line.removeprefix(mark) for line in MOVES.strip().splitlines() if not line.startswith(other)]
    for word, meant in WORDS[key].items():
        rows = [row.replace(word, meant) for row in rows]
    return [tuple(row.split("|")) for row in rows]


def _limit(rule: DeadlineRule) -> str:
    states, unit = " ".join(rule.runs_in), {"working": "wd", "calendar": "cd"}[rule.unit]
    if rule.days is not None:
        cap = f"<={rule.not_after.day}/{rule.not_after.month}{rule.not_after.year_offset:+d}" if rule.not_after else ""
        limit = f"{rule.days}{unit}{cap}"
    elif rule.fixed is not None:
        before = f"-{rule.fixed.working_days_before}wd" if rule.fixed.working_days_before else ""
        limit = f"{rule.fixed.day}/{rule.fixed.month}{rule.fixed.year_offset:+d}{before}"
    else:
        limit = f"monthly:{rule.monthly}" if rule.monthly else f"fact:{rule.fact}"
    return f"{states} {limit} {rule.basis.confidence}"


def _when(rung: Rung) -> str:
    if rung.day is not None:
        return f"{rung.day[1]}/{rung.day[0]}"
    unit = {"working": "wd", "calendar": "cd"}[rung.unit]
    return "start" if rung.offset is None else f"{rung.offset:+d}{unit}"


def test_the_two_shipped_processes_load() -> None:
    """Local and national money have a process each, at the version that programmes pin."""
    refs = {process.ref: process.money for process in PROCESSES.values()}

    assert refs == {"kcdp@2021.1": "local", "kcqg@2021.1": "national"}


@pytest.mark.parametrize("key", BOTH)
def test_states_have_the_labels_milestones_and_holders_of_the_tables(key: str) -> None:
    """Sixteen states, each with its words, the last milestone reached there, and who takes the proposal out."""
    labels = LABELS[key].split(" | ")
    column = 1 if key == "kcdp" else 2
    expected = {state: (label, row[0], row[column]) for (state, row), label in zip(STATES.items(), labels, strict=True)}

    found = {state.key: (state.label, state.milestone, _held(state.holder)) for state in PROCESSES[key].states}

    assert found == expected


@pytest.mark.parametrize("key", BOTH)
def test_the_main_path_is_the_eleven_moves_of_the_table(key: str) -> None:
    """From a draft to an evaluated proposal there is one line of main moves."""
    main = [move for move in PROCESSES[key].transitions if move.main]

    path = ", ".join(f"{move.source[0]} {move.action} {move.target or move.source[0]}" for move in main)

    assert path == MAIN
    assert all(len(move.source) == 1 for move in main)


@pytest.mark.parametrize("key", BOTH)
def test_every_row_of_the_transition_table_is_written_down(key: str) -> None:
    """Row, action, sources, target and owner equal the table's, and there is no transition beside it."""
    found = [_written(move) for move in PROCESSES[key].transitions]

    assert found == _expected_moves(key)


@pytest.mark.parametrize("key", BOTH)
def test_a_state_answers_an_action_in_one_way(key: str) -> None:
    """(state, action) names at most one transition."""
    pairs = [(source, move.action) for move in PROCESSES[key].transitions for source in move.source]

    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("key", BOTH)
def test_deadlines_are_those_of_the_tables(key: str) -> None:
    """Where each runs, how long, and whether that is law or the agency's own."""
    column = 0 if key == "kcdp" else 1

    found = {rule.key: _limit(rule) for rule in PROCESSES[key].deadlines}

    assert found == {rule: limits[column] for rule, limits in DEADLINES.items() if limits[column]}


@pytest.mark.parametrize("key", BOTH)
def test_a_return_does_not_restart_a_clock_that_another_action_starts(key: str) -> None:
    """A deadline whose state is entered in more than one way names the action that starts it."""
    started = {rule.key: rule.started_by for rule in PROCESSES[key].deadlines if rule.started_by}

    assert started == STARTED_BY
    assert PROCESSES[key].rule("settlement_dossier").counts_from == "accepted_on"


@pytest.mark.parametrize("key", BOTH)
def test_a_limit_that_no_text_fixes_says_that_it_is_the_agencys_own(key: str) -> None:
    """Where the law gives no number of days, people are told so in their language."""
    own = [rule for rule in PROCESSES[key].deadlines if rule.basis.confidence == "OWN"]

    assert own
    assert [rule.key for rule in own if not rule.basis.text.startswith(OWN_LIMIT)] == []


@pytest.mark.parametrize("key", BOTH)
def test_a_limit_that_is_law_cites_its_article(key: str) -> None:
    """FOUND names the article and the source it was read in, and does not call itself the agency's own."""
    law = [rule for rule in PROCESSES[key].deadlines if rule.basis.is_law]

    cited = [rule.key for rule in law if "Điều " in rule.basis.text and rule.basis.source]

    assert bool(law) == (key == "kcqg")  # No text fixes a day for local money (TT46 8.3b leaves it to the province).
    assert cited == [rule.key for rule in law]
    assert not any("nội bộ" in rule.basis.text for rule in law)


@pytest.mark.parametrize("key", BOTH)
def test_ladders_remind_on_the_days_of_the_table(key: str) -> None:
    """Offsets in working days (wd), calendar days (cd), or fixed days of the year."""
    expected = {name: days for name, days in LADDERS.items() if name != "ministry" or key == "kcqg"}

    found = {ladder.key: " ".join(map(_when, ladder.rungs)) for ladder in PROCESSES[key].ladders}

    assert found == expected


@pytest.mark.parametrize("key", BOTH)
def test_a_fact_key_has_one_type(key: str) -> None:
    """What was recorded once can be read everywhere."""
    process = PROCESSES[key]
    fields = [*process.data, *(fact for move in process.transitions for fact in move.facts)]

    types = {(field.key, field.type) for field in fields}

    assert len(types) == len({field.key for field in fields})


@pytest.mark.parametrize("key", BOTH)
def test_numbers_of_papers_stay_readable_in_history(key: str) -> None:
    """A paper's number is never personal, so it is official; what people write freely is not."""
    facts = [fact for move in PROCESSES[key].transitions for fact in move.facts if fact.type == "text"]

    hidden = {fact.key for fact in facts if not fact.official}

    assert not {name for name in hidden if name.endswith(("_number", "_ref"))}
    assert {"reason", "missing", "questions", "answer", "defects", "line_beneficiary"} <= hidden


@pytest.mark.parametrize("key", BOTH)
def test_four_eyes_stand_on_the_six_pairs(key: str) -> None:
    """The person of the first act may not do the second."""
    pairs = {
        (guard.partition(":")[2], move.action)
        for move in PROCESSES[key].transitions
        for guard in move.guards
        if guard.startswith("not_same_person:")
    }

    assert pairs == FOUR_EYES


@pytest.mark.parametrize("key", BOTH)
def test_the_ceiling_guards_every_amount_on_the_way(key: str) -> None:
    """Asked for, recommended, appraised, approved, adjusted: each is held to the ceiling of its day."""
    moves = [move for move in PROCESSES[key].transitions if move.row != "5b"]

    found = {
        (move.action, guard.partition(":")[2])
        for move in moves
        for guard in move.guards
        if guard.startswith("within_ceiling:") and move.action != "resubmit"
    }

    assert found == CEILINGS


@pytest.mark.parametrize("key", BOTH)
def test_no_guard_promises_what_nothing_checks_yet(key: str) -> None:
    """The envelope guard comes with the yearly estimates; until then the files do not name it as a guard."""
    names = {guard.partition(":")[0] for move in PROCESSES[key].transitions for guard in move.guards}

    assert "envelope_available" not in names


def test_the_files_are_plain_utf8_in_nfc() -> None:
    """Vietnamese letters are composed, so that equal words are equal bytes."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(SHIPPED / "processes").glob("*.toml"))]

    assert len(texts) == len(PROCESSES)
    assert all(unicodedata.is_normalized("NFC", text) for text in texts)
