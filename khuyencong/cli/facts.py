"""Reads ``--fact KEY=VALUE`` and ``--attach KEY=FILE`` into typed values and files."""

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from definitions.process import Field
from language.formats import read_date, read_money
from shapes.errors import WrongUsage
from workflow.proposal import FactValue
from workflow.values import read_value

_BOOLS = {"có": "true", "yes": "true", "1": "true", "không": "false", "no": "false", "0": "false"}


def split(words: Iterable[str], option: str) -> dict[str, str]:
    """``KEY=VALUE`` words by their keys. Raises WrongUsage for one without ``=`` or without a key, or given twice."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise WrongUsage("usage.pair", option=option, word=word)
        if key.strip() in found:
            raise WrongUsage("usage.pair_twice", option=option, key=key.strip())
        found[key.strip()] = unicodedata.normalize("NFC", value)
    return found


def read_facts(fields: Mapping[str, Field], words: Iterable[str]) -> dict[str, FactValue]:
    """Typed facts. Keys that no field names are kept as text, for the engine to refuse by name.

    Money and dates may also be written as offices do (``300 triệu``, ``23/11/2026``). Raises WrongUsage, Unreadable
    or BadValue.
    """
    given = split(words, "--fact")
    return {key: _read(fields[key], value) if key in fields else value for key, value in given.items()}


def _read(field: Field, word: str) -> FactValue:
    match field.type:
        case "money":
            return read_money(word)
        case "date":
            return read_date(word)
        case "bool":
            return read_value(field, _BOOLS.get(word.strip().lower(), word.strip()))
        case _:
            return read_value(field, word)


def read_files(words: Iterable[str]) -> dict[str, Path]:
    """Attached files by the key of the paper. Raises WrongUsage where there is no such file."""
    files = {key: Path(value) for key, value in split(words, "--attach").items()}
    for file in files.values():
        if not file.is_file():
            raise WrongUsage("usage.no_file", file=str(file))
    return files
