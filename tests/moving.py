"""Proposals that stand under contracts or wait at the Sở, for the tests of clocks that others move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from khuyencong.demo.acts import at
from khuyencong.demo.stage import Stage
from shapes.explaining import Told, calendars_then, explain
from store.database import Database
from store.log import verify
from store.memory import MemoryStore
from tests.staging import kept
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.incoming import Incoming, Outcome
from workflow.proposal import Actor, Document, FactValue, Proposal
from workflow.service.acting import Done, Request, act
from workflow.service.contracts import others_now
from workflow.service.importing import import_rows
from workflow.service.row_deciding import Into
from workflow.service.situations import situation_of

HEAD, OFFICER = "giam-doc.sct-lai-chau", "tham-dinh.sct-lai-chau"
CENTRE, CHAIR = "can-bo.ttkc-lai-chau", "chu-tich.ubnd-lai-chau"
RULE = "settlement_dossier"
NUMBER = "15/2022/HĐ-KC"
_INTO = Into(
    programme="lai-chau-2021-2025", process="kcdp", implementer="ttkc-lai-chau", province=None, file_sha256="0" * 64
)
_DATA: dict[str, FactValue] = {
    "activity": "machinery",
    "plan_year": 2022,
    "requested_amount": 200_000_000,
    "own_capital": 200_000_000,
    "total_cost": 400_000_000,
    "eligible_cost": 400_000_000,
}
_SIGNED: dict[str, FactValue] = {
    "approved_amount": 200_000_000,
    "decision_number": "12/QĐ-UBND",
    "allocate.allocated_amount": 200_000_000,
    "advance.amount": 0,
    "pay_rest.amount": 0,
    "contract_kind": "contract",
    "contract_value": 200_000_000,
    "contract_end": date(2022, 12, 20),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """A stage, and short names for what tests do on it."""

    stage: Stage

    def who(self, username: str) -> Actor:
        """The person of an account."""
        with self.stage.store.read() as uow:
            found = uow.actor(username, channel="cli")
        assert found is not None, username
        return found

    def bring(
        self,
        code: str,
        state: str,
        on: datetime,
        *,
        by: str = OFFICER,
        number: str = "15/2022/HĐ-KC",
        **facts: FactValue,
    ) -> Outcome:
        """A proposal that runs already, under that contract."""
        told: list[Outcome] = []
        signed: dict[str, FactValue] = {"contract_number": number, "contract_date": date(2022, 2, 1)}
        known: dict[str, FactValue] = {**_SIGNED, **signed, **facts} if state not in ("submitted", "forwarded") else {}
        row = Incoming(
            number=2,
            key=code,
            title=code,
            code=code,
            values={**_DATA, "name": f"Đề án {code}"},
            facts=known,
            state=state,
        )
        import_rows(
            *(self.stage.store, self.stage.house, [row]),
            into=_INTO,
            by=self.who(by),
            at=on,
            mode="all",
            keep=lambda paper: kept(paper.key, paper.path, b"x"),
            told=told.append,
        )
        assert told[0].status == "opened", told[0].unmet
        return told[0]

    def accept(self, code: str, on: datetime, accepted: date, *, by: str = HEAD) -> Done:
        """The base acceptance, recorded at ``on``, of a day that may lie before."""
        facts: dict[str, FactValue] = {"accepted_on": accepted, "accepted_amount": 150_000_000, "form": "mau_5a"}
        return self.act(code, "monitor", by, on, "bien_ban_nghiem_thu", "tai_lieu_nghiem_thu", facts=facts)

    def stop(self, code: str, on: datetime) -> Done:
        """A stop of that day."""
        facts: dict[str, FactValue] = {
            "cause": "beneficiary_request",
            "decision_number": "9",
            "decision_date": on.date(),
        }
        return self.act(code, "stop", CHAIR, on, "de_nghi_ngung", "quyet_dinh", facts=facts)

    def act(
        self, code: str, action: str, by: str, on: datetime, *papers: str, facts: Mapping[str, FactValue] | None = None
    ) -> Done:
        """A step with papers of these keys."""
        documents: tuple[Document, ...] = tuple(kept(key, f"{key}.txt", f"{key} {code}".encode()) for key in papers)
        request = Request(code=code, action=action, facts=facts or {}, documents=documents)
        return act(self.stage.store, self.stage.house, request, by=self.who(by), at=on)

    def deadline(self, code: str, rule: str = RULE) -> Deadline:
        """A deadline as it is stored."""
        with self.stage.store.read() as uow:
            return next(row for row in uow.deadlines(code) if row.rule == rule)

    def history(self, code: str) -> tuple[Entry, ...]:
        """A chain."""
        with self.stage.store.read() as uow:
            return uow.history(code)

    def proposal(self, code: str) -> Proposal:
        """A proposal as it is stored."""
        with self.stage.store.read() as uow:
            return uow.proposal(code)

    def waiting(self, code: str, rule: str = RULE) -> set[tuple[int, str, date]]:
        """Epoch, rung and day of the reminders of a rule that will still fire."""
        store = self.stage.store
        rows: Sequence[Any]
        if isinstance(store, MemoryStore):
            rows = [row.reminder for row in store.kept(code).reminders if row.state == "scheduled"]
        else:
            assert isinstance(store, Database)
            with store.look() as lists:
                rows = [row for row in lists.reminders(code) if row.state == "scheduled"]
        return {(row.epoch, row.offset, row.fire_at.date()) for row in rows if row.rule == rule}

    def explained(self, code: str, today: date, rule: str = RULE) -> dict[str, Any]:
        """What ``deadline explain --json`` says of a deadline."""
        with self.stage.store.read() as uow:
            return next(row for row in explanations(uow, code, today) if row["rule"] == rule)

    def proven(self) -> None:
        """History alone leads to what is stored, on databases."""
        store = self.stage.store
        if isinstance(store, Database):
            with store.transaction(writes=False) as transaction:
                found = verify(transaction)
            assert found.findings == ()
            assert found.deadlines > 0


def explanations(uow: Any, code: str, today: date) -> list[dict[str, Any]]:
    """Every deadline of a proposal as ``deadline explain --json`` tells it."""
    proposal = uow.proposal(code)
    situation = situation_of(uow, proposal)
    company = others_now(uow, situation, proposal, at=at(today))
    waits = company.shared.waits_for if company else ()
    told = Told(
        proposal=proposal,
        situation=situation,
        entries=uow.history(code),
        today=today,
        contract=company.number if company else "",
        waits_for={one.code: one.title for one, _ in company.others if one.code in waits} if company else {},
        calendars=calendars_then(uow, uow.deadlines(code)),
    )
    return [explain(one, told) for one in uow.deadlines(code)]
