"""Answers to auditors' questions, for the commands that show them and the one that writes them to files."""

from collections.abc import Iterator
from contextlib import contextmanager

from audit.control_sheet import ControlSheet, sheet_of
from audit.questions import QUESTIONS, Question, Row
from exchange.row_spool import RowSpool, kept_aside
from khuyencong.cli.call import Call
from shapes.answers import answer_rows
from shapes.errors import WrongUsage
from store.audit_answers import Answers
from store.audit_rows import Asked


def refuse_unknown(call: Call, asked: Asked) -> None:
    """Raises UnknownProposal or UnknownDefinition for a case or a programme that is not there."""
    with call.home.store.read() as uow:
        if asked.code:
            uow.proposal(asked.code)
        if asked.programme:
            uow.law().programme(asked.programme)


def control_sheet(call: Call, code: str) -> ControlSheet:
    """The control sheet of a case. Raises UnknownProposal."""
    asked = Asked(code=code)
    refuse_unknown(call, asked)
    law = call.law()
    with call.home.store.transaction(writes=False) as transaction:
        answers = Answers(transaction, law, now=call.now)
        return sheet_of(answers.told(next(answers.cases(asked))))


def known_question(name: str) -> Question:
    """The question of that name. Raises WrongUsage."""
    if name not in QUESTIONS:
        raise WrongUsage("usage.unknown_question", name=name, known=", ".join(QUESTIONS))
    return QUESTIONS[name]


@contextmanager
def answered(call: Call, question: str, asked: Asked, more_than: int | None) -> Iterator[RowSpool]:
    """The whole answer, in a file aside that is gone at the end."""
    days = [key for key, _, kind, _ in known_question(question).columns if kind == "date"]
    with kept_aside(rows_of(call, question, asked, more_than), days=days) as rows:
        yield rows


def rows_of(call: Call, question: str, asked: Asked, more_than: int | None) -> Iterator[Row]:
    """The answer, one row at a time, as of one moment."""
    law, lang = call.law(), call.printer.lang
    with call.home.store.transaction(writes=False) as transaction:
        yield from answer_rows(transaction, law, question, asked, more_than=more_than, now=call.now, lang=lang)
