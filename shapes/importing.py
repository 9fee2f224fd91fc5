"""A list that came in, as programs read it."""

from typing import Any

from exchange.headings import Heading
from exchange.reports import reasons_of, remark_said
from exchange.sources import Source, place
from language.catalogue import sentence
from workflow.errors import Unmet
from workflow.incoming import Imported, Outcome
from workflow.values import to_json


def outcome_of(outcome: Outcome, lang: str) -> dict[str, Any]:
    """What became of a row."""
    return {
        "row": outcome.number,
        "status": outcome.status,
        "code": outcome.code or None,
        "title": outcome.title,
        "state": outcome.state or None,
        "reasons": [_said(unmet, sentence(unmet.code, unmet.params, lang)) for unmet in outcome.unmet],
        "remarks": [_said(remark, remark_said(remark, lang)) for remark in outcome.remarks],
        "changes": [
            {
                "field": change.key,
                "label": change.label,
                "before": None if change.before is None else to_json({"": change.before})[""],
                "after": to_json({"": change.after})[""],
            }
            for change in outcome.changes
        ],
    }


def _said(unmet: Unmet, said: str) -> dict[str, Any]:
    params = {key: value if isinstance(value, str | int | bool) else str(value) for key, value in unmet.params.items()}
    return {"code": unmet.code, "params": params, "sentence": said}


def heading_of(source: Source, heading: Heading) -> dict[str, Any]:
    """How the list was read: its sheet, which column was taken for what, and what was left out."""
    columns = [
        {"column": place(heading.number, column), "text": heading.texts.get(column, ""), "field": key}
        for column, key in sorted(heading.columns.items())
    ]
    return {
        "sheet": source.sheet or None,
        "other_sheets": list(source.others),
        "heading_row": heading.number,
        "plan_year": heading.year,
        "columns": columns,
        "unknown_columns": list(heading.unknown),
    }


def said_of(outcome: Outcome, lang: str) -> str:
    """Everything that is to be told of a row, in one text."""
    return "\n".join(reasons_of(outcome, lang))


def counts_of(imported: Imported) -> dict[str, int]:
    """How many rows went which way."""
    return {str(status): number for status, number in imported.counts.items()}
