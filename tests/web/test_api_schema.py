"""Whatever the OpenAPI document allows or forbids, the interface answers as the document says, and never by failing."""

from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.programs import OFFICER, token_of
from tests.web.sites import Site

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Of each route; the whole of it takes some seconds.
EACH = 6


@pytest.mark.parametrize("mode", GenerationMode, ids=str)
@pytest.mark.parametrize("known", [True, False], ids=["officer", "nobody"])
def test_nothing_that_is_asked_makes_it_fail(office: Site, known: bool, mode: GenerationMode) -> None:
    """Values within the document and beside it, headers too: each answer is one that is described."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", office.app)
    headers = {"authorization": f"Bearer {token_of(office, OFFICER)}"} if known else {}
    asked: set[str] = set()

    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # A faulty one would raise here.
        asked.add(operation.label)

        @settings(
            max_examples=EACH,
            deadline=timedelta(seconds=60),
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()

    assert len(asked) > 20
