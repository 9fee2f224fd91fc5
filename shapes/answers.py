"""Answers to auditors' questions: the rows with codes in words, and the table that is taken away."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from audit.questions import QUESTIONS, Question, Row
from definitions.bundle import Bundle
from exchange.exports import FORMATS, About, Format, Named, write_list
from exchange.sheets import Column
from language.catalogue import knows, outline
from language.formats import instant
from store.audit_answers import Answers
from store.audit_rows import Asked
from store.statements import Transaction

_REFUSED = "refused"
#: Of answers to questions.
ANSWER_FORMATS: Mapping[str, Format] = {form: form for form in FORMATS}


def answer_rows(
    transaction: Transaction,
    law: Bundle,
    question: str,
    asked: Asked,
    *,
    more_than: int | None,
    now: datetime,
    lang: str,
) -> Iterator[Row]:
    """The answer, one row at a time, as of one moment."""
    for row in Answers(transaction, law, now=now).rows(question, asked, more_than=more_than):
        yield {**row, "reasons": _words(str(row["reasons"]), lang)} if question == _REFUSED else row


def write_answer(path: Path, *, question: str, about: About, rows: Iterable[Row], form: str) -> None:
    """Writes the table of an answer with who asked for which rows."""
    known: Question = QUESTIONS[question]
    columns = [Column(key=key, label=label, type=kind, width=width) for key, label, kind, width in known.columns]
    named = Named(title=known.title, sheet="Trả lời", key="rows")
    told = ({key: _cell(value) for key, value in row.items()} for row in rows)
    write_list(path, ANSWER_FORMATS[form], about, columns, told, named=named)


def _cell(value: object) -> Any:
    return instant(value) if isinstance(value, datetime) else value


def _words(codes: str, lang: str) -> str:
    """The rules that were not met, as sentences; what they were about was not recorded, and is left out."""
    return "; ".join(_rule(code, lang).rstrip(".") for code in codes.split("; "))


def _rule(code: str, lang: str) -> str:
    named = code if knows(code) else f"problem.{code}"
    return outline(named, lang) if knows(named) else code
