"""Auditors' questions on a database: cases told one by one, refusals and notices read in pages by statements."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, literal_column, or_, select

from audit.events import label_of_act
from audit.questions import QUESTIONS, Row, Told, answer, recorded
from audit.stays import stays_of
from definitions.bundle import Bundle
from definitions.process import Process
from store.audit_rows import Asked, Case, Cases
from store.queries import entries_of
from store.statements import Statement, Transaction
from store.tables import EntryRow, NoticeRow, OpeningRow, ProposalRow, table
from store.types import UtcInstant
from workflow.authority import Situation
from workflow.entries import Entry, opened, read_body
from workflow.proposal import Proposal, midnight

_ENTRY, _OPENING = table(EntryRow), table(OpeningRow)
_NOTICE, _PROPOSAL = table(NoticeRow), table(ProposalRow)
_PAGE = 500
_BEYOND = bindparam("beyond", type_=Integer())
_WITH_OPENINGS = (*(column for column in _ENTRY.c), _OPENING.c.path, _OPENING.c.salt, _OPENING.c.value)
_BESIDE = Statement(
    select(*_WITH_OPENINGS)
    .join(_OPENING, _OPENING.c.entry_id == _ENTRY.c.id, isouter=True)
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq.is_(None))
    .order_by(_ENTRY.c.id, _OPENING.c.path)
)
_REFUSED = Statement(
    select(*_WITH_OPENINGS)
    .join(_OPENING, _OPENING.c.entry_id == _ENTRY.c.id, isouter=True)
    .where(
        _ENTRY.c.id.in_(
            select(_ENTRY.c.id)
            .where(
                _ENTRY.c.kind == "refused",
                _ENTRY.c.recorded_at >= bindparam("since", type_=UtcInstant()),
                _ENTRY.c.recorded_at < bindparam("until", type_=UtcInstant()),
                _ENTRY.c.id > _BEYOND,
            )
            .order_by(_ENTRY.c.id)
            .limit(_PAGE)
            .correlate(None)
        )
    )
    .order_by(_ENTRY.c.id, _OPENING.c.path)
)
_NAMES = ("id", "notice", "to_name", "to_seat", "to_address", "channel", "state", "attempts", "last_error")
#: A notice that went on in time, or was called off, is none of these.
_TROUBLED = ("scheduled", "sending", "bounced", "failed", "to_print")
_NOTICES = Statement(
    select(*(_NOTICE.c[name] for name in (*_NAMES, "send_after")), _PROPOSAL.c.code, _PROPOSAL.c.title)
    .add_columns(_PROPOSAL.c.programme)
    .join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)
    .where(
        or_(*(_NOTICE.c.state == literal_column(f"'{state}'") for state in _TROUBLED)),
        _NOTICE.c.send_after >= bindparam("since", type_=UtcInstant()),
        _NOTICE.c.send_after < bindparam("until", type_=UtcInstant()),
        _NOTICE.c.id > _BEYOND,
    )
    .order_by(_NOTICE.c.id)
    .limit(_PAGE)
)
_DEFINED_BY = Statement(
    select(_PROPOSAL.c.programme, _PROPOSAL.c.process_sha256).where(_PROPOSAL.c.code == bindparam("of_code"))
)
_FIRST, _LAST = date(1, 1, 3), date(9998, 1, 1)


class Answers:
    """Questions on an open transaction. ``law`` names agencies, ``now`` ends what lies somewhere still."""

    def __init__(self, transaction: Transaction, law: Bundle, *, now: datetime) -> None:
        self._transaction, self._law, self._now = transaction, law, now
        self._cases = Cases(transaction)

    def rows(self, question: str, asked: Asked, *, more_than: int | None = None) -> Iterator[Row]:
        """The answer, row by row."""
        if question == "refused":
            yield from self._refused(asked)
        elif question == "notices":
            yield from self._notices(asked)
        else:
            yield from self._of_cases(question, asked, more_than)

    def told(self, case: Case, *, more_than: int | None = None) -> Told:
        """A case as questions see it."""
        return Told(
            code=case.row.code,
            title=case.row.title,
            programme=case.row.programme,
            process=case.process,
            entries=case.entries,
            beside=self._beside(case.row.code),
            stays=lambda: stays_of(
                case.entries,
                case.process,
                self._cases.then.process,
                self._situations(case.row.code),
                now=self._now,
                calendar=self._law.calendar,
            ),
            agency_name=self._agency,
            more_than=more_than,
        )

    def cases(self, asked: Asked) -> Iterator[Case]:
        """The cases that were asked for."""
        return self._cases.of(asked)

    def _of_cases(self, name: str, asked: Asked, more_than: int | None) -> Iterator[Row]:
        question = QUESTIONS[name]
        wanted = self._agency_wanted(asked)
        for case in self._cases.of(asked):
            for row in answer(question, self.told(case, more_than=more_than)):
                at = recorded(row, question)
                if (at is None or asked.holds(at)) and wanted(row):
                    yield row

    def _agency_wanted(self, asked: Asked) -> Callable[[Row], bool]:
        if asked.agency is None:
            return lambda _: True
        known = self._law.agencies.get(asked.agency)
        names = {asked.agency, *(one.name for one in (known.names if known else ()))}
        return lambda row: bool(names & set(str(row.get("agency", "")).split("; ")))

    def _beside(self, code: str) -> tuple[Entry, ...]:
        return tuple(entries_of(self._transaction.rows(_BESIDE, {"of_subject": code})))

    def _situations(self, code: str) -> Callable[[Proposal, int], Situation]:
        places = self._cases.then.places_of(code)
        return lambda proposal, seq: self._cases.then.situation(proposal, places[seq])

    def _agency(self, key: str, on: date) -> str:
        known = self._law.agencies.get(key)
        return known.named(on).name if known else key

    def _refused(self, asked: Asked) -> Iterator[Row]:
        for rows in self._pages(_REFUSED, asked):
            for entry in entries_of(rows):
                if asked.code in (None, entry.subject) and self._is_of(entry.subject, asked):
                    yield _refusal(entry, self._process_of(entry.subject))

    def _is_of(self, code: str, asked: Asked) -> bool:
        if asked.programme is None:
            return True
        row = self._defined_by(code)
        return row is not None and row.programme == asked.programme

    def _process_of(self, code: str) -> Process | None:
        """That of a case; None: refused was something else."""
        row = self._defined_by(code)
        return None if row is None else self._cases.then.process(row.process_sha256)

    @lru_cache(maxsize=4096)  # noqa: B019 - it lives as long as one question.
    def _defined_by(self, code: str) -> Any | None:
        return self._transaction.first(_DEFINED_BY, {"of_code": code})

    def _notices(self, asked: Asked) -> Iterator[Row]:
        for rows in self._pages(_NOTICES, asked):
            for row in rows:
                late = row.state not in ("scheduled", "sending") or row.send_after < self._now
                fits = asked.code in (None, row.code) and asked.programme in (None, row.programme)
                if late and fits and asked.agency in (None, row.to_seat.partition("@")[2]):
                    told = {name: getattr(row, name) for name in (*_NAMES, "code", "title")}
                    yield {**told, "state": _STATES[row.state], "recorded_at": row.send_after}

    def _pages(self, statement: Statement, asked: Asked) -> Iterator[list[Any]]:
        until = date.fromordinal((asked.until or _LAST).toordinal() + 1)
        values = {"since": midnight(asked.since or _FIRST), "until": midnight(until), "beyond": 0}
        while rows := self._transaction.rows(statement, values):
            yield rows
            values["beyond"] = rows[-1].id


_STATES = {
    "scheduled": "chờ gửi",
    "sending": "đang gửi",
    "bounced": "bị trả lại",
    "failed": "gửi hỏng",
    "to_print": "phải in, gửi giấy",
}


def _refusal(entry: Entry, process: Process | None) -> Row:
    body = read_body(entry)
    return {
        "code": entry.subject,
        "recorded_at": entry.recorded_at,
        "label": label_of_act(body["action"], process),
        "actor": opened(entry, body).get("actor", ""),
        "person": body["person"],
        "channel": body["channel"],
        "reasons": "; ".join(dict.fromkeys(one["code"] for one in body["unmet"])) or body["problem"],
        "left_out": body["left_out_before"],
    }
