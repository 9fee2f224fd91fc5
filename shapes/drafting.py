"""The fields of a draft as a form needs them, each with the values that it accepts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from definitions.bundle import Bundle
from definitions.process import Field, Process
from definitions.programme import Programme
from definitions.registers import in_force


def draft_fields(
    process: Process, programme: Programme, law: Bundle, *, province: str, on: date
) -> list[dict[str, Any]]:
    """Every field of the proposal's own data, in the order of the process file."""
    return [_field(field, programme, law, province, on) for field in process.data]


def _field(field: Field, programme: Programme, law: Bundle, province: str, on: date) -> dict[str, Any]:
    choices = _choices(field, programme, law, province, on)
    years = (programme.first_year, programme.last_year) if field.key == "plan_year" else (None, None)
    return {
        "key": field.key,
        "type": field.type,
        "label": field.label,
        "required": field.required,
        "min": years[0],
        "max": years[1],
        "choices": list(choices) or None,
        "choice_labels": dict(choices),
        "pattern": field.pattern,
        "example": field.example,
        "official": field.official,
        "short": True,
        "basis": field.basis.model_dump(mode="json") if field.basis else None,
    }


def _choices(field: Field, programme: Programme, law: Bundle, province: str, on: date) -> Mapping[str, str]:
    if field.key == "activity":
        known = {row.key for row in programme.activities}
        return {one.key: one.label for one in field.choices if one.key in known}
    if field.key == "commune":
        there = [row for row in in_force(law.communes, on) if row.province == province]
        return {row.key: row.label for row in sorted(there, key=lambda row: row.label)}
    return {one.key: one.label for one in field.choices}
