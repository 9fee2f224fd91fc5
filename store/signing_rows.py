"""Papers on their way to a signature as a proposal's row keeps them, and back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import to_builtins

from store.types import UTC
from workflow.entries import instant
from workflow.proposal import Drawn, Filed, Signature, Signing


def signing_json(paper: Signing) -> dict[str, Any]:
    """A paper as JSON: days in ISO 8601, instants as history writes them."""
    return to_builtins(paper) | {"since": instant(paper.since)}  # type: ignore[no-any-return]


def read_signing(row: Mapping[str, Any]) -> Signing:
    """The paper that ``signing_json`` wrote."""
    signed, drawn = row["signed"], row["drawn"]
    values = {
        "papers": tuple(Filed(**paper) for paper in row["papers"]),
        "signed": Signature(**signed | {"on": date.fromisoformat(signed["on"])}) if signed else None,
        "drawn": Drawn(**drawn) if drawn else None,
        "since": datetime.fromisoformat(row["since"]).astimezone(UTC),
    }
    return Signing(**{**row, **values})
