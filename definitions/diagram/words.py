"""The words that pictures of a process show: who acts, until when, and how long words break into lines."""

from textwrap import wrap

from definitions.process import DeadlineRule, Holders, Process, State, YearDay

#: How sure the reader of a rule was, where the rule is not law; law is shown without a mark.
_MARKS = {"OWN": " (nội bộ)", "DERIVED": " (suy ra)", "RECALLED": " (chưa kiểm chứng)", "FOUND": ""}


def who(process: Process, holders: Holders) -> str:
    """The labels of the roles, joined by "hoặc" where a condition decides between them."""
    return " hoặc ".join(dict.fromkeys(process.role_label(held.role) for held in holders))


def self_steps(process: Process, state: State) -> tuple[str, ...]:
    """The labels of what can be recorded in a state without leaving it."""
    return tuple(move.label for move in process.transitions_from(state.key) if move.is_self_step)


def limits(process: Process, state: State) -> dict[str, str]:
    """The deadlines that can run in a state, each marked where it is not law, with what each is for."""
    rules = (rule for rule in process.deadlines if state.key in rule.runs_in)
    found: dict[str, str] = {}
    for rule in rules:
        limit = _limit(process, rule) + _MARKS[rule.basis.confidence]
        found[limit] = f"{found[limit]}; {rule.label}" if limit in found else rule.label
    return found


def _limit(process: Process, rule: DeadlineRule) -> str:
    if rule.days is not None:
        return f"{rule.days} {'ngày làm việc' if rule.unit == 'working' else 'ngày'}"
    if rule.fixed is not None:
        return _year_day(rule.fixed)
    if rule.monthly is not None:
        return f"ngày {rule.monthly} hằng tháng"
    fact = process.fields.get(rule.fact or "")
    return fact.label if fact else rule.label


def _year_day(day: YearDay) -> str:
    years = {-2: " của hai năm trước", -1: " năm trước", 0: "", 1: " năm sau", 2: " của hai năm sau"}
    before = f", trước {day.working_days_before} ngày làm việc" if day.working_days_before else ""
    return f"{day.day:02}/{day.month:02}{years[day.year_offset]}{before}"


def lines(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """The text in lines that fit ``width`` pixels when set ``size`` pixels high, in any common sans-serif."""
    return tuple(wrap(text, max(8, int(width / (size * (0.64 if bold else 0.58))))))
