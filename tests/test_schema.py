"""The published JSON Schemas say what the types say, and every shipped file keeps to its schema."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from definitions.loading import Kind, find_texts
from definitions.schema import SCHEMAS, schema, spell, write
from tests.tiny_bundle import FILES

KINDS: tuple[Kind, ...] = get_args(Kind)


def as_json(value: Any) -> Any:
    """A TOML value as JSON has it: dates are strings."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def faults(kind: Kind, text: str) -> list[str]:
    validator = Draft202012Validator(schema(kind), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(as_json(tomllib.loads(text)))]


@pytest.mark.parametrize("kind", KINDS)
def test_schema_file_equals_its_type(kind: Kind) -> None:
    """A type that changes without its schema would send people wrong: ``python -m definitions.schema`` mends it."""
    file = SCHEMAS / f"{kind}.schema.json"

    text = file.read_text(encoding="utf-8")

    assert text == spell(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_a_schema_of_the_draft_it_names(kind: Kind) -> None:
    """Tools read ``$schema`` and ``title``; the schema itself must be valid."""
    made = schema(kind)

    Draft202012Validator.check_schema(made)

    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == f"khuyencong: {kind} file"
    assert made["additionalProperties"] is False


def test_there_is_no_schema_of_a_kind_that_is_gone(tmp_path: Path) -> None:
    """The folder holds one schema per kind and nothing else."""
    written = write(tmp_path)

    shipped = {file.name for file in SCHEMAS.iterdir()}

    assert shipped == {file.name for file in written} == {f"{kind}.schema.json" for kind in KINDS}


@pytest.mark.parametrize("name", FILES)
def test_the_tiny_definitions_keep_to_their_schema(name: str) -> None:
    """What the types accept, the schemas accept."""
    kind, text = FILES[name]

    found = faults(kind, text)

    assert found == []


@pytest.mark.parametrize("text", find_texts(), ids=lambda text: text.name)
def test_every_shipped_file_keeps_to_its_schema(text: Any) -> None:
    """An editor that checks by schema finds nothing wrong in what this software ships."""
    found = faults(text.kind, text.text)

    assert found == []


@pytest.mark.parametrize(
    ("name", "old", "new", "path"),
    [
        ("tiny.toml", 'label = "Quy trình thử"', 'lable = "Quy trình thử"', "$"),
        ("tiny.toml", 'from = ["returned"]', 'source = ["returned"]', "$.transition[3]"),
        ("tiny.toml", 'type = "date"', 'type = "day"', "$.transition[0].facts[0].type"),
        ("ceilings.toml", "cap = 300_000_000", "cap = -1", "$.ceiling[0].cap"),
        ("ceilings.toml", "until = 2021-12-31", 'until = "hôm qua"', "$.ceiling[0].until"),
        ("2021.toml", "day = 2021-01-01", "day = 31", "$.off[0].day"),
    ],
)
def test_schema_refuses_what_the_type_refuses(name: str, old: str, new: str, path: str) -> None:
    """Unknown keys, unknown words, negative money and what is no date are refused where they stand."""
    kind, text = FILES[name]
    assert old in text

    found = faults(kind, text.replace(old, new, 1))

    assert any(line.startswith(f"{path}:") for line in found), found
