"""The ordinary course of a proposal, step by step, on the dates of its plan year; stories begin from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from khuyencong.demo.acts import Act, at, office_day
from workflow.proposal import FactValue

_CRITERIA: dict[str, FactValue] = {f"criterion_{letter}": "met" for letter in "abcde"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The figures of a proposal, in đồng, and the year whose budget it asks for."""

    process: str
    year: int
    support: int
    own: int
    #: First payment in basis points of the contract; 0: nothing before acceptance.
    first_bp: int = 7000
    #: Progress that the Sở confirms before the first payment, in percent.
    progress: int = 80
    #: Which targets the result counts to.
    target: str = "machinery_establishment"
    #: What the approver cites where no ceiling is on record; empty: one is.
    ceiling_basis: str = ""
    is_group: bool = False
    #: Moves the course of a late year: days between the usual and the actual date of each step are kept.
    number: int = 1

    @property
    def local(self) -> bool:
        """Whether it spends local money."""
        return self.process == "kcdp"


def paper(plan: Plan, kind: str, day: date) -> str:
    """The number of an invented paper."""
    return f"{plan.number + day.month * 10}/{kind}"


def submit(plan: Plan, day: date) -> Act:
    """The implementer hands the file in."""
    facts: dict[str, FactValue] = {
        "own_capital_committed": True,
        "no_double_support": True,
        "letter_number": paper(plan, "CV-TTKC", day),
        "letter_date": day,
    }
    return Act(when=at(day), action="submit", facts=facts)


def forward(plan: Plan, day: date) -> Act:
    """The Sở has appraised the content and sends the file on."""
    facts: dict[str, FactValue] = {"by": "staff", "recommended_amount": plan.support, "priority_rank": plan.number}
    name = "letter" if plan.local else "registration"
    facts |= {f"{name}_number": paper(plan, "TTr-SCT", day), f"{name}_date": day}
    return Act(when=at(day, 10), action="forward", facts=facts)


def appraise(plan: Plan, day: date) -> Act:
    """Sở Tài chính, or the Cục, has appraised."""
    facts: dict[str, FactValue] = {
        "appraised_amount": plan.support,
        "paper_number": paper(plan, "STC-QLNS" if plan.local else "BB-CĐCK", day),
        "paper_date": day,
    }
    facts |= {"source_confirmed": True} if plan.local else {**_CRITERIA, "by": "council"}
    return Act(when=at(day, 14), action="appraise", facts=facts)


def approve(plan: Plan, day: date) -> Act:
    """The chairman, or the minister, approves."""
    facts: dict[str, FactValue] = {
        "approved_amount": plan.support,
        "decision_number": paper(plan, "QĐ-UBND" if plan.local else "QĐ-BCT", day),
        "decision_date": day,
        "batch": 1,
    }
    if plan.ceiling_basis:
        facts["ceiling_basis"] = plan.ceiling_basis
    return Act(when=at(day, 15), action="approve", facts=facts)


def allocate(plan: Plan, day: date, *, amount: int | None = None, batch: int = 1) -> Act:
    """Money is given."""
    facts: dict[str, FactValue] = {
        "batch": batch,
        "allocated_amount": plan.support if amount is None else amount,
        "paper_number": paper(plan, "TB-SCT" if plan.local else "TB-CĐCK", day),
        "paper_date": day,
    }
    return Act(when=at(day), action="allocate", facts=facts)


def fund(plan: Plan, day: date, end: date) -> Act:
    """The contract is signed."""
    facts: dict[str, FactValue] = {
        "contract_kind": "contract",
        "contract_number": paper(plan, f"{day.year}/HĐ-KC", day),
        "contract_date": day,
        "contract_value": plan.support,
        "contract_end": end,
    }
    return Act(when=at(day, 10), action="fund", facts=facts)


