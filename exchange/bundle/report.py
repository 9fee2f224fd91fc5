"""The readable page of a bundle: a PDF/A-2 in Vietnamese, set from data alone."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

import orjson
import typst

_TEMPLATE = files("exchange.bundle").joinpath("report.typ").read_bytes()


def set_page(told: Mapping[str, Any], *, at: datetime) -> bytes:
    """The page as PDF/A-2b; the same data and instant give the same bytes. Fonts are those of the typesetter alone."""
    made = typst.compile(
        _TEMPLATE,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(told).decode()},
        pdf_standards=["a-2b"],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes)  # noqa: S101 - one PDF for one template.
    return made