def report(plan: Plan, day: date, percent: int) -> Act:
    """A monthly report is filed."""
    facts: dict[str, FactValue] = {
        "period": f"{day.year}-{day.month:02d}",
        "progress_percent": percent,
        "invested": (plan.own + plan.support) * percent // 100,
    }
    return Act(when=at(day, 8, 30), action="report", facts=facts)


def inspect(plan: Plan, day: date) -> Act:
    """The Sở has looked at the site."""
    facts: dict[str, FactValue] = {"visit_date": day, "finding": "met", "confirmed_percent": plan.progress}
    return Act(when=at(day, 16), action="inspect", facts=facts)


def pay(plan: Plan, action: str, day: date, amount: int) -> Act:
    """Money is paid out (``advance``, ``pay_rest``) or comes back (``refund``)."""
    reference = f"KB-{day:%Y%m%d}-{plan.number:02d}"
    return Act(when=at(day, 11), action=action, facts={"amount": amount, "paid_on": day, "treasury_ref": reference})


def complete(plan: Plan, day: date) -> Act:
    """The implementer says the work is done."""
    facts: dict[str, FactValue] = {"completed_on": day, "invested_total": plan.own + plan.support}
    return Act(when=at(day), action="complete", facts=facts)


def monitor(plan: Plan, day: date) -> Act:
    """The base acceptance minutes are signed."""
    facts: dict[str, FactValue] = {"accepted_on": day, "accepted_amount": plan.support, "form": "mau_5a"}
    return Act(when=at(day, 15), action="monitor", facts=facts)


def file_settlement(plan: Plan, day: date) -> Act:
    """The settlement dossier is handed in."""
    return Act(when=at(day), action="file_settlement", facts={"claimed_amount": plan.support})


def settle(plan: Plan, day: date) -> Act:
    """The contract is liquidated and settled."""
    facts: dict[str, FactValue] = {
        "settled_amount": plan.support,
        "liquidation_number": paper(plan, "BBTL-KC", day),
        "liquidation_date": day,
    }
    return Act(when=at(day, 14), action="settle", facts=facts)


def evaluate(plan: Plan, day: date) -> Act:
    """The effect is measured."""
    facts: dict[str, FactValue] = {
        "jobs": 6 + plan.number % 9,
        "output": "Sản lượng đạt công suất thiết kế",
        "own_capital_mobilised": plan.own,
        "environment": "improved",
        "target_key": plan.target,
        "target_count": 1,
        "rating": "effective",
    }
    return Act(when=at(day), action="evaluate", facts=facts)


def course(plan: Plan) -> tuple[Act, ...]:
    """All steps from submission to evaluation on the usual days of the plan year and the year before."""
    return tuple(_course(plan))


def _course(plan: Plan) -> Iterator[Act]:
    before, year = plan.year - 1, plan.year

    def on(of_year: int, month: int, day: int) -> date:
        return office_day(date(of_year, month, day))

    yield submit(plan, on(before, 4, 10))
    yield forward(plan, on(before, 4, 22))
    yield appraise(plan, on(before, 5, 6) if plan.local else on(before, 10, 20))
    yield approve(plan, on(before, 5, 17) if plan.local else on(before, 11, 2))
    yield allocate(plan, on(year, 1, 18))
    yield fund(plan, on(year, 2, 5), date(year, 10, 31))
    for month in range(2, 6):
        yield report(plan, on(year, month, 20), 15 * (month - 1))
    yield inspect(plan, on(year, 6, 10))
    if plan.first_bp:
        yield pay(plan, "advance", on(year, 6, 16), plan.support * plan.first_bp // 10_000)
    for month in range(6, 10):
        yield report(plan, on(year, month, 20), min(100, 15 * (month - 1)))
    yield complete(plan, on(year, 10, 5))
    yield monitor(plan, on(year, 10, 15))
    yield pay(plan, "pay_rest", on(year, 10, 25), plan.support - plan.support * plan.first_bp // 10_000)
    yield file_settlement(plan, on(year, 10, 27))
    yield settle(plan, on(year, 11, 20))
    yield evaluate(plan, on(year + 1, 3, 10))
